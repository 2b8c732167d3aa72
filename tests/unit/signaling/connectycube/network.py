"""A server with homes and apps: everything in virtual time."""

import asyncio
from collections.abc import Callable
from typing import Any, override

from custom_components.mesh_call.calls.model import (
    BRIDGE,
    Candidate,
    Connection,
    ConnectionState,
    Description,
    Party,
    PartyKind,
)
from custom_components.mesh_call.signaling.xmpp.connectycube.sessions import (
    ConnectyCubeSessions,
)
from custom_components.mesh_call.signaling.xmpp.connectycube.settings import (
    AccountSettings,
    Targets,
)
from custom_components.mesh_call.signaling.xmpp.connectycube.signals import Signal
from tests.unit.calls.clock import VirtualLoop
from tests.unit.calls.fakes import FakeMedia, House

from .sdk_peer import SdkPeer, make_sdp, name_of

type Receive = Callable[[int, Signal], None]

LATENCY = 0.02


class Network:
    """Brings signals to users, or loses, repeats and delays them as it is told."""

    def __init__(self) -> None:
        self.users: dict[int, list[Receive]] = {}
        self.sent: list[tuple[int, int, Signal]] = []
        self.fate: Callable[[int, int, Signal], list[float]] = lambda *_: [0.0]
        """How late each copy of a signal arrives."""

        self._last: dict[tuple[int, int], float] = {}

    def send(self, sender: int, to: int, signal: Signal) -> None:
        """Bring a signal to all devices of a user, in order unless it is delayed."""
        self.sent.append((sender, to, signal))
        loop = asyncio.get_running_loop()
        for delay in self.fate(sender, to, signal):
            for receive in self.users.get(to, []):
                loop.call_later(LATENCY + delay, receive, sender, signal)

    def types(self, sender: int, to: int) -> list[str]:
        """Return the types of what a user sent to another one."""
        return [
            s.type.value for from_, at, s in self.sent if (from_, at) == (sender, to)
        ]

    def last(self, sender: int, to: int) -> Signal:
        """Return what a user sent to another one last."""
        return self.between(sender, to)[-1]

    def between(self, sender: int, to: int) -> list[Signal]:
        """Return what a user sent to another one."""
        ends = sender, to
        return [signal for *found, signal in self.sent if tuple(found) == ends]


class FakeWire:
    """An account's connection to the network."""

    def __init__(self, network: Network, user_id: int) -> None:
        self.user_id = user_id
        self.connected = True
        self._network = network

    def send(self, user_id: int, signal: Signal) -> None:
        """Send a signal."""
        self._network.send(self.user_id, user_id, signal)


class PeerMedia(FakeMedia):
    """An end that offers and answers, and remembers what was agreed."""

    def __init__(self, house: House, party_id: str) -> None:
        super().__init__()
        self._house = house
        self._party_id = party_id
        self.local: dict[str, str] = {}
        self.remote: dict[str, str] = {}
        self.candidates: dict[str, list[Candidate]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @override
    def open(self, connection: Connection, party_id: str) -> None:
        super().open(connection, party_id)
        if connection.offerer == party_id and not connection.preview:
            self._describe(connection.id, "offer")

    @override
    def close(self, connection_id: str, party_id: str) -> None:
        super().close(connection_id, party_id)
        for remembered in (self.local, self.remote, self.candidates):
            remembered.pop(connection_id, None)

    @override
    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        await super().describe(connection_id, party_id, description)
        if connection_id not in self.connections:
            return
        self.remote[connection_id] = description.sdp
        if description.type == "offer":
            self._describe(connection_id, "answer")
        self._connected(connection_id)

    @override
    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None:
        await super().candidate(connection_id, party_id, candidate)
        if connection_id in self.connections:
            assert connection_id in self.remote, "a candidate before a description"
            self.candidates.setdefault(connection_id, []).append(candidate)

    def agreed(self, connection_id: str) -> tuple[str | None, str | None] | None:
        """Return the names of both descriptions, None while they aren't agreed on."""
        local, remote = self.local.get(connection_id), self.remote.get(connection_id)
        return (name_of(local), name_of(remote)) if local and remote else None

    def _describe(self, connection_id: str, kind: str) -> None:
        sdp = self.local[connection_id] = make_sdp(self._party_id)
        description = Description(kind, sdp)
        task = asyncio.ensure_future(self._tell(connection_id, description))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, connection_id: str, description: Description) -> None:
        exchange = self._house.exchange
        party_id = self.ends.get(connection_id, self._party_id)
        try:
            await exchange.describe(connection_id, party_id, description)
            candidate = Candidate(f"candidate:{party_id} typ host", "0", 0)
            await exchange.candidate(connection_id, party_id, candidate)
        except Exception:  # noqa: BLE001  # the call may be over by now
            return

    def _connected(self, connection_id: str) -> None:
        party_id = self.ends[connection_id]
        self._house.exchange.report_state(
            connection_id, party_id, ConnectionState.CONNECTED
        )


class CubeHouse(House):
    """A home with an account of the network."""

    def __init__(
        self, network: Network, user_id: int, loop: VirtualLoop | None = None
    ) -> None:
        super().__init__()
        if loop:
            self.loop.close()
            self.loop = loop
        self.network = network
        self.user_id = user_id
        self.wire = FakeWire(network, user_id)
        self.sessions_changed: Callable[[], None] = lambda: None
        self.dialect = ConnectyCubeSessions(
            self.exchange,
            self.wire,
            AccountSettings("account", ring=self._ring),
            self._sessions_changed,
        )
        self.bridge = PeerMedia(self, BRIDGE)
        self.named = ("tablet", "phone", "door")
        network.users.setdefault(user_id, []).append(self.dialect.receive)
        self.station("door")
        self.screen("tablet")
        self.screen("phone")

    def know(self, user_id: int, **fields: Any) -> Party:
        """Add a contact."""
        party = Party(
            f"connectycube:{user_id}",
            f"User {user_id}",
            PartyKind.CONTACT,
            account="account",
            **fields,
        )
        self.do(self.dialect.add_contact, user_id, party)
        return party

    @override
    def _add(self, party: Party, fields: dict[str, Any]) -> Party:
        self.media.setdefault(party.id, PeerMedia(self, party.id))
        return super()._add(party, fields)

    def peer_media(self, party_id: str) -> PeerMedia:
        """Return a party's end of media."""
        media = self.media[party_id]
        assert isinstance(media, PeerMedia)
        return media

    def agreed(self, party_id: str) -> list[tuple[str | None, str | None]]:
        """Return what a party has agreed on with each peer."""
        media = self.peer_media(party_id)
        agreed = (media.agreed(connection.id) for connection in media.links)
        return [names for names in agreed if names]

    def _sessions_changed(self) -> None:
        self.sessions_changed()

    def _ring(self, party: str | None) -> Targets:
        if party in self.named:
            return Targets((party,))
        return Targets(everyone=True)


class World:
    """A network, one home and any number of apps."""

    def __init__(self, user_id: int = 101) -> None:
        self.network = Network()
        self.house = CubeHouse(self.network, user_id)
        self.loop = self.house.loop
        self.apps: dict[int, SdkPeer] = {}

    def app(self, user_id: int, *, known: bool = True, **settings: Any) -> SdkPeer:
        """Add an app, and a contact for it."""

        def send(to: int, signal: Signal) -> None:
            self.network.send(user_id, to, signal)

        app = self.apps[user_id] = SdkPeer(user_id, send, **settings)
        self.network.users.setdefault(user_id, []).append(app.receive)
        if known:
            self.house.know(user_id)
        return app

    def do(self, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a command and all that follows within a second."""
        result = self.house.do(command, *args, **kwargs)
        self.house.wait(1)
        return result

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.house.wait(seconds)

    def linked(self, party_id: str, app: SdkPeer) -> bool:
        """Whether a party of the home and an app agree, each on the other's words."""
        session = app.active[-1] if app.active else None
        pc = session.pcs.get(self.house.user_id) if session else None
        agreed = pc.agreed if pc else None
        ours = self.house.agreed(party_id)
        return agreed is not None and agreed[::-1] in ours

    def close(self) -> None:
        """Check that nothing is left."""
        for app in self.apps.values():
            self.house.do(app.disappear)
        self.house.do(self.house.dialect.shut_down)
        self.house.do(self.house.exchange.close)
        self.house.wait(100)
        assert self.house.left_over() == []
        assert self.house.loop.crashes == []
        assert self.house.dialect.live_sessions == 0
        self.loop.close()
