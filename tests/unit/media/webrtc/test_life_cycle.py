"""The end of connections: lost ones, failed ones, closed ones."""

import asyncio
import gc
import logging
import threading
from typing import Any
import weakref

from aioice import ice
import pytest

from custom_components.mesh_call.calls.model import ConnectionState, Description
from custom_components.mesh_call.media import engine_room, peer as peer_module
from custom_components.mesh_call.media.stream import PCMA
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from custom_components.mesh_call.media.webrtc.lines import MediaPlan
from custom_components.mesh_call.media.webrtc.servers import IceServer
from tests.sockets import open_sockets
from tests.waiting import until

from .conftest import MakePeer, MakeStock, Start
from .stock import Recorder, StockPeer, connect, make_peer
from .synthetic import GREEN, SyntheticSource

BOTH = MediaPlan(send_video=True, send_audio=True, receive_audio=True, audio_codec=PCMA)


def test_engine_room_is_available() -> None:
    assert engine_room.available, engine_room.reasons


def sockets_of(stock: StockPeer) -> set[Any]:
    """What a stock peer sends through."""
    return {
        protocol.transport
        for transceiver in stock.connection.getTransceivers()
        for protocol in transceiver.receiver.transport.transport._connection._protocols
    }


def silence(stock: StockPeer) -> None:
    """Let a stock peer vanish without a word; `speak` brings it back."""
    for transport in sockets_of(stock):
        transport.sendto = lambda data, addr: None


def speak(stock: StockPeer) -> None:
    for transport in sockets_of(stock):
        del transport.sendto


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "fallback"])
async def test_vanished_peer_is_disconnected_until_it_is_back(
    new_peer: MakePeer,
    new_stock: MakeStock,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
    raw: bool,
) -> None:
    monkeypatch.setattr(peer_module, "SILENCE_TIMEOUT", 2.5)
    source = start(SyntheticSource(GREEN))
    peer, recorder = new_peer(BOTH, raw=raw)
    peer.use(video=source.streams.video, audio=source.streams.audio)
    stock = new_stock()
    await connect(peer, recorder, stock)
    await asyncio.sleep(3)
    assert recorder.states[-1] is ConnectionState.CONNECTED

    silence(stock)
    await until(lambda: recorder.states[-1] is ConnectionState.DISCONNECTED)
    speak(stock)
    await until(lambda: recorder.states[-1] is ConnectionState.CONNECTED)


async def restart(peer: peer_module.Peer, recorder: Recorder, stock: StockPeer) -> None:
    """Let another stock peer offer: the same app after a restart."""
    await peer.describe(await stock.offer("video"))
    await stock.take(await recorder.descriptions.get())
    await until(lambda: stock.connection.connectionState == "connected")


async def test_who_vanishes_after_a_restart_is_disconnected(
    new_peer: MakePeer,
    new_stock: MakeStock,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(peer_module, "SILENCE_TIMEOUT", 1.5)
    source = start(SyntheticSource(GREEN))
    peer, recorder = new_peer(BOTH)
    peer.use(video=source.streams.video, audio=source.streams.audio)
    for stock in (new_stock(), new_stock()):
        await restart(peer, recorder, stock)
        await stock.see(GREEN)
    silence(stock)
    await until(lambda: recorder.states[-1] is ConnectionState.DISCONNECTED)


async def test_nothing_is_left_of_restarts(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "asyncio")
    source = start(SyntheticSource(GREEN))
    tasks, sockets = asyncio.all_tasks(), open_sockets()
    recorder, stocks = Recorder(), [StockPeer() for _ in range(6)]
    peer = make_peer(recorder, BOTH)
    peer.use(video=source.streams.video, audio=source.streams.audio)
    for number, stock in enumerate(stocks):
        await restart(peer, recorder, stock)
        if number % 2:
            # The next restart comes while this one is still under way.
            await stock.see(GREEN)
    assert recorder.states == [ConnectionState.CONNECTING, ConnectionState.CONNECTED]
    await asyncio.gather(peer.close(), *(stock.close() for stock in stocks))
    await asyncio.sleep(0.1)
    assert asyncio.all_tasks() == tasks
    assert open_sockets() == sockets
    # A loaded machine makes asyncio warn of slow steps, which is no trace.
    assert not [r for r in caplog.records if not r.msg.startswith("Executing")]


async def test_silent_peer_that_answers_checks_stays_connected(
    new_peer: MakePeer, new_stock: MakeStock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_module, "SILENCE_TIMEOUT", 1.5)
    monkeypatch.setattr(ice, "CONSENT_INTERVAL", 0.5)
    peer, recorder = new_peer(MediaPlan(send_audio=True))
    stock = new_stock()
    await connect(peer, recorder, stock)
    # Nothing is sent, so nothing is reported: there is only STUN.
    await asyncio.sleep(3)
    assert recorder.states[-1] is ConnectionState.CONNECTED


def test_disconnected_after_six_seconds() -> None:
    assert peer_module.SILENCE_TIMEOUT == 6


async def test_the_other_end_closes(
    new_peer: MakePeer, new_stock: MakeStock, start: Start
) -> None:
    source = start(SyntheticSource(GREEN))
    peer, recorder = new_peer(BOTH)
    peer.use(video=source.streams.video, audio=source.streams.audio)
    stock = new_stock()
    await connect(peer, recorder, stock)
    await stock.see(GREEN)
    await stock.connection.close()
    await until(lambda: recorder.states[-1] is ConnectionState.CLOSED)
    await peer.close()
    await peer.close()


async def test_hopeless_connection_fails(
    new_stock: MakeStock, new_peer: MakePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_module, "CONNECT_TIMEOUT", 0.6)
    peer, recorder = new_peer(BOTH)
    offer = await new_stock().offer("audio")
    lines = [
        line
        for line in offer.sdp.splitlines()
        if not line.startswith(("a=candidate", "a=end-of"))
    ]
    await peer.describe(Description("offer", "\r\n".join(lines) + "\r\n"))
    await until(lambda: recorder.states[-1:] == [ConnectionState.FAILED])


async def test_dead_servers_do_not_hold_up_a_call() -> None:
    recorder = Recorder()
    dead = IceConfiguration(
        (IceServer(("stun:127.0.0.1:9", "turn:127.0.0.1:9"), "user", "secret"),)
    )
    peer = peer_module.Peer(dead, recorder.events, BOTH)
    try:
        async with asyncio.timeout(engine_room.GATHERING_TIMEOUT + 1):
            await peer.offer()
        assert "a=candidate" in (await recorder.descriptions.get()).sdp
    finally:
        await peer.close()


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "fallback"])
@pytest.mark.parametrize("delay", [0, 0.001, 0.02, 0.05, 0.1])
async def test_close_in_the_middle(start: Start, delay: float, raw: bool) -> None:
    source = start(SyntheticSource(GREEN))
    recorder, stock = Recorder(), StockPeer()
    peer = make_peer(recorder, BOTH, raw=raw)
    peer.use(video=source.streams.video, audio=source.streams.audio)
    connecting = asyncio.create_task(connect(peer, recorder, stock))
    await asyncio.sleep(delay)
    await peer.close()
    connecting.cancel()
    await asyncio.gather(connecting, return_exceptions=True)
    await stock.close()


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "fallback"])
async def test_nothing_is_left_after_twenty_cycles(
    start: Start, caplog: pytest.LogCaptureFixture, raw: bool
) -> None:
    # Records of asyncio hold the sockets' protocols.
    caplog.set_level(logging.WARNING, "asyncio")
    source = start(SyntheticSource(GREEN))
    tasks = asyncio.all_tasks()
    threads, sockets = threading.active_count(), open_sockets()
    peers: list[weakref.ref[peer_module.Peer]] = []
    for _ in range(20):
        recorder, stock = Recorder(), StockPeer()
        peer = make_peer(recorder, BOTH, raw=raw)
        peers.append(weakref.ref(peer))
        peer.use(video=source.streams.video, audio=source.streams.audio)
        await connect(peer, recorder, stock)
        if raw:
            # No decoder threads on our side, two on the other.
            assert threading.active_count() <= threads + 2
        await asyncio.gather(peer.close(), peer.close(), stock.close())
    await asyncio.sleep(0.1)
    assert asyncio.all_tasks() == tasks
    assert open_sockets() == sockets
    assert threading.active_count() <= threads + 1  # the executor's
    del peer, recorder, stock
    for _ in range(3):
        gc.collect()
    assert not [peer for peer in peers if peer() is not None]
