"""Who of several spoke last, by how loud what comes from them is."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from .sinks.speaker import Samples

FULL_SCALE: Final = 32_768
"""Of samples with 16 bits."""

LOUD = 0.02
"""Root mean square from 0 to 1; quieter is breathing and traffic."""

LASTS = 15
"""Pieces of 20 ms that are loud, less those that aren't: a cough is no speech."""

HOLDS = 150
"""Pieces of 20 ms that somebody may be silent for and still counts as speaking."""


class Speaking:
    """Remembers who spoke last, even if it is quiet now."""

    def __init__(self) -> None:
        self.last: str | None = None
        self._silent = 0
        self._pieces: dict[str, int] = {}

    @property
    def now(self) -> str | None:
        """Who speaks, or did a moment ago."""
        return self.last if self._silent < HOLDS else None

    def hear(self, loudness: Mapping[str, float]) -> None:
        """Take how loud each party was in the last 20 ms."""
        for party_id, level in loudness.items():
            step = 1 if level >= LOUD else -1
            pieces = min(LASTS, max(0, self._pieces.get(party_id, 0) + step))
            self._pieces[party_id] = pieces
            # Of two that talk at once the one that began stays.
            if pieces == LASTS and not self._talks(self.last):
                self.last = party_id
        self._silent = 0 if self._talks(self.last) else self._silent + 1

    def _talks(self, party_id: str | None) -> bool:
        return party_id is not None and self._pieces.get(party_id, 0) > 0


def loudness(samples: Samples | None) -> float:
    """Root mean square of samples, from 0 to 1; 0 for none."""
    if samples is None:
        return 0.0
    levels = samples.astype(np.float32)
    return float(np.sqrt(np.mean(levels * levels))) / FULL_SCALE
