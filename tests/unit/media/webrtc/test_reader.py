"""What comes by one m-line, also what had to be sent once more."""

from typing import override
from unittest.mock import Mock, patch

from aiortc import RTCPeerConnection

from custom_components.mesh_call.media.engine_room import Negotiated, NegotiatedCodec
from custom_components.mesh_call.media.stream import H264, VP8, Codec
from custom_components.mesh_call.media.webrtc.reader import (
    Feedback,
    RtpReader,
    RtpTaker,
)
from custom_components.mesh_call.media.webrtc.rtp import RtpPacket

MEDIA, RETRANSMISSION = 96, 97


class Taken(RtpTaker):
    """Keeps what comes."""

    def __init__(self) -> None:
        self.packets: list[tuple[Codec, RtpPacket]] = []

    @override
    def agreed(self, codec: Codec, feedback: Feedback) -> None:
        """Nothing to be made ready."""

    @override
    def packet(self, codec: Codec, packet: RtpPacket) -> None:
        self.packets.append((codec, packet))

    @override
    def sender_report(self, ntp: int, timestamp: int) -> None:
        """Not looked at."""


def again(payload: bytes) -> RtpPacket:
    return RtpPacket(RETRANSMISSION, 900, 3000, 8, True, payload)


async def test_what_is_sent_again_is_taken_as_the_original() -> None:
    connection = RTCPeerConnection()
    taken = Taken()
    reader = RtpReader(connection.addTransceiver("video"), taken)
    reader.started(Negotiated((NegotiatedCodec(H264, MEDIA, RETRANSMISSION),)))
    # Before anything came it is not known what this belongs to.
    reader.received(again(b"\x00\x01early"))
    first = RtpPacket(MEDIA, 5, 0, 7, True, b"first")
    reader.received(first)
    reader.received(again(b"\x01\x02second"))
    for nothing in (b"", b"\x01", b"\x01\x02"):
        reader.received(again(nothing))
    second = RtpPacket(MEDIA, 0x0102, 3000, 7, True, b"second")
    assert taken.packets == [(H264, first), (H264, second)]
    assert reader.packets == 1
    assert reader.packets_lost == 0
    await connection.close()


@patch("time.monotonic")
async def test_a_picture_whose_size_nobody_told_is_asked_for_a_key_frame(
    monotonic: Mock,
) -> None:
    connection = RTCPeerConnection()
    reader = RtpReader(connection.addTransceiver("video"), Taken())
    reader.started(Negotiated((NegotiatedCodec(VP8, MEDIA),)))
    monotonic.return_value = 0
    with patch.object(reader, "request_key_frame") as ask:
        reader.report()
        for second in range(1, 20):
            monotonic.return_value = second
            reader.received(RtpPacket(MEDIA, second, 3000 * second, 7, True, b"\0 in"))
            reader.report()
            ask.assert_called_with(7)
        # Some never tell: they are left in peace.
        assert ask.call_count == 5
        assert reader.picture.frame_rate == 1
    await connection.close()


@patch("time.monotonic")
async def test_a_picture_whose_size_is_known_is_asked_for_nothing(
    monotonic: Mock,
) -> None:
    connection = RTCPeerConnection()
    reader = RtpReader(connection.addTransceiver("video"), Taken())
    reader.started(Negotiated((NegotiatedCodec(VP8, MEDIA),)))
    key_frame = b"\x10\0\0\0\x9d\x01\x2a" + bytes((64, 1, 240, 0))
    with patch.object(reader, "request_key_frame") as ask:
        for second in range(3):
            monotonic.return_value = second
            reader.received(RtpPacket(MEDIA, second, 3000 * second, 7, True, key_frame))
            reader.report()
        assert reader.picture.size == (320, 240)
        ask.assert_not_called()
    await connection.close()
