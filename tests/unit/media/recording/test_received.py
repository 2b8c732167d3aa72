"""What comes from a browser becomes a stream, whatever the network does to it."""

from collections.abc import Sequence as Items
from dataclasses import replace
import time
from typing import override

import pytest

from custom_components.mesh_call.media.recording import received
from custom_components.mesh_call.media.recording.received import ReceivedStream
from custom_components.mesh_call.media.recording.sequence import MAX_HELD, Sequence
from custom_components.mesh_call.media.source_clock import SourceClock
from custom_components.mesh_call.media.stream import (
    H264,
    OPUS,
    Codec,
    MediaKind,
    Packet as StreamPacket,
    Sink,
)
from custom_components.mesh_call.media.webrtc.reader import Feedback
from custom_components.mesh_call.media.webrtc.rtp import NTP_EPOCH, RtpPacket

VP8 = Codec(MediaKind.VIDEO, "VP8", 90_000)
SPS, SLICE = b"\x67sps", b"\x41slice"
STAP_A = b"\x78" + b"\x00\x02\x09\xf0" + b"\x00\x04" + SPS


def packet(
    sequence: int, payload: bytes = SLICE, timestamp: int | None = None, ssrc: int = 7
) -> RtpPacket:
    """Make a packet; each is a picture of its own."""
    at = 3000 * sequence if timestamp is None else timestamp
    return RtpPacket(96, sequence & 0xFFFF, at & 0xFFFFFFFF, ssrc, True, payload)


class Asked(Feedback):
    """Remembers what the sender was asked for."""

    def __init__(self) -> None:
        self.key_frames = 0
        self.again: list[int] = []

    @override
    def request_key_frame(self, ssrc: int) -> None:
        self.key_frames += 1

    @override
    def request_again(self, ssrc: int, sequences: Items[int]) -> None:
        self.again += sequences


class Seen(Sink):
    """Remembers what a stream carried."""

    def __init__(self) -> None:
        self.packets_seen: list[StreamPacket] = []

    @override
    def packets(self, packets: Items[StreamPacket], *, cached: bool) -> None:
        self.packets_seen += packets


class Reception:
    """A received stream with somebody at either end."""

    def __init__(self, codec: Codec = H264) -> None:
        self.asked, self.seen, self.changes = Asked(), Seen(), 0
        self.codec = codec
        self.stream = ReceivedStream(time.monotonic(), SourceClock(), self._changed)
        self.stream.agreed(codec, self.asked)
        assert self.stream.stream
        self.stream.stream.attach(self.seen)

    def _changed(self) -> None:
        self.changes += 1

    def take(self, *packets: RtpPacket) -> list[bytes]:
        """Take packets; return the payloads pushed for them."""
        before = len(self.seen.packets_seen)
        for one in packets:
            self.stream.packet(self.codec, one)
        return [seen.payload for seen in self.seen.packets_seen[before:]]


def test_pictures_begin_with_a_key_frame() -> None:
    reception = Reception()
    assert reception.take(packet(1)) == []
    assert reception.asked.key_frames == 1
    assert reception.take(packet(2, STAP_A), packet(3)) == [STAP_A, SLICE]
    first, second = reception.seen.packets_seen
    assert (first.key_frame, second.key_frame) == (True, False)
    assert second.timestamp - first.timestamp == 3000
    assert reception.stream.flows


def test_one_key_frame_is_marked_once() -> None:
    reception = Reception()
    first = replace(packet(1, SPS, 5), marker=False)
    reception.take(first, packet(2, SPS, 5))
    assert [seen.key_frame for seen in reception.seen.packets_seen] == [True, False]


def test_packets_are_put_in_order_across_the_wrap() -> None:
    reception = Reception()
    reception.take(packet(65534, SPS))
    assert reception.take(packet(65536, b"\x41c"), packet(65535, b"\x41b")) == [
        b"\x41b",
        b"\x41c",
    ]
    assert reception.asked.again == [65535]
    assert reception.take(packet(65535)) == []


def test_after_a_loss_pictures_wait_for_a_key_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reception = Reception()
    reception.take(packet(1, SPS))
    monkeypatch.setattr(received, "KEY_FRAME_PATIENCE", 0.0)
    late = [packet(number) for number in range(3, 4 + MAX_HELD)]
    assert reception.take(*late) == []
    assert reception.asked.key_frames >= 1
    assert reception.stream.stream
    assert not reception.stream.stream.has_key_frame
    assert reception.asked.again == [2]
    assert reception.take(packet(4 + MAX_HELD, SPS)) == [SPS]


def test_sound_goes_on_after_a_loss() -> None:
    reception = Reception(OPUS)
    reception.take(packet(1))
    late = [packet(number) for number in range(3, 4 + MAX_HELD)]
    assert len(reception.take(*late)) == len(late)
    assert not reception.asked.key_frames


def test_padding_is_no_loss() -> None:
    reception = Reception()
    reception.take(packet(1, SPS))
    assert reception.take(packet(2, b""), packet(3)) == [SLICE]


def test_another_codec_is_another_stream() -> None:
    reception = Reception()
    reception.take(packet(1, SPS))
    old = reception.stream.stream
    reception.stream.packet(VP8, packet(2, b"\x10\x00key"))
    assert reception.stream.stream is not old
    assert reception.stream.stream
    assert reception.stream.stream.codec == VP8
    assert reception.stream.stream.has_key_frame


def test_a_report_ties_the_clock() -> None:
    reception = Reception()
    reception.take(packet(1, SPS, 90_000))
    reception.stream.sender_report((NTP_EPOCH + 1000) << 32, 180_000)
    assert reception.stream.stream
    clock = reception.stream.stream.clock
    assert clock
    assert clock.wall == 1000
    newest = reception.seen.packets_seen[-1].timestamp
    assert clock.timestamp - newest == 90_000


def test_a_sender_that_begins_anew_is_followed() -> None:
    sequence = Sequence()
    assert sequence.put(packet(20_000), 0.0)
    assert not sequence.take_loss()
    assert sequence.put(packet(5), 0.0)
    assert sequence.take_loss()


def test_what_is_missing_is_waited_for_only_so_long() -> None:
    sequence = Sequence()
    sequence.put(packet(1), 0.0)
    assert sequence.put(packet(3), 0.1) == []
    assert sequence.missing() == [2]
    assert sequence.missing() == []
    assert [p.sequence for p in sequence.put(packet(4), 1.0)] == [3, 4]
    assert sequence.take_loss()
