"""Sound no browser takes becomes Opus: decoded and encoded once for all sinks."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
import logging
from typing import TYPE_CHECKING

from .stream import Packet

if TYPE_CHECKING:
    import av

_LOGGER = logging.getLogger(__name__)

OPUS_RATE = 48_000
OPUS_FRAME = 960
"""Samples of 20 ms, as Opus counts them whatever is inside (RFC 7587, 4.1)."""

MAX_WAITING = 100
"""Pieces of sound; what the encoder can't do in time is dropped."""

MAX_DEVIATION = 0.06
"""Seconds the count of samples may differ from the camera's time stamps."""

_ENCODED_RATES = (8_000, 12_000, 16_000, 24_000, OPUS_RATE)
"""What Opus encodes as it is (RFC 6716, 2); narrow sound costs half as much so."""

_SAMPLE_BYTES = {"pcm_alaw": 1, "pcm_mulaw": 1, "pcm_s16be": 2}
"""Of decoders that take any number of samples at once: one call costs what 20 do."""

_BIT_RATE_PER_CHANNEL = 32_000
_COMPLEXITY = 3


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """What is decoded: a codec by libav's name."""

    decoder: str
    sample_rate: int
    channels: int
    extradata: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of encoded sound; `timestamp` in the format's sample rate."""

    data: bytes
    timestamp: int


class OpusConverter:
    """Decodes, resamples and encodes; not safe for threads, use one at a time.

    Args:
        source: what is decoded.
        frame: samples in a packet, `OPUS_FRAME` or up to six times as many. Long ones
            cost less where nobody waits for them.
        complexity: of the encoder, from 0 (fast) to 10 (RFC 6716, 2.1.5).
    """

    def __init__(
        self,
        source: SoundFormat,
        *,
        frame: int = OPUS_FRAME,
        complexity: int = _COMPLEXITY,
    ) -> None:
        """Open the codecs; takes long enough to belong in a thread."""
        import av  # noqa: PLC0415

        self._rate = source.sample_rate
        self._frame = frame
        self._decoder = _open_decoder(source)
        self._sample_bytes = _SAMPLE_BYTES.get(source.decoder, 0) * source.channels
        layout = "stereo" if source.channels > 1 else "mono"
        rate = self._rate if self._rate in _ENCODED_RATES else OPUS_RATE
        self._new_resampler: Callable[[], av.AudioResampler] = lambda: (
            av.AudioResampler("s16", layout, rate, frame_size=frame * rate // OPUS_RATE)
        )
        self._resampler = self._new_resampler()
        self._encoder = open_opus(layout, rate, frame, complexity)
        self._next_out: int | None = None
        self._next_in = 0

    def convert(self, sounds: Sequence[Sound]) -> list[Packet]:
        """Give the Opus packets these pieces complete."""
        import av  # noqa: PLC0415

        packets: list[Packet] = []
        for sound in join(sounds, self._sample_bytes) if self._sample_bytes else sounds:
            try:
                frames = self._decoder.decode(av.Packet(sound.data))
            except av.FFmpegError:
                continue
            for frame in frames:
                self._follow(sound.timestamp)
                seconds = frame.samples / frame.sample_rate
                self._next_in = sound.timestamp + round(seconds * self._rate)
                packets += self._encode(frame)
        return packets

    def _follow(self, timestamp: int) -> None:
        """Start over where the camera's time stamps make a step."""
        deviation = abs(timestamp - self._next_in)
        if self._next_out is None or deviation > MAX_DEVIATION * self._rate:
            self._resampler = self._new_resampler()
            place = timestamp * OPUS_RATE // self._rate
            self._next_out = max(place, self._next_out or place)

    def _encode(self, frame: av.AudioFrame) -> list[Packet]:
        assert self._next_out is not None
        frame.pts = None
        packets: list[Packet] = []
        for piece in self._resampler.resample(frame):
            piece.pts = None
            for encoded in self._encoder.encode(piece):
                packets.append(Packet(bytes(encoded), self._next_out))
                self._next_out += self._frame
        return packets


def join(sounds: Sequence[Sound], sample_bytes: int) -> Iterator[Sound]:
    """Put plain samples together that follow each other without a gap."""
    pieces: list[bytes] = []
    begin = end = 0
    for sound in sounds:
        if pieces and sound.timestamp != end:
            yield Sound(b"".join(pieces), begin)
            pieces = []
        if not pieces:
            begin = end = sound.timestamp
        pieces.append(sound.data)
        end += len(sound.data) // sample_bytes
    if pieces:
        yield Sound(b"".join(pieces), begin)


class ConversionPump:
    """Runs a converter in threads, one piece after the other, in order."""

    def __init__(
        self, source: SoundFormat, deliver: Callable[[list[Packet]], None]
    ) -> None:
        """Start; `deliver` is called on the event loop."""
        self._source = source
        self._deliver = deliver
        self._waiting: list[Sound] = []
        self._filled = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="mesh_call sound to opus")

    def put(self, sound: Sound) -> None:
        """Take a piece; the oldest are dropped when too many wait."""
        self._waiting.append(sound)
        del self._waiting[:-MAX_WAITING]
        self._filled.set()

    async def close(self) -> None:
        """Stop; what waits is dropped."""
        self._task.cancel()
        await asyncio.wait((self._task,))

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            converter = await loop.run_in_executor(None, OpusConverter, self._source)
            while True:
                await self._filled.wait()
                self._filled.clear()
                waiting, self._waiting = self._waiting, []
                self._deliver(
                    await loop.run_in_executor(None, converter.convert, waiting)
                )
        except Exception:
            _LOGGER.exception("A camera's sound can't be converted")


def _open_decoder(source: SoundFormat) -> av.AudioCodecContext:
    import av  # noqa: PLC0415

    decoder = av.AudioCodecContext.create(source.decoder, "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.sample_rate = source.sample_rate
    decoder.layout = {1: "mono", 2: "stereo"}.get(source.channels, "mono")
    if source.extradata:
        decoder.extradata = source.extradata
    return decoder


def open_opus(
    layout: str, rate: int, frame: int = OPUS_FRAME, complexity: int = _COMPLEXITY
) -> av.AudioCodecContext:
    """Open an encoder; the arguments are those of `OpusConverter`."""
    import av  # noqa: PLC0415

    encoder = av.AudioCodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate = rate
    encoder.layout = layout
    encoder.format = "s16"
    encoder.bit_rate = _BIT_RATE_PER_CHANNEL * (2 if layout == "stereo" else 1)
    encoder.options = {
        "compression_level": str(complexity),
        "frame_duration": str(1000 * frame // OPUS_RATE),
    }
    return encoder
