"""The links of calls: which legs they run over, and what state that gives them."""

from collections.abc import Callable
from dataclasses import replace
from functools import reduce

from . import mesh
from .connections import Connections
from .events import CallEventType
from .legs import Leg, Legs
from .model import BRIDGE, Call, Connection, ConnectionState, Link, Party
from .outbox import Outbox
from .ports import Offers
from .seating import Seating
from .state import State

type _Key = tuple[str, frozenset[str]]


class Links:
    """Keeps every pair of joined members linked, directly or by a bridge."""

    def __init__(
        self,
        state: State,
        outbox: Outbox,
        connections: Connections,
        legs: Legs,
        seating: Seating,
    ) -> None:
        self._state = state
        self._outbox = outbox
        self._connections = connections
        self._legs = legs
        self._seating = seating
        self._routes: dict[_Key, tuple[Leg, ...]] = {}
        """The legs of every link that isn't closed."""

        self._streams: set[tuple[str, str, str]] = set()
        legs.changed = self._leg_changed
        legs.lost = self._leg_lost
        self.lost: Callable[[str], None] = lambda call_id: None
        """What to do with a call one of whose links was given up."""

    def connect(self, call_id: str, newcomer: Party) -> None:
        """Link a party that has just joined with all that are in already."""
        for member in self._state.calls[call_id].joined:
            other = member.party
            if other.id == newcomer.id:
                continue
            if mesh.linked(other, newcomer):
                self._connect(call_id, other, newcomer)
            elif self._seating.must_bridge(self._state.calls[call_id], other, newcomer):
                self._couple(call_id, other, newcomer)

    def close(self, call_id: str, party_id: str) -> None:
        """Close all links of a party that goes.

        What it bridges for others stays, if it is within reach.
        """
        for link in mesh.live_links(self._state.calls[call_id], party_id):
            self._close(call_id, link)
        if self._state.suspended(party_id):
            for leg in self._legs.ending_at(party_id, call_id):
                self._close_over(leg)

    def lose(self, party_id: str, but_in: str | None = None) -> None:
        """Give up what a party that is out of reach bridges, but in one call."""
        for leg in self._legs.ending_at(party_id):
            if leg.call_id != but_in:
                self._leg_lost(leg)

    def forget(self, call_id: str) -> None:
        """Drop what was remembered of a call that is over."""
        self._streams = {key for key in self._streams if key[0] != call_id}

    def report_media(self, connection: Connection, party_id: str) -> None:
        """Take note that sound or picture arrived at an end; the first time counts."""
        peer = connection.other(party_id)
        key = (connection.call_id, party_id, peer)
        call = self._state.calls[connection.call_id]
        aside = connection.preview or _stands_for_another(connection, party_id)
        if key in self._streams or aside or not _joined(call, party_id):
            return
        self._streams.add(key)
        self._outbox.call_event(
            CallEventType.REMOTE_STREAM, call, party_id, peer, by=peer
        )

    def _connect(self, call_id: str, earlier: Party, later: Party) -> None:
        call = self._state.calls[call_id]
        contact, ours = (earlier, later) if later.ours else (later, earlier)
        host = None if contact.ours else self._seating.host(call, contact.id)
        if host is None or host == ours.id:
            leg = self._direct(call, earlier, later)
            link = Link(leg.offerer, leg.answerer)
            self._begin(call_id, link, (leg,))
            return
        spoke = Leg(call_id, contact.id, ours.id, bridge=host)
        link = Link(ours.id, contact.id, bridge=host)
        self._begin(call_id, link, (self._seat(call, contact, host), spoke))

    def _couple(self, call_id: str, earlier: Party, later: Party) -> None:
        """Link two contacts by their seats, which are at one place."""
        call = self._state.calls[call_id]
        if (host := self._seating.host(call, later.id)) is None:
            return
        seats = (self._seat(call, contact, host) for contact in (later, earlier))
        link = Link(earlier.id, later.id, bridge=host)
        self._begin(call_id, link, tuple(seats))
        self._connections.couple(host, call_id, earlier.id, later.id)

    def _begin(self, call_id: str, link: Link, route: tuple[Leg, ...]) -> None:
        self._set(call_id, link, ConnectionState.CONNECTING)
        for leg in route:
            self._legs.open(leg)
        self._routes[call_id, link.pair] = route
        self._update(call_id, link.pair)

    def _direct(self, call: Call, earlier: Party, later: Party) -> Leg:
        """Return the leg of two ends that connect to each other."""
        if leg := self._legs.between(call.id, earlier.id, later.id):
            return leg
        offerer = self._offerer(call, earlier, later)
        return Leg(call.id, offerer.id, (later if offerer is earlier else earlier).id)

    def _seat(self, call: Call, contact: Party, host: str) -> Leg:
        """Return the leg by which a contact reaches whoever bridges for it."""
        if leg := self._legs.between(call.id, host, contact.id):
            return leg
        if host != BRIDGE:
            return self._direct(call, self._state.party(host), contact)
        offers = self._seating.offers(call, contact.id)
        theirs = offers is Offers.PARTY or (
            offers is Offers.EARLIER and contact.id == call.caller
        )
        ends = (contact.id, host) if theirs else (host, contact.id)
        return Leg(call.id, *ends)

    def _offerer(self, call: Call, earlier: Party, later: Party) -> Party:
        """Return who offers: of a contact's link its channel knows."""
        contact = earlier if later.ours else later
        ours = later if contact is earlier else earlier
        match None if contact.ours else self._seating.offers(call, contact.id):
            case Offers.PARTY:
                return contact
            case Offers.WITH_INVITATION:
                return ours
        return mesh.offerer(earlier, later)

    def _leg_changed(self, leg: Leg) -> None:
        for call_id, pair in self._over(leg):
            self._update(call_id, pair)

    def _leg_lost(self, leg: Leg) -> None:
        if self._close_over(leg):
            self.lost(leg.call_id)

    def _close_over(self, leg: Leg) -> bool:
        """Close the links that need a leg; tell whether there were any."""
        over = self._over(leg)
        for call_id, pair in over:
            self._close(call_id, self._state.calls[call_id].links[pair])
        return bool(over)

    def _over(self, leg: Leg) -> list[_Key]:
        return [key for key, route in self._routes.items() if leg in route]

    def _update(self, call_id: str, pair: frozenset[str]) -> None:
        """Show of a link what its legs are now; it may be closed meanwhile."""
        if (route := self._routes.get((call_id, pair))) is None:
            return
        link = self._state.calls[call_id].links[pair]
        ids = tuple(id_ for leg in route if (id_ := self._legs.connection(leg)))
        if ids != link.connections:
            link = replace(link, connections=ids)
            self._state.put_link(call_id, link)
        self._set(call_id, link, reduce(mesh.worse, map(self._legs.state, route)))

    def _close(self, call_id: str, link: Link) -> None:
        self._connections.uncouple(call_id, link.party, link.peer)
        for leg in self._routes.pop((call_id, link.pair)):
            if not self._over(leg):
                self._legs.close(leg)
        self._set(call_id, link, ConnectionState.CLOSED)

    def _set(self, call_id: str, link: Link, state: ConnectionState) -> None:
        if link.state is state:
            return
        changed = replace(link, state=state)
        self._state.put_link(call_id, changed)
        self._outbox.link_event(self._state.calls[call_id], changed, link.state)


def _stands_for_another(connection: Connection, party_id: str) -> bool:
    """Whether what arrives at an end only passes through it."""
    return party_id == BRIDGE or bool(
        connection.bridge and party_id == connection.offerer
    )


def _joined(call: Call, party_id: str) -> bool:
    return any(member.party.id == party_id for member in call.joined)
