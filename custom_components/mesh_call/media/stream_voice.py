"""A stream of sound as one voice among others."""

from collections.abc import Callable, Sequence
from typing import override

from .decoder import decoder
from .jitter import JitterBuffer
from .mixer import Voice
from .sinks.speaker import Samples
from .speaking import loudness
from .stream import Packet, Sink, Stream


class StreamVoice(Voice, Sink):
    """Decodes a stream while it listens to it."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        self._stream: Stream | None = None
        self._detach: Callable[[], None] | None = None
        self._buffer: JitterBuffer | None = None
        self._sequence = 0
        self._last: Samples | None = None

    @property
    def loudness(self) -> float:
        """Root mean square of what was read last, from 0 to 1."""
        return loudness(self._last)

    def listen(self, stream: Stream | None) -> None:
        """Hear this stream from now on, nothing if None."""
        if stream is self._stream:
            return
        if self._detach is not None:
            self._detach()
            self._detach = None
        self._stream, self._buffer, self._last = stream, None, None
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
        self._last = None if self._buffer is None else self._buffer.read()
        return self._last
