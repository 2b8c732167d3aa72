"""The legs of links: one connection at a time, tried, lost, renewed and given up."""

from collections.abc import Callable
from dataclasses import dataclass

from . import mesh
from .background import Background
from .connections import Connections
from .early_offers import EarlyOffers
from .model import BRIDGE, Connection, ConnectionState
from .outlets import Timings
from .state import State

RESTART_INTERVAL = 6.0
"""Seconds until a restart, or what answers it, counts as lost."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A way between two ends that every connection of it takes.

    A direct link has one. A bridged link has two: the seat of a contact, that all its
    links share, and a spoke, by which `bridge` stands for the contact as its offerer.
    """

    call_id: str
    offerer: str
    answerer: str
    bridge: str | None = None

    @property
    def ends(self) -> tuple[str, str]:
        """At whose ports it ends."""
        return self.bridge or self.offerer, self.answerer


@dataclass(slots=True)
class _Trial:
    """What a leg has been through."""

    connection: Connection | None = None
    state: ConnectionState = ConnectionState.CONNECTING
    worked: bool = False
    renewed: bool = False
    """Whether a fresh connection was tried since it worked last."""


class Legs:
    """Opens a leg's connections and turns the reports of their ends into its state."""

    def __init__(
        self,
        state: State,
        connections: Connections,
        early_offers: EarlyOffers,
        background: Background,
        timings: Timings,
    ) -> None:
        self._state = state
        self._connections = connections
        self._early_offers = early_offers
        self._background = background
        self._timings = timings
        self._trials: dict[Leg, _Trial] = {}
        self.changed: Callable[[Leg], None] = lambda leg: None
        """What to do when a leg's state or connection is another one."""

        self.lost: Callable[[Leg], None] = lambda leg: None
        """What to do with a leg that can't be had; it is still to be closed."""

    def between(self, call_id: str, one: str, other: str) -> Leg | None:
        """Return the leg whose connections end at two parties' own ports."""
        return next(
            (
                leg
                for leg in self._trials
                if leg.call_id == call_id
                and leg.bridge is None
                and {leg.offerer, leg.answerer} == {one, other}
            ),
            None,
        )

    def ending_at(self, party_id: str, call_id: str | None = None) -> tuple[Leg, ...]:
        """Return the legs that end at a party's port, of one call or of all."""
        return tuple(
            leg
            for leg in self._trials
            if party_id in leg.ends and call_id in (None, leg.call_id)
        )

    def state(self, leg: Leg) -> ConnectionState:
        """Return where a leg stands; one that isn't open is closed."""
        trial = self._trials.get(leg)
        return trial.state if trial else ConnectionState.CLOSED

    def connection(self, leg: Leg) -> str | None:
        """Return the id of a leg's connection, None while it has none."""
        trial = self._trials.get(leg)
        return trial.connection.id if trial and trial.connection else None

    def open(self, leg: Leg) -> None:
        """Begin a leg, if it isn't open: by its early connection or by a fresh one."""
        if leg in self._trials:
            return
        self._trials[leg] = _Trial()
        early = self._early_offers.take(leg.call_id, leg.offerer, leg.answerer)
        if early and not self._out_of_reach(leg):
            self._start_timer(leg)
            self._use(leg, early)
        else:
            self._renew(leg)

    def close(self, leg: Leg) -> None:
        """End a leg; safe to repeat."""
        if trial := self._trials.pop(leg, None):
            self._stop_timers(leg)
            self._close_connection(trial)

    def suspend(self, call_id: str, party_id: str) -> None:
        """Show that a party is out of reach; how long it may be isn't our business."""
        for leg in self.ending_at(party_id, call_id):
            self._stop_timers(leg)
            self._set(leg, ConnectionState.DISCONNECTED)

    def resume(self, call_id: str, party_id: str) -> None:
        """Connect a party afresh that is back."""
        for leg in self.ending_at(party_id, call_id):
            self._trials[leg].renewed = False
            self._renew(leg)

    def fail(self, connection: Connection) -> None:
        """Take note that one end of a connection can't go on."""
        if leg := self._believed(connection):
            self._fail(leg)

    def report(
        self, connection: Connection, party_id: str, state: ConnectionState
    ) -> None:
        """Take one end's report; only that of the end that knows best counts.

        An end that has closed while the leg should live has failed, whichever it is.
        """
        leg = self._believed(connection)
        if leg is None:
            return
        if state is ConnectionState.CLOSED:
            self._fail(leg)
        elif party_id == self._reporter(leg):
            self._take(leg, state)

    def _renew(
        self, leg: Leg, state: ConnectionState = ConnectionState.CONNECTING
    ) -> None:
        """Give a leg a fresh connection, if both ends are within reach."""
        if self._out_of_reach(leg):
            return
        self._start_timer(leg)
        self._close_connection(self._trials[leg])
        fresh = self._connections.open(
            leg.call_id, leg.offerer, leg.answerer, bridge=leg.bridge
        )
        self._use(leg, fresh, state)

    def _use(
        self,
        leg: Leg,
        connection: Connection,
        state: ConnectionState = ConnectionState.CONNECTING,
    ) -> None:
        trial = self._trials[leg]
        trial.connection, trial.state = connection, state
        self.changed(leg)

    def _restarts(self, leg: Leg) -> bool:
        """Whether it is on us to find a contact that has moved to another network."""
        answerer = self._state.registrations.get(leg.answerer)
        return leg.bridge is None and answerer is not None and not answerer.party.ours

    def _restart(self, leg: Leg) -> None:
        """Try fresh connections until one works or the leg is given up."""
        self._background.start_timer(
            ("restart", leg), RESTART_INTERVAL, lambda: self._restart(leg)
        )
        self._renew(leg, self._trials[leg].state)

    def _take(self, leg: Leg, state: ConnectionState) -> None:
        working = self._trials[leg].state.working
        match state:
            case ConnectionState.CONNECTED if not working:
                self._works(leg)
            case ConnectionState.COMPLETED:
                if not working:
                    self._works(leg)
                self._set(leg, ConnectionState.COMPLETED)
            case ConnectionState.DISCONNECTED if working:
                self._start_timer(leg)
                self._set(leg, ConnectionState.DISCONNECTED)
                if self._restarts(leg):
                    self._restart(leg)
            case ConnectionState.FAILED:
                self._fail(leg)

    def _works(self, leg: Leg) -> None:
        trial = self._trials[leg]
        trial.worked, trial.renewed = True, False
        self._stop_timers(leg)
        self._set(leg, ConnectionState.CONNECTED)

    def _fail(self, leg: Leg) -> None:
        """Try once more what has worked before, give up what never has."""
        trial = self._trials[leg]
        self._set(leg, ConnectionState.FAILED)
        if not trial.worked:
            self.lost(leg)
        elif not trial.renewed:
            trial.renewed = True
            self._renew(leg)

    def _start_timer(self, leg: Leg) -> None:
        seconds = (
            self._disconnect_timeout(leg)
            if self._trials[leg].worked
            else self._timings.connect_timeout
        )
        self._background.start_timer(leg, seconds, lambda: self.lost(leg))

    def _stop_timers(self, leg: Leg) -> None:
        self._background.cancel_timer(leg)
        self._background.cancel_timer(("restart", leg))

    def _disconnect_timeout(self, leg: Leg) -> float:
        parties = (self._state.registrations.get(end) for end in leg.ends)
        wished = (known.party.disconnect_timeout for known in parties if known)
        return min(
            (seconds for seconds in wished if seconds),
            default=self._timings.disconnect_timeout,
        )

    def _close_connection(self, trial: _Trial) -> None:
        if trial.connection:
            self._connections.close(trial.connection.id)

    def _set(self, leg: Leg, state: ConnectionState) -> None:
        trial = self._trials[leg]
        if trial.state is not state:
            trial.state = state
            self.changed(leg)

    def _believed(self, connection: Connection) -> Leg | None:
        """Return the leg of a connection whose reports are to be believed."""
        for leg, trial in self._trials.items():
            if trial.connection == connection:
                return None if self._out_of_reach(leg) else leg
        return None

    def _out_of_reach(self, leg: Leg) -> bool:
        return any(self._state.suspended(end) for end in leg.ends)

    def _reporter(self, leg: Leg) -> str:
        if leg.bridge or leg.offerer == BRIDGE:
            return leg.offerer
        if leg.answerer == BRIDGE:
            return leg.answerer
        offerer = self._state.party(leg.offerer)
        return mesh.reporter(offerer, self._state.party(leg.answerer)).id
