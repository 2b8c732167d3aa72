"""What reaches a stock peer, packet by packet."""

import asyncio
from itertools import pairwise
import time

from aiortc.rtp import RtpPacket

from .stock import StockPeer


class Arrivals:
    """The packets of a picture as they reach a stock peer."""

    def __init__(self, stock: StockPeer) -> None:
        self.packets: list[RtpPacket] = []
        receiver = stock.receiver("video")
        handle = receiver._handle_rtp_packet

        async def take(packet: RtpPacket, arrival_time_ms: int) -> None:
            self.packets.append(packet)
            await handle(packet, arrival_time_ms)

        setattr(receiver, "_handle_rtp_packet", take)  # noqa: B010

    async def bandwidth(self, seconds: float = 2.0) -> float:
        """kbit/s from now on."""
        start, began = len(self.packets), time.monotonic()
        await asyncio.sleep(seconds)
        octets = sum(len(packet.serialize()) for packet in self.packets[start:])
        return octets * 8 / 1000 / (time.monotonic() - began)

    def assert_seamless(self) -> None:
        """One source, nothing missing, no step back in time.

        What a busy machine has lost may come once more, from a source and in a
        format of its own (RFC 4588).
        """
        first = self.packets[0]
        sent = [packet for packet in self.packets if packet.ssrc == first.ssrc]
        again = [packet for packet in self.packets if packet.ssrc != first.ssrc]
        assert len({packet.ssrc for packet in again}) <= 1
        formats = {packet.payload_type for packet in sent}
        assert formats.isdisjoint({packet.payload_type for packet in again})
        times = {packet.sequence_number: packet.timestamp for packet in sent}
        for packet in again:
            times[int.from_bytes(packet.payload[:2])] = packet.timestamp
        in_order = [
            times.get((first.sequence_number + number) % (1 << 16))
            for number in range(len(sent))
        ]
        for before, after in pairwise(in_order):
            assert before is not None
            assert after is not None
            assert (after - before) % (1 << 32) < 1 << 31
