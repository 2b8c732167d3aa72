"""Samples that are mixed somewhere, as a stream."""

from collections.abc import Callable

from .audio_conversion import ConversionPump, Sound, SoundFormat
from .sample_clock import SampleClock
from .sinks.speaker import SAMPLE_RATE, Samples
from .sinks.talk_codecs import G711Encoder
from .stream import OPUS, Codec, Packet, Stream, same_codec

_SAMPLES = SoundFormat("pcm_s16le", SAMPLE_RATE, 1)


class SampleStream:
    """One stream of what is mixed; encoded only while somebody takes it."""

    def __init__(self, codec: Codec) -> None:
        self.stream = Stream(codec)
        self.stop: Callable[[], None] = lambda: None
        self._clock = SampleClock()
        self._pump: ConversionPump | None = None
        self._narrow: G711Encoder | None = None

    def write(self, samples: Samples) -> None:
        """Take what is heard in these 20 ms."""
        if not self.stream.is_taken:
            return
        position = self._clock.next_frame()
        if same_codec(self.stream.codec, OPUS):
            if self._pump is None:
                self._pump = ConversionPump(_SAMPLES, self._deliver)
            self._pump.put(Sound(samples.tobytes(), position))
            return
        if self._narrow is None:
            name = self.stream.codec.name.upper()
            self._narrow = G711Encoder(name, self._deliver_one)
        self._narrow.write(samples, position)

    async def close(self) -> None:
        """Encode nothing more."""
        if self._pump is not None:
            await self._pump.close()

    def _deliver(self, packets: list[Packet]) -> None:
        self.stream.push(*packets)

    def _deliver_one(self, payload: bytes, timestamp: int, marker: bool) -> None:
        self.stream.push(Packet(payload, timestamp, marker))
