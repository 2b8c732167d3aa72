"""H264 in RTP (RFC 6184): packets of a camera become packets of ours, as a stream.

Nothing waits for the end of a picture: a fragment leaves as soon as a packet is
full. What a receiver does not need is left out, what it needs is put in: the
parameter sets in front of every key frame.
"""

from collections.abc import Iterable, Iterator
from enum import Enum, auto

from .h264_syntax import (
    NalType,
    SequenceParameters,
    SliceHeader,
    SliceType,
    parse_pps_identity,
    parse_slice_header,
    parse_sps,
)
from .stream import MAX_PAYLOAD_SIZE, Packet

_TYPE_MASK = 0x1F
_START, _END = 0x80, 0x40
_FRAGMENT_SIZE = MAX_PAYLOAD_SIZE - 2
_SLICES = range(1, 6)
_SHORTEST_FILLER = bytes((NalType.FILLER, 0xFF, 0x80))


class _Picture(Enum):
    """What becomes of the slices of the present picture."""

    UNKNOWN = auto()
    FORWARDED = auto()
    DROPPED = auto()


class ParameterSets:
    """The newest parameter sets of a stream, by their ids."""

    def __init__(self) -> None:
        """Start with none."""
        self.changed = False
        self.sequence: SequenceParameters | None = None
        self._sps: dict[int, bytes] = {}
        self._pps: dict[int, bytes] = {}

    @property
    def complete(self) -> bool:
        """Whether a decoder could start with them."""
        return bool(self._sps and self._pps)

    def take(self, nal: bytes) -> None:
        """Remember a parameter set; a broken one is skipped."""
        try:
            if nal[0] & _TYPE_MASK == NalType.SPS:
                sequence = parse_sps(nal)
                self._store(self._sps, sequence.identity, nal)
                self.sequence = sequence
            else:
                self._store(self._pps, parse_pps_identity(nal), nal)
        except ValueError, IndexError:
            return

    def payloads(self) -> list[bytes]:
        """Give them as payloads: one STAP-A (RFC 6184, 5.7.1) if they fit in one."""
        self.changed = False
        units = [*self._sps.values(), *self._pps.values()]
        aggregate = b"".join(len(unit).to_bytes(2) + unit for unit in units)
        if len(aggregate) < MAX_PAYLOAD_SIZE:
            importance = max(unit[0] & 0x60 for unit in units)
            return [bytes((importance | NalType.STAP_A,)) + aggregate]
        return [payload for unit in units for payload in fragments(unit)]

    def _store(self, sets: dict[int, bytes], identity: int, nal: bytes) -> None:
        if sets.get(identity) != nal:
            sets[identity] = nal
            self.changed = True


def fragments(nal: bytes) -> Iterator[bytes]:
    """Cut a NAL unit into payloads that are short enough (RFC 6184, 5.6, 5.8)."""
    writer = _FragmentWriter(nal[0])
    yield from writer.write(nal[1:])
    yield writer.finish()


class _FragmentWriter:
    """Packs one NAL unit whose bytes come in pieces."""

    def __init__(self, header: int) -> None:
        self._header = header
        self._rest = bytearray()
        self._begun = False

    def write(self, data: bytes) -> Iterator[bytes]:
        """Take bytes and give every payload they fill; the last one is kept."""
        self._rest += data
        while len(self._rest) > _FRAGMENT_SIZE:
            yield self._fragment(bytes(self._rest[:_FRAGMENT_SIZE]), 0)
            del self._rest[:_FRAGMENT_SIZE]

    def finish(self) -> bytes:
        """Give the last payload."""
        if self._begun:
            return self._fragment(bytes(self._rest), _END)
        return bytes((self._header,)) + self._rest

    def _fragment(self, data: bytes, end: int) -> bytes:
        start = 0 if self._begun else _START
        self._begun = True
        indicator = self._header & 0xE0 | NalType.FU_A
        return bytes((indicator, start | end | self._header & _TYPE_MASK)) + data


class H264Forwarder:
    """Turns the RTP payloads of one camera into packets for any receiver.

    Pictures before the first key frame, and those from a loss to the next key
    frame, are dropped: a decoder could only show them broken.
    """

    def __init__(self) -> None:
        """Start without parameter sets, waiting for a key frame."""
        self.parameter_sets = ParameterSets()
        self.has_b_frames = False
        self.pictures = 0
        self._waiting = True
        self._timestamp: int | None = None
        self._picture = _Picture.UNKNOWN
        self._sps_in_picture = False
        self._fragment: _FragmentWriter | None = None
        self._held: bytearray | None = None
        self._output: list[Packet] = []

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of the picture, None before its parameters came."""
        sequence = self.parameter_sets.sequence
        return (sequence.width, sequence.height) if sequence else None

    def take_parameter_sets(self, units: Iterable[bytes]) -> None:
        """Take what came apart from the stream (`sprop-parameter-sets`)."""
        for unit in units:
            self.parameter_sets.take(unit)

    def lose(self) -> None:
        """Note that packets are missing here: wait for the next key frame."""
        self._waiting = True
        self._fragment = self._held = None
        if self._picture is not _Picture.UNKNOWN:
            self._picture = _Picture.DROPPED

    def feed(self, payload: bytes, timestamp: int, marker: bool) -> list[Packet]:
        """Take a received payload and give the packets that can leave now.

        Args:
            payload: what followed the RTP header.
            timestamp: of the stream, not of the camera.
            marker: whether the camera says that the picture ends here.
        """
        self._output = []
        if timestamp != self._timestamp:
            self._begin_picture(timestamp)
        kind = payload[0] & _TYPE_MASK if payload else 0
        if kind == NalType.FU_A:
            self._take_fragment(payload, marker)
        elif kind == NalType.STAP_A:
            self._take_aggregate(payload, marker)
        elif 0 < kind < NalType.STAP_A:
            self._take_unit(payload, marker)
        return self._output

    def _begin_picture(self, timestamp: int) -> None:
        self._timestamp = timestamp
        self._picture = _Picture.UNKNOWN
        self._sps_in_picture = False
        self._fragment = self._held = None

    def _take_aggregate(self, payload: bytes, marker: bool) -> None:
        units: list[bytes] = []
        position = 1
        while position + 2 < len(payload):
            start = position + 2
            position = start + int.from_bytes(payload[position:start])
            if start < position <= len(payload):
                units.append(payload[start:position])
        for unit in units:
            self._take_unit(unit, marker and unit is units[-1])

    def _take_unit(self, nal: bytes, marker: bool) -> None:
        kind = nal[0] & _TYPE_MASK
        if kind in _SLICES:
            if self._begin_slice(kind, nal[1:25]):
                *first, last = fragments(nal)
                for payload in first:
                    self._emit(payload)
                self._emit(last, marker=marker)
            return
        if kind in {NalType.SPS, NalType.PPS}:
            self.parameter_sets.take(nal)
            self._sps_in_picture |= kind == NalType.SPS
        if marker and self._picture is _Picture.FORWARDED:
            # The end of the picture must not get lost with what is left out.
            self._emit(_SHORTEST_FILLER, marker=True)

    def _take_fragment(self, payload: bytes, marker: bool) -> None:
        if len(payload) < 2:
            return
        flags, data = payload[1], payload[2:]
        if flags & _START:
            self._begin_fragments(payload[0] & 0xE0 | flags & _TYPE_MASK, data)
        if self._held is not None:
            self._held += data
            if flags & _END:
                unit, self._held = bytes(self._held), None
                self._take_unit(unit, marker)
        elif self._fragment is not None:
            for full in self._fragment.write(data):
                self._emit(full)
            if flags & _END:
                self._emit(self._fragment.finish(), marker=marker)
                self._fragment = None

    def _begin_fragments(self, header: int, data: bytes) -> None:
        kind = header & _TYPE_MASK
        self._fragment = self._held = None
        if kind not in _SLICES:
            self._held = bytearray((header,))
        elif self._begin_slice(kind, data[:24]):
            self._fragment = _FragmentWriter(header)

    def _begin_slice(self, kind: int, start: bytes) -> bool:
        """Decide whether a slice is forwarded; its picture's first slice does."""
        try:
            header = parse_slice_header(start)
        except ValueError:
            return False
        self.has_b_frames |= header.kind is SliceType.B and kind != NalType.IDR_SLICE
        if header.first_macroblock == 0 and self._picture is not _Picture.DROPPED:
            # Some cameras give all fields or pictures of a moment one time stamp.
            self._picture = _Picture.UNKNOWN
        if self._picture is _Picture.UNKNOWN:
            self._decide(kind, header)
        return self._picture is _Picture.FORWARDED

    def _decide(self, kind: int, header: SliceHeader) -> None:
        entry = kind == NalType.IDR_SLICE or (
            # Some encoders never send IDR pictures: an I picture that brings its
            # parameter sets along is where their decoders are meant to start.
            self._sps_in_picture and header.kind is SliceType.I
        )
        entry = entry and header.first_macroblock == 0 and self.parameter_sets.complete
        if self._waiting and not entry:
            self._picture = _Picture.DROPPED
            return
        self._waiting = False
        self._picture = _Picture.FORWARDED
        self.pictures += 1
        if entry or self.parameter_sets.changed:
            first, *more = self.parameter_sets.payloads()
            self._emit(first, key_frame=entry)
            for payload in more:
                self._emit(payload)

    def _emit(
        self, payload: bytes, *, marker: bool = False, key_frame: bool = False
    ) -> None:
        assert self._timestamp is not None
        self._output.append(Packet(payload, self._timestamp, marker, key_frame))
