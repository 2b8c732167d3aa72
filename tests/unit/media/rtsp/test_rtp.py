"""RTP and RTCP headers."""

import struct

import pytest

from custom_components.mesh_call.media.rtsp.errors import ProtocolError
from custom_components.mesh_call.media.rtsp.rtp import (
    Reception,
    RtpPacket,
    parse_rtp,
    parse_sender_report,
    rtp_bytes,
)


def packet(sequence: int, source: int = 1) -> RtpPacket:
    return RtpPacket(96, False, sequence & 0xFFFF, sequence * 10, source, b"x")


def test_round_trip() -> None:
    original = RtpPacket(96, True, 65_535, 2**32 - 1, 7, b"payload")
    assert parse_rtp(rtp_bytes(original)) == original


def test_extension_contributors_and_padding_are_taken_off() -> None:
    data = bytes((0x80 | 0x20 | 0x10 | 1, 8)) + bytes(10) + b"csrc"
    data += b"\xbe\xde\x00\x01ext!" + b"sound" + b"\0\0\3"
    assert parse_rtp(data).payload == b"sound"


@pytest.mark.parametrize(
    "data", [b"", b"\x80" * 11, bytes(12), b"\x8f" + bytes(11), b"\xa0" + b"\xff" * 11]
)
def test_broken_packets(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_rtp(data)


def test_sender_report_behind_another_packet() -> None:
    other = b"\x80\xcb\x00\x01" + bytes(4)
    words = struct.pack("!IIIIII", 9, 2_208_988_800 + 100, 1 << 31, 777, 5, 6)
    report = parse_sender_report(other + b"\x80\xc8\x00\x06" + words)
    assert report is not None
    assert (report.source, report.timestamp) == (9, 777)
    assert report.wall == pytest.approx(100.5)
    assert parse_sender_report(b"\x80\xc8\x00\x06" + bytes(8)) is None
    assert parse_sender_report(b"") is None


def test_losses_repeats_and_wraps_are_counted() -> None:
    reception = Reception(90_000)
    numbers = [65_534, 65_535, 65_536, 65_536, 65_539, 65_538]
    missing = [reception.take(packet(n), n * 0.02) for n in numbers]
    assert missing == [0, 0, 0, -1, 2, -1]
    report = reception.receiver_report(5, b"name", 1.0)
    assert report[:2] == b"\x81\xc9"
    source, lost, highest = struct.unpack_from("!III", report, 8)
    assert source == 1
    assert lost & 0xFFFFFF == 2
    assert lost >> 24 == 256 * 2 // 6
    assert highest == 65_539
    assert len(report) % 4 == 0
    assert report[33] == 202


def test_a_new_source_starts_anew() -> None:
    reception = Reception(8_000)
    assert reception.take(packet(100), 0) == 0
    assert reception.take(packet(5_000, source=2), 0.02) == 0
    assert reception.take(packet(1_000, source=2), 0.04) == 0
