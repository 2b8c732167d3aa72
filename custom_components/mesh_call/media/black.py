"""What is sent in place of a muted stream: black pictures and silence."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
import logging
from typing import cast

import av
from av.video.codeccontext import VideoCodecContext

from .stream import MAX_PAYLOAD_SIZE, OPUS, PCMA, PCMU, Packet

_LOGGER = logging.getLogger(__name__)

DEFAULT_SIZE = (640, 360)

_START_CODE = b"\x00\x00\x01"
_SLICE_TYPES = (1, 5)
_STAP_A = 24
_FU_A = 28

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


def annex_b(payloads: Sequence[bytes]) -> bytes:
    """The H264 byte stream that RTP payloads carry (RFC 6184)."""
    stream = bytearray()
    for payload in payloads:
        if not payload:
            continue
        kind = payload[0] & 31
        if kind == _FU_A:
            stream += _fragment(payload)
        elif kind == _STAP_A:
            for unit in _aggregated(payload):
                stream += _START_CODE + unit
        else:
            stream += _START_CODE + payload
    return bytes(stream)


def _fragment(payload: bytes) -> bytes:
    if len(payload) < 2:
        return b""
    if not payload[1] & 0x80:
        return payload[2:]
    header = payload[0] & 0xE0 | payload[1] & 0x1F
    return _START_CODE + bytes((header,)) + payload[2:]


def _aggregated(payload: bytes) -> Iterator[bytes]:
    position = 1
    while position + 2 < len(payload):
        size = int.from_bytes(payload[position : position + 2])
        yield payload[position + 2 : position + 2 + size]
        position += 2 + size


def _size(packets: Sequence[Packet]) -> tuple[int, int] | None:
    first = [p.payload for p in packets if p.timestamp == packets[0].timestamp]
    if not first:
        return None
    decoder = cast(VideoCodecContext, av.CodecContext.create("h264", "r"))
    try:
        decoder.decode(av.Packet(annex_b(first)))
        decoder.decode(None)
    except av.FFmpegError:
        _LOGGER.debug("The size of the picture can't be told")
    # Known from the parameter sets even if the picture itself was broken.
    return (decoder.width, decoder.height) if decoder.width else None


@lru_cache(maxsize=8)
def _black(width: int, height: int) -> tuple[bytes, ...]:
    encoder = cast(VideoCodecContext, av.CodecContext.create("libx264", "w"))
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
    for unit in stream.split(_START_CODE):
        unit = unit.rstrip(b"\x00")
        # What an encoder says about itself helps no decoder.
        if not unit or unit[0] & 31 not in (*_SLICE_TYPES, 7, 8):
            continue
        if len(unit) <= MAX_PAYLOAD_SIZE:
            yield unit
        else:
            yield from _fragments(unit)


def _fragments(unit: bytes) -> Iterator[bytes]:
    indicator = unit[0] & 0xE0 | _FU_A
    body, room = unit[1:], MAX_PAYLOAD_SIZE - 2
    for start in range(0, len(body), room):
        first, last = start == 0, start + room >= len(body)
        header = first << 7 | last << 6 | unit[0] & 0x1F
        yield bytes((indicator, header)) + body[start : start + room]
