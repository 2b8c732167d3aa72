"""When what a source sends was captured, by its own reports."""

from dataclasses import dataclass, field

MAX_DISAGREEMENT = 1.0
"""Seconds by which reports of one clock may seem to differ: a busy machine reads one
stream's report that much later than another's."""


class SourceClock:
    """How far one source's wall clock is off `time.monotonic()`.

    One for all streams of a source: their sender reports arrive with different
    delays, and what is played together must be shifted by the same amount.
    """

    def __init__(self) -> None:
        """Begin before the first report."""
        self._offset: float | None = None

    def offset(self, wall: float, arrival: float) -> float:
        """Seconds to add to the source's wall clock.

        Args:
            wall: what it showed in a report, in seconds.
            arrival: `time.monotonic()` when that came.
        """
        own = arrival - wall
        # A camera that sets its clock shifts each stream's reports one by one.
        if self._offset is None or abs(own - self._offset) > MAX_DISAGREEMENT:
            self._offset = own
        return self._offset


@dataclass(frozen=True, slots=True)
class ClockReference:
    """One point that ties a stream's timestamps to its source's wall clock.

    Taken from the source's RTCP sender reports (RFC 3550, 6.4.1), or what it says of
    its start, so that picture and sound of one source can be played in sync. `wall`
    is in seconds of the source's clock, whatever its zero, `arrival` is
    `time.monotonic()` when the reference was taken.
    """

    wall: float
    timestamp: int
    arrival: float
    clock: SourceClock = field(default_factory=SourceClock, compare=False)

    @property
    def moment(self) -> float:
        """When that was, as `time.monotonic()`."""
        return self.wall + self.clock.offset(self.wall, self.arrival)
