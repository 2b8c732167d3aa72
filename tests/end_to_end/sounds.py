"""What a loudspeaker played, found by frequency."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

WAV_HEADER = 44
RATE = 8_000


@dataclass
class LoudspeakerFile:
    """The growing WAV file of a simulated camera's loudspeaker."""

    path: Path

    @property
    def samples(self) -> int:
        """How many samples it has played so far."""
        size = self.path.stat().st_size if self.path.exists() else 0
        return max(0, size - WAV_HEADER) // 2

    def played(self, first: int = 0) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return what it played since sample `first`, full scale is 1."""
        content = self.path.read_bytes()[WAV_HEADER + 2 * first :]
        content = content[: len(content) // 2 * 2]
        return np.frombuffer(content, "<i2").astype(np.float64) / 32_768

    def frequency(self, first: int = 0) -> float:
        """Return the loudest frequency (Hz) since sample `first`, 0 for silence."""
        samples = self.played(first)
        if len(samples) < RATE // 10 or np.abs(samples).max() < 0.01:
            return 0.0
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
        return float(np.argmax(spectrum)) * RATE / len(samples)

    def loudness(self, first: int = 0) -> float:
        """Return the root mean square since sample `first`, full scale is 1."""
        samples = self.played(first)
        return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0
