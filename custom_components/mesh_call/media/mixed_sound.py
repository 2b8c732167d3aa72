"""Several streams of sound in one: for a connection that must carry several voices."""

from collections.abc import Callable, Sequence
import time

import av

from .audio_conversion import open_opus
from .mixer import Mixer
from .sinks.speaker import FRAME_SAMPLES, SAMPLE_RATE, Samples
from .stream import OPUS, Packet, Stream
from .stream_voice import StreamVoice

MAX_DEVIATION = 0.2
"""Seconds the count of samples may differ from the clock."""


class MixedSound:
    """Decodes and mixes while there is something to mix, and encodes the mix once."""

    def __init__(self) -> None:
        """Mix nothing yet."""
        self.stream = Stream(OPUS)
        self._mixer = Mixer()
        self._voices: dict[Stream, Callable[[], None]] = {}
        self._stop: Callable[[], None] | None = None
        self._encoder: av.AudioCodecContext | None = None
        self._opened = 0.0
        self._position = 0

    def use(self, streams: Sequence[Stream]) -> None:
        """Mix these streams from now on; none at all ends it."""
        for stream in self._voices.keys() - set(streams):
            self._voices.pop(stream)()
        for stream in streams:
            if stream not in self._voices:
                self._voices[stream] = self._add(stream)
        if self._voices and self._stop is None:
            self._encoder = open_opus("mono", SAMPLE_RATE)
            self._opened = time.monotonic() - self._position / SAMPLE_RATE
            self._stop = self._mixer.listen(self._write)
        elif not self._voices and self._stop is not None:
            self._stop()
            self._stop = self._encoder = None

    def _add(self, stream: Stream) -> Callable[[], None]:
        voice = StreamVoice()
        voice.listen(stream)
        remove = self._mixer.add(voice)

        def end() -> None:
            remove()
            voice.listen(None)

        return end

    def _write(self, samples: Samples) -> None:
        """Encode what is heard in these 20 ms."""
        assert self._encoder is not None
        elapsed = round((time.monotonic() - self._opened) * SAMPLE_RATE)
        if abs(elapsed - self._position) > MAX_DEVIATION * SAMPLE_RATE:
            self._position = max(elapsed, self._position)
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, self._position
        packets = [
            Packet(bytes(encoded), self._position)
            for encoded in self._encoder.encode(frame)
        ]
        self._position += FRAME_SAMPLES
        self.stream.push(*packets)
