"""VP8 pictures from RTP (RFC 7741)."""

from collections.abc import Sequence
from typing import override

from ..vp8 import begins_frame, descriptor_size
from .pictures import PictureAssembler, PictureFormat

_INTER_FRAME = 0x01
_START_CODE = b"\x9d\x01\x2a"
_SIZE_MASK = 0x3FFF


class Vp8Assembler(PictureAssembler):
    """Puts the pieces of VP8 frames together."""

    @override
    def _join(self, payloads: Sequence[bytes]) -> bytes | None:
        if not begins_frame(payloads[0]):
            return None
        return b"".join(payload[descriptor_size(payload) :] for payload in payloads)

    @override
    def _read_format(self, data: bytes, key_frame: bool) -> PictureFormat | None:
        """Read the frame header (RFC 6386, 9.1), which tells key frames, too."""
        if len(data) < 10 or data[0] & _INTER_FRAME or data[3:6] != _START_CODE:
            return None
        width, height = (
            int.from_bytes(data[at : at + 2], "little") & _SIZE_MASK for at in (6, 8)
        )
        return PictureFormat("vp8", width, height)
