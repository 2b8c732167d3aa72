"""A stream is sent to stock receivers, which see its colour and hear its tone."""

import asyncio
import time

import pytest

from custom_components.mesh_call.calls.model import ConnectionState
from custom_components.mesh_call.media.stream import OPUS, PCMA, PCMU, Codec
from custom_components.mesh_call.media.webrtc.lines import MediaPlan
from tests.waiting import until

from .conftest import MakePeer, MakeStock, Start
from .stock import connect
from .synthetic import BLUE, GREEN, RED, SyntheticSource

SEND = MediaPlan(send_video=True, send_audio=True)


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "fallback"])
@pytest.mark.parametrize("codec", [PCMA, PCMU, OPUS], ids=lambda codec: codec.name)
async def test_offer(
    new_peer: MakePeer, new_stock: MakeStock, start: Start, codec: Codec, raw: bool
) -> None:
    source = start(SyntheticSource(GREEN, codec, 440))
    plan = MediaPlan(send_video=True, send_audio=True, audio_codec=codec)
    peer, recorder = new_peer(plan, raw=raw)
    peer.use(video=source.streams.video, audio=source.streams.audio)
    stock = new_stock()

    await connect(peer, recorder, stock)

    assert recorder.states == [ConnectionState.CONNECTING, ConnectionState.CONNECTED]
    await stock.see(GREEN)
    await stock.hear_tone(440)


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "fallback"])
async def test_answer(
    new_peer: MakePeer, new_stock: MakeStock, start: Start, raw: bool
) -> None:
    source = start(SyntheticSource(RED, PCMU, 600))
    plan = MediaPlan(send_video=True, send_audio=True, audio_codec=PCMU)
    peer, recorder = new_peer(plan, raw=raw)
    peer.use(video=source.streams.video, audio=source.streams.audio)
    stock = new_stock()

    await peer.describe(await stock.offer("video", "audio"))
    await stock.take(await recorder.descriptions.get())

    await stock.see(RED)
    await stock.hear_tone(600)


async def test_late_joiner_sees_at_once(
    new_peer: MakePeer, new_stock: MakeStock, start: Start
) -> None:
    source = start(SyntheticSource(BLUE, None, gop=500))
    await asyncio.sleep(1)
    peer, recorder = new_peer(SEND)
    peer.use(video=source.streams.video, audio=None)
    stock = new_stock()

    await connect(peer, recorder, stock)
    connected = time.monotonic()

    assert (await stock.see(BLUE)).when - connected < 0.3
    # It catches up with the live picture, whose next key frame is far away.
    await until(lambda: len(stock.seen) > 25)


async def test_three_peers_of_one_stream(
    new_peer: MakePeer, new_stock: MakeStock, start: Start
) -> None:
    source = start(SyntheticSource(GREEN, PCMA, 440))
    stocks = []
    for _ in range(3):
        peer, recorder = new_peer(SEND)
        peer.use(video=source.streams.video, audio=source.streams.audio)
        stock = new_stock()
        await connect(peer, recorder, stock)
        stocks.append(stock)

    for stock in stocks:
        await stock.see(GREEN)
        await stock.hear_tone(440)
