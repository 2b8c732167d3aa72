"""VP8 in RTP (RFC 7741)."""

from collections.abc import Iterator

from .stream import MAX_PAYLOAD_SIZE

_EXTENDED, _START, _PARTITION = 0x80, 0x10, 0x07
_HAS_PICTURE_ID, _HAS_LAYER_INDEX, _HAS_LAYER_OR_KEY = 0x80, 0x40, 0x30
_LONG_PICTURE_ID = 0x80
_INTER_FRAME = 0x01


def begins_frame(payload: bytes) -> bool:
    """Whether a packet is the first of a picture."""
    return bool(payload) and bool(payload[0] & _START) and not payload[0] & _PARTITION


def begins_key_frame(payload: bytes) -> bool:
    """Whether a packet is the first of a picture that can be decoded by itself."""
    if not begins_frame(payload):
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


def fragments(frame: bytes) -> Iterator[bytes]:
    """Cut a frame into payloads with the shortest descriptor.

    Without picture ids, so that a replay is no repetition to the receiver.
    """
    step = MAX_PAYLOAD_SIZE - 1
    for start in range(0, len(frame), step):
        head = _START if start == 0 else 0
        yield bytes((head,)) + frame[start : start + step]
