"""The picture of a station, shown where it rings."""

from .connections import Connections
from .model import Call, Connection, ConnectionState, MemberState, PartyKind
from .state import State

_COMING_UP = (ConnectionState.UNDEFINED, ConnectionState.CONNECTING)


class Previews:
    """Compares what previews there should be with those there are."""

    def __init__(self, state: State, connections: Connections) -> None:
        self._state = state
        self._connections = connections
        self._shown: dict[tuple[str, str], Connection] = {}

    def settle(self, call: Call) -> None:
        """Open and close previews as a call that has changed wants it."""
        for key, preview in tuple(self._shown.items()):
            if key[0] == call.id and not _wanted(call, preview):
                self._connections.close(preview.id)
                del self._shown[key]
        for member in call.pending:
            viewer = member.party
            if member.state is MemberState.RINGING and viewer.kind is PartyKind.SCREEN:
                self._show(call, viewer.id)

    def fail(self, connection: Connection) -> None:
        """End a preview that can't go on; it isn't tried again in the same ring."""
        self._connections.close(connection.id)

    def _show(self, call: Call, viewer: str) -> None:
        station = _station_in(call)
        if station and (call.id, viewer) not in self._shown:
            preview = self._connections.open(call.id, station, viewer, preview=True)
            self._shown[call.id, viewer] = preview


def _station_in(call: Call) -> str | None:
    """Return the joined station whose picture is shown, if the call has any."""
    stations = (
        member.party.id
        for member in call.joined
        if member.party.kind is PartyKind.STATION and member.party.video
    )
    return next(stations, None) if call.video else None


def _wanted(call: Call, preview: Connection) -> bool:
    """Whether it still rings there, or what takes over isn't there yet."""
    if call.members[preview.offerer].state is not MemberState.JOINED:
        return False
    state = call.members[preview.answerer].state
    link = call.links.get(frozenset((preview.offerer, preview.answerer)))
    if state is MemberState.RINGING:
        return True
    joined = state is MemberState.JOINED
    return joined and link is not None and link.state in _COMING_UP
