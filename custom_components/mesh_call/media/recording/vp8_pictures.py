"""VP8 pictures from RTP (RFC 7741)."""

from collections.abc import Sequence
from typing import override

from ..vp8 import begins_frame, descriptor_size, size_of
from .pictures import PictureAssembler, PictureFormat


class Vp8Assembler(PictureAssembler):
    """Puts the pieces of VP8 frames together."""

    @override
    def _join(self, payloads: Sequence[bytes]) -> bytes | None:
        if not begins_frame(payloads[0]):
            return None
        return b"".join(payload[descriptor_size(payload) :] for payload in payloads)

    @override
    def _read_format(self, data: bytes, key_frame: bool) -> PictureFormat | None:
        """Read the frame header, which tells key frames, too."""
        size = size_of(data)
        return PictureFormat("vp8", *size) if size else None
