"""Who rings and who answers by itself: the policy, without any state."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from .errors import CallError
from .model import AutoAnswer, CallRequest, EndReason, MemberState, Party, PartyKind

_MOST_TELLING_FIRST = (
    (MemberState.REJECTED, EndReason.REJECTED),
    (MemberState.BUSY, EndReason.BUSY),
    (MemberState.NO_ANSWER, EndReason.NOT_ANSWERED),
    (MemberState.FAILED, EndReason.FAILED),
)


@dataclass(frozen=True, slots=True)
class Callees:
    """Who of those that are called rings, and who is busy."""

    free: tuple[Party, ...]
    busy: tuple[Party, ...]
    foreign: tuple[Party, ...] = ()
    """Whom the caller's own network lets ring."""

    refused: bool = False
    """Whether the call is over before it could ring."""


def callees(
    request: CallRequest,
    parties: Mapping[str, Party],
    engaged: Callable[[str], bool],
) -> Callees:
    """Find out who rings when a request is carried out.

    Args:
        request: The wish to call; its caller must be among the parties.
        parties: Everybody there is.
        engaged: Tells whether the party of an id is in a call.

    Raises:
        CallError: `unknown_party`, `call_yourself`, `nobody_to_call`, `party_busy`.
    """
    called = _called(request, parties)
    caller = parties[request.caller]
    # A page may open while it rings; whoever stands at the door has the time, and
    # so has whoever can't know how many pages are open.
    patient = request.ring_everyone and caller.kind is not PartyKind.SCREEN
    if not called and not patient:
        raise CallError("nobody_to_call")
    found = sort_out(called, engaged)
    if caller.ours and not found.free and not patient:
        raise all_busy(found)
    refused = not caller.ours and bool(found.busy) and not found.free
    foreign = tuple(_known(party_id, parties) for party_id in request.others)
    return replace(found, foreign=() if refused else foreign, refused=refused)


def sort_out(called: Iterable[Party], engaged: Callable[[str], bool]) -> Callees:
    """Tell who can ring from who is busy.

    A screen that is in a call still rings: it shows a waiting banner.
    """
    free: list[Party] = []
    busy: list[Party] = []
    for party in called:
        waits = engaged(party.id) and party.kind is PartyKind.STATION
        (busy if waits or party.do_not_disturb else free).append(party)
    return Callees(tuple(free), tuple(busy))


def all_busy(found: Callees) -> CallError:
    """Return the error that says that nobody is free."""
    names = ", ".join(party.name for party in found.busy)
    return CallError("party_busy", party=names)


def belongs_to_everyone(party: Party) -> bool:
    """Whether a party rings when every screen of the home does."""
    return party.kind is PartyKind.SCREEN and party.rings


def answers_itself(party: Party, caller: Party) -> bool:
    """Whether a party's own policy lets it answer a caller by itself."""
    match party.auto_answer:
        case AutoAnswer.HOME:
            return caller.ours
        case AutoAnswer.CONTACTS:
            return caller.ours or caller.may_drop_in
    return False


def outcome(states: Iterable[MemberState]) -> EndReason:
    """Return why a call that nobody answered is over: the most telling reason."""
    found = set(states)
    for state, reason in _MOST_TELLING_FIRST:
        if state in found:
            return reason
    return EndReason.NOT_ANSWERED


def _called(request: CallRequest, parties: Mapping[str, Party]) -> tuple[Party, ...]:
    if request.caller in request.to:
        raise CallError("call_yourself", party=parties[request.caller].name)
    named = {party_id: _known(party_id, parties) for party_id in request.to}
    everyone = {
        party.id: party
        for party in parties.values()
        if belongs_to_everyone(party) and party.id != request.caller
    }
    return tuple((named | (everyone if request.ring_everyone else {})).values())


def _known(party_id: str, parties: Mapping[str, Party]) -> Party:
    try:
        return parties[party_id]
    except KeyError:
        raise CallError("unknown_party", party=party_id) from None
