"""A page of the frontend without a browser: it answers every call.

Its media end elsewhere; here is only what it says (`docs/websocket.md`).
"""

import asyncio
from types import TracebackType
from typing import Any, Self

import aiohttp

from .forwarders.base import Answer

_COMMAND_TIMEOUT = 10.0


class Page:
    """One screen; `answer` has to be set before it is called."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        """Prepare; it is a screen within `async with`."""
        self.answer: Answer | None = None
        self.screen_id = ""
        self.connected = asyncio.Event()
        self._session = session
        self._url = url
        self._token = token
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._number = 0
        self._results: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._peers: dict[str, str] = {}
        self._answered: set[str] = set()
        self._welcome = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        """Log in and register."""
        self._socket = await self._session.ws_connect(f"{self._url}/api/websocket")
        await self._socket.receive_json()
        await self._socket.send_json({"type": "auth", "access_token": self._token})
        await self._socket.receive_json()
        self._spawn(self._read())
        await self._command("screen")
        async with asyncio.timeout(_COMMAND_TIMEOUT):
            await self._welcome.wait()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the page."""
        assert self._socket is not None
        for task in tuple(self._tasks):
            task.cancel()
        await self._socket.close()

    async def _read(self) -> None:
        assert self._socket is not None
        async for message in self._socket:
            content = message.json()
            # Home Assistant sends what has gathered as a list.
            for item in content if isinstance(content, list) else [content]:
                if item["type"] == "result":
                    self._results.pop(item["id"]).set_result(item)
                elif item["type"] == "event":
                    self._spawn(self._take(item["event"]))

    async def _take(self, event: dict[str, Any]) -> None:
        match event:
            case {"type": "welcome", "screen_id": screen_id}:
                self.screen_id = screen_id
                self._welcome.set()
            case {"type": "state", "calls": calls}:
                for call in calls:
                    await self._pick_up(call)
            case {"type": "join" | "mute" | "limit", "request_id": request_id}:
                await self._command("report", request_id=request_id)
            case {"type": "open", "connection_id": connection_id, "peer": peer}:
                await self._open(connection_id, peer, preview=event["preview"])
            case {"type": "description", "connection_id": connection_id}:
                await self._describe(connection_id, event["description"])

    async def _pick_up(self, call: dict[str, Any]) -> None:
        call_id = call["call_id"]
        if call["my_state"] in {"invited", "ringing"} and call_id not in self._answered:
            self._answered.add(call_id)
            await self._command("ringing", call_id=call_id)
            await self._command("accept", call_id=call_id)

    async def _open(self, connection_id: str, peer: str, *, preview: bool) -> None:
        if preview:
            return
        self._peers[connection_id] = peer
        if not peer.startswith("station:"):
            # Screens are not connected with each other here: it is not measured.
            await self._report_states(connection_id)

    async def _describe(self, connection_id: str, description: dict[str, str]) -> None:
        peer = self._peers.get(connection_id, "")
        if not peer.startswith("station:") or self.answer is None:
            return
        answer = {"type": "answer", "sdp": await self.answer(description["sdp"])}
        await self._command("describe", connection_id=connection_id, description=answer)
        await self._report_states(connection_id)
        await self._command("media", connection_id=connection_id)
        self.connected.set()

    async def _report_states(self, connection_id: str) -> None:
        for state in ("connecting", "connected"):
            await self._command("connection", connection_id=connection_id, state=state)

    async def _command(self, name: str, **fields: Any) -> dict[str, Any]:
        assert self._socket is not None
        self._number += 1
        result = asyncio.get_running_loop().create_future()
        self._results[self._number] = result
        command = {"id": self._number, "type": f"mesh_call/{name}", **fields}
        await self._socket.send_json(command)
        async with asyncio.timeout(_COMMAND_TIMEOUT):
            answer: dict[str, Any] = await result
        return answer

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
