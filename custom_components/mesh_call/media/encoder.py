"""Pictures encoded here: fast, without delay, in packets any receiver takes."""

from collections.abc import Iterator
from fractions import Fraction
from typing import cast

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from . import h264, vp8
from .byte_stream import START_CODE
from .h264_syntax import NalType
from .stream import H264, VP8, Codec, Packet

KEY_FRAME_INTERVAL = 100
"""Pictures; key frames are made on request, too."""

TYPICAL_RATE = 25
"""Pictures a second that encoders plan with before they know."""

_BITS_PER_PIXEL = 0.1
_MAX_BIT_RATE = 4_000_000
_CONSTANT_QUALITY = "24"


class PictureEncoder:
    """Encodes pictures of one size as H264 (constrained baseline) or VP8.

    Not safe for threads: use it in one at a time.

    Args:
        codec: `H264` or `VP8`.
        size: width and height in pixels, both even.
        bit_rate: what it may come to, in bit/s; None for what looks well.
    """

    def __init__(
        self, codec: Codec, size: tuple[int, int], bit_rate: int | None = None
    ) -> None:
        """Open the codec; takes long enough to belong in a thread."""
        self._codec = codec
        usual = round(size[0] * size[1] * TYPICAL_RATE * _BITS_PER_PIXEL)
        rate = bit_rate or min(usual, _MAX_BIT_RATE)
        name = "libx264" if codec == H264 else "libvpx"
        encoder = cast("VideoCodecContext", av.CodecContext.create(name, "w"))
        encoder.width, encoder.height = size
        encoder.pix_fmt = "yuv420p"
        encoder.time_base = Fraction(1, codec.clock_rate)
        encoder.framerate = Fraction(TYPICAL_RATE)
        encoder.gop_size = KEY_FRAME_INTERVAL
        encoder.options = _h264_options(rate) if codec == H264 else _vp8_options(rate)
        if codec == VP8:
            encoder.bit_rate = rate
        self._encoder = encoder
        self._last: int | None = None

    def encode(
        self, frame: av.VideoFrame, timestamp: int, *, key_frame: bool = False
    ) -> list[Packet]:
        """Give the packets of a picture; none if it is not newer than the last one."""
        if self._last is not None and timestamp <= self._last:
            return []
        self._last = timestamp
        frame.pts = timestamp
        frame.time_base = Fraction(1, self._codec.clock_rate)
        frame.pict_type = PictureType.I if key_frame else PictureType.NONE
        packets: list[Packet] = []
        for encoded in self._encoder.encode(frame):
            packets += self._pack(bytes(encoded), timestamp, encoded.is_keyframe)
        return packets

    def _pack(self, data: bytes, timestamp: int, key_frame: bool) -> list[Packet]:
        split = _h264_payloads if self._codec == H264 else vp8.fragments
        payloads = list(split(data))
        last = len(payloads) - 1
        return [
            Packet(payload, timestamp, index == last, key_frame and index == 0)
            for index, payload in enumerate(payloads)
        ]


def _h264_options(bit_rate: int) -> dict[str, str]:
    return {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "profile": "baseline",
        "forced-idr": "1",
        "crf": _CONSTANT_QUALITY,
        "maxrate": str(bit_rate),
        "bufsize": str(bit_rate // 2),
        "bsf": "",
        "x264-params": "annexb=1:repeat-headers=1:aud=0:threads=1:scenecut=0",
    }


def _vp8_options(bit_rate: int) -> dict[str, str]:
    return {
        "deadline": "realtime",
        "cpu-used": "16",
        "lag-in-frames": "0",
        "maxrate": str(bit_rate),
        "bufsize": str(bit_rate // 2),
    }


def _h264_payloads(data: bytes) -> Iterator[bytes]:
    for unit in data.split(START_CODE):
        unit = unit.rstrip(b"\x00")
        # What an encoder says about itself helps no decoder.
        if unit and unit[0] & 31 != NalType.SEI:
            yield from h264.fragments(unit)
