"""A station's own microphone as one voice among others."""

from collections.abc import Callable, Sequence
from typing import override

import numpy as np

from .decoder import decoder
from .jitter import JitterBuffer
from .mixer import Voice
from .sinks.speaker import FRAME_SAMPLES, Samples
from .stream import Packet, Sink, Stream


class Microphone(Voice, Sink):
    """Decodes a stream of sound; how loud it is may change without a click."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        self.gain = 1.0
        """What its samples are multiplied by, from 0 to 1."""

        self._heard_gain = 1.0
        self._stream: Stream | None = None
        self._detach: Callable[[], None] | None = None
        self._buffer: JitterBuffer | None = None
        self._sequence = 0

    def listen(self, stream: Stream | None) -> None:
        """Hear this stream from now on, nothing if None."""
        if stream is self._stream:
            return
        if self._detach is not None:
            self._detach()
            self._detach = None
        self._stream, self._buffer = stream, None
        if stream is not None and (decode := decoder(stream.codec)):
            self._buffer = JitterBuffer(decode, stream.codec.clock_rate)
            self._detach = stream.attach(self)

    @override
    def packets(self, packets: Sequence[Packet], *, cached: bool) -> None:
        assert self._buffer is not None
        for packet in packets:
            timestamp = packet.timestamp & 0xFFFFFFFF
            self._buffer.put(self._sequence, timestamp, packet.payload)
            self._sequence = (self._sequence + 1) & 0xFFFF

    @override
    def read(self) -> Samples | None:
        samples = None if self._buffer is None else self._buffer.read()
        before, self._heard_gain = self._heard_gain, self.gain
        if samples is None or before == self.gain == 1:
            return samples
        slope = np.linspace(before, self.gain, FRAME_SAMPLES)
        faded: Samples = (samples * slope).astype(np.int16)
        return faded
