"""What a session with a camera is kept for, and what comes after it."""

import asyncio
import time

import pytest

from custom_components.mesh_call.media.source import (
    SourceError,
    SourceProblem,
    SourceState,
)
from custom_components.mesh_call.media.sources import reconnecting
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.sources.rtsp import RtspWay
from tests.cameras.bad_manners import Manners, bad_camera
from tests.cameras.probing import probe
from tests.sockets import open_sockets
from tests.waiting import until

from .reading import assert_shows, open_source, watch


async def test_users_share_one_connection_and_it_lingers() -> None:
    async with bad_camera() as camera:

        async def tell() -> str:
            return camera.url

        source = ReconnectingSource(RtspWay(tell))
        states: list[SourceState] = []
        source.subscribe(lambda status: states.append(status.state))
        first, second = source.acquire(), source.acquire()
        streams = await source.ready(5)
        first()
        first()
        await asyncio.sleep(0.5)
        assert source.status.state is SourceState.READY
        second()
        await asyncio.sleep(0.1)
        third = source.acquire()
        await asyncio.sleep(0.5)
        assert camera.seen.connections == 1
        third()
        await until(lambda: not camera.seen.open_connections)
        assert states == [
            SourceState.CONNECTING,
            SourceState.READY,
            SourceState.CLOSED,
        ]
        assert streams.video is not None
        assert not streams.video.has_key_frame
        release = source.acquire()
        assert await source.ready(5) is streams
        assert camera.seen.connections == 2
        release()
        await source.close()
        source.acquire()
        with pytest.raises(SourceError):
            await source.ready(0.1)


async def test_what_comes_while_a_session_ends_is_not_shown_in_the_next() -> None:
    async with bad_camera(Manners(takes_teardown=False)) as camera:
        async with open_source(camera.url) as source:
            video = (await source.ready(5)).video
        assert video is not None
        assert not video.has_key_frame


async def test_a_dropped_connection_is_made_again_and_the_stream_goes_on() -> None:
    async with bad_camera() as camera, open_source(camera.url) as source:
        collector = await watch(source, 0.3)
        video = source.streams.video
        states: list[SourceState] = []
        source.subscribe(lambda status: states.append(status.state))
        camera.hang_up()
        await until(lambda: source.status.state is SourceState.LOST)
        before = len(collector.collected)
        assert video is not None
        assert not video.has_key_frame
        assert video.clock is None
        await source.ready(5)
        await asyncio.sleep(0.3)
        assert source.streams.video is video
        assert states == [SourceState.LOST, SourceState.READY]
        after = collector.collected[before:]
        assert after[0].key_frame
        gap = after[0].timestamp - collector.collected[before - 1].timestamp
        assert 0.05 < gap / 90_000 < 1.5
        assert_shows(collector, camera.manners, 10)


async def test_twenty_drops_leave_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconnecting, "LONGEST_DELAY", 0.05)
    async with bad_camera() as camera, open_source(camera.url) as source:
        await source.ready(5)
        tasks, sockets = len(asyncio.all_tasks()), open_sockets()
        for _ in range(20):
            camera.hang_up()
            await until(lambda: source.status.state is SourceState.LOST)
            await source.ready(5)
        await until(lambda: len(asyncio.all_tasks()) <= tasks)
        assert open_sockets() <= sockets


async def test_a_silent_stall_is_noticed_although_rtcp_goes_on() -> None:
    manners = Manners(stalls_after=0.5)
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        await source.ready(5)
        begun = time.monotonic()
        await until(lambda: source.status.state is SourceState.LOST)
        assert 0.8 < time.monotonic() - begun < 2.2
        error = source.status.error
        assert error == SourceError(SourceProblem.NO_MEDIA, "stalled")


async def test_after_a_lost_packet_waits_for_the_key_frame() -> None:
    manners = Manners(loses=frozenset({17}))
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        collector = await watch(source, 1.2)
        keys = [p.timestamp for p in collector.collected if p.key_frame]
        assert len(keys) >= 2
        assert_shows(collector, manners, 15)


async def test_the_session_is_kept_alive() -> None:
    manners = Manners(session_timeout=2, authentication="digest", nonce_lives=7)
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        await source.ready(5)
        await asyncio.sleep(3)
        assert source.status.state is SourceState.READY
        assert camera.seen.methods().count("GET_PARAMETER") >= 2
        assert camera.seen.connections == 1


async def test_probe_tells_the_size_and_closes() -> None:
    async with bad_camera() as camera:
        streams = await probe(camera.url)
        assert streams.video is not None
        assert streams.video.size == (128, 96)
        await until(lambda: not camera.seen.open_connections)
