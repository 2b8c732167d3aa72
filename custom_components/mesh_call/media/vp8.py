"""VP8 in RTP (RFC 7741)."""

from collections.abc import Iterator

from .stream import MAX_PAYLOAD_SIZE, Packet

_EXTENDED, _START, _PARTITION = 0x80, 0x10, 0x07
_HAS_PICTURE_ID, _HAS_LAYER_INDEX, _HAS_LAYER_OR_KEY = 0x80, 0x40, 0x30
_LONG_PICTURE_ID = 0x80
_INTER_FRAME = 0x01
_START_CODE = b"\x9d\x01\x2a"
_SIZE_MASK = 0x3FFF
_ROOM = MAX_PAYLOAD_SIZE - 1


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


def size_of(frame: bytes) -> tuple[int, int] | None:
    """Read width and height of a key frame (RFC 6386, 9.1); None for another one.

    Args:
        frame: its first 10 bytes, or more.
    """
    if len(frame) < 10 or frame[0] & _INTER_FRAME or frame[3:6] != _START_CODE:
        return None
    width, height = (int.from_bytes(frame[at : at + 2], "little") for at in (6, 8))
    return width & _SIZE_MASK, height & _SIZE_MASK


def fragments(frame: bytes) -> Iterator[bytes]:
    """Cut a frame into payloads with the shortest descriptor.

    Without picture ids, so that a replay is no repetition to the receiver.
    """
    for start in range(0, len(frame), _ROOM):
        head = _START if start == 0 else 0
        yield bytes((head,)) + frame[start : start + _ROOM]


class Vp8Forwarder:
    """Turns the RTP payloads of one camera into packets for any receiver.

    They are packed anew, as `fragments` does. Pictures before the first key frame,
    and those from a loss to the next key frame, are dropped: a decoder could only
    show them broken.
    """

    def __init__(self) -> None:
        """Start waiting for a key frame."""
        self.size: tuple[int, int] | None = None
        """Width and height of the newest key frame."""

        self._waiting = True
        self._timestamp: int | None = None
        self._rest = bytearray()
        self._begun = self._key_frame = False

    def lose(self) -> None:
        """Note that packets are missing here: wait for the next key frame."""
        self._waiting = True
        self._rest.clear()

    def feed(self, payload: bytes, timestamp: int, marker: bool) -> list[Packet]:
        """Take a received payload and give the packets that can leave now."""
        if timestamp != self._timestamp:
            self._begin_picture(payload, timestamp)
        if self._waiting or not payload:
            return []
        self._rest += payload[descriptor_size(payload) :]
        packets = []
        while len(self._rest) > _ROOM:
            packets.append(self._packet(_ROOM))
        if marker and self._rest:
            packets.append(self._packet(len(self._rest), marker=True))
        return packets

    def _begin_picture(self, payload: bytes, timestamp: int) -> None:
        if self._rest or not begins_frame(payload):
            # The end of one picture or the beginning of the next has not come.
            self.lose()
        self._timestamp = timestamp
        self._begun = False
        self._key_frame = begins_key_frame(payload)
        if self._key_frame:
            self._waiting = False
            self.size = size_of(payload[descriptor_size(payload) :])

    def _packet(self, size: int, *, marker: bool = False) -> Packet:
        begins, self._begun = not self._begun, True
        head = bytes((_START if begins else 0,))
        data = bytes(self._rest[:size])
        del self._rest[:size]
        assert self._timestamp is not None
        key_frame = begins and self._key_frame
        return Packet(head + data, self._timestamp, marker, key_frame)
