"""What a camera sent together goes on together."""

from collections.abc import Sequence
import time
from typing import override

import pytest

from custom_components.mesh_call.media.rtsp.rtp import RtpPacket, rtp_bytes
from custom_components.mesh_call.media.rtsp.selection import Choice
from custom_components.mesh_call.media.rtsp.session_clock import SessionClock
from custom_components.mesh_call.media.rtsp.session_description import (
    MediaDescription,
    MediaFormat,
)
from custom_components.mesh_call.media.rtsp.tracks import H264Track
from custom_components.mesh_call.media.stream import Packet, Sink
from tests.cameras.content import encode_h264, pack_h264

KEY_FRAME, *PICTURES = encode_h264((200, 40, 40), size=(160, 120), noise=True)


class Batches(Sink):
    """Keeps what came at once."""

    def __init__(self) -> None:
        self.live: list[Sequence[Packet]] = []
        self.cached: Sequence[Packet] = ()

    @override
    def packets(self, packets: Sequence[Packet], *, cached: bool) -> None:
        if cached:
            self.cached = packets
        else:
            self.live.append(packets)


def rtp_packets(pictures: list[list[bytes]], first: int = 0) -> list[bytes]:
    """What a camera sends for them; the first picture has the number `first`."""
    packets: list[RtpPacket] = []
    for number, units in enumerate(pictures, first):
        payloads = pack_h264(units)
        packets += [
            RtpPacket(96, p is payloads[-1], 0, number * 3_600, 1, p) for p in payloads
        ]
    return [
        rtp_bytes(packet._replace(sequence=first * 100 + count))
        for count, packet in enumerate(packets)
    ]


@pytest.fixture
def track() -> H264Track:
    track = H264Track(time.monotonic())
    picture = MediaFormat(96, "H264", 90_000)
    choice = Choice(MediaDescription("video", (picture,), "", ""), picture)
    track.start(choice, SessionClock(1))
    return track


@pytest.fixture
def batches(track: H264Track) -> Batches:
    batches = Batches()
    track.stream.attach(batches)
    return batches


def test_packets_of_one_reading_are_one_batch(
    track: H264Track, batches: Batches
) -> None:
    track.take(rtp_packets([KEY_FRAME, PICTURES[0]]), time.monotonic())
    (batch,) = batches.live
    assert len(batch) > 5
    assert batch[0].key_frame
    assert sum(packet.marker for packet in batch) == 2


def test_a_key_frame_begins_a_batch(track: H264Track, batches: Batches) -> None:
    track.take(rtp_packets([KEY_FRAME, PICTURES[0], KEY_FRAME]), time.monotonic())
    assert [batch[0].key_frame for batch in batches.live] == [True, True]
    assert not any(p.key_frame for batch in batches.live for p in batch[1:])


def test_what_came_before_a_loss_is_not_kept_back(
    track: H264Track, batches: Batches
) -> None:
    came = rtp_packets([KEY_FRAME]) + rtp_packets([PICTURES[1], KEY_FRAME], 2)
    track.take(came, time.monotonic())
    before, after = batches.live
    assert before[0].key_frame
    assert after[0].key_frame
    # Nobody who joins now gets pictures with a hole in them.
    track.stream.replay(batches)
    assert batches.cached == after
