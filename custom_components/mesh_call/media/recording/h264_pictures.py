"""H264 pictures from RTP (RFC 6184), as an Annex B byte stream."""

from collections.abc import Sequence
from typing import override

from ..byte_stream import START_CODE, annex_b
from ..h264_syntax import NalType, parse_sps
from .pictures import PictureAssembler, PictureFormat

_TYPE_MASK = 0x1F
_FU_A = int(NalType.FU_A)
_START, _END = 0x80, 0x40


class H264Assembler(PictureAssembler):
    """Puts NAL units together; relies on the key frame mark of the packets."""

    def __init__(self) -> None:
        """Start without parameter sets."""
        super().__init__()
        self._sps = b""
        self._format: PictureFormat | None = None

    @override
    def _join(self, payloads: Sequence[bytes]) -> bytes | None:
        return annex_b(payloads) if _is_whole(payloads) else None

    @override
    def _read_format(self, data: bytes, key_frame: bool) -> PictureFormat | None:
        if not key_frame:
            return None
        for unit in data.split(START_CODE):
            if unit and unit[0] & _TYPE_MASK == NalType.SPS and unit != self._sps:
                self._take_sps(unit)
        return self._format

    def _take_sps(self, unit: bytes) -> None:
        try:
            sequence = parse_sps(unit)
        except ValueError:
            return
        self._sps = unit
        self._format = PictureFormat("h264", sequence.width, sequence.height)


def holds_parameters(payload: bytes) -> bool:
    """Whether a packet brings a sequence parameter set: browsers' key frames do."""
    if not payload:
        return False
    if payload[0] & _TYPE_MASK != NalType.STAP_A:
        return payload[0] & _TYPE_MASK == NalType.SPS
    position = 1
    while position + 2 < len(payload):
        if payload[position + 2] & _TYPE_MASK == NalType.SPS:
            return True
        position += 2 + int.from_bytes(payload[position : position + 2])
    return False


def _is_whole(payloads: Sequence[bytes]) -> bool:
    """Whether every fragmented unit has a start, an end and nothing in between."""
    inside = False
    for payload in payloads:
        if len(payload) < 2 or payload[0] & _TYPE_MASK != _FU_A:
            if inside:
                return False
            continue
        flags = payload[1]
        if bool(flags & _START) == inside:
            return False
        inside = not flags & _END
    return not inside
