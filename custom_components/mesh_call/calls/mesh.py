"""Which parties of a call link, who offers to whom and which way media takes."""

from .model import Call, ConnectionState, Link, Party, PartyKind

_WORST_FIRST = (
    ConnectionState.CLOSED,
    ConnectionState.FAILED,
    ConnectionState.UNDEFINED,
    ConnectionState.DISCONNECTED,
    ConnectionState.CONNECTING,
    ConnectionState.CONNECTED,
    ConnectionState.COMPLETED,
)
_REPORTS_BEST = (PartyKind.STATION, PartyKind.SCREEN, PartyKind.CONTACT)


def linked(one: Party, other: Party) -> bool:
    """Whether two joined parties have a link we can see.

    What two contacts have between them passes us by, unless they must be bridged.
    """
    return one.ours or other.ours


def offerer(earlier: Party, later: Party) -> Party:
    """Return who offers: a station to a screen, else whoever joined earlier."""
    if later.kind is PartyKind.STATION and earlier.kind is PartyKind.SCREEN:
        return later
    return earlier


def reporter(offerer: Party, answerer: Party) -> Party:
    """Return the end whose reports make the state of the link.

    Home Assistant knows best about its own end, a browser more than a wire; of two
    equal ends the offering one counts.
    """
    return min(offerer, answerer, key=lambda party: _REPORTS_BEST.index(party.kind))


def live_links(call: Call, party_id: str) -> tuple[Link, ...]:
    """Return the links of a party in a call that are not closed."""
    return tuple(
        link
        for link in call.links.values()
        if link.state is not ConnectionState.CLOSED and party_id in link.pair
    )


def bridged(*, recorded: bool, ours_with_contact: int, ends_mesh: bool) -> bool:
    """Whether a link between two ends outside runs through Home Assistant.

    Args:
        recorded: Whether the call is being recorded.
        ours_with_contact: How many parties of the home meet the link's contact; 0
            if neither end is one.
        ends_mesh: Whether both ends can take part in a mesh.
    """
    return recorded or ours_with_contact > 1 or not ends_mesh


def worse(one: ConnectionState, other: ConnectionState) -> ConnectionState:
    """Return what a bridged link shows: the worse state of its two connections."""
    return min(one, other, key=_WORST_FIRST.index)
