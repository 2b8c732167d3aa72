"""Where in a recording the packets of a stream belong."""

from ..source_clock import ClockReference
from ..webrtc.timeline import CaptureClock

MAX_DRIFT = 0.03
"""Seconds the place may be wrong before it is corrected, which can be heard."""


class Placement:
    """Ties the time stamps of one stream to the recording's time.

    They lie where they arrived until the source's first report tells better; then
    only what has drifted too far is corrected.

    Args:
        clock_rate: of the stream's time stamps, in Hz.
        zero: `time.monotonic()` of the recording's start.
    """

    def __init__(self, clock_rate: int, zero: float) -> None:
        self._clock_rate = clock_rate
        self._capture = CaptureClock(clock_rate)
        self._newest = 0, zero
        self._zero = zero
        self._start = zero
        self._arrived = self._informed = False

    @property
    def informed(self) -> bool:
        """Whether the source told where its packets belong, when last it was heard."""
        return self._informed

    def arrived(self, timestamp: int, arrival: float) -> None:
        """Take note of a packet.

        Args:
            timestamp: of the packet.
            arrival: `time.monotonic()` when it came.
        """
        self._newest = timestamp, arrival
        self._capture.arrived(timestamp, arrival)

    def correct(self, reference: ClockReference | None) -> None:
        """Put right what has drifted, after packets have arrived.

        Args:
            reference: the stream's clock when the last of them did.
        """
        if self._informed and reference is None:
            self._forget()
        start = self._capture.time(0, reference)
        assert start is not None
        informed = reference is not None
        news = informed and not self._informed
        if not self._arrived or news or abs(start - self._start) > MAX_DRIFT:
            self._start = start
        self._arrived, self._informed = True, informed

    def moment(self, seconds: float) -> float:
        """Give the recording's time in seconds.

        Args:
            seconds: of the stream, its time stamp divided by its clock rate.
        """
        return self._start + seconds - self._zero

    def _forget(self) -> None:
        """Begin anew with a source that came back: how late it was says nothing."""
        self._capture = CaptureClock(self._clock_rate)
        self._capture.arrived(*self._newest)
