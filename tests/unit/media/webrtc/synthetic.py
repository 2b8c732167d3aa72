"""A camera and a microphone that can be told apart: a colour and a tone each."""

import asyncio
from collections.abc import AsyncIterator, Callable
from fractions import Fraction
import time
from typing import cast

import av
from av.audio.codeccontext import AudioCodecContext
import numpy as np

from custom_components.mesh_call.media.h264 import fragments
from custom_components.mesh_call.media.sinks.speaker import Samples
from custom_components.mesh_call.media.source import (
    SourceState,
    SourceStatus,
    SourceStreams,
    StatusListener,
)
from custom_components.mesh_call.media.source_clock import ClockReference, SourceClock
from custom_components.mesh_call.media.stream import (
    H264,
    OPUS,
    PCMA,
    PCMU,
    Codec,
    Packet,
    Stream,
)

FRAME_RATE = 25
RED, GREEN, BLUE = (200, 20, 20), (20, 200, 20), (20, 20, 200)

type Colour = tuple[int, int, int]


class Picture:
    """Encodes one plain colour as H264, a key frame now and then."""

    def __init__(
        self,
        colour: Colour,
        size: tuple[int, int] = (320, 240),
        gop: int = 25,
        *,
        noise: bool = False,
    ) -> None:
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height = size
        encoder.pix_fmt = "yuv420p"
        encoder.time_base = Fraction(1, FRAME_RATE)
        encoder.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "g": str(gop),
            "x264-params": "annexb=1:repeat-headers=1",
        }
        self._encoder = encoder
        plain = np.full((size[1], size[0], 3), colour, np.uint8)
        self._plain = plain
        self._noise = np.random.default_rng(1) if noise else None
        self._frame = self._next_frame()
        self._count = 0

    def packets(self) -> list[Packet]:
        """The packets of the next picture."""
        if self._noise is not None:
            self._frame = self._next_frame()
        self._frame.pts = self._count
        timestamp = self._count * H264.clock_rate // FRAME_RATE
        self._count += 1
        encoded = self._encoder.encode(self._frame)
        data = b"".join(bytes(packet) for packet in encoded)
        units = [unit.rstrip(b"\x00") for unit in data.split(b"\x00\x00\x01")]
        payloads = [p for unit in units if unit for p in fragments(unit)]
        key_frame = any(packet.is_keyframe for packet in encoded)
        return [
            Packet(
                payload,
                timestamp,
                marker=index == len(payloads) - 1,
                key_frame=key_frame and index == 0,
            )
            for index, payload in enumerate(payloads)
        ]

    def _next_frame(self) -> av.VideoFrame:
        picture = self._plain
        if self._noise is not None:
            noise = self._noise.integers(-20, 21, picture.shape)
            picture = (picture + noise).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        return frame.reformat(format="yuv420p")


_ENCODERS = {
    PCMU: ("pcm_mulaw", 8000),
    PCMA: ("pcm_alaw", 8000),
    OPUS: ("libopus", 48000),
}


class Tone:
    """Encodes one frequency, 20 ms at a time."""

    def __init__(self, codec: Codec, frequency: float, level: int = 8000) -> None:
        name, self.rate = _ENCODERS[codec]
        encoder = cast("AudioCodecContext", av.CodecContext.create(name, "w"))
        encoder.format = av.AudioFormat("s16")
        encoder.layout = "mono"
        encoder.sample_rate = self.rate
        self._encoder = encoder
        self._frequency, self._level = frequency, level
        self._count = 0

    def packet(self) -> Packet:
        """The next 20 ms."""
        samples = self.rate // 50
        at = np.arange(samples) + self._count * samples
        wave = np.sin(at * 2 * np.pi * self._frequency / self.rate) * self._level
        frame = av.AudioFrame.from_ndarray(
            wave.astype(np.int16).reshape(1, -1), format="s16", layout="mono"
        )
        frame.sample_rate = self.rate
        frame.pts = self._count * samples
        timestamp = self._count * samples
        self._count += 1
        payload = b"".join(bytes(packet) for packet in self._encoder.encode(frame))
        return Packet(payload, timestamp)


class SyntheticSource:
    """A source whose streams run in real time while it is acquired.

    Args:
        colour: of its picture, None for sound only.
        codec: of its sound, None for picture only.
        frequency: of its sound.
        wall: what its clock shows at the start, None for one without reports.
        audio_ahead: seconds its sound is sent before the picture taken with it.
        noise: whether its picture is grainy, so that it takes some 2 Mbit/s.
    """

    def __init__(
        self,
        colour: Colour | None = GREEN,
        codec: Codec | None = PCMA,
        frequency: float = 440,
        *,
        gop: int = 25,
        wall: float | None = None,
        audio_ahead: float = 0.0,
        size: tuple[int, int] = (320, 240),
        noise: bool = False,
    ) -> None:
        self.streams = SourceStreams()
        self.status = SourceStatus(SourceState.CLOSED)
        self.acquired = 0
        self._listeners: list[StatusListener] = []
        self._make = (colour, codec, frequency, gop, size, noise)
        self._wall, self._clock = wall, SourceClock()
        self._ahead = audio_ahead
        self._tasks: list[asyncio.Task[None]] = []

    def subscribe(self, listener: StatusListener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def ready(self, timeout: float) -> SourceStreams:
        async with asyncio.timeout(timeout):
            while self.status.state is not SourceState.READY:
                await asyncio.sleep(0.01)
        return self.streams

    def acquire(self) -> Callable[[], None]:
        self.acquired += 1
        if self.acquired == 1:
            self.start()

        def release() -> None:
            self.acquired -= 1
            if not self.acquired:
                self.stop()

        return release

    async def close(self) -> None:
        self.stop()

    def start(self) -> None:
        colour, codec, frequency, gop, size, noise = self._make
        if colour is not None:
            self.streams.video = self.streams.video or Stream(H264)
            picture = Picture(colour, size, gop, noise=noise)
            feed = self._feed_picture(self.streams.video, picture)
            self._tasks.append(asyncio.create_task(feed))
        if codec is not None:
            self.streams.audio = self.streams.audio or Stream(codec)
            tone = Tone(codec, frequency)
            self._tasks.append(
                asyncio.create_task(self._feed_tone(self.streams.audio, tone))
            )
        self.change(SourceState.READY)

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        self.change(SourceState.CLOSED)

    def change(self, state: SourceState) -> None:
        self.status = SourceStatus(state)
        for listener in tuple(self._listeners):
            listener(self.status)

    async def _feed_picture(self, stream: Stream, picture: Picture) -> None:
        self._tie(stream, 0.0)
        async for _ in _paced(1 / FRAME_RATE):
            for packet in picture.packets():
                stream.push(packet)

    async def _feed_tone(self, stream: Stream, tone: Tone) -> None:
        self._tie(stream, self._ahead)
        async for _ in _paced(0.02):
            stream.push(tone.packet())

    def _tie(self, stream: Stream, ahead: float) -> None:
        if self._wall is not None:
            stream.clock = ClockReference(
                self._wall + ahead, 0, time.monotonic(), self._clock
            )


async def _paced(interval: float) -> AsyncIterator[None]:
    due = time.monotonic()
    while True:
        yield None
        due += interval
        await asyncio.sleep(max(0.0, due - time.monotonic()))


def loudest(samples: Samples, rate: int = 48_000) -> float:
    """The frequency that is heard most, 0 for silence."""
    if np.abs(samples).max(initial=0) < 100:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    spectrum[:2] = 0
    return float(np.fft.rfftfreq(len(samples), 1 / rate)[spectrum.argmax()])


def power(samples: Samples, frequency: float, rate: int = 48_000) -> float:
    """How strong one frequency is, as the amplitude of its sine."""
    window = np.hanning(len(samples))
    at = np.arange(len(samples)) * 2j * np.pi * frequency / rate
    return float(abs(np.sum(samples * window * np.exp(-at))) * 2 / window.sum())


def mean_colour(frame: av.VideoFrame) -> Colour:
    """The colour of the middle of a picture."""
    pixels = frame.to_ndarray(format="rgb24")
    height, width = pixels.shape[:2]
    middle = pixels[height // 4 : -height // 4, width // 4 : -width // 4]
    red, green, blue = middle.reshape(-1, 3).mean(axis=0)
    return int(red), int(green), int(blue)


def alike(one: Colour, other: Colour) -> bool:
    """Whether two colours look the same."""
    return all(abs(a - b) < 40 for a, b in zip(one, other, strict=True))
