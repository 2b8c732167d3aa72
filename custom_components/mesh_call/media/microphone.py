"""A station's own microphone as one voice among others."""

from typing import override

import numpy as np

from .sinks.speaker import FRAME_SAMPLES, Samples
from .stream_voice import StreamVoice


class Microphone(StreamVoice):
    """The voice of its stream; how loud it is may change without a click."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        super().__init__()
        self.gain = 1.0
        """What its samples are multiplied by, from 0 to 1."""

        self._heard_gain = 1.0

    @override
    def read(self) -> Samples | None:
        samples = super().read()
        before, self._heard_gain = self._heard_gain, self.gain
        if samples is None or before == self.gain == 1:
            return samples
        slope = np.linspace(before, self.gain, FRAME_SAMPLES)
        faded: Samples = (samples * slope).astype(np.int16)
        return faded
