"""What the ends of bridged links pass on to each other.

An end that stands for a contact towards somebody else belongs to the end at the
contact's seat: each sends what the other receives, as it comes if the receiver takes
that. So do the seats of two contacts that don't meet outside.
"""

from collections.abc import Callable
from itertools import combinations

from ..calls.model import Connection
from .end import End
from .source import SourceStreams
from .webrtc.lines import MediaPlan

type _Couple = tuple[str, frozenset[str]]
"""A call's id and two contacts in it."""


class Relay:
    """Connects ends of the same call; none of them need be there first."""

    def __init__(self) -> None:
        """Connect nothing yet."""
        self._ends: list[End] = []
        self._passing: dict[tuple[End, End], Callable[[], None]] = {}
        self._couples: set[_Couple] = set()

    def add(self, end: End) -> None:
        """Take in an end whose peer has just been made."""
        for other in self._ends:
            if self._belong_together(end, other):
                self._exchange(end, other)
        self._ends.append(end)

    def remove(self, end: End) -> None:
        """Forget an end that is closed; safe to repeat."""
        self._ends = [other for other in self._ends if other is not end]
        for pair in [pair for pair in self._passing if end in pair]:
            self._passing.pop(pair)()

    def couple(self, call_id: str, contacts: frozenset[str]) -> None:
        """Pass on what two contacts send to each other, by whatever ends they have."""
        self._couples.add((call_id, contacts))
        for one, other in combinations(self._ends, 2):
            if _couple(one, other) == (call_id, contacts):
                self._exchange(one, other)

    def uncouple(self, call_id: str, contacts: frozenset[str]) -> None:
        """Pass on nothing between two contacts; safe to repeat."""
        self._couples.discard((call_id, contacts))
        for pair in tuple(self._passing):
            if _couple(*pair) == (call_id, contacts):
                self._passing.pop(pair)()

    def __contains__(self, end: object) -> bool:
        """Whether anything is passed on from an end or to it."""
        return any(end in pair for pair in self._passing)

    def _belong_together(self, one: End, other: End) -> bool:
        coupled = _couple(one, other) in self._couples
        return coupled or _is_spoke_of(one, other) or _is_spoke_of(other, one)

    def _exchange(self, one: End, other: End) -> None:
        self._pass_on(one, other)
        self._pass_on(other, one)

    def _pass_on(self, origin: End, to: End) -> None:
        def use(streams: SourceStreams) -> None:
            to.pass_on(origin, streams)

        assert origin.received
        stop = origin.received.add(use)

        def end() -> None:
            stop()
            to.pass_on(origin, None)

        self._passing[origin, to] = end


def relay_plan(connection: Connection) -> MediaPlan:
    """Return what to send and receive where all is passed on from somebody else."""
    return MediaPlan(
        send_video=connection.video,
        fill_video=True,
        send_audio=True,
        receive_audio=True,
        receive_video=connection.video,
    )


def _couple(one: End, other: End) -> _Couple | None:
    """Return whose seats two ends are, None if they aren't two of a call."""
    call_id = one.connection.call_id
    seats = _may_be_seat(one) and _may_be_seat(other)
    if not seats or other.connection.call_id != call_id:
        return None
    return call_id, frozenset((one.other, other.other))


def _may_be_seat(end: End) -> bool:
    return not (end.stands_in or end.connection.preview)


def _is_spoke_of(spoke: End, seat: End) -> bool:
    return (
        spoke.stands_in
        and _may_be_seat(seat)
        and seat.connection.call_id == spoke.connection.call_id
        and seat.other == spoke.party_id
    )
