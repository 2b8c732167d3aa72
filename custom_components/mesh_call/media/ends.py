"""The ends of connections in Home Assistant: made, described, watched and closed."""

import asyncio
from collections.abc import Callable, Coroutine
import logging
from typing import Any, override

from ..calls.errors import CallError
from ..calls.model import Candidate, Connection, ConnectionState, Description
from ..calls.ports import ConnectionPort
from . import engine_room
from .conversion.converters import Converters
from .end import End, Watch
from .peer import Peer, PeerEvents
from .received_media import UseReceived
from .relay import Relay, relay_plan
from .reports import CallReports, ConfigureIce, find_way
from .webrtc.lines import MediaPlan
from .webrtc.statistics import ConnectionStatistics

_LOGGER = logging.getLogger(__name__)


class Ends(ConnectionPort):
    """Handles ends, and passes on what comes by those of bridged links.

    By itself it is what bridges where no station does: it has nothing of its own to
    send.

    Args:
        reports: the exchange.
        configure_ice: how connections find their way.
        raw: through the engine room, else by aiortc's public interface.
    """

    def __init__(
        self,
        reports: CallReports,
        configure_ice: ConfigureIce,
        *,
        raw: bool = engine_room.available,
    ) -> None:
        self._reports = reports
        self._configure_ice = configure_ice
        self._raw = raw
        self._ends: dict[str, End] = {}
        self._watches: list[Watch] = []
        self._relay = Relay()
        self._converters = Converters()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> tuple[Connection, ...]:
        """All open connections, previews included."""
        return tuple(end.connection for end in self._ends.values())

    def statistics(self, connection_id: str) -> ConnectionStatistics:
        """The numbers of a connection; empty ones if it isn't open."""
        end = self._ends.get(connection_id)
        peer = end.open_peer if end else None
        return peer.statistics() if peer else ConnectionStatistics()

    def receive(
        self, call_id: str, party_id: str, use: UseReceived
    ) -> Callable[[], None]:
        """Give what a party sends to here in a call, encoded as it comes.

        Works for parties whose sound and picture are received, now and when they are
        connected afresh. Returns what ends it.
        """
        watch = Watch(call_id, party_id, use)
        self._watches.append(watch)
        for end in self._ends.values():
            if end.open_peer:
                watch.follow(end)

        def stop() -> None:
            if watch in self._watches:
                self._watches.remove(watch)
                watch.stop()

        return stop

    async def shut_down(self) -> None:
        """End everything for good and wait until it is released."""
        for connection_id, end in tuple(self._ends.items()):
            self.close(connection_id, end.party_id)
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))
        await self._converters.close()

    @override
    def open(self, connection: Connection, party_id: str) -> None:
        if connection.id in self._ends:
            return
        end = self._ends[connection.id] = End(connection, party_id, self._converters)
        self._begin(end)
        self._spawn(self._open(end))

    @override
    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        peer = await self._peer(connection_id)
        await peer.describe(description)

    @override
    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None:
        peer = await self._peer(connection_id)
        await peer.candidate(candidate)

    @override
    def close(self, connection_id: str, party_id: str) -> None:
        end = self._ends.pop(connection_id, None)
        if end is None:
            return
        self._relay.remove(end)
        end.release()
        if peer := end.open_peer:
            self._spawn(peer.close())
        else:
            end.peer.cancel()

    @override
    def couple(self, call_id: str, one: str, other: str) -> None:
        self._relay.couple(call_id, frozenset((one, other)))

    @override
    def uncouple(self, call_id: str, one: str, other: str) -> None:
        self._relay.uncouple(call_id, frozenset((one, other)))

    def ends_of(self, call_id: str) -> tuple[End, ...]:
        """Return the ends of a call's connections."""
        ends = self._ends.values()
        return tuple(end for end in ends if end.connection.call_id == call_id)

    def _begin(self, end: End) -> None:
        """Do what is to be done with an end before it has a peer."""

    async def _get_ready(self, end: End) -> None:
        """Wait until it is known what there is to send."""

    def _plan(self, end: End) -> MediaPlan:
        """Return what to send and receive by an end."""
        return relay_plan(end.connection)

    def _made(self, end: End) -> None:
        """Do what is to be done with an end that has got its peer."""

    async def _open(self, end: End) -> None:
        connection = end.connection
        await self._get_ready(end)
        if self._ends.get(connection.id) is not end:
            return
        configuration = find_way(
            connection, end.party_id, self._configure_ice, self._reports
        )
        if configuration is None:
            return
        peer = end.create_peer(
            configuration, self._events(end), self._plan(end), raw=self._raw
        )
        self._made(end)
        self._relay.add(end)
        for watch in self._watches:
            watch.follow(end)
        end.peer.set_result(peer)
        end.send()
        if connection.offerer == end.party_id:
            await peer.offer()

    def _events(self, end: End) -> PeerEvents:
        connection_id, party_id = end.connection.id, end.party_id
        return PeerEvents(
            described=lambda description: self._reports.describe(
                connection_id, party_id, description
            ),
            state_changed=lambda state: self._report_state(end, state),
            media_received=lambda: self._reports.report_media(connection_id, party_id),
            agreed=end.agreed,
            sound_agreed=end.sound_agreed,
            silence_changed=lambda silent: self._reports.report_silence(
                connection_id, party_id, silent=silent
            ),
        )

    async def _peer(self, connection_id: str) -> Peer:
        end = self._ends.get(connection_id)
        if end is None:
            raise CallError("unknown_connection")
        await asyncio.wait((end.peer,))
        if end.open_peer is None:
            raise CallError("unknown_connection")
        return end.open_peer

    def _report_state(self, end: End, state: ConnectionState) -> None:
        if self._ends.get(end.connection.id) is end:
            self._reports.report_state(end.connection.id, end.party_id, state)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _LOGGER.error("A connection failed", exc_info=error)
