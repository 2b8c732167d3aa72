"""RTP and RTCP as they stand on the wire (RFC 3550, 4588, 8285)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
import struct
import time

NTP_EPOCH = 2_208_988_800
"""Seconds from 1900, where NTP begins, to 1970."""

_FIXED_HEADER = struct.Struct("!BBHI")
_EXTENSION_HEADER = struct.Struct("!HH")
_ONE_BYTE_PROFILE = 0xBEDE
_MAX_ONE_BYTE_ID = 14

_SENDER_REPORT = struct.Struct("!BBHIQIII")
_RECEIVER_REPORT = struct.Struct("!BBHI")
_REPORT_BLOCK = struct.Struct("!IIIIII")
_SENDER_REPORT_TYPE = 200
_RECEIVER_REPORT_TYPE = 201
_SOURCE_DESCRIPTION_TYPE = 202
_BYE_TYPE = 203
_TRANSPORT_FEEDBACK_TYPE = 205
_PAYLOAD_FEEDBACK_TYPE = 206
_CNAME_ITEM = 1

SEQUENCE_SIZE = 2
"""Bytes of a retransmission's payload before what is sent again (RFC 4588, 4)."""

type Content = tuple[bytes, int, bool]
"""What a packet carries: payload, timestamp (which need not be wrapped), marker."""


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One received RTP packet without what its header says about transport."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    marker: bool
    payload: bytes
    audio_level: int | None = None
    """In -dBov, from 0 to 127 (RFC 6464); None if it wasn't told."""


def original(packet: RtpPacket, payload_type: int, ssrc: int) -> RtpPacket:
    """Return what a retransmission carries, with the type and source it belongs to."""
    return replace(
        packet,
        payload_type=payload_type,
        sequence=int.from_bytes(packet.payload[:SEQUENCE_SIZE]),
        ssrc=ssrc,
        payload=packet.payload[SEQUENCE_SIZE:],
    )


@dataclass(frozen=True, slots=True)
class ReceptionReport:
    """What a receiver tells about one stream (RFC 3550, 6.4.1).

    `fraction_lost` is in 1/256, `jitter` in the stream's clock rate,
    `last_report` the middle 32 bits of the NTP time of the newest sender report,
    `delay` in 1/65536 s since that came.
    """

    ssrc: int
    fraction_lost: int
    packets_lost: int
    highest_sequence: int
    jitter: int
    last_report: int
    delay: int


def ntp_time() -> int:
    """The time of day as a 64-bit NTP timestamp."""
    return int((time.time() + NTP_EPOCH) * (1 << 32))


def middle_bits(ntp: int) -> int:
    """The 32 bits of an NTP timestamp that reception reports repeat."""
    return (ntp >> 16) & 0xFFFFFFFF


class PacketWriter:
    """Writes the RTP packets of one SSRC with the negotiated extensions.

    Args:
        ssrc: the stream's synchronization source.
        mid: value of the `mid` extension (RFC 8843).
        mid_id: its negotiated id, None if it was not agreed.
        send_time_id: the id of `abs-send-time`, None if it was not agreed.
    """

    def __init__(
        self, ssrc: int, mid: str, mid_id: int | None, send_time_id: int | None
    ) -> None:
        constant = _element(mid_id, mid.encode())
        self._stamped = _usable(send_time_id)
        if self._stamped and send_time_id is not None:
            constant += bytes((send_time_id << 4 | 2,))
        length = len(constant) + (3 if self._stamped else 0)
        self._padding = bytes(-length % 4)
        words = (length + len(self._padding)) // 4
        self._first = 0x90 if words else 0x80
        self._constant = ssrc.to_bytes(4)
        if words:
            self._constant += _EXTENSION_HEADER.pack(_ONE_BYTE_PROFILE, words)
            self._constant += constant

    def packets(
        self, payload_type: int, sequence: int, contents: Sequence[Content]
    ) -> list[bytes]:
        """Packets that leave now, the first of them with this sequence number."""
        pack, first = _FIXED_HEADER.pack, self._first
        rest = self._rest()
        packets = []
        for payload, timestamp, marker in contents:
            second = payload_type | 0x80 if marker else payload_type
            header = pack(first, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF)
            packets.append(header + rest + payload)
            sequence += 1
        return packets

    def _rest(self) -> bytes:
        """What all headers of this moment have in common, behind the timestamp."""
        if not self._stamped:
            return self._constant + self._padding
        stamp = int(time.time() * (1 << 18)) & 0xFFFFFF
        return self._constant + stamp.to_bytes(3) + self._padding


def sender_report(
    ssrc: int, ntp: int, timestamp: int, packets: int, octets: int, cname: str
) -> bytes:
    """A sender report with the source description it must travel with.

    Args:
        ssrc: whose report it is.
        ntp: when it is sent, 64-bit NTP.
        timestamp: the RTP timestamp of that moment.
        packets: sent so far.
        octets: of payload sent so far.
        cname: binds the streams of one source together.
    """
    report = _SENDER_REPORT.pack(
        0x80,
        _SENDER_REPORT_TYPE,
        6,
        ssrc,
        ntp,
        timestamp & 0xFFFFFFFF,
        packets & 0xFFFFFFFF,
        octets & 0xFFFFFFFF,
    )
    return report + _source_description(ssrc, cname)


def receiver_report(ssrc: int, reports: Sequence[ReceptionReport]) -> bytes:
    """A receiver report about all streams of one receiver."""
    header = _RECEIVER_REPORT.pack(
        0x80 | len(reports), _RECEIVER_REPORT_TYPE, 1 + 6 * len(reports), ssrc
    )
    return header + b"".join(_report_block(report) for report in reports)


def bye(ssrc: int) -> bytes:
    """Tells that a source sends no more."""
    return struct.pack("!BBHI", 0x81, _BYE_TYPE, 1, ssrc)


def negative_acknowledgement(
    ssrc: int, media_ssrc: int, sequences: Sequence[int]
) -> bytes:
    """Asks for lost packets once more (NACK, RFC 4585, 6.2.1)."""
    items = b"".join(struct.pack("!HH", sequence, 0) for sequence in sequences)
    header = (0x81, _TRANSPORT_FEEDBACK_TYPE, 2 + len(sequences), ssrc, media_ssrc)
    return struct.pack("!BBHII", *header) + items


def picture_loss(ssrc: int, media_ssrc: int) -> bytes:
    """Asks for a key frame (PLI, RFC 4585, 6.3.1)."""
    return struct.pack("!BBHII", 0x81, _PAYLOAD_FEEDBACK_TYPE, 2, ssrc, media_ssrc)


def _report_block(report: ReceptionReport) -> bytes:
    return _REPORT_BLOCK.pack(
        report.ssrc,
        report.fraction_lost << 24 | report.packets_lost & 0xFFFFFF,
        report.highest_sequence & 0xFFFFFFFF,
        report.jitter & 0xFFFFFFFF,
        report.last_report,
        report.delay & 0xFFFFFFFF,
    )


def _source_description(ssrc: int, cname: str) -> bytes:
    item = cname.encode()[:255]
    chunk = struct.pack("!IBB", ssrc, _CNAME_ITEM, len(item)) + item
    # The list of items ends with at least one zero byte.
    chunk += bytes(4 - len(chunk) % 4)
    return struct.pack("!BBH", 0x81, _SOURCE_DESCRIPTION_TYPE, len(chunk) // 4) + chunk


def _element(extension_id: int | None, value: bytes) -> bytes:
    if not _usable(extension_id) or extension_id is None or not 0 < len(value) <= 16:
        return b""
    return bytes((extension_id << 4 | len(value) - 1,)) + value


def _usable(extension_id: int | None) -> bool:
    return extension_id is not None and 0 < extension_id <= _MAX_ONE_BYTE_ID
