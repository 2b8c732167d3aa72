"""The ringing of calls: who rings, for how long, and what ends it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from . import ring
from .background import Background
from .events import CallEventType, Cause
from .model import (
    NO_EXTENSION,
    Call,
    EndReason,
    Extension,
    Member,
    MemberState,
    Party,
    RejectReason,
    RingMode,
)
from .outbox import Outbox
from .outlets import Outlets
from .state import State

_TELLS = {
    MemberState.REJECTED: CallEventType.REJECTED,
    MemberState.BUSY: CallEventType.BUSY,
    MemberState.NO_ANSWER: CallEventType.NOT_ANSWERED,
    MemberState.FAILED: CallEventType.NOT_ANSWERED,
}
_GONE = (MemberState.NO_ANSWER, MemberState.FAILED)


@dataclass(slots=True)
class _Ring:
    """What a call needs to know of its ring."""

    seconds: float
    wished: float | None
    """Seconds that whoever began it wants it to ring."""

    deadline: float
    """On the event loop's clock."""

    open: bool
    """Whether screens that appear ring, too."""

    refused: bool = False
    """Whether somebody has refused by hand."""

    announced: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    """Who missed the call, should nobody of the home answer."""

    answered_at_home: bool = False
    causes: dict[str, Cause] = field(default_factory=dict)
    """Why each party rings: it confirms so only later."""


class Invitations:
    """Invites members, lets them ring and takes them out again."""

    def __init__(
        self, state: State, outbox: Outbox, outlets: Outlets, background: Background
    ) -> None:
        self._state = state
        self._outbox = outbox
        self._outlets = outlets
        self._background = background
        self._rings: dict[str, _Ring] = {}
        self.answer: Callable[[str, str], None] = lambda call_id, party_id: None
        """How a party is made to answer by itself."""

        self.ended: Callable[[str], None] = lambda call_id: None
        """What to do with a call at which something has stopped ringing."""

    def begin(
        self, call: Call, callees: ring.Callees, usual: float, wished: float | None
    ) -> None:
        """Let a new call ring for the seconds that are wished or usual."""
        seconds = usual if wished is None else wished
        deadline = asyncio.get_running_loop().time() + seconds
        self._rings[call.id] = _Ring(seconds, wished, deadline, call.ring_everyone)
        if call.ring_everyone:
            self._background.start_timer(
                ("ring", call.id), seconds, lambda: self._close(call.id)
            )
        self.add(call.id, callees)

    def add(self, call_id: str, callees: ring.Callees) -> None:
        """Let more parties ring in a call."""
        for party in callees.busy:
            self._busy_already(call_id, party)
        for party in callees.free:
            self._invite(call_id, party, self._seconds(call_id, party))
        for party in callees.foreign:
            self._expect(call_id, Member(party, MemberState.INVITED, foreign=True))

    def newcomer(self, party: Party) -> None:
        """Let a party that has appeared ring wherever every screen does."""
        if not ring.belongs_to_everyone(party) or party.do_not_disturb:
            return
        now = asyncio.get_running_loop().time()
        for call in tuple(self._state.calls.values()):
            ring_ = self._rings[call.id]
            member = call.members.get(party.id)
            if ring_.open and (member is None or member.state in _GONE):
                self._invite(call.id, party, ring_.deadline - now)

    def cause(self, call_id: str, party_id: str) -> Cause:
        """Return what made a call ring at a party."""
        return self._rings[call_id].causes[party_id]

    def ringing(self, call_id: str, party_id: str) -> None:
        """Take note that it rings at a party."""
        call = self._state.calls[call_id]
        member = call.members[party_id]
        self._state.put_member(call_id, replace(member, state=MemberState.RINGING))
        announced = self._rings[call_id].announced
        if member.party.ours and party_id not in announced:
            announced.add(party_id)
            self._outbox.call_event(
                CallEventType.INCOMING,
                call,
                party_id,
                call.caller,
                by=call.caller,
                extension=call.extension,
            )
        self.answer_itself(call_id, member.party)

    def answer_itself(self, call_id: str, party: Party) -> None:
        """Let a ringing party answer if its policy says so and it is free."""
        caller = self._state.calls[call_id].members[self._state.calls[call_id].caller]
        free = not self._state.engaged(party.id)
        if free and ring.answers_itself(party, caller.party):
            self.answer(call_id, party.id)

    def suspend(self, party_id: str) -> None:
        """Stop showing rings at a party that is out of reach; they go on unseen."""
        for call, member in self._at(party_id):
            self._state.put_member(call.id, replace(member, state=MemberState.INVITED))

    def resume(self, party_id: str) -> None:
        """Let it ring again at a party that is back within reach."""
        for call, member in self._at(party_id):
            if not member.foreign:
                self._send(call.id, party_id)

    def refuse(
        self,
        call_id: str,
        party_id: str,
        reason: RejectReason,
        extension: Extension = NO_EXTENSION,
    ) -> None:
        """Take out a ringing party that doesn't want the call."""
        foreign = self._state.calls[call_id].members[party_id].foreign
        self._rings[call_id].refused |= not foreign
        declined = reason is RejectReason.DECLINED
        self._withdraw(
            call_id,
            party_id,
            MemberState.REJECTED if declined else MemberState.BUSY,
            EndReason.REJECTED if declined else EndReason.BUSY,
            extension,
        )
        self._tell(call_id, party_id, extension)

    def turn_away(self, call_id: str) -> None:
        """Wait for no screen any more that might appear."""
        self._rings[call_id].refused = True

    def disturb_no_more(self, call_id: str, party_id: str) -> None:
        """Take out a ringing party that no longer wants to be disturbed."""
        self._withdraw(call_id, party_id, MemberState.BUSY, EndReason.BUSY)
        self._rings[call_id].unanswered.add(party_id)
        self._tell(call_id, party_id)
        self.ended(call_id)

    def expire(self, call_id: str, party_id: str) -> None:
        """Take out a ringing party that doesn't answer, unless it is just about to."""
        if self._state.registration(party_id).joining != call_id:
            self.give_up(call_id, party_id, MemberState.NO_ANSWER)

    def expire_late(self, call_id: str, party_id: str) -> None:
        """Let a party time out whose time ran out while it tried to join in vain."""
        call = self._state.calls.get(call_id)
        member = call.members.get(party_id) if call else None
        rings_on = self._background.timer_runs(("ring", call_id, party_id))
        if member and member.state.pending and not rings_on:
            self.give_up(call_id, party_id, MemberState.NO_ANSWER)

    def give_up(self, call_id: str, party_id: str, state: MemberState) -> None:
        """Take out a party that gave no answer and settle what this means."""
        self._withdraw(call_id, party_id, state, EndReason.NOT_ANSWERED)
        self._rings[call_id].unanswered.add(party_id)
        self._tell(call_id, party_id)
        self.ended(call_id)

    def vanish(self, call_id: str, party_id: str) -> None:
        """Take out a ringing party that is gone for good: it won't miss the call."""
        self._withdraw(call_id, party_id, MemberState.NO_ANSWER, EndReason.NOT_ANSWERED)
        self._tell(call_id, party_id)
        self.ended(call_id)

    def answered(self, call: Call, party_id: str) -> None:
        """Take note that a party joins; the first to do so may win it all."""
        self._stop(call.id, party_id)
        self._rings[call.id].answered_at_home |= call.members[party_id].party.ours
        if call.answered or call.ring_mode is RingMode.ALL:
            return
        self._close_ring(call.id)
        for member in call.pending:
            if member.party.id != party_id and not member.foreign:
                self._withdraw(
                    call.id,
                    member.party.id,
                    MemberState.NO_ANSWER,
                    EndReason.ANSWERED_ELSEWHERE,
                )

    def holds(self, call: Call) -> bool:
        """Whether a call waits for an answer that may still come."""
        if call.pending:
            return True
        return self.open(call)

    def open(self, call: Call) -> bool:
        """Whether a call waits for screens that may still appear."""
        ring_ = self._rings[call.id]
        return ring_.open and call.answered is None and not ring_.refused

    def answered_elsewhere(self, call: Call, party_id: str) -> bool:
        """Whether another's answer took a call away from a party."""
        member = call.members[party_id]
        return (
            call.answered is not None
            and member.state is MemberState.NO_ANSWER
            and party_id not in self._rings[call.id].unanswered
        )

    def finish(
        self, call_id: str, reason: EndReason, extension: Extension = NO_EXTENSION
    ) -> set[str]:
        """End the ring of a call that is over; return who missed it."""
        call = self._state.calls[call_id]
        self._close_ring(call_id)
        for member in call.pending:
            party_id = member.party.id
            no_answer = MemberState.NO_ANSWER
            self._withdraw(call_id, party_id, no_answer, reason, extension)
            self._rings[call_id].unanswered.add(party_id)
        ring_ = self._rings.pop(call_id)
        return set() if ring_.answered_at_home else ring_.unanswered

    def _seconds(self, call_id: str, party: Party) -> float:
        ring_ = self._rings[call_id]
        wished = party.answer_timeout if ring_.wished is None else ring_.wished
        return ring_.seconds if wished is None else wished

    def _invite(self, call_id: str, party: Party, seconds: float) -> None:
        self._expect(call_id, Member(party, MemberState.INVITED), seconds)
        self._send(call_id, party.id)

    def _expect(
        self, call_id: str, member: Member, seconds: float | None = None
    ) -> None:
        """Take in a member whose answer is awaited for a time."""
        party = member.party
        self._state.put_member(call_id, member)
        self._rings[call_id].unanswered.discard(party.id)
        self._rings[call_id].causes[party.id] = self._outbox.cause
        self._background.start_timer(
            ("ring", call_id, party.id),
            self._seconds(call_id, party) if seconds is None else seconds,
            lambda: self.expire(call_id, party.id),
        )

    def _send(self, call_id: str, party_id: str) -> None:
        if self._state.registration(party_id).channel is None:
            self.ringing(call_id, party_id)
        else:
            self._outlets.invite(
                call_id, party_id, lambda: self._not_sent(call_id, party_id)
            )

    def _not_sent(self, call_id: str, party_id: str) -> None:
        call = self._state.calls.get(call_id)
        if call and call.members[party_id].state.pending:
            self.give_up(call_id, party_id, MemberState.FAILED)

    def _busy_already(self, call_id: str, party: Party) -> None:
        self._state.put_member(call_id, Member(party, MemberState.BUSY))
        self._rings[call_id].unanswered.add(party.id)
        self._tell(call_id, party.id)

    def _withdraw(
        self,
        call_id: str,
        party_id: str,
        state: MemberState,
        reason: EndReason,
        extension: Extension = NO_EXTENSION,
    ) -> None:
        self._stop(call_id, party_id)
        member = self._state.calls[call_id].members[party_id]
        self._state.put_member(call_id, replace(member, state=state))
        self._outlets.dismiss(call_id, party_id, reason, extension)

    def _stop(self, call_id: str, party_id: str) -> None:
        self._background.cancel_timer(("ring", call_id, party_id))
        self._background.cancel_tasks(("answer", call_id, party_id))

    def _close(self, call_id: str) -> None:
        self._close_ring(call_id)
        self.ended(call_id)

    def _close_ring(self, call_id: str) -> None:
        self._rings[call_id].open = False
        self._background.cancel_timer(("ring", call_id))

    def _tell(
        self, call_id: str, party_id: str, extension: Extension = NO_EXTENSION
    ) -> None:
        """Tell how a callee answered, or that it didn't."""
        call = self._state.calls[call_id]
        type_ = _TELLS[call.members[party_id].state]
        party, peer = call.sides(party_id)
        self._outbox.call_event(type_, call, party, peer, extension=extension)

    def _at(self, party_id: str) -> tuple[tuple[Call, Member], ...]:
        """Return the calls a party is to answer, with its place in them."""
        found = (
            (call, call.members.get(party_id)) for call in self._state.calls.values()
        )
        return tuple(
            (call, member) for call, member in found if member and member.state.pending
        )
