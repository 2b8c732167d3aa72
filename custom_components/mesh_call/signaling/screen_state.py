"""What a page is told of parties and calls: the whole truth in one message."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..calls.exchange import Exchange
from ..calls.model import Call, Link, Member, MemberState, Party

type Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a page's user may do with others."""

    may_call: Callable[[Party], bool]
    may_see: Callable[[Party], bool]


_SHOWN = frozenset({MemberState.INVITED, MemberState.RINGING, MemberState.JOINED})


class ScreenState:
    """Writes the `state` message for any page."""

    def __init__(
        self,
        exchange: Exchange,
        problem: Callable[[str], str | None],
        source: Callable[[str], Message | None],
    ) -> None:
        """Read from the exchange.

        `problem` knows what is wrong with a station, `source` how its camera is read.
        """
        self._exchange = exchange
        self._problem = problem
        self._source = source

    def message(self, party_id: str, sight: Sight) -> Message:
        """Return what the page of this screen shows."""
        return {
            "type": "state",
            "parties": [
                self._party(party)
                for party in self._exchange.parties.values()
                if party.id != party_id and sight.may_call(party)
            ],
            "calls": [
                self._call(call, call.members[party_id])
                for call in self._exchange.calls
                if _shows(call, party_id, sight)
            ],
        }

    def _party(self, party: Party) -> Message:
        return {
            "id": party.id,
            "name": party.name,
            "kind": party.kind.value,
            "state": self._exchange.status(party.id).state.value,
            "video": party.video,
            "audio": party.audio,
        }

    def _call(self, call: Call, me: Member) -> Message:
        return {
            "call_id": call.id,
            "state": call.state.value,
            "direction": call.direction.value,
            "video": call.video,
            "caller": call.caller,
            "started": call.started.isoformat(),
            "answered": call.answered.isoformat() if call.answered else None,
            "my_state": me.state.value,
            "max_bandwidth": call.max_bandwidth,
            "recording": call.recording is not None,
            "viewers": call.viewers,
            "members": [self._member(member) for member in call.members.values()],
            "links": [_link(link) for link in call.links.values()],
        }

    def _member(self, member: Member) -> Message:
        party = member.party
        return {
            "id": party.id,
            "name": party.name,
            "kind": party.kind.value,
            "state": member.state.value,
            "muted_audio": member.muted_audio,
            "muted_video": member.muted_video,
            "video": party.video,
            "audio": party.audio,
            "hears": member.hears,
            "sees": member.sees,
            "sharing": member.sharing,
            "problem": self._problem(party.id),
            "source": self._source(party.id),
        }


def _shows(call: Call, party_id: str, sight: Sight) -> bool:
    """Tell whether a page takes part; one that must not see who calls can't ring."""
    me = call.members.get(party_id)
    if me is None or me.state not in _SHOWN:
        return False
    return not me.state.pending or all(
        sight.may_see(member.party) for member in call.joined
    )


def _link(link: Link) -> Message:
    return {"party": link.party, "peer": link.peer, "state": link.state.value}
