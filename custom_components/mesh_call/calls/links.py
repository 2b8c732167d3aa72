"""The links of calls: how they come up, are lost, come back and close."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from . import mesh
from .background import Background
from .connections import Connections
from .early_offers import EarlyOffers
from .model import Call, CallEventType, Connection, ConnectionState, Link, Party
from .outbox import Outbox
from .outlets import Timings
from .ports import Offers
from .state import State

type _Key = tuple[str, frozenset[str]]


@dataclass(slots=True)
class _Trial:
    """What a link has been through."""

    worked: bool = False
    renewed: bool = False
    """Whether a fresh connection was tried since it worked last."""


class Links:
    """Opens a link's connection and turns the reports of its ends into its state."""

    def __init__(
        self,
        state: State,
        outbox: Outbox,
        connections: Connections,
        early_offers: EarlyOffers,
        background: Background,
        timings: Timings,
    ) -> None:
        self._state = state
        self._outbox = outbox
        self._connections = connections
        self._early_offers = early_offers
        self._background = background
        self._timings = timings
        self._trials: dict[_Key, _Trial] = {}
        self._streams: set[tuple[str, str, str]] = set()
        self.lost: Callable[[str], None] = lambda call_id: None
        """What to do with a call one of whose links was given up."""

    def connect(self, call_id: str, newcomer: Party) -> None:
        """Link a party that has just joined with all that are in already."""
        for member in self._state.calls[call_id].joined:
            other = member.party
            if other.id != newcomer.id and mesh.linked(other, newcomer):
                self._connect(call_id, other, newcomer)

    def close(self, call_id: str, party_id: str) -> None:
        """Close all links of a party that goes."""
        for link in live_links(self._state.calls[call_id], party_id):
            self._close(call_id, link)

    def forget(self, call_id: str) -> None:
        """Drop what was remembered of a call that is over."""
        self._streams = {key for key in self._streams if key[0] != call_id}

    def suspend(self, call_id: str, party_id: str) -> None:
        """Show that a party is out of reach; how long it may be isn't our business."""
        for link in live_links(self._state.calls[call_id], party_id):
            self._background.cancel_timer((call_id, link.pair))
            self._set(call_id, link, ConnectionState.DISCONNECTED)

    def resume(self, call_id: str, party_id: str) -> None:
        """Connect a party afresh that is back."""
        for link in live_links(self._state.calls[call_id], party_id):
            self._trials[call_id, link.pair].renewed = False
            self._renew(call_id, link)

    def fail(self, connection: Connection) -> None:
        """Take note that one end of a link's connection can't go on."""
        if link := self._link(connection):
            self._fail(connection.call_id, link)

    def report(
        self, connection: Connection, party_id: str, state: ConnectionState
    ) -> None:
        """Take one end's report; only that of the end that knows best counts.

        An end that has closed while the link should live has failed, whichever it is.
        """
        link = self._link(connection)
        if link is None:
            return
        if state is ConnectionState.CLOSED:
            self._fail(connection.call_id, link)
        elif party_id == self._reporter(connection):
            self._take(connection.call_id, link, state)

    def report_media(self, connection: Connection, party_id: str) -> None:
        """Take note that sound or picture arrived at an end; the first time counts."""
        peer = connection.other(party_id)
        key = (connection.call_id, party_id, peer)
        if key in self._streams or connection.preview:
            return
        self._streams.add(key)
        self._outbox.call_event(
            CallEventType.REMOTE_STREAM,
            self._state.calls[connection.call_id],
            party_id,
            peer,
            by=peer,
        )

    def _connect(self, call_id: str, earlier: Party, later: Party) -> None:
        offerer = self._offerer(call_id, earlier, later)
        link = Link(offerer.id, (later if offerer is earlier else earlier).id)
        self._trials[call_id, link.pair] = _Trial()
        link = self._set(call_id, link, ConnectionState.CONNECTING)
        early = self._early_offers.take(call_id, link.party, link.peer)
        if early and not self._out_of_reach(link):
            self._start_timer(call_id, link)
            self._use(call_id, link, early)
        else:
            self._renew(call_id, link)

    def _offerer(self, call_id: str, earlier: Party, later: Party) -> Party:
        """Return who offers: of a contact's link its channel knows."""
        contact = earlier if later.ours else later
        ours = later if contact is earlier else earlier
        channel = self._state.registration(contact.id).channel
        if contact.ours or channel is None:
            return mesh.offerer(earlier, later)
        match channel.offers(self._state.calls[call_id], contact.id):
            case Offers.EARLIER:
                return mesh.offerer(earlier, later)
            case Offers.PARTY:
                return contact
            case Offers.WITH_INVITATION:
                return ours

    def _renew(self, call_id: str, link: Link) -> None:
        """Give a link a fresh connection, if both ends are within reach."""
        if self._out_of_reach(link):
            return
        self._start_timer(call_id, link)
        self._close_connections(link)
        fresh = self._connections.open(call_id, link.party, link.peer)
        self._use(call_id, link, fresh)

    def _use(self, call_id: str, link: Link, connection: Connection) -> None:
        link = replace(link, connections=(connection.id,))
        self._state.put_link(call_id, link)
        self._set(call_id, link, ConnectionState.CONNECTING)

    def _take(self, call_id: str, link: Link, state: ConnectionState) -> None:
        match state:
            case ConnectionState.CONNECTED if not link.state.working:
                self._works(call_id, link)
            case ConnectionState.COMPLETED:
                if not link.state.working:
                    link = self._works(call_id, link)
                self._set(call_id, link, ConnectionState.COMPLETED)
            case ConnectionState.DISCONNECTED if link.state.working:
                self._start_timer(call_id, link)
                self._set(call_id, link, ConnectionState.DISCONNECTED)
            case ConnectionState.FAILED:
                self._fail(call_id, link)

    def _works(self, call_id: str, link: Link) -> Link:
        self._trials[call_id, link.pair] = _Trial(worked=True)
        self._background.cancel_timer((call_id, link.pair))
        return self._set(call_id, link, ConnectionState.CONNECTED)

    def _fail(self, call_id: str, link: Link) -> None:
        """Try once more what has worked before, give up what never has."""
        trial = self._trials[call_id, link.pair]
        link = self._set(call_id, link, ConnectionState.FAILED)
        if not trial.worked:
            self._give_up(call_id, link)
        elif not trial.renewed:
            trial.renewed = True
            self._renew(call_id, link)

    def _start_timer(self, call_id: str, link: Link) -> None:
        seconds = (
            self._disconnect_timeout(link)
            if self._trials[call_id, link.pair].worked
            else self._timings.connect_timeout
        )
        self._background.start_timer(
            (call_id, link.pair), seconds, lambda: self._expire(call_id, link.pair)
        )

    def _disconnect_timeout(self, link: Link) -> float:
        parties = (self._state.party(party_id) for party_id in link.pair)
        timeouts = (p.disconnect_timeout for p in parties if p.disconnect_timeout)
        return min(timeouts, default=self._timings.disconnect_timeout)

    def _expire(self, call_id: str, pair: frozenset[str]) -> None:
        self._give_up(call_id, self._state.calls[call_id].links[pair])

    def _give_up(self, call_id: str, link: Link) -> None:
        self._close(call_id, link)
        self.lost(call_id)

    def _close(self, call_id: str, link: Link) -> None:
        self._background.cancel_timer((call_id, link.pair))
        del self._trials[call_id, link.pair]
        self._close_connections(link)
        self._set(call_id, link, ConnectionState.CLOSED)

    def _close_connections(self, link: Link) -> None:
        for connection_id in link.connections:
            self._connections.close(connection_id)

    def _set(self, call_id: str, link: Link, state: ConnectionState) -> Link:
        if link.state is state:
            return link
        changed = replace(link, state=state)
        self._state.put_link(call_id, changed)
        self._outbox.link_event(self._state.calls[call_id], changed, link.state)
        return changed

    def _link(self, connection: Connection) -> Link | None:
        """Return the link of a connection whose reports are to be believed."""
        pair = frozenset((connection.offerer, connection.answerer))
        link = self._state.calls[connection.call_id].links[pair]
        return None if self._out_of_reach(link) else link

    def _out_of_reach(self, link: Link) -> bool:
        return any(self._state.suspended(party_id) for party_id in link.pair)

    def _reporter(self, connection: Connection) -> str:
        offerer = self._state.party(connection.offerer)
        return mesh.reporter(offerer, self._state.party(connection.answerer)).id


def live_links(call: Call, party_id: str) -> tuple[Link, ...]:
    """Return the links of a party in a call that are not closed."""
    return tuple(
        link
        for link in call.links.values()
        if link.state is not ConnectionState.CLOSED and party_id in link.pair
    )
