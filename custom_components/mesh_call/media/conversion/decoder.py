"""Pictures of a stream, decoded: runs in a thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
import logging
from typing import cast

import av
from av.video.codeccontext import VideoCodecContext

from .. import h265
from ..byte_stream import annex_b
from ..stream import H264, H265, JPEG, VP8, Codec, same_codec
from ..vp8 import descriptor_size

_LOGGER = logging.getLogger(__name__)

_DECODERS = {
    H264.name: "h264",
    H265.name: "hevc",
    JPEG.name: "mjpeg",
    VP8.name: "vp8",
}


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """The payloads of one picture."""

    payloads: Sequence[bytes]
    timestamp: int
    key_frame: bool
    arrival: float


def can_decode(codec: Codec) -> bool:
    """Whether this build of libav knows the codec."""
    name = _DECODERS.get(codec.name)
    return name is not None and name in av.codecs_available


class PictureDecoder:
    """Decodes one stream; libav puts pictures in the order they are shown.

    Not safe for threads: use it in one at a time.
    """

    def __init__(self, codec: Codec, *, reordered: bool) -> None:
        """Open the codec; takes long enough to belong in a thread."""
        self._codec = codec
        context = av.CodecContext.create(_DECODERS[codec.name], "r")
        self._context = cast("VideoCodecContext", context)
        # Threads of libav would hold back one picture each.
        self._context.thread_count = 1
        if not reordered:
            self._context.flags |= av.codec.context.Flags.low_delay

    def decode(self, picture: CodedPicture) -> list[av.VideoFrame]:
        """Give the pictures this one completes, none if it is broken."""
        packet = av.Packet(self._join(picture.payloads))
        packet.pts = picture.timestamp
        packet.time_base = Fraction(1, self._codec.clock_rate)
        try:
            return self._context.decode(packet)
        except av.FFmpegError as error:
            _LOGGER.debug("A picture can't be decoded: %s", type(error).__name__)
            return []

    def _join(self, payloads: Sequence[bytes]) -> bytes:
        if same_codec(self._codec, H264):
            return annex_b(payloads)
        if same_codec(self._codec, H265):
            return h265.annex_b(payloads)
        if same_codec(self._codec, VP8):
            return b"".join(one[descriptor_size(one) :] for one in payloads)
        return b"".join(payloads)
