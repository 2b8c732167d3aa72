"""All that is true now: who there is and which calls are on.

Only the exchange's own parts change it, and only inside a transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from .errors import CallError
from .history import PastCalls
from .model import Call, Link, Member, MemberState, Party
from .ports import Channel, ConnectionPort, MediaPort


@dataclass(slots=True)
class Registration:
    """A party and how it is reached."""

    party: Party
    media: MediaPort
    channel: Channel | None
    suspended: bool = False
    joining: str | None = None
    """The id of the call it is getting ready for, between request and report."""


class State:
    """Holds parties and calls and remembers what a transaction changed."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.closed = False
        self.registrations: dict[str, Registration] = {}
        self.calls: dict[str, Call] = {}
        self.past = PastCalls()
        self.bridge: ConnectionPort | None = None
        """What bridges where no station does; without it nothing is bridged."""

        self._changed_parties: dict[str, None] = {}
        self._changed_calls: dict[str, None] = {}

    def registration(self, party_id: str) -> Registration:
        """Return a party with its ports; raises CallError `unknown_party`."""
        try:
            return self.registrations[party_id]
        except KeyError:
            raise CallError("unknown_party", party=party_id) from None

    def party(self, party_id: str) -> Party:
        """Return a party; raises CallError `unknown_party`."""
        return self.registration(party_id).party

    def suspended(self, party_id: str) -> bool:
        """Whether a party is known, but out of reach at present."""
        registration = self.registrations.get(party_id)
        return registration is not None and registration.suspended

    def call(self, call_id: str) -> Call:
        """Return a call that is on.

        Raises:
            CallError: `call_ended` if it is over, else `unknown_call`.
        """
        if call := self.calls.get(call_id):
            return call
        key = "call_ended" if self.past.get(call_id) else "unknown_call"
        raise CallError(key, call_id=call_id)

    def latest(self, call_id: str) -> Call:
        """Return a call as it is or as it ended; raises CallError `unknown_call`."""
        return self.past.get(call_id) or self.call(call_id)

    def member(self, call_id: str, party_id: str) -> Member:
        """Return a party's place in a call that is on.

        Raises:
            CallError: `call_ended`, `unknown_call` or, if it has no place in it,
                `not_in_call`.
        """
        if member := self.call(call_id).members.get(party_id):
            return member
        raise CallError("not_in_call", party=self.name(party_id))

    def joined_member(self, call_id: str, party_id: str) -> Member:
        """Return a joined party's place in a call; raises CallError like `member`."""
        member = self.member(call_id, party_id)
        if member.state is not MemberState.JOINED:
            raise CallError("not_in_call", party=member.party.name)
        return member

    def name(self, party_id: str) -> str:
        """Return what users call a party, its id if it is unknown."""
        registration = self.registrations.get(party_id)
        return registration.party.name if registration else party_id

    def joined_call(self, party_id: str) -> Call | None:
        """Return the one call that a party is joined in."""
        return self._call_with(party_id, MemberState.JOINED)

    def ringing_call(self, party_id: str) -> Call | None:
        """Return the first call that rings at a party."""
        return self._call_with(party_id, MemberState.RINGING)

    def engaged(self, party_id: str) -> bool:
        """Whether a party is in a call or about to be."""
        registration = self.registrations.get(party_id)
        joining = registration is not None and registration.joining is not None
        return joining or self.joined_call(party_id) is not None

    def put(self, call: Call) -> None:
        """Take a changed call, or a new one."""
        self.calls[call.id] = call
        self._changed_calls[call.id] = None

    def put_member(self, call_id: str, member: Member) -> None:
        """Take a changed member, or a new one."""
        call = self.calls[call_id]
        self.put(replace(call, members={**call.members, member.party.id: member}))

    def put_link(self, call_id: str, link: Link) -> None:
        """Take a changed link, or a new one."""
        call = self.calls[call_id]
        self.put(replace(call, links={**call.links, link.pair: link}))

    def finish(self, call: Call) -> None:
        """Take an ended call out of those that are on."""
        self.put(call)
        del self.calls[call.id]
        self.past.add(call)

    def touch(self, party_id: str) -> None:
        """Remember that something about a party changed."""
        self._changed_parties[party_id] = None

    def take_changes(self) -> tuple[tuple[str, ...], tuple[Call, ...]]:
        """Return which parties and calls changed since it was asked last."""
        calls = tuple(self.latest(call_id) for call_id in self._changed_calls)
        members = {member: None for call in calls for member in call.members}
        parties = tuple(self._changed_parties | members)
        self._changed_parties.clear()
        self._changed_calls.clear()
        return parties, calls

    def _call_with(self, party_id: str, state: MemberState) -> Call | None:
        for call in self.calls.values():
            member = call.members.get(party_id)
            if member and member.state is state:
                return call
        return None
