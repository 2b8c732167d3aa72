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
        """One source, nothing missing, no step back in time."""
        assert len({packet.ssrc for packet in self.packets}) == 1
        for before, after in pairwise(self.packets):
            assert after.sequence_number == (before.sequence_number + 1) % (1 << 16)
            assert (after.timestamp - before.timestamp) % (1 << 32) < 1 << 31
