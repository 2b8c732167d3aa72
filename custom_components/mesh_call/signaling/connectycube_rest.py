"""What ConnectyCube does by HTTP: rejections without a session, and push events.

Requests are those of the JavaScript SDK 6.1.2 (`videochat.callRejectRequest`,
`pushnotifications.events.create`).
"""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
import hashlib
import hmac
import json
import logging
import secrets
import time
from typing import Any, Final

import aiohttp

TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
SDK: Final = "JS 6.1.2 - Client"
MAX_ANSWER: Final = 64 * 1024

_LOGGER = logging.getLogger(__name__)


class RestError(Exception):
    """The service did not do it; the text tells no secret."""


@dataclass(frozen=True, slots=True)
class RestLogin:
    """Who asks the service, on behalf of which app."""

    api_url: str
    app_id: int
    auth_key: str = field(repr=False)
    auth_secret: str | None = field(repr=False)
    """With it requests for a session are signed, as older apps of the service want."""

    user: Mapping[str, str] = field(repr=False)
    """`login` or `email`, and `password`."""


class ConnectyCubeRest:
    """Speaks with the service's HTTP API; a session is made when it is needed."""

    def __init__(self, http: aiohttp.ClientSession, login: RestLogin) -> None:
        """Make no request yet."""
        self._http = http
        self._login = login
        self._token: str | None = None
        self._lock = asyncio.Lock()

    async def reject(
        self, session_id: str, recipient_id: int, extension: Mapping[str, Any]
    ) -> None:
        """Reject a call that is known by its session id only; raises RestError."""
        body: dict[str, Any] = {
            "sessionID": session_id,
            "recipientId": recipient_id,
            "platform": "web",
        }
        if extension:
            body["userInfo"] = dict(extension)
        await self._post("calls/reject", body)

    async def push(
        self, user_ids: tuple[int, ...], environment: str, payload: Mapping[str, Any]
    ) -> None:
        """Send a push event to all apps of some users; raises RestError."""
        message = base64.b64encode(json.dumps(payload).encode()).decode()
        event = {
            "notification_type": "push",
            "user": {"ids": list(user_ids)},
            "environment": environment,
            "message": message,
        }
        await self._post("events", {"event": event})

    async def _post(self, path: str, body: Mapping[str, Any]) -> None:
        """Make a request; a session that is over is renewed once."""
        async with self._lock:
            fresh = self._token is None
            token = self._token or await self._make_session()
            status = await self._request(path, body, token)
            if status == 401 and not fresh:
                status = await self._request(path, body, await self._make_session())
        if not 200 <= status < 300:
            raise RestError(f"the service answered {path} with status {status}")

    async def _make_session(self) -> str:
        self._token = None
        status, answer = await self._send("session", self._session_body(), {})
        session = answer.get("session") if isinstance(answer, dict) else None
        token = session.get("token") if isinstance(session, dict) else None
        if not 200 <= status < 300 or not isinstance(token, str):
            raise RestError(f"the service gave no session, status {status}")
        self._token = token
        return token

    async def _request(self, path: str, body: Mapping[str, Any], token: str) -> int:
        status, _answer = await self._send(path, body, {"CB-Token": token})
        if status == 401:
            self._token = None
        return status

    async def _send(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> tuple[int, Any]:
        url = f"{self._login.api_url.rstrip('/')}/{path}.json"
        try:
            async with self._http.post(
                url,
                json=body,
                headers={"CB-SDK": SDK, **headers},
                timeout=TIMEOUT,
                allow_redirects=False,
            ) as response:
                return response.status, await _answer(response)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise RestError(f"the service can't be reached: {type(error)}") from None

    def _session_body(self) -> dict[str, Any]:
        login = self._login
        body: dict[str, Any] = {
            "application_id": login.app_id,
            "auth_key": login.auth_key,
        }
        if login.auth_secret:
            body |= {"timestamp": int(time.time()), "nonce": secrets.randbelow(2**31)}
            signed = body | {f"user[{key}]": text for key, text in login.user.items()}
            text = "&".join(f"{key}={signed[key]}" for key in sorted(signed))
            key = login.auth_secret.encode()
            body["signature"] = hmac.new(key, text.encode(), hashlib.sha1).hexdigest()
        return {**body, "user": dict(login.user)}


async def _answer(response: aiohttp.ClientResponse) -> Any:
    """Return what a small JSON answer says; None if it is none."""
    try:
        return json.loads(await response.content.read(MAX_ANSWER))
    except ValueError:
        return None
