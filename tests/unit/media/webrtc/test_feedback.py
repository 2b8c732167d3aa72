"""What receivers ask for: packets that were lost, key frames, reports."""

import asyncio
from collections.abc import Callable
from itertools import count, pairwise
import time
from typing import Any

from aiortc import RTCDtlsTransport
from aiortc.rtp import RtcpPacket, RtcpPsfbPacket, RtcpSrPacket, RtpPacket, is_rtcp
import pytest

from custom_components.mesh_call.media.stream import PCMA
from custom_components.mesh_call.media.webrtc import rtp
from custom_components.mesh_call.media.webrtc.lines import MediaPlan
from tests.waiting import until

from .conftest import MakePeer, MakeStock, Start
from .stock import StockPeer, connect
from .synthetic import BLUE, GREEN, SyntheticSource

SEND = MediaPlan(send_video=True, send_audio=True, audio_codec=PCMA)


def tap(stock: StockPeer, keep: Callable[[bytes], bool]) -> None:
    """See each unprotected packet a stock peer gets; drop those not to be kept."""
    transport: Any = stock.connection.getTransceivers()[0].receiver.transport
    rtp_data, rtcp_data = transport._handle_rtp_data, transport._handle_rtcp_data

    async def handle_rtp(data: bytes, arrival_time_ms: int) -> None:
        if keep(data):
            await rtp_data(data, arrival_time_ms=arrival_time_ms)

    async def handle_rtcp(data: bytes) -> None:
        if keep(data):
            await rtcp_data(data)

    transport._handle_rtp_data = handle_rtp
    transport._handle_rtcp_data = handle_rtcp


def video_ssrc(stock: StockPeer) -> int:
    """The SSRC a stock peer was told for the picture."""
    sdp = stock.connection.remoteDescription.sdp
    section = sdp[sdp.index("m=video") :]
    return int(section.split("a=ssrc:")[1].split()[0])


def signed(difference: int) -> int:
    """The difference of two wrapping timestamps."""
    return (difference + (1 << 31) & 0xFFFFFFFF) - (1 << 31)


async def request_key_frame(stock: StockPeer, fmt: int = 1) -> None:
    ssrc = video_ssrc(stock)
    request = RtcpPsfbPacket(fmt=fmt, ssrc=1, media_ssrc=ssrc)
    if fmt == 4:
        fci = ssrc.to_bytes(4) + b"\x01\x00\x00\x00"
        request = RtcpPsfbPacket(fmt=fmt, ssrc=1, media_ssrc=0, fci=fci)
    transport: RTCDtlsTransport = stock.connection.getTransceivers()[
        0
    ].receiver.transport
    await transport._send_rtp(bytes(request))


@pytest.mark.parametrize("fmt", [1, 4], ids=["PLI", "FIR"])
async def test_key_frame_request_is_answered_by_a_replay(
    new_peer: MakePeer, new_stock: MakeStock, start: Start, fmt: int
) -> None:
    source = start(SyntheticSource(BLUE, None, gop=500))
    peer, recorder = new_peer(SEND)
    peer.use(video=source.streams.video, audio=None)
    stock = new_stock()
    await connect(peer, recorder, stock)
    await stock.see(BLUE)
    await asyncio.sleep(1.1)
    idr: list[float] = []

    def keep(data: bytes) -> bool:
        if not is_rtcp(data) and RtpPacket.parse(data).payload[:1] == b"\x67":
            idr.append(time.monotonic())
        return True

    tap(stock, keep)
    for _ in range(8):
        await request_key_frame(stock, fmt)
        await asyncio.sleep(0.05)
    await until(lambda: bool(idr))
    await asyncio.sleep(0.2)

    # One answer a second; requests are repeated.
    assert len(idr) == 1
    pts = [seen.pts for seen in stock.seen]
    assert pts == sorted(set(pts))
    await stock.see(BLUE)


@pytest.mark.parametrize("every", [10, 3])
async def test_lost_packets_are_sent_again(
    new_peer: MakePeer, new_stock: MakeStock, start: Start, every: int
) -> None:
    source = start(SyntheticSource(GREEN, None, gop=500))
    peer, recorder = new_peer(SEND)
    peer.use(video=source.streams.video, audio=None)
    stock = new_stock()
    await connect(peer, recorder, stock)
    await stock.see(GREEN)
    ssrc, number = video_ssrc(stock), count()

    def keep(data: bytes) -> bool:
        if is_rtcp(data) or RtpPacket.parse(data).ssrc != ssrc:
            return True
        return next(number) % every != 0

    tap(stock, keep)
    start_count = len(stock.seen)
    await asyncio.sleep(1.5)

    # Nothing is missing: the pictures go on without a hole.
    assert len(stock.seen) - start_count > 30
    pts = [seen.pts for seen in stock.seen[start_count:]]
    steps = [b - a for a, b in pairwise(pts)]
    assert max(steps) <= 3600
    await until(lambda: peer.statistics().packets_retransmitted > 0)


@pytest.mark.parametrize("wall", [None, 1_000_000.0], ids=["arrival", "reports"])
async def test_sender_reports_keep_lips_in_sync(
    new_peer: MakePeer, new_stock: MakeStock, start: Start, wall: float | None
) -> None:
    ahead = 0.3 if wall else 0.0
    source = start(SyntheticSource(GREEN, PCMA, 440, wall=wall, audio_ahead=ahead))
    peer, recorder = new_peer(SEND)
    peer.use(video=source.streams.video, audio=source.streams.audio)
    stock = new_stock()
    arrivals: dict[int, list[tuple[int, float]]] = {}
    reports: dict[int, RtcpSrPacket] = {}

    def keep(data: bytes) -> bool:
        if is_rtcp(data):
            for packet in RtcpPacket.parse(data):
                if isinstance(packet, RtcpSrPacket):
                    reports[packet.ssrc] = packet
        else:
            parsed = RtpPacket.parse(data)
            arrival = parsed.timestamp, time.time()
            arrivals.setdefault(parsed.ssrc, []).append(arrival)
        return True

    await connect(peer, recorder, stock)
    tap(stock, keep)
    await until(lambda: len(reports) == 2)
    await asyncio.sleep(0.5)

    def wall_delay(ssrc: int, rate: int) -> float:
        """Seconds from capture, as the report has it, to arrival, at best."""
        info = reports[ssrc].sender_info
        ntp = info.ntp_timestamp / (1 << 32) - rtp.NTP_EPOCH
        return min(
            arrived - ntp - signed(timestamp - info.rtp_timestamp) / rate
            for timestamp, arrived in arrivals[ssrc]
        )

    video = video_ssrc(stock)
    audio = next(ssrc for ssrc in reports if ssrc != video)
    video_delay = wall_delay(video, 90_000)
    audio_delay = wall_delay(audio, 8_000)
    assert abs(video_delay) < 0.2
    # The source's clock says that sound came earlier than what it belongs to.
    assert audio_delay - video_delay == pytest.approx(-ahead, abs=0.08)
    assert reports[video].sender_info.packet_count > 0


async def test_statistics(
    new_peer: MakePeer, new_stock: MakeStock, start: Start
) -> None:
    source = start(SyntheticSource(GREEN, PCMA, 440))
    peer, recorder = new_peer(SEND)
    peer.use(video=source.streams.video, audio=source.streams.audio)
    stock = new_stock()
    await connect(peer, recorder, stock)
    await until(lambda: peer.statistics().round_trip_time is not None, 6)
    await until(lambda: peer.statistics().bitrate_out > 50)

    statistics = peer.statistics()
    assert statistics.round_trip_time is not None
    assert 0 <= statistics.round_trip_time < 0.5
    assert statistics.packets_sent > 50
    assert statistics.bitrate_out < 1000
    assert statistics.packet_loss == 0
