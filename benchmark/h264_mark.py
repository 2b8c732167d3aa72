"""Recognises a picture wherever it passes by in RTP (RFC 6184).

Forwarders cut pictures into packets of their own, so what is compared is the last
slice of each picture, put together again. The camera runs this too, in the
system's Python, so it uses nothing newer than Python 3.11.
"""

import zlib

_TYPE_MASK = 0x1F
_START, _END = 0x80, 0x40
_STAP_A, _FU_A = 24, 28
_SLICES = (1, 5)


class PictureMarks:
    """Gives a checksum of each picture's last slice."""

    def __init__(self) -> None:
        """Start before a picture."""
        self._fragment: int | None = None
        self._mark: int | None = None

    def feed(self, payload: bytes, marker: bool) -> int | None:
        """Take an RTP payload; gives the checksum with the last one of a picture."""
        kind = payload[0] & _TYPE_MASK if payload else 0
        if kind == _FU_A:
            self._take_fragment(payload)
        elif kind == _STAP_A:
            self._take_aggregate(payload)
        elif kind in _SLICES:
            self._mark = zlib.crc32(payload)
        if not marker:
            return None
        mark, self._mark, self._fragment = self._mark, None, None
        return mark

    def _take_fragment(self, payload: bytes) -> None:
        header = bytes((payload[0] & 0xE0 | payload[1] & _TYPE_MASK,))
        if header[0] & _TYPE_MASK not in _SLICES:
            return
        if payload[1] & _START:
            self._fragment = zlib.crc32(header)
        if self._fragment is not None:
            self._fragment = zlib.crc32(payload[2:], self._fragment)
            if payload[1] & _END:
                self._mark, self._fragment = self._fragment, None

    def _take_aggregate(self, payload: bytes) -> None:
        position = 1
        while position + 2 < len(payload):
            start = position + 2
            position = start + int.from_bytes(payload[position:start], "big")
            if payload[start] & _TYPE_MASK in _SLICES:
                self._mark = zlib.crc32(payload[start:position])
