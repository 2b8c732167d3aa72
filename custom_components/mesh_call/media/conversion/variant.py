"""One form a picture is converted to: its codec, its size, its bits."""

from dataclasses import dataclass
from typing import override

import av
from av.video.reformatter import ColorRange, VideoReformatter

from ..encoder import TYPICAL_RATE, PictureEncoder
from ..stream import VP8, Codec, Packet

MAX_PIXELS = 1920 * 1088
MAX_VP8_PIXELS = 960 * 544
"""VP8 costs four times as much."""

_OVERHEAD = 0.93
"""Part of a bandwidth that is left for payload."""

_LEAST_BIT_RATE = 30_000
"""With less nothing could be seen."""

_PIXELS_PER_BIT = 16
"""A picture with fewer bits would better be smaller."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a receiver needs: a codec and, in kbit/s, at most this; 0 for no cap."""

    codec: Codec
    max_bandwidth: int = 0

    @override
    def __str__(self) -> str:
        """For users: `H264`, `VP8, 300 kbit/s`."""
        cap = f", {self.max_bandwidth} kbit/s" if self.max_bandwidth else ""
        return f"{self.codec.name}{cap}"

    @property
    def bit_rate(self) -> int | None:
        """For the encoder, in bit/s."""
        if not self.max_bandwidth:
            return None
        return max(round(self.max_bandwidth * 1000 * _OVERHEAD), _LEAST_BIT_RATE)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The size a picture is made smaller to, if need be; both sides are even."""
        limit = MAX_VP8_PIXELS if self.codec == VP8 else MAX_PIXELS
        if self.bit_rate is not None:
            limit = min(limit, self.bit_rate * _PIXELS_PER_BIT // TYPICAL_RATE)
        scale = min(1.0, (limit / (width * height)) ** 0.5)
        return _even(width * scale), _even(height * scale)


class VariantEncoder:
    """Makes one form of decoded pictures; a new size of theirs begins anew.

    Not safe for threads: use it in one at a time.
    """

    def __init__(self, form: Form) -> None:
        """Start without an encoder: the size is not known yet."""
        self._form = form
        self._reformatter = VideoReformatter()
        self._encoder: PictureEncoder | None = None
        self._source_size: tuple[int, int] | None = None
        self.size: tuple[int, int] | None = None
        """Of the pictures made last."""

    def encode(self, frame: av.VideoFrame, *, key_frame: bool) -> list[Packet]:
        """Give the packets of one picture, whose `pts` is the stream's time stamp."""
        if frame.pts is None:
            return []
        source_size = (frame.width, frame.height)
        if self._encoder is None or source_size != self._source_size:
            self._source_size = source_size
            self.size = self._form.size(*source_size)
            form = self._form
            self._encoder = PictureEncoder(form.codec, self.size, form.bit_rate)
        assert self.size is not None
        picture = self._reformatter.reformat(
            frame, *self.size, "yuv420p", dst_color_range=ColorRange.MPEG
        )
        return self._encoder.encode(picture, frame.pts, key_frame=key_frame)


def _even(length: float) -> int:
    return max(2, int(length) // 2 * 2)
