"""Several streams of sound in one: for a connection that must carry several voices."""

from collections.abc import Callable, Collection

import av

from .audio_conversion import open_opus
from .mixer import Mixer
from .sample_clock import SampleClock
from .sinks.speaker import SAMPLE_RATE, Samples
from .stream import OPUS, Packet, Stream
from .stream_voice import StreamVoice


class MixedSound:
    """Decodes and mixes while there is something to mix, and encodes the mix once.

    Args:
        heard: called every 20 ms when something is mixed.
    """

    def __init__(self, heard: Callable[[], None]) -> None:
        self.stream = Stream(OPUS)
        self._heard = heard
        self._mixer = Mixer()
        self._voices: dict[Stream, StreamVoice] = {}
        self._ends: dict[Stream, Callable[[], None]] = {}
        self._stop: Callable[[], None] | None = None
        self._encoder: av.AudioCodecContext | None = None
        self._clock = SampleClock()

    def loudness(self, stream: Stream) -> float:
        """How loud one of the streams is now, from 0 to 1."""
        voice = self._voices.get(stream)
        return voice.loudness if voice else 0.0

    def use(self, streams: Collection[Stream]) -> None:
        """Mix these streams from now on; none at all ends it."""
        for stream in self._voices.keys() - set(streams):
            del self._voices[stream]
            self._ends.pop(stream)()
        for stream in streams:
            if stream not in self._voices:
                self._add(stream)
        if self._voices and self._stop is None:
            self._encoder = open_opus("mono", SAMPLE_RATE)
            self._stop = self._mixer.listen(self._write)
        elif not self._voices and self._stop is not None:
            self._stop()
            self._stop = self._encoder = None

    def _add(self, stream: Stream) -> None:
        voice = self._voices[stream] = StreamVoice()
        voice.listen(stream)
        remove = self._mixer.add(voice)

        def end() -> None:
            remove()
            voice.listen(None)

        self._ends[stream] = end

    def _write(self, samples: Samples) -> None:
        """Encode what is heard in these 20 ms."""
        assert self._encoder is not None
        position = self._clock.next_frame()
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, position
        packets = [
            Packet(bytes(encoded), position) for encoded in self._encoder.encode(frame)
        ]
        self.stream.push(*packets)
        self._heard()
