"""The parts of the exchange, each made once and told of those that it needs."""

from collections.abc import Callable
from datetime import datetime

from .background import Background
from .connections import Connections
from .controls import Controls
from .departures import Departures
from .dialing import Dialing
from .early_offers import EarlyOffers
from .invitations import Invitations
from .joining import Joining
from .legs import Legs
from .links import Links
from .model import Call, Connection, ConnectionState, EndReason, MemberState
from .outbox import Outbox
from .outlets import Outlets, Timings
from .presence import Presence
from .previews import Previews
from .recordings import Recordings
from .seating import Seating
from .state import State

_OVER = (ConnectionState.FAILED, ConnectionState.CLOSED)


class Parts:
    """Holds the parts and lets those that mustn't know each other do so."""

    def __init__(
        self,
        timings: Timings,
        now: Callable[[], datetime],
        has_relay: Callable[[], bool],
    ) -> None:
        """Put the parts of one exchange together."""
        state = self.state = State(now)
        outbox = self.outbox = Outbox(state)
        outlets = Outlets(state, outbox, timings)
        background = self.background = Background(outbox)
        seating = Seating(state)
        self.connections = Connections(state, outbox, outlets)
        self.early_offers = EarlyOffers(state, self.connections, seating)
        self.legs = Legs(
            state, self.connections, self.early_offers, background, timings
        )
        self.links = Links(state, outbox, self.connections, self.legs, seating)
        self.previews = Previews(state, self.connections)
        self.invitations = Invitations(state, outbox, outlets, background)
        self.recordings = Recordings(
            state, outbox, outlets, self.connections, seating, background, timings
        )
        self.departures = Departures(
            state,
            outbox,
            outlets,
            self.links,
            self.invitations,
            self.recordings,
            background,
        )
        self.joining = Joining(
            state,
            outbox,
            outlets,
            self.links,
            self.invitations,
            self.departures,
            seating,
            background,
        )
        self.dialing = Dialing(
            state,
            outbox,
            outlets,
            self.invitations,
            self.joining,
            self.departures,
            seating,
            timings,
            has_relay,
        )
        self.controls = Controls(state, outbox, outlets, background)
        self.presence = Presence(
            state,
            background,
            self.legs,
            self.links,
            self.invitations,
            self.departures,
            self.controls,
            timings,
        )
        self._connect()

    def ringing(self, call_id: str, party_id: str) -> None:
        """Take note that a party rings, if it still is to."""
        call = self.state.calls.get(call_id)
        member = call.members.get(party_id) if call else None
        invited = member is not None and member.state is MemberState.INVITED
        if invited and not self.state.suspended(party_id):
            with self.outbox.transaction(self.invitations.cause(call_id, party_id)):
                self.invitations.ringing(call_id, party_id)

    def report_state(
        self, connection_id: str, party_id: str, state: ConnectionState
    ) -> None:
        """Take the state of a connection at one end, if it is still open."""
        connection = self.connections.get(connection_id, party_id)
        if connection is None:
            return
        with self.outbox.transaction():
            if self._links(connection):
                self.legs.report(connection, party_id, state)
            elif state in _OVER:
                self._connection_failed(connection)

    def report_media(self, connection_id: str, party_id: str) -> None:
        """Take note that sound or picture arrives at an end of a connection."""
        connection = self.connections.get(connection_id, party_id)
        if connection and self._links(connection):
            with self.outbox.transaction():
                self.links.report_media(connection, party_id)

    def report_silence(
        self, connection_id: str, party_id: str, *, silent: bool
    ) -> None:
        """Take note that digital silence arrives at an end of a connection, or not."""
        connection = self.connections.get(connection_id, party_id)
        if connection and self._links(connection):
            with self.outbox.transaction():
                self.controls.report_silence(connection, party_id, silent=silent)

    def _connect(self) -> None:
        self.outbox.before_commit = self._settle
        self.connections.failed = self._connection_failed
        self.links.lost = lambda call_id: self.departures.settle(
            call_id, EndReason.FAILED
        )
        self.early_offers.failed = lambda call_id, party_id: self.invitations.give_up(
            call_id, party_id, MemberState.FAILED
        )
        self.invitations.ended = self.departures.settle
        self.invitations.answer = self.joining.answer

    def _settle(self, call: Call) -> None:
        self.previews.settle(call)
        self.early_offers.settle(call)
        self.recordings.settle(call)

    def _links(self, connection: Connection) -> bool:
        """Whether a connection belongs to a link."""
        aside = connection.preview or connection.recording
        return not (aside or self.early_offers.has(connection))

    def _connection_failed(self, connection: Connection) -> None:
        if connection.preview:
            self.previews.fail(connection)
        elif connection.recording:
            self.recordings.fail(connection)
        elif self.early_offers.has(connection):
            self.early_offers.fail(connection)
        else:
            self.legs.fail(connection)
