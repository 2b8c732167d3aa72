"""What a sender writes, seen by an output that keeps it."""

import asyncio
from collections.abc import Sequence
from typing import override

import pytest

from custom_components.mesh_call.media.sender import StreamSender
from custom_components.mesh_call.media.stream import (
    H264,
    Codec,
    MediaKind,
    Packet,
    Stream,
)
from custom_components.mesh_call.media.webrtc.rtp import Content
from custom_components.mesh_call.media.webrtc.writer import Output, SendStatistics


class KeptOutput(Output):
    """Takes H264."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []

    @property
    @override
    def codecs(self) -> tuple[Codec, ...]:
        return (H264,)

    @property
    @override
    def statistics(self) -> SendStatistics:
        return SendStatistics()

    @override
    def send(self, codec: Codec, contents: Sequence[Content]) -> None:
        self.payloads += [payload for payload, _, _ in contents]

    @override
    def report(self, timestamp: int) -> None:
        raise AssertionError("nobody asked for it")


class Picture:
    """A stream whose every packet is told from the others."""

    def __init__(self) -> None:
        self.stream = Stream(H264)
        self.payloads: list[bytes] = []

    def push(self, count: int, *, key_frame: bool = False) -> None:
        """Send one picture of so many packets."""
        number = len(self.payloads)
        payloads = [b"%d" % n for n in range(number, number + count)]
        self.payloads += payloads
        packets = [
            Packet(p, number * 360, p is payloads[-1], key_frame and p is payloads[0])
            for p in payloads
        ]
        self.stream.push(*packets)


@pytest.mark.parametrize("cached", [1, 10, 200, 2000])
async def test_who_joins_catches_up(cached: int) -> None:
    picture = Picture()
    picture.push(cached, key_frame=True)
    output = KeptOutput()
    sender = StreamSender(MediaKind.VIDEO)
    sender.write_to(output)
    sender.use(picture.stream)
    sender.output_started()
    try:
        async with asyncio.timeout(5):
            # Until what comes leaves at once, though it comes fast.
            while output.payloads != picture.payloads:
                await asyncio.sleep(0.01)
                picture.push(5)
    finally:
        sender.close()
