"""What is written for each packet, and once more for those that got lost."""

from collections.abc import Sequence
from typing import override

from aiortc import rtp as engine_rtp
import pytest

from custom_components.mesh_call.media import engine_room
from custom_components.mesh_call.media.stream import H264, PCMA
from custom_components.mesh_call.media.webrtc import rtp, writer
from custom_components.mesh_call.media.webrtc.rtp import ReceptionReport
from custom_components.mesh_call.media.webrtc.writer import OutputUser, RtpWriter

SSRC, RESENT_SSRC = 1, 2
H264_TYPE, RESENT_TYPE = 98, 99
CONTENTS = ((b"one", 5, False), (b"three", 5, False), (b"two", 5, True))


class Wire:
    """Takes the place of a sender."""

    ssrc = SSRC
    retransmission_ssrc = RESENT_SSRC

    def __init__(self, *_: object) -> None:
        self.packets: list[engine_rtp.RtpPacket] = []
        self.reports: list[engine_rtp.AnyRtcpPacket] = []
        self.is_open = True

    def write(self, packets: Sequence[bytes]) -> bool:
        self.packets += map(engine_rtp.RtpPacket.parse, packets)
        return self.is_open

    def write_control(self, packet: bytes) -> bool:
        self.reports += engine_rtp.RtcpPacket.parse(packet)
        return self.is_open

    def take(self) -> list[engine_rtp.RtpPacket]:
        """What came since the last time."""
        packets, self.packets = self.packets, []
        return packets


class User(OutputUser):
    """Fills nothing by itself."""

    @override
    def output_started(self) -> None:
        """Wait for the test."""

    @override
    def output_stopped(self) -> None:
        """Wait for the test."""

    @override
    def key_frame_requested(self) -> None:
        """Wait for the test."""


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    monkeypatch.setattr(engine_room, "RawSender", lambda *_: wire)
    return wire


def started(resent_type: int | None = RESENT_TYPE) -> RtpWriter:
    """A writer that may send H264."""
    output = RtpWriter(None, User())  # type: ignore[arg-type]
    codec = engine_room.NegotiatedCodec(H264, H264_TYPE, resent_type)
    output.started(engine_room.Negotiated((codec,), cname="name"))
    return output


def test_a_burst_is_numbered_and_counted(wire: Wire) -> None:
    output = started()
    output.send(H264, CONTENTS)
    output.send(H264, CONTENTS[:1])
    packets = wire.take()
    assert [packet.payload for packet in packets] == [b"one", b"three", b"two", b"one"]
    assert [packet.marker for packet in packets] == [0, 0, 1, 0]
    assert {(packet.ssrc, packet.payload_type) for packet in packets} == {
        (SSRC, H264_TYPE)
    }
    first = packets[0].sequence_number
    numbers = [packet.sequence_number for packet in packets]
    assert numbers == list(range(first, first + 4))
    assert (output.statistics.packets, output.statistics.octets) == (4, 14)
    output.report(77)
    report = wire.reports[0]
    assert isinstance(report, engine_rtp.RtcpSrPacket)
    assert report.sender_info.packet_count == 4
    assert report.sender_info.octet_count == 14
    assert report.sender_info.rtp_timestamp == 77


def test_what_nobody_agreed_on_is_not_sent(wire: Wire) -> None:
    output = started()
    output.send(PCMA, CONTENTS)
    assert not wire.packets
    assert not output.statistics.packets


def test_a_lost_packet_is_sent_again(wire: Wire) -> None:
    output = started()
    output.send(H264, CONTENTS)
    lost = wire.take()[1]
    output.lost([lost.sequence_number])
    # Receivers repeat what they ask for: the answer is on its way.
    output.lost([lost.sequence_number])
    (resent,) = wire.take()
    assert (resent.ssrc, resent.payload_type) == (RESENT_SSRC, RESENT_TYPE)
    number = lost.sequence_number.to_bytes(2)
    assert resent.payload == number + lost.payload
    assert (resent.timestamp, resent.marker) == (lost.timestamp, lost.marker)
    assert output.statistics.retransmitted == 1


def test_a_lost_packet_is_repeated_where_no_other_way_was_agreed(wire: Wire) -> None:
    output = started(resent_type=None)
    output.send(H264, CONTENTS)
    lost = wire.take()[2]
    output.lost([lost.sequence_number])
    assert [bytes(packet.serialize()) for packet in wire.take()] == [
        bytes(lost.serialize())
    ]


def test_what_was_lost_long_ago_is_not_mixed_up(wire: Wire) -> None:
    output = started()
    output.send(H264, CONTENTS[:1])
    lost = wire.take()[0].sequence_number
    for _ in range(writer.HISTORY_PACKETS):
        output.send(H264, CONTENTS[:1])
    wire.take()
    output.lost([lost, lost - 1 & 0xFFFF])
    assert not wire.take()


def test_what_could_not_leave_is_kept_but_not_counted(wire: Wire) -> None:
    output = started()
    wire.is_open = False
    output.send(H264, CONTENTS)
    assert not output.statistics.packets
    wire.is_open = True
    output.lost([wire.take()[0].sequence_number])
    assert len(wire.take()) == 1


def test_the_way_there_and_back(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    output = started()
    output.send(H264, CONTENTS)
    monkeypatch.setattr(rtp, "ntp_time", lambda: 5 << 16)
    output.report(0)
    output.reported(ReceptionReport(SSRC, 64, 3, 0, 0, 5, 0))
    assert output.statistics.fraction_lost == 0.25
    assert output.statistics.packets_lost == 3
    assert output.statistics.round_trip_time is not None
