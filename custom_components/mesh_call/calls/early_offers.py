"""Connections whose offer goes along with an invitation.

Some networks carry the offer in the signal that lets a callee ring. For them the
connection of a link to be opens while it rings; if the callee joins, the link takes
it over.
"""

from collections.abc import Callable, Iterator

from .connections import Connections
from .model import Call, Connection
from .ports import Offers
from .seating import Seating
from .state import State

type _Key = tuple[str, str, str]
"""A call's id, who offers and who is invited."""


class EarlyOffers:
    """Compares what early connections there should be with those there are."""

    def __init__(
        self, state: State, connections: Connections, seating: Seating
    ) -> None:
        self._state = state
        self._seating = seating
        self._connections = connections
        self._open: dict[_Key, Connection] = {}
        self.failed: Callable[[str, str], None] = lambda call_id, party_id: None
        """What to do with an invited party that can't be given an offer."""

    def settle(self, call: Call) -> None:
        """Open and close early connections as a call that has changed wants it."""
        wanted = set() if call.ended else set(self._wanted(call))
        for key in tuple(self._open):
            if key[0] == call.id and key not in wanted:
                self._connections.close(self._open.pop(key).id)
        for key in sorted(wanted - self._open.keys()):
            self._open[key] = self._connections.open(*key)

    def take(self, call_id: str, offerer: str, answerer: str) -> Connection | None:
        """Give away an early connection for good; None if there is none."""
        return self._open.pop((call_id, offerer, answerer), None)

    def has(self, connection: Connection) -> bool:
        """Whether a connection belongs to no link yet."""
        return self._open.get(_key(connection)) == connection

    def fail(self, connection: Connection) -> None:
        """End an early connection that can't go on: nothing is left to invite with."""
        self._connections.close(self._open.pop(_key(connection)).id)
        self.failed(connection.call_id, connection.answerer)

    def _wanted(self, call: Call) -> Iterator[_Key]:
        for invited in call.pending:
            if not self._goes_early(call, invited.party.id):
                continue
            for offerer in self._offerers(call, invited.party.id):
                if not self._state.suspended(offerer):
                    yield call.id, offerer, invited.party.id

    def _offerers(self, call: Call, invited: str) -> tuple[str, ...]:
        """Return whom an invited party would connect to, if it joined now."""
        if host := self._seating.host(call, invited):
            return (host,)
        return tuple(m.party.id for m in call.joined if m.party.ours)

    def _goes_early(self, call: Call, party_id: str) -> bool:
        return self._seating.offers(call, party_id) is Offers.WITH_INVITATION


def _key(connection: Connection) -> _Key:
    return connection.call_id, connection.offerer, connection.answerer
