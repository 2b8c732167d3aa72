"""What is sent in place of a muted stream: black pictures and silence."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache

import av

from .byte_stream import START_CODE, nal_units
from .h264 import fragments
from .h264_syntax import NalType, parse_sps
from .stream import OPUS, PCMA, PCMU, Packet

DEFAULT_SIZE = (640, 360)

_SILENCE = {
    PCMU.name.lower(): b"\xff" * 160,
    PCMA.name.lower(): b"\xd5" * 160,
    # One CELT frame of 20 ms, full band, that holds nothing.
    OPUS.name.lower(): b"\xf8\xff\xfe",
}


def silence(codec_name: str) -> bytes | None:
    """20 ms of silence as one payload; None for a codec that is not spoken here."""
    return _SILENCE.get(codec_name.lower())


def picture_like(key_frame: Sequence[Packet]) -> tuple[bytes, ...]:
    """The payloads of a black picture of the same size as an H264 one.

    Takes some 10 ms for each new size: to be called in an executor.

    Args:
        key_frame: the packets since a key frame, empty if there is none.
    """
    return _black(*(_size(key_frame) or DEFAULT_SIZE))


def _size(packets: Sequence[Packet]) -> tuple[int, int] | None:
    for packet in packets:
        for unit in nal_units(packet.payload):
            if unit[0] & 31 == NalType.SPS:
                try:
                    sequence = parse_sps(unit)
                except ValueError:
                    return None
                return sequence.width, sequence.height
    return None


@lru_cache(maxsize=8)
def _black(width: int, height: int) -> tuple[bytes, ...]:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, 2)
    encoder.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "profile": "baseline",
        "bsf": "",
        "x264-params": "annexb=1:repeat-headers=1:aud=0:threads=1",
    }
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, level in zip(frame.planes, (16, 128, 128), strict=True):
        plane.update(bytes((level,)) * plane.buffer_size)
    frame.pts = 0
    encoded = [*encoder.encode(frame), *encoder.encode(None)]
    return tuple(_payloads(b"".join(bytes(packet) for packet in encoded)))


def _payloads(stream: bytes) -> Iterator[bytes]:
    for unit in stream.split(START_CODE):
        unit = unit.rstrip(b"\x00")
        # What an encoder says about itself helps no decoder.
        if unit and unit[0] & 31 != NalType.SEI:
            yield from fragments(unit)
