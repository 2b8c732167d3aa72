"""H265 in RTP (RFC 7798): what a camera sends, as far as a decoder needs it.

No receiver of ours takes H265, so payloads stay as they came.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from .byte_stream import START_CODE
from .stream import Packet

_VPS, _SPS, _PPS = 32, 33, 34
_AGGREGATE, _FRAGMENT = 48, 49
_PARAMETER_SETS = frozenset({_VPS, _SPS, _PPS})
_ENTRIES = _PARAMETER_SETS | set(range(16, 24))
"""A decoder can start at these NAL units (H.265, table 7-1)."""

_HEADER = 2
_START = 0x80


class H265Forwarder:
    """Marks where a decoder can start and leaves out what it can't use.

    Pictures before the first key frame, and those from a loss to the next key
    frame, are dropped.
    """

    def __init__(self, parameter_sets: Iterable[bytes] = ()) -> None:
        """Take the parameter sets that came apart from the stream."""
        self._sets = {_type(unit): unit for unit in parameter_sets if unit}
        self._waiting = True
        self._entered = False
        self._timestamp: int | None = None

    def lose(self) -> None:
        """Note that packets are missing here: wait for the next key frame."""
        self._waiting = True

    def feed(self, payload: bytes, timestamp: int, marker: bool) -> list[Packet]:
        """Take a received payload and give the packets that can leave now."""
        if len(payload) <= _HEADER:
            return []
        if timestamp != self._timestamp:
            self._timestamp = timestamp
            self._entered = False
        kinds = self._learn(payload)
        packet = Packet(payload, timestamp, marker)
        if self._entered or kinds.isdisjoint(_ENTRIES):
            return [] if self._waiting else [packet]
        self._entered, self._waiting = True, False
        packets = [packet]
        if kinds.isdisjoint(_PARAMETER_SETS):
            sets = [Packet(unit, timestamp) for unit in self._sets.values()]
            packets = [*sets, packet]
        packets[0] = replace(packets[0], key_frame=True)
        return packets

    def _learn(self, payload: bytes) -> set[int]:
        """Give the types of the NAL units that begin here; keep parameter sets."""
        if _type(payload) == _FRAGMENT:
            flags = payload[_HEADER]
            return {flags & 0x3F} if flags & _START else set()
        kinds = set()
        for unit in _units(payload):
            kind = _type(unit)
            kinds.add(kind)
            if kind in _PARAMETER_SETS:
                self._sets[kind] = unit
        return kinds


def annex_b(payloads: Sequence[bytes]) -> bytes:
    """The H265 byte stream that RTP payloads carry (RFC 7798, section 4.4)."""
    stream = bytearray()
    for payload in payloads:
        if len(payload) <= _HEADER:
            continue
        if _type(payload) != _FRAGMENT:
            for unit in _units(payload):
                stream += START_CODE + unit
            continue
        flags = payload[_HEADER]
        if flags & _START:
            first = payload[0] & 0x81 | (flags & 0x3F) << 1
            stream += START_CODE + bytes((first, payload[1]))
        stream += payload[_HEADER + 1 :]
    return bytes(stream)


def _type(unit: bytes) -> int:
    return unit[0] >> 1 & 0x3F


def _units(payload: bytes) -> Iterator[bytes]:
    """The whole NAL units in a payload that is no fragment."""
    if _type(payload) != _AGGREGATE:
        yield payload
        return
    position = _HEADER
    while position + 2 < len(payload):
        size = int.from_bytes(payload[position : position + 2])
        if size:
            yield payload[position + 2 : position + 2 + size]
        position += 2 + size
