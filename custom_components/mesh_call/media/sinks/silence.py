"""Silence that is not sent: half-duplex devices mute their microphone for sound."""

from .speaker import SAMPLE_RATE, Samples
from .talk_codecs import peak

SILENT_PEAK = 64
"""Samples below this (-54 dBFS) are silence."""

SILENCE_SENT = 0.8
"""Seconds of silence that are still sent after something was heard."""


class SilenceGate:
    """Lets sound pass, and a tail of silence after it."""

    def __init__(self) -> None:
        """Begin closed: what never began needs no tail of silence."""
        self._silent_samples = SILENCE_SENT * SAMPLE_RATE

    def lets_pass(self, samples: Samples) -> bool:
        """Whether these samples are to be sent."""
        if peak(samples) > SILENT_PEAK:
            self._silent_samples = 0
            return True
        self._silent_samples += len(samples)
        return self._silent_samples <= SILENCE_SENT * SAMPLE_RATE
