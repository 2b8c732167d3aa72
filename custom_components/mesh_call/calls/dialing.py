"""How a call begins and how more parties are called into it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
import uuid

from . import ring
from .departures import Departures
from .errors import CallError
from .events import CallEventType, Cause
from .invitations import Invitations
from .joining import Entry, Joining
from .model import (
    MAX_JOINED,
    Call,
    CallRequest,
    Direction,
    EndReason,
    Member,
    MemberState,
    Party,
    PartyKind,
)
from .outbox import Outbox
from .outlets import Outlets, Timings
from .seating import Seating
from .state import State


class Dialing:
    """Begins calls and enlarges them."""

    def __init__(
        self,
        state: State,
        outbox: Outbox,
        outlets: Outlets,
        invitations: Invitations,
        joining: Joining,
        departures: Departures,
        seating: Seating,
        timings: Timings,
        has_relay: Callable[[], bool],
    ) -> None:
        self._state = state
        self._outbox = outbox
        self._outlets = outlets
        self._invitations = invitations
        self._joining = joining
        self._departures = departures
        self._seating = seating
        self._timings = timings
        self._has_relay = has_relay

    async def call(self, request: CallRequest, cause: Cause) -> Call:
        """Begin a call, or accept the one that a callee is just making to the caller.

        Raises:
            CallError: Why nothing has begun.
        """
        if request.relay and not self._has_relay():
            raise CallError("no_relay")
        while not (crossing := self._crossing(request)):
            if call := await self._begin(request, cause):
                return call
        if request.relay:
            # Nothing is connected yet but a picture that was shown without it.
            with self._outbox.transaction(cause):
                self._state.put(replace(crossing, relay=True))
        if request.record:
            with self._outbox.transaction(cause):
                latest = self._state.call(crossing.id)
                self._state.put(replace(latest, record=True))
        caller, extension = request.caller, request.extension
        await self._joining.accept(crossing.id, caller, extension, cause)
        return self._state.latest(crossing.id)

    def add(self, call_id: str, to: tuple[str, ...], cause: Cause) -> None:
        """Let more parties ring in a call that is on.

        Raises:
            CallError: `call_ended`, `unknown_call`, `call_full`, `unknown_party`,
                `nobody_to_call`, `already_in_call`, `party_busy`, `no_relay`,
                `contact_is_taken`, `call_is_direct` or `cannot_meet`.
        """
        call = self._state.call(call_id)
        if len(call.joined) >= MAX_JOINED:
            raise CallError("call_full", maximum=str(MAX_JOINED))
        called = {party_id: self._state.party(party_id) for party_id in to}
        if not called:
            raise CallError("nobody_to_call")
        outside = [p for p in called.values() if not _is_in(call, p.id)]
        if not outside:
            names = ", ".join(party.name for party in called.values())
            raise CallError("already_in_call", party=names)
        self._check_relay(outside)
        for party in outside:
            self._seating.check_newcomer(call, party)
        callees = ring.sort_out(outside, self._state.engaged)
        if not callees.free:
            raise ring.all_busy(callees)
        with self._outbox.transaction(cause):
            self._invitations.add(call_id, callees)

    async def _begin(self, request: CallRequest, cause: Cause) -> Call | None:
        """Begin a call; None if a callee was quicker and calls the caller."""
        callees = self._check(request)
        call = self._draft(request)
        if callees.refused:
            return self._refuse(call, callees, cause)
        async with self._joining.ready(call, request.caller) as entry:
            if self._crossing(request):
                return None
            callees = self._check(request)
            if callees.refused:
                return self._refuse(call, callees, cause)
            with self._outbox.transaction(cause):
                self._ring(call, request, callees, entry)
        return self._state.latest(call.id)

    def _check(self, request: CallRequest) -> ring.Callees:
        """Check that a call may begin; return who rings then."""
        caller = self._state.party(request.caller)
        engaged_line = self._line_is_busy(caller)
        if not engaged_line:
            self._joining.check_free(caller.id)
        if not caller.video and not caller.audio:
            raise CallError("no_media", party=caller.name)
        parties = {id_: known.party for id_, known in self._state.registrations.items()}
        found = ring.callees(request, parties, self._state.engaged)
        self._seating.check_callees(caller, found.free, request.ring_mode)
        self._check_relay((caller, *found.free))
        if request.record:
            self._seating.check_promise(caller, found.free)
        if engaged_line:
            return ring.Callees((), (*found.busy, *found.free), refused=True)
        return found

    def _check_relay(self, parties: Iterable[Party]) -> None:
        if any(party.relay for party in parties) and not self._has_relay():
            raise CallError("no_relay")

    def _line_is_busy(self, caller: Party) -> bool:
        """Whether a contact's call comes by an account that is in a call already."""
        return any(
            member.party.account == caller.account is not None
            for call in self._state.calls.values()
            for member in (*call.joined, *call.pending)
        )

    def _draft(self, request: CallRequest) -> Call:
        caller = self._state.party(request.caller)
        return Call(
            id=self._call_id(request.call_id),
            caller=caller.id,
            direction=Direction.OUTGOING if caller.ours else Direction.INCOMING,
            video=request.video,
            started=self._state.now(),
            members={caller.id: Entry().use(caller)},
            ring_mode=request.ring_mode,
            ring_everyone=request.ring_everyone,
            max_bandwidth=request.max_bandwidth,
            relay=request.relay,
            extension=request.extension,
            record=request.record,
        )

    def _call_id(self, wished: str | None) -> str:
        taken = wished in self._state.calls or (wished and self._state.past.get(wished))
        return str(uuid.uuid4()) if not wished or taken else wished

    def _ring(
        self, call: Call, request: CallRequest, callees: ring.Callees, entry: Entry
    ) -> None:
        """Take the call and let it ring."""
        caller = self._state.party(call.caller)
        self._state.put(replace(call, members={caller.id: entry.use(caller)}))
        if caller.ours:
            called = (*callees.free, *callees.busy)
            self._outbox.call_event(
                CallEventType.OUTGOING,
                call,
                caller.id,
                called[0].id if len(called) == 1 else None,
                extension=call.extension,
            )
        usual, wished = self._timings.ring_timeout, request.ring_timeout
        self._invitations.begin(call, callees, usual, wished)

    def _refuse(self, call: Call, callees: ring.Callees, cause: Cause) -> Call:
        """Take a call only to tell everybody that it couldn't ring."""
        caller = Member(self._state.party(call.caller), MemberState.LEFT)
        with self._outbox.transaction(cause):
            self._state.put(replace(call, members={call.caller: caller}))
            self._invitations.begin(call, callees, 0, None)
            self._outlets.dismiss(call.id, call.caller, EndReason.BUSY)
            self._departures.end(call.id, EndReason.BUSY)
        return self._state.latest(call.id)

    def _crossing(self, request: CallRequest) -> Call | None:
        """Return the call by which somebody the caller wants calls the caller."""
        return next(
            (
                call
                for call in self._state.calls.values()
                if not call.answered
                and (member := call.members.get(request.caller))
                and member.state.pending
                and _wants(request, member.party, call.members[call.caller].party)
            ),
            None,
        )


def _is_in(call: Call, party_id: str) -> bool:
    member = call.members.get(party_id)
    return member is not None and (
        member.state.pending or member.state is MemberState.JOINED
    )


def _wants(request: CallRequest, caller: Party, party: Party) -> bool:
    """Whether a request is meant for a party; a doorbell's is always for all."""
    if party.id in request.to:
        return True
    everyone = request.ring_everyone and caller.kind is not PartyKind.STATION
    return everyone and ring.belongs_to_everyone(party)
