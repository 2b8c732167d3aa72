"""Timestamps: from a source's clock to this machine's to what is sent."""

import random

from ..source_clock import ClockReference

MAX_DISAGREEMENT = 1.0
"""Seconds; a source's reports that are further off its packets are not believed."""

_WINDOW = 10.0


class CaptureClock:
    """Where one stream's timestamps lie on `time.monotonic()`.

    By the source's sender reports if it sends any that make sense, else by the
    packets that arrived with the least delay in the last seconds.
    """

    def __init__(self, clock_rate: int) -> None:
        self._rate = clock_rate
        self._fastest: float | None = None
        self._fastest_before: float | None = None
        self._window_end = 0.0

    def arrived(self, timestamp: int, now: float) -> None:
        """Take note of a live packet."""
        start = now - timestamp / self._rate
        if self._fastest is not None and abs(start - self._fastest) > _WINDOW:
            self._fastest = self._fastest_before = None
        if self._fastest is None or now >= self._window_end:
            self._fastest_before, self._fastest = self._fastest, start
            self._window_end = now + _WINDOW
        else:
            self._fastest = min(self._fastest, start)

    def time(self, timestamp: int, reference: ClockReference | None) -> float | None:
        """When `timestamp` was captured; None before any packet arrived."""
        start = self._start(reference)
        return None if start is None else start + timestamp / self._rate

    def timestamp(self, when: float, reference: ClockReference | None) -> int | None:
        """What is captured at the moment `when`; None before any packet arrived."""
        start = self._start(reference)
        return None if start is None else round((when - start) * self._rate)

    def _start(self, reference: ClockReference | None) -> float | None:
        """The moment of timestamp 0."""
        arrived = self._fastest
        if arrived is not None and self._fastest_before is not None:
            arrived = min(arrived, self._fastest_before)
        if reference is None:
            return arrived
        reported = reference.moment - reference.timestamp / self._rate
        if arrived is not None and abs(reported - arrived) > MAX_DISAGREEMENT:
            return arrived
        return reported


class Timeline:
    """Outgoing timestamps that go on whatever they are taken from.

    They are not wrapped; the header writer does that. New pictures get new
    timestamps, the packets of one picture share theirs.
    """

    def __init__(self, clock_rate: int) -> None:
        self._rate = clock_rate
        self._origin = random.getrandbits(32)
        self._start: float | None = None
        self._offset: int | None = None
        self._source: int | None = None
        self._last: int | None = None

    @property
    def last(self) -> int | None:
        """The newest one given out."""
        return self._last

    def at(self, when: float) -> int:
        """The timestamp of the moment `when` on `time.monotonic()`, and take it."""
        self._source = None
        return self._advance(self._planned(when))

    def leave(self) -> None:
        """Whatever timestamps come next are no continuation of the last ones."""
        self._offset = None
        self._source = None

    def join(self, timestamp: int, captured: float) -> None:
        """Tie a source's timestamps, of which one was captured at `captured`."""
        if self._offset is None:
            planned = self._planned(captured)
            if self._last is not None:
                planned = max(planned, self._last + 1)
            self._offset = planned - timestamp

    def map(self, timestamp: int) -> int:
        """The outgoing timestamp for a source's one; `join` comes first."""
        assert self._offset is not None
        if timestamp == self._source and self._last is not None:
            return self._last
        self._source = timestamp
        return self._advance(timestamp + self._offset)

    def squeeze(self, timestamps: list[int], span: int) -> dict[int, int]:
        """Outgoing timestamps for pictures that are shown once more, in a hurry.

        The newest lands where it belongs, or right behind what was sent already;
        the others shortly before, together within `span`.
        """
        assert self._offset is not None
        step = max(1, span // len(timestamps))
        end = timestamps[-1] + self._offset
        if self._last is not None:
            end = max(end, self._last + step * len(timestamps))
        first = end - step * (len(timestamps) - 1)
        self._source, self._last = timestamps[-1], end
        return {source: first + step * i for i, source in enumerate(timestamps)}

    def sent(self, timestamp: int) -> int | None:
        """Where a source's timestamp lies, without taking it; None if not tied."""
        return None if self._offset is None else timestamp + self._offset

    def planned(self, when: float) -> int | None:
        """Where the moment `when` lies if nothing is tied; None at the start."""
        return None if self._start is None else self._planned(when)

    def _planned(self, when: float) -> int:
        if self._start is None:
            self._start = when
        return self._origin + round((when - self._start) * self._rate)

    def _advance(self, timestamp: int) -> int:
        if self._last is not None and timestamp <= self._last:
            timestamp = self._last + 1
        self._last = timestamp
        return timestamp
