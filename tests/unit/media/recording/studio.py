"""Members that count their pictures and hum, and what a recording shows of them."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from itertools import pairwise
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from custom_components.mesh_call.media import stream as stream_module
from custom_components.mesh_call.media.h264 import H264Forwarder
from custom_components.mesh_call.media.recording import member_intake, recorder
from custom_components.mesh_call.media.source_clock import ClockReference, SourceClock
from custom_components.mesh_call.media.stream import (
    H264,
    OPUS,
    PCMA,
    PCMU,
    Codec,
    MediaKind,
    Packet,
    Stream,
)
from tests.cameras.content import Waveform, make_tone, pack_h264, split_annex_b

type Color = tuple[int, int, int]
type Image = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]
type Event = tuple[float, Callable[[], object]]

VP8 = Codec(MediaKind.VIDEO, "VP8", 90_000)
RATE = 25
SIZE = (192, 144)
BITS = 12
RED, GREEN, BLUE, GREY = (200, 30, 30), (30, 200, 30), (30, 30, 200), (90, 90, 90)
WHITE = (235, 235, 235)


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


def take_over_time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let recordings and streams live in a test's own time, in a hurry."""
    clock = Clock()
    fake = SimpleNamespace(monotonic=clock.monotonic)
    for module in (stream_module, recorder, member_intake):
        monkeypatch.setattr(module, "time", fake)
    monkeypatch.setattr(recorder, "WORK_INTERVAL", 0.002)
    return clock


def draw(number: int, color: Color, size: tuple[int, int]) -> Image:
    """A plain colour, the number in bits along the top, noise along the bottom."""
    width, height = size
    image: Image = np.empty((height, width, 3), np.uint8)
    image[:] = color
    noise = image[-height // 3 :]
    noise[:] = np.random.default_rng(number).integers(0, 255, noise.shape)
    cell = width // BITS
    for bit in range(BITS):
        image[:cell, bit * cell : (bit + 1) * cell] = 255 * (number >> bit & 1)
    return image


def read_number(frame: av.VideoFrame) -> int:
    """The number that was drawn into a picture."""
    image = frame.to_ndarray(format="gray")
    cell = image.shape[1] // BITS
    middle = image[cell // 2, cell // 2 :: cell][:BITS]
    return sum(1 << bit for bit, level in enumerate(middle) if level > 128)


def encode(images: Iterable[Image], codec: str, gop: int) -> list[bytes]:
    """Encode each image to one picture."""
    encoder: Any = None
    pictures: list[bytes] = []
    for number, image in enumerate(images):
        if encoder is None:
            encoder = av.VideoCodecContext.create(codec, "w")
            encoder.height, encoder.width = image.shape[:2]
            encoder.pix_fmt = "yuv420p"
            encoder.time_base = Fraction(1, RATE)
            encoder.gop_size = gop
            encoder.bit_rate = 400_000
            encoder.options = (
                {"preset": "ultrafast", "tune": "zerolatency"}
                if codec == "libx264"
                else {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
            )
        frame = av.VideoFrame.from_ndarray(image, "rgb24")
        frame.pts = number
        pictures += [bytes(packet) for packet in encoder.encode(frame)]
    return pictures


class Camera:
    """A stream of numbered pictures."""

    def __init__(
        self,
        color: Color = RED,
        *,
        seconds: float = 4,
        size: tuple[int, int] = SIZE,
        gop: int = 25,
        first: int = 0,
        codec: str = "libx264",
        flash: Sequence[int] = (),
        stream: Stream | None = None,
    ) -> None:
        numbers = range(first, first + round(seconds * RATE))
        self.numbers = list(numbers)
        images = (draw(n, WHITE if n in flash else color, size) for n in numbers)
        encoded = encode(images, codec, gop)
        if codec == "libx264":
            self.pictures = list(_h264_packets(encoded, first))
        else:
            self.pictures = list(_vp8_packets(encoded, first))
        self.stream = stream or Stream(_codec_of(codec))

    def events(
        self, begin: float = 0.0, *, skip: range = range(0), late: float = 0.0
    ) -> Iterator[Event]:
        """Push pictures from `begin` on; those in `skip` are never sent."""
        for index, packets in enumerate(self.pictures):
            if index not in skip:
                yield begin + index / RATE + late, partial(self.push, packets)

    def push(self, packets: Iterable[Packet]) -> None:
        for packet in packets:
            self.stream.push(packet)


class Microphone:
    """A stream of a waveform at 48 kHz."""

    def __init__(self, wave: Waveform, codec: Codec = OPUS) -> None:
        self.packets = list(encode_sound(wave, codec))
        self.stream = Stream(codec)

    @classmethod
    def tone(
        cls, frequency: float, seconds: float = 4, codec: Codec = OPUS
    ) -> Microphone:
        return cls(make_tone(frequency, seconds), codec)

    def events(
        self, begin: float = 0.0, *, skip: range = range(0), late: float = 0.0
    ) -> Iterator[Event]:
        """Push 20 ms at a time from `begin` on."""
        for index, packet in enumerate(self.packets):
            if index not in skip:
                yield begin + (index + 1) / 50 + late, partial(self.stream.push, packet)


def encode_sound(wave: Waveform, codec: Codec) -> Iterator[Packet]:
    """Encode sound in packets of 20 ms."""
    name = {OPUS: "libopus", PCMU: "pcm_mulaw", PCMA: "pcm_alaw"}[codec]
    narrow = np.ascontiguousarray(wave[:: 48_000 // codec.clock_rate])
    encoder: Any = av.AudioCodecContext.create(name, "w")
    encoder.sample_rate = codec.clock_rate
    encoder.layout = "mono"
    encoder.format = "s16"
    size = codec.clock_rate // 50
    for at in range(0, len(narrow) - size + 1, size):
        piece = narrow[at : at + size].reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(piece, "s16", "mono")
        frame.sample_rate = codec.clock_rate
        for encoded in encoder.encode(frame):
            yield Packet(bytes(encoded), at)


@dataclass
class Seen:
    """What a file shows: pictures with their times, sound from `sound_start` on."""

    duration: float
    format: str
    times: list[float] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    colors: list[Color] = field(default_factory=list)
    sound: Waveform = field(default_factory=lambda: np.zeros(0, np.int16))
    sound_start: float = 0.0
    sound_codec: str = ""
    kinds: list[str] = field(default_factory=list)

    @property
    def steps(self) -> list[float]:
        return [b - a for a, b in pairwise(self.times)]

    def heard(self, begin: float, end: float) -> float:
        """The strongest frequency between two times of the file, 0 for silence."""
        piece = self._cut(begin, end)
        if np.abs(piece).max(initial=0) < 500:
            return 0.0
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece))))
        return float(np.argmax(spectrum)) * 48_000 / len(piece)

    def loud_from(self, begin: float = 0.0) -> float:
        """When sound first gets loud after `begin`."""
        piece = np.abs(self._cut(begin, self.duration))
        return begin + float(np.argmax(piece > 4_000)) / 48_000

    def _cut(self, begin: float, end: float) -> Waveform:
        first, last = (
            max(0, round((moment - self.sound_start) * 48_000))
            for moment in (begin, end)
        )
        return self.sound[first:last]


def look(path: Path, *, torn: bool = False) -> Seen:
    """Decode a whole file; broken pictures raise, unless the end is torn off."""
    with av.open(str(path)) as container:
        seen = Seen((container.duration or 0) / 1_000_000, container.format.name)
        seen.kinds = [s.type for s in container.streams]
        for video in container.streams.video:
            video.codec_context.options = {"err_detect": "explode"}
        pieces: list[Waveform] = []
        try:
            for frame in container.decode():
                _look_at(frame, seen, pieces)
        except av.InvalidDataError:
            if not torn:
                raise
        if pieces:
            seen.sound = np.concatenate(pieces)
        for audio in container.streams.audio:
            seen.sound_codec = audio.codec_context.codec.canonical_name
    return seen


def _look_at(frame: object, seen: Seen, pieces: list[Waveform]) -> None:
    if isinstance(frame, av.VideoFrame):
        seen.times.append(float(frame.time or 0))
        seen.numbers.append(read_number(frame))
        image = frame.to_ndarray(format="rgb24")
        red, green, blue = image[image.shape[0] // 2, image.shape[1] // 2]
        seen.colors.append((int(red), int(green), int(blue)))
    elif isinstance(frame, av.AudioFrame):
        if not pieces:
            seen.sound_start = float(frame.time or 0)
        planar = frame.to_ndarray()
        pieces.append((planar.mean(axis=0) * 32_767).astype(np.int16))


def describe(folder: Path) -> dict[str, Any]:
    """Read a recording's description."""
    content: dict[str, Any] = json.loads((folder / "call.json").read_text())
    return content


def alike(one: Color, other: Color) -> bool:
    """Whether two colours look the same."""
    return all(abs(a - b) < 30 for a, b in zip(one, other, strict=True))


def report(
    stream: Stream, wall: float, timestamp: int, arrival: float, clock: SourceClock
) -> None:
    """Let a sender report of the stream's source come in."""
    stream.clock = ClockReference(wall, timestamp, arrival, clock)


async def play(
    clock: Clock, *feeds: Iterable[Event], pause: float = 0.004, end: float = 0.0
) -> None:
    """Let time pass while events happen, each at its time since now."""
    begin = clock.now
    rest = 0.0
    for moment, happen in sorted((e for feed in feeds for e in feed), key=_moment):
        clock.now = begin + max(moment, 0.0)
        happen()
        if clock.now - begin - rest > 0.25:
            rest = clock.now - begin
            await asyncio.sleep(pause)
    clock.now = max(clock.now, begin + end)
    await asyncio.sleep(pause)


def _moment(event: Event) -> float:
    return event[0]


def _codec_of(encoder: str) -> Codec:
    return H264 if encoder == "libx264" else VP8


def _h264_packets(pictures: Iterable[bytes], first: int) -> Iterator[list[Packet]]:
    forwarder = H264Forwarder()
    for number, data in enumerate(pictures, first):
        payloads = pack_h264(list(split_annex_b(data)), 700)
        yield [
            packet
            for payload in payloads
            for packet in forwarder.feed(
                payload, number * 90_000 // RATE, payload is payloads[-1]
            )
        ]


def _vp8_packets(pictures: Iterable[bytes], first: int) -> Iterator[list[Packet]]:
    for number, data in enumerate(pictures, first):
        pieces = [data[at : at + 900] for at in range(0, len(data), 900)]
        yield [
            Packet(
                bytes((0x80 | 0x10 * (index == 0), 0x80, 0x80, number & 0xFF)) + piece,
                number * 90_000 // RATE,
                marker=index == len(pieces) - 1,
                key_frame=index == 0 and not data[0] & 1,
            )
            for index, piece in enumerate(pieces)
        ]
