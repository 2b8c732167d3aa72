"""Who may sit in a call together, as the networks of contacts allow it."""

from collections.abc import Iterable

from .errors import CallError
from .model import MAX_JOINED, Call, Party, RingMode
from .ports import Channel
from .state import State


class Seating:
    """Refuses a party that the network of a contact can't connect with the others."""

    def __init__(self, state: State) -> None:
        self._state = state

    def check_callees(
        self, caller: Party, callees: Iterable[Party], mode: RingMode
    ) -> None:
        """Check that all who are called together may join together.

        Raises:
            CallError: `contact_is_taken`, `cannot_meet` or `call_full`.
        """
        called = tuple(callees)
        contacts = [party for party in called if self._single_seat(party)]
        if mode is RingMode.FIRST or not contacts or not caller.ours:
            return
        for party in called:
            if party.ours:
                raise _taken(contacts[0])
            if self._channel(party) is not self._channel(contacts[0]):
                raise _strange(party, contacts[0])
        if len(called) >= MAX_JOINED:
            raise CallError("call_full", maximum=str(MAX_JOINED))

    def check_newcomer(self, call: Call, party: Party) -> None:
        """Check that a party may be called into a call that is on.

        Raises:
            CallError: `contact_is_taken` or `cannot_meet`.
        """
        compete = call.answered is None and call.ring_mode is RingMode.FIRST
        there = call.joined if compete else (*call.joined, *call.pending)
        others = [member.party for member in there if member.party.id != party.id]
        self._check(party, others)
        for other in others:
            if not (other.ours or party.ours) and self._either(other, party):
                raise _strange(party, other)

    def check_entry(self, call: Call, party: Party) -> None:
        """Check that an invited party may join now.

        Contacts that were called together meet by themselves.

        Raises:
            CallError: `contact_is_taken`.
        """
        others = [m.party for m in call.joined if m.party.id != party.id]
        self._check(party, others)

    def _check(self, party: Party, others: list[Party]) -> None:
        """Check that no contact would meet a second one of ours."""
        ours = [other for other in others if other.ours]
        contacts = [other for other in others if self._single_seat(other)]
        if party.ours and ours and contacts:
            raise _taken(contacts[0])
        if self._single_seat(party) and len(ours) > 1:
            raise _taken(party)

    def _either(self, *parties: Party) -> bool:
        return any(self._single_seat(party) for party in parties)

    def _single_seat(self, party: Party) -> bool:
        channel = self._channel(party)
        return channel is not None and channel.single_seat

    def _channel(self, party: Party) -> Channel | None:
        registration = self._state.registrations.get(party.id)
        return registration.channel if registration else None


def _taken(contact: Party) -> CallError:
    return CallError("contact_is_taken", party=contact.name)


def _strange(party: Party, other: Party) -> CallError:
    return CallError("cannot_meet", party=party.name, other=other.name)
