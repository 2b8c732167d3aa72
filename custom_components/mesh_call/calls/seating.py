"""Who may sit in a call together, as the networks of contacts allow it, and where.

A network may know no one of ours but the account. A contact of it has one connection
in a call, its seat, to one of ours or to Home Assistant itself: only from there what
it sends can be passed on to others.
"""

from collections.abc import Iterable

from . import mesh
from .errors import CallError
from .model import BRIDGE, MAX_JOINED, Call, Member, Party, PartyKind, RingMode
from .ports import Channel, Offers
from .state import State


class Seating:
    """Chooses the seats of contacts; refuses whoever can't be connected to them."""

    def __init__(self, state: State) -> None:
        self._state = state

    def offers(self, call: Call, contact_id: str) -> Offers:
        """Return who of one of ours and a contact offers, as its channel knows."""
        channel = self._channel(contact_id)
        return channel.offers(call, contact_id) if channel else Offers.EARLIER

    def host(self, call: Call, contact_id: str) -> str | None:
        """Return to whom the seat of a contact leads: a party of ours or `BRIDGE`.

        None if it has no seat, for it connects to each of ours, or nobody is there.
        """
        if self._state.bridge is None or not self._single_seat(contact_id):
            return None
        if host := self._host_of(call, contact_id) or self._host_of_others(
            call, contact_id
        ):
            return host
        ours = [member.party for member in call.joined if member.party.ours]
        stations = (p.id for p in ours if p.kind is PartyKind.STATION)
        if not ours or (station := next(stations, None)):
            return station if ours else None
        bridged = mesh.bridged(
            recorded=call.record or call.recording is not None,
            ours_with_contact=_expected(call),
            ends_mesh=not self._meets_strangers(call, contact_id),
        )
        return BRIDGE if bridged else ours[0].id

    def must_bridge(self, call: Call, one: Party, other: Party) -> bool:
        """Tell whether two contacts in a call need Home Assistant between them."""
        channel = self._channel(one.id)
        together = channel is not None and channel is self._channel(other.id)
        if together and channel and channel.meet(call, one.id, other.id):
            return False
        return self._bridgeable(one, other)

    def check_callees(
        self, caller: Party, callees: Iterable[Party], mode: RingMode
    ) -> None:
        """Check that all who are called together may join together.

        Raises:
            CallError: `contact_is_taken`, `cannot_meet` or `call_full`.
        """
        called = tuple(callees)
        contacts = [party for party in called if self._single_seat(party.id)]
        if mode is RingMode.FIRST or not contacts or not caller.ours:
            return
        for party in called:
            if party.ours and self._state.bridge is None:
                raise _taken(contacts[0])
            together = self._channel(party.id) is self._channel(contacts[0].id)
            apart = not (party.ours or together)
            if apart and not self._bridgeable(party, contacts[0]):
                raise _strange(party, contacts[0])
        if len(contacts) >= MAX_JOINED:
            raise CallError("call_full", maximum=str(MAX_JOINED))

    def check_newcomer(self, call: Call, party: Party) -> None:
        """Check that a party may be called into a call that is on.

        Raises:
            CallError: `contact_is_taken`, `call_is_direct` or `cannot_meet`.
        """
        others = [m.party for m in _there(call) if m.party.id != party.id]
        self._check(call, party, others)
        for other in others:
            outside = not (other.ours or party.ours)
            strange = self._either(other, party) and not self._bridgeable(other, party)
            if outside and strange:
                raise _strange(party, other)

    def check_entry(self, call: Call, party: Party) -> None:
        """Check that an invited party may join now.

        Raises:
            CallError: `contact_is_taken` or `call_is_direct`.
        """
        others = [m.party for m in call.joined if m.party.id != party.id]
        self._check(call, party, others)

    def check_recordable(self, call: Call) -> None:
        """Check that what contacts send passes Home Assistant, or will.

        Raises:
            CallError: `call_is_direct`.
        """
        stations = any(m.party.kind is PartyKind.STATION for m in call.joined)
        for member in (*call.joined, *call.pending):
            if not member.party.ours and self._direct(call, member.party, stations):
                raise CallError("call_is_direct")

    def check_promise(self, caller: Party, callees: Iterable[Party]) -> None:
        """Check that a call which is to begin can be recorded once it is answered.

        Raises:
            CallError: `call_is_direct`.
        """
        called = tuple(callees)
        outside = all(party.kind is PartyKind.CONTACT for party in called)
        seated = self._state.bridge and all(self._single_seat(p.id) for p in called)
        if called and caller.kind is PartyKind.SCREEN and outside and not seated:
            raise CallError("call_is_direct")

    def _check(self, call: Call, party: Party, others: list[Party]) -> None:
        """Check that no contact would meet a second one of ours in vain."""
        ours = [other for other in others if other.ours]
        contacts = [other for other in others if self._single_seat(other.id)]
        if self._state.bridge is None:
            if party.ours and ours and contacts:
                raise _taken(contacts[0])
            if self._single_seat(party.id) and len(ours) > 1:
                raise _taken(party)
            return
        meets = (c for c in contacts if party.ours or self.must_bridge(call, c, party))
        if any(self._seated_at_screen(call, contact) for contact in meets):
            raise CallError("call_is_direct")

    def _host_of(self, call: Call, contact_id: str) -> str | None:
        """Return where a contact has its seat already."""
        for link in mesh.live_links(call, contact_id):
            return link.bridge or next(iter(link.pair - {contact_id}))
        return None

    def _host_of_others(self, call: Call, contact_id: str) -> str | None:
        """Return where other contacts have their seats, if that bridges."""
        for member in call.joined:
            party = member.party
            if party.ours or party.id == contact_id or not self._single_seat(party.id):
                continue
            host = self._host_of(call, party.id)
            if host and not self._seated_at_screen(call, party):
                return host
        return None

    def _meets_strangers(self, call: Call, contact_id: str) -> bool:
        """Whether contacts of other networks are or may come in the call, too."""
        channel = self._channel(contact_id)
        others = (m.party for m in _there(call) if not m.party.ours)
        return any(self._channel(other.id) is not channel for other in others)

    def _bridgeable(self, one: Party, other: Party) -> bool:
        """Whether both contacts have seats, so that they can be bridged."""
        seated = self._single_seat(one.id) and self._single_seat(other.id)
        return seated and self._state.bridge is not None

    def _direct(self, call: Call, contact: Party, stations: bool) -> bool:
        """Whether what a contact sends doesn't pass Home Assistant."""
        if self._state.bridge is None or not self._single_seat(contact.id):
            return not stations
        return self._seated_at_screen(call, contact)

    def _seated_at_screen(self, call: Call, contact: Party) -> bool:
        """Whether a contact is connected straight to a screen already."""
        for link in mesh.live_links(call, contact.id):
            other = call.members[next(iter(link.pair - {contact.id}))].party
            return link.bridge is None and other.kind is PartyKind.SCREEN
        return False

    def _either(self, *parties: Party) -> bool:
        return any(self._single_seat(party.id) for party in parties)

    def _single_seat(self, party_id: str) -> bool:
        channel = self._channel(party_id)
        return channel is not None and channel.single_seat

    def _channel(self, party_id: str) -> Channel | None:
        registration = self._state.registrations.get(party_id)
        return registration.channel if registration else None


def _there(call: Call) -> tuple[Member, ...]:
    """Return who is in a call, and who of those that ring may come on top."""
    compete = call.answered is None and call.ring_mode is RingMode.FIRST
    return call.joined if compete else (*call.joined, *call.pending)


def _expected(call: Call) -> int:
    """Return how many parties of the home there will be, if all come that may."""
    ours = sum(member.party.ours for member in _there(call))
    return ours + (call.ring_everyone and call.ring_mode is RingMode.ALL)


def _taken(contact: Party) -> CallError:
    return CallError("contact_is_taken", party=contact.name)


def _strange(party: Party, other: Party) -> CallError:
    return CallError("cannot_meet", party=party.name, other=other.name)
