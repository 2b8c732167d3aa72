"""How parties go and calls end."""

from dataclasses import replace

from . import mesh, ring
from .background import Background
from .errors import CallError
from .events import CallEventType
from .invitations import Invitations
from .links import Links
from .model import (
    NO_EXTENSION,
    Call,
    Direction,
    EndReason,
    Extension,
    Member,
    MemberState,
    RejectReason,
)
from .outbox import Outbox
from .outlets import Outlets
from .recordings import Recordings
from .state import State


class Departures:
    """Takes members out of calls and ends calls that have nothing left."""

    def __init__(
        self,
        state: State,
        outbox: Outbox,
        outlets: Outlets,
        links: Links,
        invitations: Invitations,
        recordings: Recordings,
        background: Background,
    ) -> None:
        self._recordings = recordings
        self._state = state
        self._outbox = outbox
        self._outlets = outlets
        self._links = links
        self._invitations = invitations
        self._background = background

    def reject(
        self, call_id: str, party_id: str, reason: RejectReason, extension: Extension
    ) -> None:
        """Let an invited party refuse.

        Raises:
            CallError: `unknown_call`, `call_ended`, `not_in_call` or `not_ringing`.
        """
        member = self._state.member(call_id, party_id)
        if not member.state.pending:
            raise CallError("not_ringing", party=member.party.name)
        self._invitations.refuse(call_id, party_id, reason, extension)
        self.settle(call_id, extension=extension)

    def hang_up(
        self, call_id: str, party_id: str, extension: Extension = NO_EXTENSION
    ) -> None:
        """Let a party leave or refuse; the one that began the call ends it for all.

        Raises:
            CallError: `unknown_call`, `call_ended` or `not_in_call`.
        """
        if self._state.member(call_id, party_id).state.pending:
            self.reject(call_id, party_id, RejectReason.DECLINED, extension)
            return
        self._state.joined_member(call_id, party_id)
        call = self._state.call(call_id)
        if party_id == call.caller:
            reason = EndReason.HUNG_UP if call.answered else EndReason.CANCELLED
            self.end(call_id, reason, extension)
        else:
            self.leave(call_id, (party_id,), extension=extension)

    def hang_up_all(self, call_id: str, extension: Extension = NO_EXTENSION) -> None:
        """Let all parties of the home leave or refuse.

        Raises:
            CallError: `unknown_call` or `call_ended`.
        """
        call = self._state.call(call_id)
        joined = tuple(m.party.id for m in call.joined if m.party.ours)
        if call.caller in joined:
            self.hang_up(call_id, call.caller, extension)
            return
        for member in call.pending:
            if member.party.ours:
                self._invitations.refuse(
                    call_id, member.party.id, RejectReason.DECLINED, extension
                )
        if joined:
            self.leave(call_id, joined, extension=extension)
            return
        # Nobody is there yet, but somebody refuses for the home.
        self._invitations.turn_away(call_id)
        nobody = len(call.members) == 1
        self.settle(call_id, EndReason.REJECTED if nobody else None, extension)

    def leave(
        self,
        call_id: str,
        party_ids: tuple[str, ...],
        state: MemberState = MemberState.LEFT,
        reason: EndReason = EndReason.HUNG_UP,
        extension: Extension = NO_EXTENSION,
    ) -> None:
        """Let joined parties go; what that leaves of the call goes on or ends."""
        for party_id in party_ids:
            self._take_out(call_id, party_id, state, reason, extension)
        self.settle(call_id, reason, extension, party_ids)

    def settle(
        self,
        call_id: str,
        reason: EndReason | None = None,
        extension: Extension = NO_EXTENSION,
        gone: tuple[str, ...] = (),
    ) -> None:
        """Take out who has no link left, then end the call if it is over.

        Args:
            call_id: A call that is on.
            reason: Why it is over, should it be; None: what the callees answered.
            extension: What the last ones to go sent with it.
            gone: Who has just left.
        """
        stranded = self._take_out_stranded(call_id)
        call = self._state.calls[call_id]
        if self._over(call):
            self.end(call_id, reason or _outcome(call), extension)
            return
        for party_id in gone:
            self._tell_left(call, party_id, extension)
        for party_id in stranded:
            self._tell_left(call, party_id)

    def end(
        self, call_id: str, reason: EndReason, extension: Extension = NO_EXTENSION
    ) -> None:
        """End a call for everybody in it."""
        cancels = reason is EndReason.HUNG_UP
        missed = self._invitations.finish(
            call_id, EndReason.CANCELLED if cancels else reason, extension
        )
        for member in self._state.calls[call_id].joined:
            party_id = member.party.id
            self._take_out(call_id, party_id, MemberState.LEFT, reason, extension)
        self._links.forget(call_id)
        call = self._state.calls[call_id]
        self._state.finish(replace(call, ended=self._state.now(), reason=reason))
        self._tell_missed(call, missed)
        party, peer = call.sides(_other_side(call))

        def tell() -> None:
            self._outbox.call_event(
                CallEventType.ENDED,
                call,
                party,
                peer,
                extension=extension,
                reason=reason,
            )

        self._recordings.end(call_id, tell)

    def _take_out(
        self,
        call_id: str,
        party_id: str,
        state: MemberState,
        reason: EndReason,
        extension: Extension = NO_EXTENSION,
    ) -> None:
        self._background.cancel_timer(("return", party_id))
        self._background.cancel_tasks(("restore", call_id, party_id))
        self._links.close(call_id, party_id)
        member = self._state.calls[call_id].members[party_id]
        gone = replace(member, state=state, sharing=False)
        self._state.put_member(call_id, gone)
        self._outlets.leave(call_id, party_id)
        self._outlets.dismiss(call_id, party_id, reason, extension)

    def _take_out_stranded(self, call_id: str) -> tuple[str, ...]:
        """Take out who has lost every link; whoever came first may wait for a ring."""
        call = self._state.calls[call_id]
        waiting = call.joined[:1] if self._invitations.holds(call) else ()
        stranded = tuple(
            member.party.id
            for member in call.joined
            if member not in waiting and _cut_off(call, member)
        )
        for party_id in stranded:
            self._take_out(call_id, party_id, MemberState.FAILED, EndReason.FAILED)
        return stranded

    def _over(self, call: Call) -> bool:
        waits = self._invitations.holds(call)
        ours = any(member.party.ours for member in (*call.joined, *call.pending))
        may_be_ours = ours or self._invitations.open(call)
        enough = len(call.joined) > 1 or (waits and bool(call.joined))
        return not may_be_ours or not enough

    def _tell_left(
        self, call: Call, party_id: str, extension: Extension = NO_EXTENSION
    ) -> None:
        left = CallEventType.LEFT
        if call.members[party_id].party.ours:
            self._outbox.call_event(left, call, party_id, extension=extension)
            return
        members = (*call.joined, *call.pending)
        ours = next((m.party.id for m in members if m.party.ours), call.caller)
        self._outbox.call_event(left, call, ours, party_id, extension=extension)

    def _tell_missed(self, call: Call, missed: set[str]) -> None:
        for party_id, member in call.members.items():
            if party_id in missed and member.party.ours:
                self._outbox.call_event(
                    CallEventType.MISSED, call, party_id, call.caller
                )
        if not any(member.party.ours for member in call.members.values()):
            self._outbox.call_event(CallEventType.MISSED, call, call.caller)


def _cut_off(call: Call, member: Member) -> bool:
    """Whether a member had somebody to talk to, but no link is left."""
    linked = any(
        other is not member and mesh.linked(other.party, member.party)
        for other in call.joined
    )
    return linked and not mesh.live_links(call, member.party.id)


def _outcome(call: Call) -> EndReason:
    if call.answered:
        return EndReason.HUNG_UP
    callees = (m for m in call.members.values() if m.party.id != call.caller)
    return ring.outcome(member.state for member in callees)


def _other_side(call: Call) -> str | None:
    """Return the callee that stands for all in a call's end."""
    callees = [m for m in call.members.values() if m.party.id != call.caller]
    told = [m for m in callees if m.party.ours or call.members[call.caller].party.ours]
    talked = [m for m in told if m.state is MemberState.LEFT]
    if call.direction is Direction.OUTGOING and len(talked or told) > 1:
        return None
    found = next(iter(talked or told), None)
    return found.party.id if found else None
