"""VP8 pictures from RTP (RFC 7741)."""

from collections.abc import Sequence
from typing import override

from .pictures import PictureAssembler, PictureFormat

_EXTENDED, _START, _PARTITION = 0x80, 0x10, 0x07
_HAS_PICTURE_ID, _HAS_LAYER_INDEX, _HAS_LAYER_OR_KEY = 0x80, 0x40, 0x30
_LONG_PICTURE_ID = 0x80
_INTER_FRAME = 0x01
_START_CODE = b"\x9d\x01\x2a"
_SIZE_MASK = 0x3FFF


class Vp8Assembler(PictureAssembler):
    """Puts the pieces of VP8 frames together."""

    @override
    def _join(self, payloads: Sequence[bytes]) -> bytes | None:
        first = payloads[0]
        begins = bool(first) and first[0] & _START and not first[0] & _PARTITION
        if not begins:
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


def begins_key_frame(payload: bytes) -> bool:
    """Whether a packet is the first of a picture that can be decoded by itself."""
    if not payload or not payload[0] & _START or payload[0] & _PARTITION:
        return False
    frame = payload[descriptor_size(payload) :]
    return bool(frame) and not frame[0] & _INTER_FRAME


def descriptor_size(payload: bytes) -> int:
    """Give the bytes in front of the data (RFC 7741, 4.2)."""
    if len(payload) < 2 or not payload[0] & _EXTENDED:
        return 1
    extension, size = payload[1], 2
    if extension & _HAS_PICTURE_ID:
        long = len(payload) > size and payload[size] & _LONG_PICTURE_ID
        size += 2 if long else 1
    if extension & _HAS_LAYER_INDEX:
        size += 1
    if extension & _HAS_LAYER_OR_KEY:
        size += 1
    return size
