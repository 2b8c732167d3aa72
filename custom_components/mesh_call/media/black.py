"""What is sent in place of a stream: black pictures and silence."""

from collections.abc import Sequence
from functools import lru_cache

import av

from . import opus
from .byte_stream import nal_units
from .encoder import PictureEncoder
from .h264_syntax import NalType, parse_sps
from .stream import OPUS, PCMA, PCMU, Codec, Packet

DEFAULT_SIZE = (640, 360)

_SILENCE = {
    PCMU.name.lower(): b"\xff" * 160,
    PCMA.name.lower(): b"\xd5" * 160,
    OPUS.name.lower(): opus.silence(960),
}


def silence(codec_name: str) -> bytes | None:
    """20 ms of silence as one payload; None for a codec that is not spoken here."""
    return _SILENCE.get(codec_name.lower())


def as_silent(codec: Codec, payload: bytes) -> bytes:
    """Silence of the length of a payload; the same for a codec not spoken here."""
    if codec.name.lower() == OPUS.name.lower():
        return opus.silence(opus.packet_duration(payload))
    silent = silence(codec.name)
    # G.711: a byte is a sample.
    return silent[:1] * len(payload) if silent else payload


def size_of(key_frame: Sequence[Packet]) -> tuple[int, int] | None:
    """Width and height of an H264 picture.

    Args:
        key_frame: the packets since a key frame, empty if there is none.
    """
    for packet in key_frame:
        for unit in nal_units(packet.payload):
            if unit[0] & 31 == NalType.SPS:
                try:
                    sequence = parse_sps(unit)
                except ValueError:
                    return None
                return sequence.width, sequence.height
    return None


@lru_cache(maxsize=8)
def picture(codec: Codec, size: tuple[int, int] = DEFAULT_SIZE) -> tuple[bytes, ...]:
    """The payloads of a black picture; a key frame.

    Takes some 10 ms for each new size: to be called in an executor.

    Args:
        codec: `H264` or `VP8`.
        size: in pixels.
    """
    width, height = size
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, level in zip(frame.planes, (16, 128, 128), strict=True):
        plane.update(bytes((level,)) * plane.buffer_size)
    packets = PictureEncoder(codec, size).encode(frame, 0, key_frame=True)
    return tuple(packet.payload for packet in packets)
