"""Our end of the wire and the real SDK understand each other, without any media."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
import json
from typing import Any

import aiohttp
from playwright.async_api import Browser
import pytest

from custom_components.mesh_call.signaling.connectycube_rest import (
    ConnectyCubeRest,
    RestLogin,
)
from custom_components.mesh_call.signaling.xmpp.connectycube.account import (
    ConnectyCubeAccount,
)
from custom_components.mesh_call.signaling.xmpp.connectycube.signals import (
    Signal,
    SignalType,
)
from custom_components.mesh_call.signaling.xmpp.login import ChatState, Login, Tls
from tests.prosody import DOMAIN, PASSWORD, Prosody

from .people import eventually
from .rest_service import Request, running_service
from .sdk_app import SdkApp, running_app

HOME, APP = 101, 102
EXTENSION = {
    "text": "<b>Grüße</b> & 'mehr' \"davon\" ]]> 👋",
    "deep": {"er": {"est": "x"}},
    "number": 7,
    "yes": True,
}
AS_TEXT = {**EXTENSION, "number": "7", "yes": "true"}


@dataclass
class Home:
    """The account of a home, with what it got."""

    account: ConnectyCubeAccount
    got: list[tuple[int, Signal]] = field(default_factory=list)
    states: list[ChatState] = field(default_factory=list)

    async def gets(self, kind: SignalType) -> Signal:
        """Wait for a signal of the app, however often it is repeated."""

        async def look() -> list[Signal]:
            return [s for user, s in self.got if (user, s.type) == (APP, kind)]

        return (await eventually(look, bool))[0]

    async def is_connected(self) -> bool:
        """Tell whether the connection is up."""
        return self.account.connected


@pytest.fixture(params=list(Tls))
async def wired(
    prosody: Prosody, request: pytest.FixtureRequest
) -> AsyncIterator[Home]:
    """A home's account, logged in by either kind of TLS."""
    got: list[tuple[int, Signal]] = []
    states: list[ChatState] = []
    direct = request.param is Tls.DIRECT
    account = ConnectyCubeAccount(
        Login(
            f"{HOME}-1@{DOMAIN}",
            PASSWORD,
            DOMAIN,
            prosody.direct_tls_port if direct else prosody.port,
            request.param,
            prosody.ca.certificate,
        ),
        lambda user, signal: got.append((user, signal)),
        states.append,
    )
    await account.start()
    try:
        yield Home(account, got, states)
    finally:
        await account.close()


@pytest.fixture
async def sdk_app(
    chromium: Browser, app_url: str, prosody: Prosody
) -> AsyncIterator[SdkApp]:
    """An app that is logged in."""
    async with running_app(chromium, app_url, prosody, APP) as app:
        yield app


async def test_by_http_we_ask_for_what_the_sdk_asks_for(
    chromium: Browser, app_url: str, prosody: Prosody
) -> None:
    payload = {"message": "Grüße", "uuid": "a-session", "opponentsIds": [HOME]}
    event = {"notification_type": "push", "environment": "production"}
    async with (
        running_service() as theirs,
        running_service() as ours,
        running_app(chromium, app_url, prosody, APP, api=theirs.url) as app,
        aiohttp.ClientSession() as http,
    ):
        await app.log_in_by_http("home", PASSWORD)
        await app.reject_by_http(
            sessionID="a-session", recipientId=HOME, platform="web", userInfo=AS_TEXT
        )
        await app.push(**event, user={"ids": [HOME]}, message=payload)

        user = {"login": "home", "password": PASSWORD}
        rest = ConnectyCubeRest(http, RestLogin(ours.url, 1, "none", None, user))
        await rest.reject("a-session", HOME, AS_TEXT)
        await rest.push((HOME,), "production", payload)
    assert [without_message(r) for r in ours.requests] == [
        without_message(r) for r in theirs.requests
    ]
    assert [message_of(r) for r in ours.requests] == [None, None, payload]
    assert [message_of(r) for r in theirs.requests] == [None, None, payload]


def message_of(request: Request) -> Any:
    """Return what a push event carries."""
    if "event" not in request.body:
        return None
    return json.loads(base64.b64decode(request.body["event"]["message"]))


def without_message(request: Request) -> Request:
    """Return a request without what may be encoded in several ways."""
    if "event" not in request.body:
        return request
    event = {**request.body["event"], "message": None}
    return replace(request, body={"event": event})


async def test_the_sdk_and_our_wire_say_everything_to_each_other(
    wired: Home, sdk_app: SdkApp, prosody: Prosody
) -> None:
    # The app calls and is rejected.
    session = await sdk_app.call(HOME, extension=EXTENSION)
    call = await wired.gets(SignalType.CALL)
    assert call.session_id == session
    assert (call.initiator, call.opponents, call.video) == (APP, (HOME,), True)
    assert call.extension == AS_TEXT
    assert call.sdp
    assert "m=audio" in call.sdp
    assert "m=video" in call.sdp
    reject = Signal(SignalType.REJECT, session, APP, (HOME,), True, extension=EXTENSION)
    wired.account.send(APP, reject)
    assert (await sdk_app.hears_of("reject", user=HOME))["extension"] == AS_TEXT
    await sdk_app.hears_of("close", session=session)

    # The home calls; the app rejects, then hangs up another call.
    for number, kind in enumerate((SignalType.REJECT, SignalType.HANG_UP)):
        wired.account.send(
            APP,
            Signal(
                SignalType.CALL,
                f"session-{number}",
                HOME,
                (APP,),
                False,
                sdp=call.sdp,
                extension=EXTENSION,
            ),
        )
        ring = await sdk_app.hears_of("call", session=f"session-{number}")
        assert ring["extension"] == AS_TEXT
        assert (ring["user"], ring["video"], ring["opponents"]) == (HOME, False, [APP])
        answer = sdk_app.reject if kind is SignalType.REJECT else sdk_app.stop
        await answer(f"session-{number}", EXTENSION)
        ending = await wired.gets(kind)
        assert ending.session_id == f"session-{number}"
        assert ending.extension == AS_TEXT
        assert ending.opponents == (APP,)

    # Both come back when the server does.
    await prosody.stop()
    await sdk_app.hears_of("chat-disconnected")
    await eventually(wired.is_connected, lambda connected: not connected)
    await prosody.start()
    await sdk_app.comes_back()
    await eventually(wired.is_connected, bool)
    wired.account.send(APP, Signal(SignalType.HANG_UP, "unknown", HOME, (APP,), True))
    await sdk_app.hears_of("invalid", user=HOME)
