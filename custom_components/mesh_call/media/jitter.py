"""Turns packets that come as they like into samples at an even pace.

The delay follows the network in both directions: it grows at once when packets
come late and shrinks by itself when they no longer do. aiortc's own buffer stays
200 ms behind for good after a single lost packet.
"""

import math
import time

import numpy as np

from .decoder import Decode
from .sinks.speaker import FRAME_SAMPLES, SAMPLE_RATE, Samples

MIN_DELAY = 0.02
MAX_DELAY = 0.3
"""Seconds; packets that come later than this are as good as lost."""

_START_SPREAD = 0.02
_SPREAD_HALF_LIFE = 5.0
_TRANSIT_WINDOW = 5.0
_MAX_MISORDER = 500
_MAX_QUEUED = 100
_MAX_CONCEALED = 3
_FADE = 0.5
_OVERLAP = SAMPLE_RATE // 200
_CHECKED_READS = 10
_TOLERANCE = FRAME_SAMPLES
_HURRY = SAMPLE_RATE // 2

_NOTHING: Samples = np.zeros(0, np.int16)


class JitterBuffer:
    """One voice: packets in at any time, 20 ms out whenever asked.

    Args:
        decode: decodes one payload of this voice.
        clock_rate: of its timestamps.
    """

    def __init__(self, decode: Decode, clock_rate: int) -> None:
        self._decode = decode
        self._delay = _DelayEstimate(clock_rate)
        self._queue: dict[int, bytes] = {}
        self._next: int | None = None
        self._ready = _NOTHING
        self._packet_samples = FRAME_SAMPLES
        self._last = _NOTHING
        self._concealed = 0
        self._waiting = True
        self._reads = 0
        self._lowest = 0
        self.late = 0
        """Packets that came after their turn."""
        self.lost = 0
        """Packets that were missing when it was their turn."""

    @property
    def level(self) -> float:
        """Seconds of sound that wait to be heard."""
        return self._level() / SAMPLE_RATE

    def put(
        self, sequence: int, timestamp: int, payload: bytes, now: float | None = None
    ) -> None:
        """Take a packet (RFC 3550 header fields) that arrived at `now`."""
        if self._next is None:
            self._next = sequence
        ahead = (sequence - self._next + 0x8000 & 0xFFFF) - 0x8000
        if abs(ahead) > _MAX_MISORDER or len(self._queue) >= _MAX_QUEUED:
            self._restart(sequence)
            ahead = 0
        self._delay.arrived(timestamp, time.monotonic() if now is None else now)
        if ahead < 0 and not self._begin_earlier(ahead):
            self.late += 1
            return
        self._queue[self._next + max(0, ahead)] = payload

    def read(self) -> Samples | None:
        """The next FRAME_SAMPLES samples; None for silence."""
        level = self._level()
        if self._waiting:
            if level < self._target():
                return None
            self._waiting = False
            self._start_check()
        self._check_level(level)
        while len(self._ready) < FRAME_SAMPLES and self._fill():
            pass
        return self._take()

    def _level(self) -> int:
        return len(self._ready) + len(self._queue) * self._packet_samples

    def _target(self) -> int:
        return int(self._delay.target * SAMPLE_RATE)

    def _restart(self, sequence: int) -> None:
        self._queue.clear()
        self._next = sequence
        self._waiting = True
        self._delay.restart()

    def _begin_earlier(self, ahead: int) -> bool:
        """Whether a packet before the first may still come first."""
        assert self._next is not None
        if not self._waiting or not self._queue or self._next not in self._queue:
            return False
        if len(self._ready) or self._last.size:
            return False
        self._next += ahead
        return True

    def _fill(self) -> bool:
        """Make more samples ready; False if nothing has come."""
        assert self._next is not None
        payload = self._queue.pop(self._next, None)
        if payload is not None:
            self._next += 1
            self._append(self._decode(payload))
            return True
        if not self._queue:
            return False
        self._skip_gap()
        return True

    def _append(self, samples: Samples) -> None:
        if not samples.size:
            return
        self._packet_samples = samples.size
        if self._concealed:
            samples = samples.copy()
            _fade_in(samples)
            self._concealed = 0
        self._last = samples
        self._ready = np.concatenate((self._ready, samples))

    def _skip_gap(self) -> None:
        assert self._next is not None
        following = min(self._queue)
        self.lost += 1
        if following - self._next > _MAX_CONCEALED:
            self.lost += following - self._next - 1
            self._next = following
        else:
            self._next += 1
        self._conceal()

    def _conceal(self) -> None:
        """Repeat the last sound, weaker each time; silence after a few."""
        self._concealed += 1
        if self._concealed > _MAX_CONCEALED or not self._last.size:
            samples = np.zeros(self._packet_samples, np.int16)
        else:
            gain = _FADE ** (self._concealed - 1)
            slope = np.linspace(gain, gain * _FADE, self._last.size)
            samples = (self._last * slope).astype(np.int16)
        self._ready = np.concatenate((self._ready, samples))

    def _take(self) -> Samples | None:
        frame, self._ready = self._ready[:FRAME_SAMPLES], self._ready[FRAME_SAMPLES:]
        if frame.size == FRAME_SAMPLES:
            return frame
        # Nothing has come in time. The sound fades out; what comes later is heard
        # with more delay, until that shrinks again.
        self._waiting = True
        if not frame.size and not self._last.size:
            return None
        padded = np.zeros(FRAME_SAMPLES, np.int16)
        padded[: frame.size] = frame
        fade = min(FRAME_SAMPLES - frame.size, self._last.size)
        tail = self._last[:fade] * np.linspace(_FADE, 0, fade)
        padded[frame.size : frame.size + fade] = tail.astype(np.int16)
        self._last = _NOTHING
        self._concealed = 1
        return padded

    def _start_check(self) -> None:
        self._reads = 0
        self._lowest = self._level()

    def _check_level(self, level: int) -> None:
        """Cut when more than needed has been waiting for some time."""
        self._lowest = min(self._lowest, level)
        self._reads += 1
        if self._reads < _CHECKED_READS:
            return
        excess = self._lowest - self._target()
        if excess > _HURRY:
            self._drop(excess)
        elif excess > _TOLERANCE:
            self._cut(min(excess, FRAME_SAMPLES))
        self._start_check()

    def _drop(self, samples: int) -> None:
        """Jump forward over whole packets."""
        for sequence in sorted(self._queue)[: samples // self._packet_samples]:
            del self._queue[sequence]
            self._next = sequence + 1
        self._concealed = 1

    def _cut(self, samples: int) -> None:
        """Shorten the sound that comes next without a click."""
        while len(self._ready) < samples + _OVERLAP and self._fill():
            pass
        if len(self._ready) < samples + _OVERLAP:
            return
        ramp = np.linspace(0, 1, _OVERLAP)
        before = self._ready[:_OVERLAP] * (1 - ramp)
        after = self._ready[samples : samples + _OVERLAP] * ramp
        joint = (before + after).astype(np.int16)
        self._ready = np.concatenate((joint, self._ready[samples + _OVERLAP :]))


class _DelayEstimate:
    """How much later than the fastest packets others come."""

    def __init__(self, clock_rate: int) -> None:
        self._rate = clock_rate
        self._spread = _START_SPREAD
        self._last_arrival: float | None = None
        self._last_timestamp = 0
        self._unwrapped = 0
        self._fastest = math.inf
        self._fastest_before = math.inf
        self._window_end = 0.0

    @property
    def target(self) -> float:
        # A packet's own length comes on top of the time it may be late.
        return min(MAX_DELAY, max(MIN_DELAY, self._spread + MIN_DELAY))

    def restart(self) -> None:
        self._last_arrival = None

    def arrived(self, timestamp: int, now: float) -> None:
        step = (timestamp - self._last_timestamp + (1 << 31) & 0xFFFFFFFF) - (1 << 31)
        elapsed = now - (now if self._last_arrival is None else self._last_arrival)
        if self._last_arrival is None or abs(step / self._rate - elapsed) > 1:
            # The sender's clock jumped, or it sent nothing for a while.
            self._fastest = self._fastest_before = math.inf
            self._window_end = now + _TRANSIT_WINDOW
        self._unwrapped += step
        self._last_timestamp, self._last_arrival = timestamp, now
        transit = now - self._unwrapped / self._rate
        if now >= self._window_end:
            self._fastest_before, self._fastest = self._fastest, math.inf
            self._window_end = now + _TRANSIT_WINDOW
        self._fastest = min(self._fastest, transit)
        late = transit - min(self._fastest, self._fastest_before)
        decayed = self._spread * math.exp2(-max(0.0, elapsed) / _SPREAD_HALF_LIFE)
        self._spread = max(late, decayed)


def _fade_in(samples: Samples) -> None:
    count = min(_OVERLAP, samples.size)
    faded = samples[:count] * np.linspace(0, 1, count)
    samples[:count] = faded.astype(np.int16)
