"""VP8 as cameras send it over WebRTC, and what becomes of it."""

from fractions import Fraction

import av
import numpy as np
import pytest

from custom_components.mesh_call.media.conversion.decoder import (
    CodedPicture,
    PictureDecoder,
)
from custom_components.mesh_call.media.source_clock import SourceClock
from custom_components.mesh_call.media.sources.received import ReceivedVideo
from custom_components.mesh_call.media.stream import (
    H264,
    H265,
    MAX_PAYLOAD_SIZE,
    VP8,
    Packet,
)
from custom_components.mesh_call.media.vp8 import Vp8Forwarder
from custom_components.mesh_call.media.webrtc.rtp import RtpPacket
from tests.cameras.content import Collector

STEP = 3_600
SIZE = (320, 240)


@pytest.fixture(scope="module")
def pictures() -> list[bytes]:
    """Grainy pictures, so that each takes several packets; a key frame every 5."""
    encoder = av.VideoCodecContext.create("libvpx", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = SIZE
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, 25)
    encoder.gop_size = 5
    encoder.bit_rate = 2_000_000
    encoder.options = {"deadline": "realtime", "lag-in-frames": "0"}
    random = np.random.default_rng(1)
    result = []
    for number in range(12):
        image = random.integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)
        frame = av.VideoFrame.from_ndarray(image, "rgb24")
        frame.pts = number
        result += [bytes(packet) for packet in encoder.encode(frame)]
    return result


def pack(frame: bytes, number: int, *, size: int = 1_200) -> list[bytes]:
    """Pack as browsers and their kin do: with picture id, layer and key index."""
    descriptor = bytes((0x80, 0xF0, 0x80 | number >> 8, number & 0xFF, 7, 0x20))
    first = bytes((descriptor[0] | 0x10,)) + descriptor[1:]
    starts = range(0, len(frame), size)
    return [
        (descriptor if start else first) + frame[start : start + size]
        for start in starts
    ]


def feed(
    forwarder: Vp8Forwarder, frame: bytes, number: int, size: int = 1_200
) -> list[Packet]:
    *first, last = pack(frame, number, size=size)
    packets = [p for one in first for p in forwarder.feed(one, number * STEP, False)]
    return packets + forwarder.feed(last, number * STEP, True)


def decode(packets: list[Packet]) -> list[av.VideoFrame]:
    decoder = PictureDecoder(VP8, reordered=False)
    frames: list[av.VideoFrame] = []
    for timestamp in dict.fromkeys(packet.timestamp for packet in packets):
        parts = [p.payload for p in packets if p.timestamp == timestamp]
        frames += decoder.decode(CodedPicture(parts, timestamp, False, 0.0))
    return frames


@pytest.mark.parametrize("size", [200, 1_200])
def test_pictures_are_packed_anew(pictures: list[bytes], size: int) -> None:
    forwarder = Vp8Forwarder()
    packets: list[Packet] = []
    for number, picture in enumerate(pictures):
        ready = feed(forwarder, picture, number, size)
        packets += ready
        # No picture ids, no layers, and all packets but the last are full.
        assert [one.payload[0] for one in ready] == [0x10] + [0] * (len(ready) - 1)
        assert {len(one.payload) for one in ready[:-1]} <= {MAX_PAYLOAD_SIZE}
        assert b"".join(one.payload[1:] for one in ready) == picture
        assert [one.marker for one in ready] == [False] * (len(ready) - 1) + [True]
        begins = number % 5 == 0
        assert [one.key_frame for one in ready] == [begins] + [False] * (len(ready) - 1)
    assert forwarder.size == SIZE
    assert len(decode(packets)) == len(pictures)


@pytest.mark.parametrize("gap", ["beginning", "end", "told"])
def test_after_a_loss_it_waits_for_the_key_frame(
    pictures: list[bytes], gap: str
) -> None:
    forwarder = Vp8Forwarder()
    assert not feed(forwarder, pictures[1], 0)
    assert feed(forwarder, pictures[0], 1)
    payloads = pack(pictures[1], 2)
    for payload in payloads[1:] if gap == "beginning" else payloads[:-1]:
        forwarder.feed(payload, 2 * STEP, False)
    if gap == "told":
        forwarder.lose()
    assert not feed(forwarder, pictures[2], 3)
    assert not feed(forwarder, pictures[3], 4)
    packets = feed(forwarder, pictures[5], 5)
    assert packets[0].key_frame
    assert len(decode(packets)) == 1


class Asked:
    """Whoever sends the picture."""

    def __init__(self) -> None:
        self.key_frames = 0

    def request_key_frame(self, ssrc: int) -> None:
        assert ssrc == 7
        self.key_frames += 1

    def request_again(self, ssrc: int, sequences: object) -> None:
        """It can't."""


class Sender:
    """Sends pictures to a track of ours, by a clock of the test's."""

    def __init__(self, track: ReceivedVideo, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        self._track = track
        self._sequence = 0
        self._number = 0
        monkeypatch.setattr("time.monotonic", lambda: self.now)

    def send(self, picture: bytes, *, loses: bool = False) -> None:
        """Send one picture, 40 ms after the one before."""
        self.now += 0.04
        self._number += 1
        payloads = pack(picture, self._number)
        for index, payload in enumerate(payloads):
            self._sequence += 1
            if loses and not index:
                continue
            marker = index == len(payloads) - 1
            stamp = self._number * STEP
            packet = RtpPacket(96, self._sequence, stamp, 7, marker, payload)
            self._track.packet(VP8, packet)


def test_key_frames_are_asked_for(
    pictures: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, track = Asked(), ReceivedVideo(1_000.0, SourceClock())
    sender = Sender(track, monkeypatch)
    track.begin()
    track.agreed(VP8, asked)
    sender.send(pictures[1])
    assert asked.key_frames == 1
    sender.send(pictures[0])
    assert track.ready
    assert track.stream is not None
    assert track.stream.size == SIZE
    # From time to time for those who join, at once where pictures are missing.
    for _ in range(250):
        sender.send(pictures[1])
    assert asked.key_frames == 2
    sender.send(pictures[0])
    before = asked.key_frames
    sender.send(pictures[1], loses=True)
    for _ in range(40):
        sender.send(pictures[2])
    assert asked.key_frames == before + 1
    assert not track.stream.has_key_frame
    sender.send(pictures[5])
    assert track.stream.has_key_frame


def test_another_codec_is_another_stream(
    pictures: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    track = ReceivedVideo(1_000.0, SourceClock())
    sender = Sender(track, monkeypatch)
    track.begin()
    sender.send(pictures[0])
    first = track.stream
    assert first is not None
    assert first.codec == VP8
    collector = Collector(first)
    assert len(decode(collector.collected)) == 1
    following = len(pack(pictures[0], 1)) + 1
    track.packet(H264, RtpPacket(97, following, 0, 7, True, b"\x09\x10"))
    assert track.stream is not first
    assert not track.ready
    assert not first.has_key_frame
    track.packet(H265, RtpPacket(98, following + 1, 0, 7, True, b"\x09\x10"))
    assert track.unusable == "H265"
