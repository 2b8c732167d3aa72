"""Stand-ins for browsers and for the media of stations."""

import asyncio
from collections.abc import Callable
from typing import Any, override

from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.mesh_call.calls.devices import SCREEN, DeviceKind
from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.exchange import Exchange
from custom_components.mesh_call.calls.model import (
    Call,
    Candidate,
    Connection,
    ConnectionState,
    Description,
)
from custom_components.mesh_call.calls.ports import MediaPort
from custom_components.mesh_call.media.feed import UseStreams
from custom_components.mesh_call.media.loudspeaker import SpeakerStatus
from custom_components.mesh_call.media.source import (
    SourceState,
    SourceStatus,
    SourceStreams,
)
from custom_components.mesh_call.media.station import StationStatus
from custom_components.mesh_call.media.station_player import StationPlayer
from custom_components.mesh_call.media.webrtc.statistics import ConnectionStatistics
from custom_components.mesh_call.stations.config import EchoConfig, SourceConfig

OFFER = "v=0 offer of a station"
ANSWER = "v=0 answer of a station"


def in_call(state: dict[str, Any]) -> bool:
    """Tell whether a page's state shows a call that works."""
    return any(call["state"] == "in_call" for call in state["calls"])


class FakePort(MediaPort):
    """A station's media that connects as soon as the other end is described."""

    def __init__(self, party_id: str, exchange: Exchange) -> None:
        self.party_id = party_id
        self.exchange = exchange
        self.status = StationStatus(SourceStatus(SourceState.CLOSED), SpeakerStatus())
        self.player = StationPlayer(self._changed)
        self.connections: dict[str, Connection] = {}
        self.candidates: list[Candidate] = []
        self.muted: list[tuple[bool, bool]] = []
        self.limits: list[int] = []
        self.joined: list[str] = []
        self.switched: list[str] = []
        self.shared: list[str | None] = []
        self.refuse_join: str | None = None
        self.has_speaker = True
        self.streams = SourceStreams()
        self.taps = 0
        self._listeners: list[Callable[[], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call on every change of status."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tap(self, use: UseStreams, *, picture: bool = True) -> Callable[[], None]:
        """Give the streams of the camera."""
        use(self.streams)
        self.taps += 1

        def stop() -> None:
            self.taps -= 1

        return stop

    def set_status(self, status: StationStatus) -> None:
        """Change the status as a camera would."""
        self.status = status
        self._changed()

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def statistics(self, connection_id: str) -> ConnectionStatistics:
        """Return the numbers of a connection."""
        return ConnectionStatistics(packets_sent=7)

    @override
    async def join(self, call: Call, party_id: str) -> None:
        if self.refuse_join:
            raise CallError(self.refuse_join, party="Front door")
        self.joined.append(call.id)

    @override
    def leave(self, call_id: str, party_id: str) -> None:
        if call_id in self.joined:
            self.joined.remove(call_id)
            self.player.stop()

    @override
    def open(self, connection: Connection, party_id: str) -> None:
        self.connections[connection.id] = connection
        if connection.offerer == party_id:
            self._spawn(connection.id, Description("offer", OFFER))

    @override
    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        if description.type == "offer":
            self._spawn(connection_id, Description("answer", ANSWER))
        for state in (ConnectionState.CONNECTING, ConnectionState.CONNECTED):
            self.exchange.report_state(connection_id, party_id, state)
        self.exchange.report_media(connection_id, party_id)

    @override
    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None:
        self.candidates.append(candidate)

    @override
    def close(self, connection_id: str, party_id: str) -> None:
        self.connections.pop(connection_id, None)

    @override
    async def mute(
        self, call_id: str, party_id: str, *, audio: bool, video: bool
    ) -> None:
        self.muted.append((audio, video))

    @override
    async def limit(self, call_id: str, party_id: str, max_bandwidth: int) -> None:
        self.limits.append(max_bandwidth)

    @override
    async def switch(self, party_id: str, kind: DeviceKind, device: str) -> None:
        self.switched.append(device)

    @override
    async def share(self, call_id: str, party_id: str, source: str | None) -> None:
        if source == SCREEN:
            raise CallError("cannot_share")
        self.shared.append(source)

    def _spawn(self, connection_id: str, description: Description) -> None:
        task = asyncio.create_task(self._describe(connection_id, description))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _describe(self, connection_id: str, description: Description) -> None:
        await self.exchange.describe(connection_id, self.party_id, description)


class FakeRemote:
    """What viewers see at a station: everybody is let in at once during a call."""

    def __init__(self, party_id: str, exchange: Exchange) -> None:
        self.party_id = party_id
        self.exchange = exchange
        self.call: Call | None = None
        self.ended: dict[str, Callable[[], None]] = {}
        self.candidates: list[Candidate] = []
        self.picture: bytes | None = b"remote"

    def follow(self, call: Call) -> None:
        """Take note of a call that has changed."""
        self.call = None if call.ended else call
        if self.call is None:
            self.close_all()

    async def open(
        self,
        viewer_id: str,
        offer: str,
        *,
        answered: Callable[[str], None],
        ended: Callable[[], None],
    ) -> None:
        """Let somebody in."""
        if self.call is None:
            raise CallError("nobody_to_watch")
        self.ended[viewer_id] = ended
        answered(ANSWER)
        self._report()

    async def candidate(self, viewer_id: str, candidate: Candidate) -> None:
        """Take a viewer's candidate."""
        if viewer_id not in self.ended:
            raise CallError("unknown_connection")
        self.candidates.append(candidate)

    def close(self, viewer_id: str) -> None:
        """Let somebody go."""
        if self.ended.pop(viewer_id, None):
            self._report()

    def close_all(self) -> None:
        """Let all go."""
        for viewer_id, ended in tuple(self.ended.items()):
            self.close(viewer_id)
            ended()

    async def still(self) -> bytes | None:
        """Return the last picture."""
        return self.picture

    def _report(self) -> None:
        if self.call is not None:
            count = len(self.ended)
            self.exchange.report_viewers(self.call.id, self.party_id, count)


class FakeEquipment:
    """What a station is equipped with in tests."""

    def __init__(
        self,
        pool: Any,
        party_id: str,
        exchange: Exchange,
        find_source: Any,
        find_station: Any,
        ice_servers: Any,
        config: SourceConfig,
        make_player: Any,
    ) -> None:
        self.pool = pool
        self.find_source = find_source
        self.ice_servers = ice_servers
        self.make_player = make_player
        self.used: str | None = None
        self.used_speaker: str | None = None
        self.config = config
        self.echo = EchoConfig()
        self.port = FakePort(party_id, exchange)
        self.remote = FakeRemote(party_id, exchange)
        self.find_station = find_station
        self.closed = False
        self.picture: bytes | None = b"jpeg"

    async def thumbnail(self) -> bytes | None:
        """Return the last picture."""
        return self.picture

    async def no_picture(self) -> bytes:
        """Return what stands for none."""
        return b"black"

    async def reconfigure(self, config: SourceConfig) -> None:
        """Take note of another camera."""
        self.config = config
        self.used = None

    def prevent_echo(self, config: EchoConfig) -> None:
        """Take note of it."""
        self.echo = config

    async def close(self) -> None:
        """Take note of the end."""
        self.closed = True
        await self.port.player.close()


class FakePage:
    """A page of the frontend: what it was told, and what it says.

    `prompt` makes it do at once what it is asked for, as the card does.
    """

    def __init__(self, client: MockHAClientWebSocket) -> None:
        self.client = client
        self.prompt = True
        self.screen_id = ""
        self.secret = ""
        self.events: list[dict[str, Any]] = []
        self.errors: list[dict[str, Any]] = []
        self._results: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._writing: set[asyncio.Task[None]] = set()
        self._last_id = 0
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    async def register(self, **identity: str) -> dict[str, Any]:
        """Register as a screen; returns the welcome."""
        await self.command("screen", **identity)
        welcome = await self.wait_for("welcome")
        self.screen_id, self.secret = welcome["screen_id"], welcome["secret"]
        return welcome

    async def command(self, name: str, /, **fields: Any) -> Any:
        """Send a command; returns its result and fails if there is none."""
        answer = await self.try_command(name, **fields)
        assert answer["success"], answer["error"]
        return answer["result"]

    async def refused(self, name: str, /, **fields: Any) -> str:
        """Send a command that must fail; returns the error's code."""
        answer = await self.try_command(name, **fields)
        assert not answer["success"], answer
        self.errors.append(answer["error"])
        return str(answer["error"]["code"])

    async def try_command(self, name: str, /, **fields: Any) -> dict[str, Any]:
        """Send a command and wait for what comes back."""
        return await self.send(name, **fields)

    def send(self, name: str, /, **fields: Any) -> asyncio.Future[dict[str, Any]]:
        """Send a command; returns the answer to come."""
        self._last_id += 1
        answer: asyncio.Future[dict[str, Any]] = asyncio.Future()
        self._results[self._last_id] = answer
        message = {"id": self._last_id, "type": f"mesh_call/{name}", **fields}
        writing = asyncio.create_task(self.client.send_json(message))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        return answer

    async def wait_for(self, type_: str, /, **fields: Any) -> dict[str, Any]:
        """Wait until there is an event like this, newest first, and return it."""
        wanted = {"type": type_, **fields}
        event: dict[str, Any]
        async with asyncio.timeout(5):
            while True:
                for event in reversed(self.events):
                    if wanted.items() <= event.items():
                        return event
                self._news.clear()
                await self._news.wait()

    async def wait_until(self, fits: Callable[[dict[str, Any]], bool]) -> Any:
        """Wait until the newest state fits, and return it."""
        async with asyncio.timeout(5):
            while (state := self.state) is None or not fits(state):
                self._news.clear()
                await self._news.wait()
        return state

    async def rings(self) -> dict[str, Any]:
        """Wait until it rings here, confirm that, and return the call."""
        state = await self.wait_until(
            lambda state: any(
                call["my_state"] in ("invited", "ringing") for call in state["calls"]
            )
        )
        call: dict[str, Any] = next(
            c for c in state["calls"] if c["my_state"] in ("invited", "ringing")
        )
        if call["my_state"] == "invited":
            await self.command("ringing", call_id=call["call_id"])
        return call

    @property
    def state(self) -> dict[str, Any] | None:
        """The newest state."""
        states = (event for event in reversed(self.events) if event["type"] == "state")
        return next(states, None)

    def of_type(self, type_: str) -> list[dict[str, Any]]:
        """Return all events of a type."""
        return [event for event in self.events if event["type"] == type_]

    async def close(self) -> None:
        """Lose the connection."""
        self._reader.cancel()
        await self.client.close()

    async def _read(self) -> None:
        while True:
            message = await self.client.receive_json()
            if message["type"] == "event":
                self.events.append(message["event"])
                self._react(message["event"])
            elif answer := self._results.pop(message["id"], None):
                answer.set_result(message)
            self._news.set()

    def _react(self, event: dict[str, Any]) -> None:
        if not self.prompt:
            return
        if request_id := event.get("request_id"):
            self.send("report", request_id=request_id)
        elif event["type"] == "description":
            self._described(event)
        elif event["type"] == "open" and event["offer"]:
            self.send(
                "describe",
                connection_id=event["connection_id"],
                description={"type": "offer", "sdp": "v=0 offer of a page"},
            )

    def _described(self, event: dict[str, Any]) -> None:
        connection_id = event["connection_id"]
        if event["description"]["type"] == "offer":
            self.send(
                "describe",
                connection_id=connection_id,
                description={"type": "answer", "sdp": "v=0 answer of a page"},
            )
        for state in ("connecting", "connected"):
            self.send("connection", connection_id=connection_id, state=state)
        self.send("media", connection_id=connection_id)
