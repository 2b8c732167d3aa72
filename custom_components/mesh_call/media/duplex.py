"""Half duplex: a microphone near its own loudspeaker is silent while that plays.

Else whoever speaks to the room hears himself from there. Where both talk, the voice
that is played wins, but the room is never cut off for long.
"""

from collections.abc import Callable
import time

import numpy as np

from .sinks.speaker import FRAME_SAMPLES, SAMPLE_RATE, Samples, Speaker

LOUD = 184.0
"""Root mean square (-45 dBFS) from which on samples are a voice, not noise."""

ATTACK = 0.04
"""Seconds a voice must last: a click is none."""

DELAY = 0.2
"""Seconds until a camera plays what it is given, and we get what it hears."""

LATE_DELAY = 4.0
"""The same for players that fetch the sound."""

RELEASE = 0.3
"""Seconds a room and the pauses between words go on for."""

LONGEST = 6.0
"""Seconds after which a room is listened to although it is still spoken to …"""

RESPITE = 2.0
"""… and for how long."""


class EchoGate:
    """Knows when a microphone hears what the loudspeaker beside it plays.

    Args:
        clock: tells the time, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.half_duplex = True
        """Whether the microphone is to be silent then; else it never is."""

        self.delay: float | None = None
        """Seconds until it hears what is played; None: as is usual for the speaker."""

        self._clock = clock
        self._loud = 0.0
        self._since = self._until = -RESPITE

    @property
    def is_closed(self) -> bool:
        """Whether what the microphone gives now would be an echo."""
        now = self._clock()
        if not self.half_duplex or now >= self._until:
            return False
        return (now - self._since) % (LONGEST + RESPITE) < LONGEST

    def played(self, samples: Samples, speaker: Speaker) -> None:
        """Take note of FRAME_SAMPLES samples that a speaker was given."""
        if speaker.cancels_echo:
            return
        if not _is_loud(samples):
            self._loud = 0.0
            return
        self._loud += FRAME_SAMPLES / SAMPLE_RATE
        if self._loud < ATTACK:
            return
        now = self._clock()
        if now >= self._until:
            self._since = now
        delay = LATE_DELAY if speaker.late else DELAY
        if self.delay is not None:
            delay = self.delay
        self._until = max(self._until, now + delay + RELEASE)


def _is_loud(samples: Samples) -> bool:
    level = samples.astype(np.float32)
    return float(level @ level) > LOUD**2 * len(samples)
