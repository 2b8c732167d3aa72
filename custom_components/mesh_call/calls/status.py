"""What a party's entities show, derived from the calls it is in."""

from .model import Call, Member, Party, PartyState, PartyStatus
from .state import State


def status_of(state: State, party_id: str) -> PartyStatus:
    """Return where a party stands; the call it is in counts before one that rings."""
    if call := state.joined_call(party_id):
        return _joined(call, call.members[party_id])
    if call := state.ringing_call(party_id):
        return PartyStatus(PartyState.RINGING, call.id, _parties(call.joined))
    return PartyStatus()


def _joined(call: Call, member: Member) -> PartyStatus:
    others = tuple(other for other in call.joined if other is not member)
    return PartyStatus(
        _state(call, member.party.id, others),
        call.id,
        _parties(others or call.pending),
        member.muted_audio,
        member.muted_video,
    )


def _state(call: Call, party_id: str, others: tuple[Member, ...]) -> PartyState:
    if not others:
        return PartyState.CALLING
    links = (link for link in call.links.values() if party_id in link.pair)
    working = any(link.state.working for link in links)
    return PartyState.IN_CALL if working else PartyState.CONNECTING


def _parties(members: tuple[Member, ...]) -> tuple[Party, ...]:
    return tuple(member.party for member in members)
