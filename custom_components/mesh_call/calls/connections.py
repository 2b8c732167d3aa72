"""The connections that are open, each told to both of its ends exactly once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import uuid

from .errors import CallError
from .model import BRIDGE, RECORDER, Call, Candidate, Connection, Description
from .outbox import Outbox
from .outlets import Outlets
from .ports import ConnectionPort
from .state import State


@dataclass(frozen=True, slots=True)
class _Ends:
    connection: Connection
    media: dict[str, ConnectionPort]


type _Couple = tuple[str, str, str]
"""A call's id and two contacts in it."""


class Connections:
    """Opens, closes and serves connections; whose they are is not its business."""

    def __init__(self, state: State, outbox: Outbox, outlets: Outlets) -> None:
        self._state = state
        self._outbox = outbox
        self._outlets = outlets
        self._open: dict[str, _Ends] = {}
        self._coupled: dict[_Couple, ConnectionPort] = {}
        self.failed: Callable[[Connection], None] = lambda connection: None
        """What to do when an end can't go on; called inside a transaction."""

    def open(
        self,
        call_id: str,
        offerer: str,
        answerer: str,
        *,
        preview: bool = False,
        bridge: str | None = None,
    ) -> Connection:
        """Open a connection at both ends, the answering one first."""
        call = self._state.calls[call_id]
        connection = Connection(
            str(uuid.uuid4()),
            call_id,
            offerer,
            answerer,
            call.video,
            preview,
            self._relayed(call, *((answerer,) if bridge else (offerer, answerer))),
            bridge=bridge,
        )
        self._open_ends(connection, self._port(bridge or offerer))
        return connection

    def record(
        self, call_id: str, party_id: str, recorder: ConnectionPort
    ) -> Connection:
        """Open a connection by which a party is recorded."""
        call = self._state.calls[call_id]
        connection = Connection(
            str(uuid.uuid4()),
            call_id,
            RECORDER,
            party_id,
            call.video,
            relay=self._relayed(call, party_id),
            recording=True,
        )
        self._open_ends(connection, recorder)
        return connection

    def close(self, connection_id: str) -> None:
        """End a connection at both ends; safe to repeat."""
        if ends := self._open.pop(connection_id, None):
            for party_id, port in ends.media.items():
                self._close_end(connection_id, party_id, port)

    def get(self, connection_id: str, party_id: str) -> Connection | None:
        """Return an open connection, None if it isn't or the party is no end of it."""
        ends = self._open.get(connection_id)
        return ends.connection if ends and party_id in ends.media else None

    def couple(self, host: str, call_id: str, one: str, other: str) -> None:
        """Let whoever bridges for two contacts pass on what they send each other."""
        port = self._coupled[call_id, one, other] = self._port(host)
        self._outlets.later(lambda: port.couple(call_id, one, other))

    def uncouple(self, call_id: str, one: str, other: str) -> None:
        """Let nothing be passed on between two contacts; safe to repeat."""
        if port := self._coupled.pop((call_id, one, other), None):
            self._outlets.later(lambda: port.uncouple(call_id, one, other))

    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        """Hand one end's description to the other.

        Raises:
            CallError: `unknown_connection`, `party_unavailable` or the other end's own.
        """
        connection, other, media = self._from(connection_id, party_id)
        await self._hand_over(
            connection, other, media.describe(connection_id, other, description)
        )

    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None:
        """Hand one end's candidate to the other; raises CallError like `describe`."""
        connection, other, media = self._from(connection_id, party_id)
        await self._hand_over(
            connection, other, media.candidate(connection_id, other, candidate)
        )

    def _relayed(self, call: Call, *party_ids: str) -> bool:
        known = (self._state.registrations.get(party_id) for party_id in party_ids)
        return call.relay or any(found.party.relay for found in known if found)

    def _port(self, end: str) -> ConnectionPort:
        """Return what handles the end of a party, or of the bridge."""
        if end != BRIDGE:
            return self._state.registration(end).media
        assert self._state.bridge
        return self._state.bridge

    def _from(
        self, connection_id: str, party_id: str
    ) -> tuple[Connection, str, ConnectionPort]:
        """Return the connection of one end, the other end and what handles that."""
        connection = self.get(connection_id, party_id)
        if connection is None:
            raise CallError("unknown_connection")
        other = connection.other(party_id)
        return connection, other, self._open[connection_id].media[other]

    async def _hand_over(
        self, connection: Connection, party_id: str, answer: Awaitable[None]
    ) -> None:
        try:
            await self._outlets.ask(party_id, answer)
        except CallError as error:
            if error.key == "party_unavailable":
                with self._outbox.transaction():
                    self._end_failed(connection)
            raise

    def _open_ends(self, connection: Connection, offering: ConnectionPort) -> None:
        # An offer may come while its end is opened: the other one must expect it.
        answerer = connection.answerer
        media: dict[str, ConnectionPort] = {
            answerer: self._port(answerer),
            connection.offerer: offering,
        }
        self._open[connection.id] = _Ends(connection, media)
        for party_id, port in media.items():
            self._open_end(connection, party_id, port)

    def _open_end(
        self, connection: Connection, party_id: str, media: ConnectionPort
    ) -> None:
        self._outlets.later(
            lambda: media.open(connection, party_id),
            lambda: self._end_failed(connection),
        )

    def _close_end(
        self, connection_id: str, party_id: str, media: ConnectionPort
    ) -> None:
        self._outlets.later(lambda: media.close(connection_id, party_id))

    def _end_failed(self, connection: Connection) -> None:
        if connection.id in self._open:
            self.failed(connection)
