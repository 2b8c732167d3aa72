"""What every way to be heard at a station looks like to the mixer."""

from typing import Protocol

import numpy as np

SAMPLE_RATE = 48_000
FRAME_SAMPLES = 960
"""20 ms, mono, 16 bit: the one format samples have between rooms."""

type Samples = np.ndarray[tuple[int], np.dtype[np.int16]]


class Speaker(Protocol):
    """A loudspeaker: opened inside an accepted call only and always closed."""

    late: bool = False
    """Whether it is heard some seconds late."""

    cancels_echo: bool = False
    """Whether the microphone beside it does not hear it."""

    async def open(self) -> None:
        """Open the way to the loudspeaker; raises SpeakerError."""

    def write(self, samples: Samples) -> None:
        """Play FRAME_SAMPLES samples; called every 20 ms in real time."""

    async def wait_lost(self) -> None:
        """Wait until an open one ends by itself; it may be opened again then."""

    async def close(self) -> None:
        """Close it; safe to call twice and when opening failed."""


class SpeakerError(Exception):
    """A loudspeaker can't be used.

    `key` is what users are told: `busy` (somebody else talks through it),
    `not_supported` (the device has no way in), `cannot_connect`, `invalid_auth`,
    `player_unavailable` (a media player that is away, off for good or refuses).
    """

    def __init__(self, key: str, detail: str = "") -> None:
        """Remember why; `detail` holds no address and no password."""
        super().__init__(key)
        self.key = key
        self.detail = detail
