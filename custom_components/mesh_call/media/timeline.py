"""Time stamps that never wrap and go on, made of a camera's that may do anything."""

MAX_LEAP = 3.0
"""Seconds a camera's clock may run ahead of or behind ours between two packets."""

MAX_REORDERING = 1.0
"""Seconds a picture may come after others that are shown later."""

_WRAP = 1 << 32


def elapsed(earlier: int, later: int) -> int:
    """Count from one RTP time stamp to another across the wrap; may be negative."""
    return (later - earlier + _WRAP // 2) % _WRAP - _WRAP // 2


class Timeline:
    """Maps the RTP time stamps of one track, across wraps, jumps and reconnects.

    The first packet of a session is placed by its arrival, so that the tracks of
    one source fit together before any RTCP sender report; later ones follow the
    camera's clock. Where that runs backward, stands still or leaps, arrival counts.
    """

    def __init__(self, clock_rate: int, epoch: float, patience: float = 0.0) -> None:
        """Start at zero.

        Args:
            clock_rate: of the time stamps, in Hz.
            epoch: the `time.monotonic()` that is zero; the same for all tracks.
            patience: seconds during which equal time stamps are no fault: the
                pictures of some cameras come in parts that all end with a marker.
        """
        self.clock_rate = clock_rate
        self.rebased = False
        self.reordered = False
        """Whether stamps may step back a little: pictures that come before others
        they are shown after (B-frames)."""

        self._epoch = epoch
        self._patience = patience
        self._last_in: int | None = None
        self._last_out = -1
        self._advanced = epoch
        self._last_arrival = epoch

    @property
    def last(self) -> int:
        """The newest time stamp given."""
        return self._last_out

    def restart(self) -> None:
        """Note a new session: place its first packet by arrival again."""
        self._last_in = None

    def map(self, timestamp: int, arrival: float, *, begins: bool = True) -> int:
        """Give the time stamp of a packet.

        Args:
            timestamp: the packet's own, 32 bits.
            arrival: `time.monotonic()` when it came.
            begins: whether it begins a picture (or piece of sound), as far as the
                marker of the packet before it tells. `rebased` is set when the
                time stamp does not follow from the one before.
        """
        self.rebased = False
        step = self._step(timestamp)
        if step is None or not self._plausible(step, arrival, begins):
            self.rebased = True
            self._last_out = max(self._by_arrival(arrival), self._last_out + 1)
        else:
            self._last_out += step
        if step != 0 or self.rebased:
            self._advanced = arrival
        self._last_in, self._last_arrival = timestamp, arrival
        return self._last_out

    def locate(self, timestamp: int) -> int | None:
        """Give the place of a sender report's time stamp, None if it is off."""
        step = self._step(timestamp)
        if step is None or abs(step) > 10 * self.clock_rate:
            return None
        return self._last_out + step

    def _step(self, timestamp: int) -> int | None:
        if self._last_in is None:
            return None
        return elapsed(self._last_in, timestamp)

    def _plausible(self, step: int, arrival: float, begins: bool) -> bool:
        if step == 0:
            stuck = arrival - self._advanced > self._patience
            return not (begins and stuck)
        if self.reordered and 0 < -step < MAX_REORDERING * self.clock_rate:
            return True
        elapsed = arrival - self._last_arrival
        return step > 0 and abs(step / self.clock_rate - elapsed) < MAX_LEAP

    def _by_arrival(self, arrival: float) -> int:
        return round((arrival - self._epoch) * self.clock_rate)
