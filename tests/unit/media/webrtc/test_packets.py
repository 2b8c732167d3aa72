"""Headers, reports and timestamps as they stand on the wire."""

from aiortc import rtp as engine_rtp
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
import pytest

from custom_components.mesh_call.media.source_clock import ClockReference, SourceClock
from custom_components.mesh_call.media.webrtc import rtp
from custom_components.mesh_call.media.webrtc.timeline import CaptureClock, Timeline


def extensions(mid: int, send_time: int) -> engine_rtp.HeaderExtensionsMap:
    known = engine_rtp.HeaderExtensionsMap()
    uris = {
        "urn:ietf:params:rtp-hdrext:sdes:mid": mid,
        "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time": send_time,
    }
    known.configure(
        RTCRtpParameters(
            headerExtensions=[
                RTCRtpHeaderExtensionParameters(id=number, uri=uri)
                for uri, number in uris.items()
            ]
        )
    )
    return known


@pytest.mark.parametrize("mid", ["0", "video", "a-longer-name-16"])
def test_header(mid: str) -> None:
    writer = rtp.PacketWriter(1234, mid, 4, 3)
    contents = ((b"one", (1 << 32) + 5, False), (b"two", (1 << 32) + 5, True))
    packets = [
        engine_rtp.RtpPacket.parse(data, extensions(4, 3))
        for data in writer.packets(98, 65_535, contents)
    ]
    assert [packet.payload for packet in packets] == [b"one", b"two"]
    assert [packet.sequence_number for packet in packets] == [65_535, 0]
    assert [packet.marker for packet in packets] == [0, 1]
    for packet in packets:
        assert (packet.payload_type, packet.timestamp, packet.ssrc) == (98, 5, 1234)
        assert packet.extensions.mid == mid
        assert packet.extensions.abs_send_time is not None


@pytest.mark.parametrize(
    ("mid_id", "send_time_id"), [(None, None), (1, None), (None, 2), (15, 15)]
)
def test_header_with_fewer_extensions(
    mid_id: int | None, send_time_id: int | None
) -> None:
    writer = rtp.PacketWriter(1, "0", mid_id, send_time_id)
    (data,) = writer.packets(0, 7, ((b"x", 8, False),))
    packet = engine_rtp.RtpPacket.parse(data, extensions(1, 2))
    assert packet.payload == b"x"
    assert (packet.extensions.mid == "0") == (mid_id == 1)
    assert (packet.extensions.abs_send_time is not None) == (send_time_id == 2)


def test_sender_report() -> None:
    data = rtp.sender_report(5, 1 << 40, 1 << 33, 7, 8, "name")
    report, description = engine_rtp.RtcpPacket.parse(data)
    assert isinstance(report, engine_rtp.RtcpSrPacket)
    assert report.ssrc == 5
    assert report.sender_info == engine_rtp.RtcpSenderInfo(1 << 40, 0, 7, 8)
    assert isinstance(description, engine_rtp.RtcpSdesPacket)
    assert description.chunks[0].items == [(1, b"name")]


def test_receiver_report_and_bye() -> None:
    block = rtp.ReceptionReport(9, 128, 3, 70_000, 4, 5, 6)
    (report,) = engine_rtp.RtcpPacket.parse(rtp.receiver_report(1, (block,)))
    assert isinstance(report, engine_rtp.RtcpRrPacket)
    assert report.reports == [engine_rtp.RtcpReceiverInfo(9, 128, 3, 70_000, 4, 5, 6)]
    (bye,) = engine_rtp.RtcpPacket.parse(rtp.bye(5))
    assert isinstance(bye, engine_rtp.RtcpByePacket)
    assert bye.sources == [5]


def test_timeline_goes_on_over_switches() -> None:
    timeline = Timeline(90_000)
    timeline.join(1_000_000, 10.0)
    first = timeline.map(1_000_000)
    assert timeline.map(1_000_000) == first
    assert timeline.map(1_003_600) == first + 3600
    # Whatever the source does, time never stands still or goes back.
    assert timeline.map(900_000) == first + 3601

    timeline.leave()
    timeline.join(5, 12.0)
    assert timeline.map(5) == first + 180_000
    timeline.leave()
    assert timeline.at(13.0) == first + 270_000
    timeline.join(77, 12.5)
    assert timeline.map(77) == first + 270_001


def test_squeezed_pictures() -> None:
    timeline = Timeline(90_000)
    timeline.join(90_000, 10.0)
    pictures = [82_800, 86_400, 90_000]
    early = timeline.squeeze(pictures, 900)
    assert timeline.map(90_000) == early[90_000]
    assert timeline.map(93_600) == early[90_000] + 3600
    again = timeline.squeeze([86_400, 90_000, 93_600], 900)
    assert [again[p] for p in again] == [
        early[90_000] + 3600 + n * 300 for n in (1, 2, 3)
    ]
    assert timeline.map(97_200) == early[90_000] + 7200


def test_capture_clock_by_arrival() -> None:
    clock = CaptureClock(8000)
    assert clock.time(0, None) is None
    for number in range(3000):
        late = 0.05 if number % 7 else 0.0
        clock.arrived(number * 160, 100 + number * 0.02 + late)
    assert clock.time(160 * 2999, None) == pytest.approx(100 + 2999 * 0.02, abs=0.001)
    assert clock.timestamp(100.0, None) == 0
    # A source that starts anew is followed.
    clock.arrived(0, 500)
    assert clock.time(0, None) == 500


@pytest.mark.parametrize("late", [0, 1])
def test_a_report_that_is_read_late_keeps_streams_together(late: int) -> None:
    """As by a machine that was busy for 0.6 s."""
    source = SourceClock()
    clocks = [CaptureClock(90_000), CaptureClock(8000)]
    for clock in clocks:
        clock.arrived(0, 50.0)
    reports = [
        ClockReference(1_000.0, 0, 50.0 + 0.6 * (late == n), source) for n in (0, 1)
    ]
    video, audio = (
        clock.time(0, report) for clock, report in zip(clocks, reports, strict=True)
    )
    assert video == audio


def test_capture_clock_by_reports() -> None:
    source = SourceClock()
    video, audio = CaptureClock(90_000), CaptureClock(8000)
    video.arrived(0, 50.03)
    audio.arrived(0, 50.01)
    wall = ClockReference(1_000.0, 0, 50.02, source)
    # The sound's report was under way 0.04 s longer, which must not matter.
    other = ClockReference(1_000.0, 0, 50.06, source)
    assert video.time(0, wall) == pytest.approx(50.02)
    assert audio.time(0, other) == pytest.approx(50.02)
    # Reports that can't be true are not believed.
    nonsense = ClockReference(1_005.0, 0, 50.06, source)
    assert video.time(0, nonsense) == pytest.approx(50.06)
    far = ClockReference(1_000.0, 900_000, 50.02, source)
    assert video.time(0, far) == pytest.approx(50.03)
