"""Which call and which party of ours a command is about."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.auth.models import User

from ..calls.errors import CallError
from ..calls.model import Call, Member, MemberState, Party, PartyKind
from ..permissions import may_control, require_call, require_control
from .find import find_callees, find_own_party, only_party

if TYPE_CHECKING:
    from ..accounts.account import Account
    from ..home import Home

type Fits = Callable[[Member], bool]


@dataclass(frozen=True, slots=True)
class Target:
    """What a command is about, as far as its fields say."""

    call_id: str | None = None
    party: str | None = None


def is_pending(member: Member) -> bool:
    """Tell whether a member can answer."""
    return member.state.pending


def is_joined(member: Member) -> bool:
    """Tell whether a member is in the call."""
    return member.state is MemberState.JOINED


def takes_part(member: Member) -> bool:
    """Tell whether a member can leave."""
    return is_pending(member) or is_joined(member)


def choose(
    home: Home, user: User | None, target: Target, fits: Fits
) -> tuple[str, str]:
    """Return the ids of the call and the party that are meant.

    Raises:
        CallError: nothing fits, or more than one does.
        Unauthorized: the user may not act for the party.
    """
    party_id = None
    if target.party is not None:
        party_id = find_own_party(home, target.party).id
        require_control(home, user, party_id)
    if target.call_id is not None and party_id is not None:
        return target.call_id, party_id
    calls = [
        call
        for call in _calls(home, target.call_id)
        if any(_usable(home, user, m, fits, party_id) for m in call.members.values())
    ]
    call = _only_call(calls)
    if party_id is None:
        members = (member.party for member in call.members.values() if fits(member))
        own = [party for party in members if party.ours]
        party_id = only_party(home, user, own).id
    return call.id, party_id


def choose_call(home: Home, user: User | None, call_id: str | None) -> Call:
    """Return the call that is meant as a whole; raises like `choose`."""
    calls = [
        call
        for call in _calls(home, call_id)
        if any(_usable(home, user, m, takes_part) for m in call.members.values())
    ]
    if call_id is not None and not calls:
        require_control(home, user, _calls(home, call_id)[0].caller)
    return _only_call(calls)


def _calls(home: Home, call_id: str | None) -> tuple[Call, ...]:
    """Return the calls to look at: the one that is named, or all."""
    if call_id is None:
        return home.exchange.calls
    return (home.exchange.call_by_id(call_id),)


def _usable(
    home: Home,
    user: User | None,
    member: Member,
    fits: Fits,
    party_id: str | None = None,
) -> bool:
    party = member.party
    if party_id not in (None, party.id) or not party.ours or not fits(member):
        return False
    return may_control(home, user, party.id)


def _only_call(calls: Iterable[Call]) -> Call:
    fits = tuple(calls)
    if not fits:
        raise CallError("no_call")
    if len(fits) > 1:
        raise CallError("call_needed", fits=", ".join(call.id for call in fits))
    return fits[0]


def require_joined(call: Call, party: Party) -> None:
    """Raise CallError unless a party is in a call."""
    member = call.members.get(party.id)
    if member is None or not is_joined(member):
        raise CallError("not_in_call", party=party.name)


def callable_ids(
    home: Home,
    user: User | None,
    names: Iterable[str],
    account: Account | None = None,
) -> tuple[tuple[str, ...], bool]:
    """Return the ids of those who are to ring, and whether every screen is.

    Raises:
        CallError: a name fits nobody, or several.
        Unauthorized: the user may not call one of them.
    """
    parties, everyone = find_callees(home, names, account)
    for party in parties:
        require_call(home, user, party)
    return tuple(party.id for party in parties), everyone


def ids_to_add(
    home: Home, user: User | None, call: Call, names: Iterable[str]
) -> tuple[str, ...]:
    """Return the ids of those who are to ring in a call that is on; raises like that.

    `screens` stands for those that are there now.
    """
    callees, everyone = callable_ids(home, user, names)
    return tuple(dict.fromkeys((*callees, *(_screens(home, call) if everyone else ()))))


def _screens(home: Home, call: Call) -> list[str]:
    return [
        party.id
        for party in home.exchange.parties.values()
        if party.kind is PartyKind.SCREEN
        and party.rings
        and party.id not in call.members
    ]
