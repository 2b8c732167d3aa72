"""How a party gets ready and joins a call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
import logging

from .background import Background
from .departures import Departures
from .errors import CallError
from .events import NO_CAUSE, CallEventType, Cause
from .invitations import Invitations
from .links import Links
from .model import (
    MAX_JOINED,
    NO_EXTENSION,
    Call,
    EndReason,
    Extension,
    Member,
    MemberState,
    Party,
    PartyKind,
    lower_cap,
)
from .outbox import Outbox
from .outlets import Outlets
from .seating import Seating
from .state import Registration, State

_LOGGER = logging.getLogger(__name__)


@dataclass(slots=True)
class Entry:
    """What a party that is ready needs to join; used once or not at all."""

    max_bandwidth: int = 0
    used: bool = False

    def use(self, party: Party, extension: Extension = NO_EXTENSION) -> Member:
        """Return the party's place in the call."""
        self.used = True
        return Member(
            party,
            MemberState.JOINED,
            max_bandwidth=self.max_bandwidth,
            extension=extension,
        )


class Joining:
    """Lets parties answer; after each wait everything is checked again."""

    def __init__(
        self,
        state: State,
        outbox: Outbox,
        outlets: Outlets,
        links: Links,
        invitations: Invitations,
        departures: Departures,
        seating: Seating,
        background: Background,
    ) -> None:
        self._state = state
        self._outbox = outbox
        self._seating = seating
        self._outlets = outlets
        self._links = links
        self._invitations = invitations
        self._departures = departures
        self._background = background

    async def accept(
        self,
        call_id: str,
        party_id: str,
        extension: Extension = NO_EXTENSION,
        cause: Cause = NO_CAUSE,
    ) -> None:
        """Let an invited party join; another call it is in is left first.

        Raises:
            CallError: Why it can't, before or after the wait for its end.
        """
        self._check(call_id, party_id)
        call = self._state.call(call_id)
        self._leave_other(party_id, cause)
        try:
            async with self.ready(call, party_id) as entry:
                self._check(call_id, party_id)
                with self._outbox.transaction(cause):
                    self._join(call_id, party_id, extension, entry)
        finally:
            with self._outbox.transaction():
                self._invitations.expire_late(call_id, party_id)

    def answer(self, call_id: str, party_id: str) -> None:
        """Let a party accept by itself."""
        self._background.start_task(
            ("answer", call_id, party_id), self._answer(call_id, party_id)
        )

    @asynccontextmanager
    async def ready(self, call: Call, party_id: str) -> AsyncIterator[Entry]:
        """Make a party ready for a call; unless the entry is used, release it again.

        Raises:
            CallError: `party_busy`, `party_unavailable`, `unknown_party`, `stopped` or
                what the party's end says.
        """
        registration = self._state.registration(party_id)
        self.check_free(party_id)
        entry = Entry()
        registration.joining = call.id
        try:
            await self._outlets.ask(party_id, registration.media.join(call, party_id))
            entry.max_bandwidth = await self._limit(registration, call)
            self._check_still_there(registration)
            registration.joining = None
            yield entry
        finally:
            registration.joining = None
            if not entry.used:
                media = registration.media
                with self._outbox.transaction():
                    self._outlets.later(lambda: media.leave(call.id, party_id))

    def check_free(self, party_id: str) -> None:
        """Check that a party can join a call now.

        Raises:
            CallError: `unknown_party`, `stopped`, `party_unavailable` or `party_busy`.
        """
        self._check_still_there(self._state.registration(party_id))
        if self._state.engaged(party_id):
            raise CallError("party_busy", party=self._state.name(party_id))

    def _check_still_there(self, registration: Registration) -> None:
        party = registration.party
        if self._state.closed:
            raise CallError("stopped")
        if self._state.registrations.get(party.id) is not registration:
            raise CallError("unknown_party", party=party.name)
        if registration.suspended:
            raise CallError("party_unavailable", party=party.name)

    def _check(self, call_id: str, party_id: str) -> None:
        """Check that a party may answer a call."""
        call = self._state.call(call_id)
        member = self._state.member(call_id, party_id)
        name = member.party.name
        if member.state is MemberState.JOINED:
            raise CallError("already_in_call", party=name)
        if self._invitations.answered_elsewhere(call, party_id):
            raise CallError("answered_elsewhere", party=name)
        if not member.state.pending or (member.foreign and not call.answered):
            raise CallError("not_ringing", party=name)
        if len(call.joined) >= MAX_JOINED:
            raise CallError("call_full", maximum=str(MAX_JOINED))
        self._seating.check_entry(call, member.party)

    def _leave_other(self, party_id: str, cause: Cause) -> None:
        """Let a party hang up that can choose between its calls: no station can."""
        call = self._state.joined_call(party_id)
        if call and call.members[party_id].party.kind is not PartyKind.STATION:
            with self._outbox.transaction(cause):
                self._departures.hang_up(call.id, party_id)

    async def _limit(self, registration: Registration, call: Call) -> int:
        """Cap what a party sends in a call; return which cap of the call's holds."""
        party = registration.party
        cap = lower_cap(call.max_bandwidth, party.max_bandwidth)
        if not cap:
            return 0
        limit = registration.media.limit(call.id, party.id, cap)
        try:
            await self._outlets.ask(party.id, limit)
        except CallError as error:
            # A picture that can't be made smaller is better than none.
            _LOGGER.debug("A party joins without the call's cap: %s", error.key)
            return 0
        return call.max_bandwidth

    def _join(
        self, call_id: str, party_id: str, extension: Extension, entry: Entry
    ) -> None:
        call = self._state.calls[call_id]
        self._invitations.answered(call, party_id)
        member = call.members[party_id]
        joined = entry.use(member.party, extension)
        self._state.put_member(call_id, replace(joined, foreign=member.foreign))
        call = self._state.calls[call_id]
        self._state.put(replace(call, answered=call.answered or self._state.now()))
        party, peer = call.sides(party_id)
        self._outbox.call_event(
            CallEventType.ACCEPTED, call, party, peer, extension=extension
        )
        self._links.connect(call_id, call.members[party_id].party)
        self._departures.settle(call_id, EndReason.ANSWERED_ELSEWHERE)

    async def _answer(self, call_id: str, party_id: str) -> None:
        try:
            await self.accept(call_id, party_id, cause=Cause(party_id))
        except CallError as error:
            _LOGGER.debug("A party can't answer by itself: %s", error.key)
            with self._outbox.transaction():
                self._answer_failed(call_id, party_id)

    def _answer_failed(self, call_id: str, party_id: str) -> None:
        """Take a station out; at a screen somebody may still press Answer."""
        call = self._state.calls.get(call_id)
        member = call.members.get(party_id) if call else None
        station = member is not None and member.party.kind is PartyKind.STATION
        if member and member.state.pending and station:
            self._invitations.give_up(call_id, party_id, MemberState.FAILED)
