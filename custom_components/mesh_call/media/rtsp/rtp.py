"""Headers of RTP packets (RFC 3550, section 5) and what RTCP says about them."""

from dataclasses import dataclass
import struct
from typing import NamedTuple

from .errors import ProtocolError

_HEADER = struct.Struct("!BBHII")
_SENDER_INFO = struct.Struct("!IIII")
_NTP_EPOCH = 2_208_988_800
"""Seconds from 1900, where NTP counts from, to 1970 (RFC 868)."""

SENDER_REPORT = 200
RECEIVER_REPORT = 201
SOURCE_DESCRIPTION = 202


class RtpPacket(NamedTuple):
    """One received packet; `timestamp` and `sequence` wrap at 32 and 16 bits."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    source: int
    payload: bytes


class SenderReport(NamedTuple):
    """The sender's clock: `wall` in Unix seconds is its RTP `timestamp`."""

    source: int
    wall: float
    timestamp: int
    ntp_middle: int


def parse_rtp(data: bytes) -> RtpPacket:
    """Take a packet apart.

    Raises:
        ProtocolError: it is none, or shorter than it says.
    """
    if len(data) < _HEADER.size or data[0] >> 6 != 2:
        raise ProtocolError("not an RTP packet")
    first, second, sequence, timestamp, source = _HEADER.unpack_from(data)
    start = _HEADER.size + 4 * (first & 0x0F)
    if first & 0x10:
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4])
    end = len(data) - (data[-1] if first & 0x20 else 0)
    if start > end:
        raise ProtocolError("RTP packet too short")
    return RtpPacket(
        second & 0x7F,
        second >= 0x80,
        sequence,
        timestamp,
        source,
        data[start:end],
    )


def rtp_bytes(packet: RtpPacket) -> bytes:
    """Give the packet as it goes on the wire."""
    second = packet.payload_type | (0x80 if packet.marker else 0)
    header = _HEADER.pack(
        0x80, second, packet.sequence, packet.timestamp, packet.source
    )
    return header + packet.payload


def parse_sender_report(data: bytes) -> SenderReport | None:
    """Find the sender report in a compound RTCP packet (RFC 3550, 6.4.1)."""
    position = 0
    while len(data) - position >= 8:
        size = 4 + 4 * int.from_bytes(data[position + 2 : position + 4])
        if data[position + 1] == SENDER_REPORT and len(data) - position >= 24:
            return _sender_report(data, position)
        position += size
    return None


def _sender_report(data: bytes, start: int) -> SenderReport:
    source = int.from_bytes(data[start + 4 : start + 8])
    seconds, fraction, timestamp, _ = _SENDER_INFO.unpack_from(data, start + 8)
    middle = (seconds & 0xFFFF) << 16 | fraction >> 16
    return SenderReport(
        source, seconds - _NTP_EPOCH + fraction / 2**32, timestamp, middle
    )


@dataclass(slots=True)
class Reception:
    """Counts what arrives from one source (RFC 3550, A.1, A.3 and A.8)."""

    clock_rate: int
    source: int | None = None
    _base: int = 0
    _highest: int = 0
    _received: int = 0
    _expected_before: int = 0
    _received_before: int = 0
    _jitter: float = 0.0
    _transit: float | None = None
    _report: SenderReport | None = None
    _report_arrival: float = 0.0

    def take(self, packet: RtpPacket, arrival: float) -> int:
        """Count a packet.

        Returns:
            how many packets are missing in front of it; -1 when it is one seen
            before (or far too late). A new source starts counting anew.
        """
        if packet.source != self.source:
            self._restart(packet)
        step = (packet.sequence - self._highest + 0x8000) % 0x10000 - 0x8000
        if -100 < step <= 0 and self._received:
            return -1
        if step <= -100:
            self._restart(packet)
            step = 1
        self._highest += step
        self._received += 1
        self._measure_jitter(packet, arrival)
        return step - 1

    def take_report(self, report: SenderReport, arrival: float) -> None:
        """Remember the newest sender report for the answer."""
        self._report, self._report_arrival = report, arrival

    def receiver_report(self, own_source: int, name: bytes, now: float) -> bytes:
        """Give a receiver report with a source description (RFC 3550, 6.4.2, 6.5)."""
        blocks = self._block(now) if self.source is not None else b""
        report = _rtcp(
            RECEIVER_REPORT, len(blocks) // 24, own_source.to_bytes(4) + blocks
        )
        item = own_source.to_bytes(4) + bytes((1, len(name))) + name
        padding = bytes(4 - len(item) % 4)
        return report + _rtcp(SOURCE_DESCRIPTION, 1, item + padding)

    def _restart(self, packet: RtpPacket) -> None:
        self.source = packet.source
        self._base = packet.sequence
        self._highest = packet.sequence - 1
        self._received = self._received_before = self._expected_before = 0
        self._transit = self._report = None

    def _measure_jitter(self, packet: RtpPacket, arrival: float) -> None:
        transit = arrival * self.clock_rate - packet.timestamp
        if self._transit is not None:
            change = abs(transit - self._transit)
            if change < 0x40000000:
                self._jitter += (change - self._jitter) / 16
        self._transit = transit

    def _block(self, now: float) -> bytes:
        expected = self._highest - self._base + 1
        lost = max(0, expected - self._received)
        due = expected - self._expected_before
        missing = due - (self._received - self._received_before)
        fraction = 256 * missing // due if due > 0 and missing > 0 else 0
        self._expected_before, self._received_before = expected, self._received
        since = min(now - self._report_arrival, 65_535) if self._report else 0.0
        return struct.pack(
            "!IIIIII",
            self.source or 0,
            min(fraction, 255) << 24 | min(lost, 0x7FFFFF),
            self._highest & 0xFFFFFFFF,
            int(self._jitter) & 0xFFFFFFFF,
            self._report.ntp_middle if self._report else 0,
            int(since * 65_536),
        )


def _rtcp(packet_type: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, packet_type, len(body) // 4) + body
