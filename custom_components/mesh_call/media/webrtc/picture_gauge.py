"""Size and frame rate of a picture that comes in, without decoding it."""

from collections.abc import Iterator

from .. import vp8
from ..h264_syntax import NalType, parse_sps
from ..stream import H264, VP8, Codec
from .rtp import RtpPacket

_NAL_TYPE = 0x1F
_AGGREGATE = 24
"""STAP-A: several NAL units in one packet (RFC 6184, 5.7.1)."""


class PictureGauge:
    """Looks at every packet of a picture."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.size: tuple[int, int] | None = None
        """Width and height in pixels."""

        self.frame_rate: float | None = None
        """Pictures per second between the last two readings."""

        self._pictures = 0
        self._timestamp: int | None = None
        self._read_at: float | None = None

    def packet(self, codec: Codec, packet: RtpPacket) -> None:
        """Take a packet into account."""
        if packet.timestamp != self._timestamp:
            self._timestamp = packet.timestamp
            self._pictures += 1
        self.size = _size(codec, packet.payload) or self.size

    def read(self, now: float) -> None:
        """Work out the frame rate; `now` is in seconds."""
        if self._read_at is not None and now > self._read_at:
            self.frame_rate = self._pictures / (now - self._read_at)
        self._pictures, self._read_at = 0, now


def _size(codec: Codec, payload: bytes) -> tuple[int, int] | None:
    """Return the size of a picture that a payload tells; most tell none."""
    if codec == VP8 and vp8.begins_key_frame(payload):
        return vp8.size_of(payload[vp8.descriptor_size(payload) :])
    if codec != H264:
        return None
    for nal in _nals(payload):
        if nal and nal[0] & _NAL_TYPE == NalType.SPS:
            try:
                parameters = parse_sps(nal)
            except ValueError:
                return None
            return parameters.width, parameters.height
    return None


def _nals(payload: bytes) -> Iterator[bytes]:
    """Cut up what holds whole NAL units; parameter sets are never in fragments."""
    if not payload:
        return
    kind = payload[0] & _NAL_TYPE
    if kind == NalType.SPS:
        yield payload
    elif kind == _AGGREGATE:
        at = 1
        while at + 2 < len(payload):
            size = int.from_bytes(payload[at : at + 2])
            yield payload[at + 2 : at + 2 + size]
            at += 2 + size
