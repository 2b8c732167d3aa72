"""Positions of samples that are made in real time."""

import time

from .sinks.speaker import FRAME_SAMPLES, SAMPLE_RATE

MAX_DEVIATION = 0.2
"""Seconds the count of samples may differ from the clock."""


class SampleClock:
    """Counts frame after frame, and on by the clock where some are left out."""

    def __init__(self) -> None:
        """Begin at zero now."""
        self._began = time.monotonic()
        self._next = 0

    def next_frame(self) -> int:
        """Give the position of FRAME_SAMPLES samples, in samples."""
        elapsed = round((time.monotonic() - self._began) * SAMPLE_RATE)
        if elapsed - self._next > MAX_DEVIATION * SAMPLE_RATE:
            self._next = elapsed
        position = self._next
        self._next += FRAME_SAMPLES
        return position
