"""Size and frame rate of a picture are known without decoding it."""

from fractions import Fraction

import av
import pytest

from custom_components.mesh_call.media import vp8
from custom_components.mesh_call.media.stream import H264, VP8, Codec
from custom_components.mesh_call.media.webrtc.picture_gauge import PictureGauge
from custom_components.mesh_call.media.webrtc.rtp import RtpPacket


def packet(payload: bytes, timestamp: int = 0) -> RtpPacket:
    """Return a packet of a picture."""
    return RtpPacket(96, 0, timestamp, 1, False, payload)


def encoded(codec: str, width: int, height: int) -> bytes:
    """Encode one picture."""
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base = Fraction(1, 25)
    picture = av.VideoFrame(width, height, "yuv420p")
    picture.pts = 0
    packets = [*encoder.encode(picture), *encoder.encode(None)]
    return b"".join(bytes(p) for p in packets)


def parameter_sets(data: bytes) -> list[bytes]:
    """Return the first two NAL units of a byte stream: SPS and PPS."""
    units = data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")
    return units[1:3]


@pytest.mark.parametrize("size", [(320, 240), (1280, 720), (642, 362)])
def test_the_size_of_h264(size: tuple[int, int]) -> None:
    sps, pps = parameter_sets(encoded("libx264", *size))
    together = b"".join(len(nal).to_bytes(2) + nal for nal in (sps, pps))
    for payload in (sps, b"\x18" + together):
        gauge = PictureGauge()
        gauge.packet(H264, packet(payload))
        assert gauge.size == size
        gauge.packet(H264, packet(b"\x61 a slice"))
        assert gauge.size == size


def test_the_size_of_vp8() -> None:
    gauge = PictureGauge()
    for payload in vp8.fragments(encoded("libvpx", 480, 360)):
        gauge.packet(VP8, packet(payload))
    assert gauge.size == (480, 360)


@pytest.mark.parametrize("codec", [H264, VP8])
@pytest.mark.parametrize(
    "payload", [b"", b"\x67", b"\x67\xff", b"\x18\xff", b"\x18\0\1\x67", b"\x10"]
)
def test_nonsense_has_no_size(codec: Codec, payload: bytes) -> None:
    gauge = PictureGauge()
    gauge.packet(codec, packet(payload))
    assert gauge.size is None


def test_pictures_are_counted_by_their_time_stamps() -> None:
    gauge = PictureGauge()
    gauge.read(10.0)
    for number in range(30):
        for _ in range(3):
            gauge.packet(VP8, packet(b"\0part", 3000 * number))
    gauge.read(12.0)
    assert gauge.frame_rate == 15
    gauge.read(13.0)
    assert gauge.frame_rate == 0
