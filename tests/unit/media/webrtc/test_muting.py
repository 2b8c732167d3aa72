"""Muting sends black and silence; timestamps and pictures go on."""

import asyncio
from itertools import pairwise

from aiortc.rtp import RtpPacket, is_rtcp
import pytest

from custom_components.mesh_call.media.stream import OPUS, PCMA, PCMU, Codec
from custom_components.mesh_call.media.webrtc.lines import MediaPlan
from tests.waiting import until

from .conftest import MakePeer, MakeStock, Start
from .stock import connect
from .synthetic import BLUE, GREEN, RED, SyntheticSource, alike, loudest
from .test_feedback import tap, video_ssrc

BLACK = (0, 0, 0)


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "fallback"])
async def test_muted_video_is_black(
    new_peer: MakePeer, new_stock: MakeStock, start: Start, raw: bool
) -> None:
    source = start(SyntheticSource(GREEN, None, gop=500, size=(640, 480)))
    peer, recorder = new_peer(MediaPlan(send_video=True), raw=raw)
    peer.use(video=source.streams.video, audio=None)
    stock = new_stock()
    await connect(peer, recorder, stock)
    await until(lambda: len(stock.seen) > 12)
    before = stock.seen[-1]

    peer.mute(audio=False, video=True)
    black = await stock.see(BLACK)
    assert black.size == (640, 480)
    await asyncio.sleep(1.2)
    assert not any(alike(seen.colour, GREEN) for seen in stock.seen[-1:])
    peer.mute(audio=False, video=False)
    green = await stock.see(GREEN)

    pts = [seen.pts for seen in stock.seen]
    assert pts == sorted(set(pts))
    # As much time has passed in timestamps as on the wall, but for a slow machine.
    assert (green.pts - before.pts) / 90_000 == pytest.approx(
        green.when - before.when, abs=0.6
    )


@pytest.mark.parametrize("codec", [PCMA, PCMU, OPUS], ids=lambda codec: codec.name)
async def test_muted_audio_is_silent(
    new_peer: MakePeer, new_stock: MakeStock, start: Start, codec: Codec
) -> None:
    source = start(SyntheticSource(None, codec, 440))
    peer, recorder = new_peer(MediaPlan(send_audio=True))
    peer.use(video=None, audio=source.streams.audio)
    stock = new_stock()
    await connect(peer, recorder, stock)
    await stock.hear_tone(440)

    peer.mute(audio=True, video=False)
    await asyncio.sleep(0.4)
    assert loudest(await stock.hear(0.3)) == 0
    count = len(stock.heard)
    # Silence is sent, not just nothing.
    await until(lambda: len(stock.heard) - count > 10)
    peer.mute(audio=False, video=False)
    await stock.hear_tone(440)
    steps = [b - a for a, b in zip(stock.heard_pts, stock.heard_pts[1:], strict=False)]
    assert min(steps) > 0


async def test_begins_muted(
    new_peer: MakePeer, new_stock: MakeStock, start: Start
) -> None:
    source = start(SyntheticSource(GREEN, PCMA, 440))
    peer, recorder = new_peer(MediaPlan(send_video=True, send_audio=True))
    peer.mute(audio=True, video=True)
    peer.use(video=source.streams.video, audio=source.streams.audio)
    stock = new_stock()
    await connect(peer, recorder, stock)

    await stock.see(BLACK)
    assert loudest(await stock.hear(0.3)) == 0
    assert not any(alike(seen.colour, GREEN) for seen in stock.seen)


async def test_another_stream_goes_on_where_the_last_one_was(
    new_peer: MakePeer, new_stock: MakeStock, start: Start
) -> None:
    first = start(SyntheticSource(RED, PCMA, 440, gop=500))
    second = start(SyntheticSource(BLUE, PCMU, 600, gop=500))
    peer, recorder = new_peer(MediaPlan(send_video=True, send_audio=True))
    peer.use(video=first.streams.video, audio=first.streams.audio)
    stock = new_stock()
    await connect(peer, recorder, stock)
    await stock.see(RED)
    sequences: list[int] = []
    ssrc = video_ssrc(stock)

    def keep(data: bytes) -> bool:
        if not is_rtcp(data) and (parsed := RtpPacket.parse(data)).ssrc == ssrc:
            sequences.append(parsed.sequence_number)
        return True

    tap(stock, keep)
    peer.use(video=second.streams.video, audio=second.streams.audio)
    await stock.see(BLUE)
    await stock.hear_tone(600)

    assert all((b - a) & 0xFFFF == 1 for a, b in pairwise(sequences))
    pts = [seen.pts for seen in stock.seen]
    assert pts == sorted(set(pts))
    await until(lambda: alike(stock.seen[-1].colour, BLUE))
