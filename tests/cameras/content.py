"""Makes small pictures and tones, and finds out what packets really show."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import override
import wave

import av
import numpy as np

from custom_components.mesh_call.media.stream import Packet, Sink, Stream

type Color = tuple[int, int, int]
type Waveform = np.ndarray[tuple[int], np.dtype[np.int16]]

PICTURE_RATE = 25


class Collector(Sink):
    """Keeps what a stream carries."""

    def __init__(self, stream: Stream | None = None) -> None:
        """Attach to `stream`, if one is given."""
        self.collected: list[Packet] = []
        self.cached = 0
        if stream is not None:
            stream.attach(self)

    @override
    def packets(self, packets: Sequence[Packet], *, cached: bool) -> None:
        """Take packets."""
        self.collected += packets
        self.cached += len(packets) * cached


def encode_h264(
    color: Color,
    *,
    pictures: int = 10,
    size: tuple[int, int] = (128, 96),
    gop: int = 10,
    b_frames: int = 0,
    slices: int = 1,
    noise: bool = False,
    parameters: str = "",
) -> list[list[bytes]]:
    """Give the NAL units of each picture; parameter sets come before key frames."""
    encoder = av.VideoCodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, PICTURE_RATE)
    encoder.framerate = Fraction(PICTURE_RATE)
    encoder.gop_size = gop
    encoder.options = {
        "preset": "ultrafast",
        "x264-params": f"bframes={b_frames}:scenecut=0:b-adapt=0:slices={slices}"
        + (":sliced-threads=0:qp=10" if noise else "")
        + (f":{parameters}" if parameters else ""),
    } | ({} if b_frames else {"tune": "zerolatency"})
    units: list[list[bytes]] = []
    random = np.random.default_rng(1)
    for number in range(pictures):
        image = np.empty((size[1], size[0], 3), dtype=np.uint8)
        image[:] = color
        if noise:
            image[: size[1] // 2] = random.integers(0, 255, image[: size[1] // 2].shape)
        image[:8, 8 * (number % 8) : 8 * (number % 8) + 8] = 255
        frame = av.VideoFrame.from_ndarray(image, "rgb24")
        frame.pts = number
        units += [list(split_annex_b(bytes(p))) for p in encoder.encode(frame)]
    units += [list(split_annex_b(bytes(p))) for p in encoder.encode(None)]
    return units


def split_annex_b(data: bytes) -> Iterator[bytes]:
    """Cut at start codes (H.264, annex B)."""
    for unit in data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1"):
        if unit:
            yield unit


def pack_h264(units: Sequence[bytes], size: int = 1400) -> list[bytes]:
    """Pack one picture as cameras do: single units and FU-A (RFC 6184)."""
    payloads: list[bytes] = []
    for unit in units:
        if len(unit) <= size:
            payloads.append(unit)
            continue
        pieces = [unit[at : at + size - 2] for at in range(1, len(unit), size - 2)]
        for number, piece in enumerate(pieces):
            flags = 0x80 * (number == 0) | 0x40 * (number == len(pieces) - 1)
            head = bytes((unit[0] & 0xE0 | 28, flags | unit[0] & 0x1F))
            payloads.append(head + piece)
    return payloads


def unpack_h264(packets: Iterable[Packet]) -> list[tuple[int, bytes]]:
    """Give time stamp and NAL units; raises AssertionError on a broken fragment."""
    units: list[tuple[int, bytes]] = []
    fragment = b""
    for packet in packets:
        payload, kind = packet.payload, packet.payload[0] & 0x1F
        if kind == 24:
            at = 1
            while at < len(payload):
                length = int.from_bytes(payload[at : at + 2])
                units.append((packet.timestamp, payload[at + 2 : at + 2 + length]))
                at += 2 + length
        elif kind == 28:
            start, end = payload[1] & 0x80, payload[1] & 0x40
            assert not (start and end)
            assert bool(start) != bool(fragment), "fragment out of place"
            if start:
                fragment = bytes((payload[0] & 0xE0 | payload[1] & 0x1F,))
            fragment += payload[2:]
            if end:
                units.append((packet.timestamp, fragment))
                fragment = b""
        else:
            assert not fragment
            units.append((packet.timestamp, payload))
    return units


def whole_pictures(packets: Iterable[Packet]) -> list[Packet]:
    """Leave out pictures whose end is missing: where packets may get lost."""
    pictures: dict[int, list[Packet]] = {}
    for packet in packets:
        pictures.setdefault(packet.timestamp, []).append(packet)
    return [one for parts in pictures.values() if parts[-1].marker for one in parts]


def decode_h264(packets: Iterable[Packet]) -> list[av.VideoFrame]:
    """Decode strictly: broken pictures raise."""
    decoder = av.VideoCodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.options = {"err_detect": "explode"}
    pictures: dict[int, bytes] = {}
    for timestamp, unit in unpack_h264(packets):
        pictures[timestamp] = pictures.get(timestamp, b"") + b"\0\0\0\1" + unit
    frames: list[av.VideoFrame] = []
    for data in pictures.values():
        frames += decoder.decode(av.Packet(data))
    return frames + decoder.decode(None)


def color_of(frame: av.VideoFrame) -> Color:
    """Give the colour of most of the lower half."""
    image = frame.to_ndarray(format="rgb24")
    red, green, blue = np.median(image[len(image) // 2 :], axis=(0, 1))
    return int(red), int(green), int(blue)


def is_color(frame: av.VideoFrame, color: Color, tolerance: int = 16) -> bool:
    """Whether a frame shows the colour."""
    return all(
        abs(seen - meant) <= tolerance
        for seen, meant in zip(color_of(frame), color, strict=True)
    )


def make_tone(frequency: float, seconds: float, rate: int = 48_000) -> Waveform:
    """Give a sine at a quarter of full scale."""
    moments = np.arange(round(seconds * rate)) / rate
    return (8_000 * np.sin(2 * np.pi * frequency * moments)).astype(np.int16)


def encode_pcma(samples: Waveform) -> bytes:
    """Encode samples at 8 kHz (ITU-T G.711)."""
    return b"".join(_encode("pcm_alaw", samples, 8_000))


def encode_aac(samples: Waveform, rate: int) -> list[bytes]:
    """Give the units of 1024 samples; what the encoder adds in front is left out."""
    units = list(_encode("aac", np.append(samples, samples[:2_048]), rate))
    return units[1 : 1 + len(samples) // 1_024]


def _encode(codec: str, samples: Waveform, rate: int) -> Iterator[bytes]:
    encoder = av.AudioCodecContext.create(codec, "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout = rate, "mono"
    encoder.format = "fltp" if codec == "aac" else "s16"
    encoder.open()
    resampler = av.AudioResampler(encoder.format, "mono", rate, encoder.frame_size or 0)
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", "mono")
    frame.sample_rate = rate
    for piece in resampler.resample(frame):
        yield from (bytes(packet) for packet in encoder.encode(piece))


def heard_by(file: Path) -> tuple[Waveform, int]:
    """Give what is in a WAV file, and its rate."""
    with wave.open(str(file)) as content:
        data = content.readframes(content.getnframes())
        return np.frombuffer(data, np.int16), content.getframerate()


def tone_of(samples: Waveform, rate: int) -> float:
    """Give the strongest frequency in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate / len(samples)


def decode_audio(packets: Iterable[Packet], codec: str, rate: int) -> Waveform:
    """Decode what a stream carries to one channel."""
    decoder = av.AudioCodecContext.create(codec, "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.sample_rate = rate
    decoder.layout = "mono"
    resampler = av.AudioResampler("s16", "mono", rate)
    pieces = [
        piece.to_ndarray()[0]
        for packet in packets
        for frame in decoder.decode(av.Packet(packet.payload))
        for piece in resampler.resample(frame)
    ]
    return np.concatenate(pieces)
