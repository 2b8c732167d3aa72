"""What the ends of bridged links pass on to each other, encoded as it comes.

An end that stands for a contact towards somebody else belongs to the end at the
contact's seat: each sends what the other receives.
"""

from collections.abc import Callable

from ..calls.model import Connection
from .end import End
from .source import SourceStreams
from .webrtc.lines import MediaPlan


class Relay:
    """Connects ends of the same call; none of them need be there first."""

    def __init__(self) -> None:
        """Connect nothing yet."""
        self._ends: list[End] = []
        self._passing: dict[tuple[End, End], Callable[[], None]] = {}

    def add(self, end: End) -> None:
        """Take in an end whose peer has just been made."""
        for other in self._ends:
            if _belong_together(end, other) or _belong_together(other, end):
                self._pass_on(end, other)
                self._pass_on(other, end)
        self._ends.append(end)

    def remove(self, end: End) -> None:
        """Forget an end that is closed; safe to repeat."""
        self._ends = [other for other in self._ends if other is not end]
        for pair in [pair for pair in self._passing if end in pair]:
            self._passing.pop(pair)()

    def __contains__(self, end: object) -> bool:
        """Whether anything is passed on from an end or to it."""
        return any(end in pair for pair in self._passing)

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


def _belong_together(spoke: End, seat: End) -> bool:
    return (
        spoke.stands_in
        and not seat.stands_in
        and not seat.connection.preview
        and seat.connection.call_id == spoke.connection.call_id
        and seat.other == spoke.party_id
    )
