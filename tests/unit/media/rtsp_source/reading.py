"""A camera that is read as a source."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.sources.rtsp import RtspWay
from tests.cameras.bad_manners import Manners
from tests.cameras.content import Collector, decode_h264, is_color


@asynccontextmanager
async def open_source(url: str) -> AsyncIterator[ReconnectingSource]:
    async def tell() -> str:
        return url

    source = ReconnectingSource(RtspWay(tell))
    source.acquire()
    try:
        yield source
    finally:
        await source.close()


async def watch(source: ReconnectingSource, seconds: float = 0.6) -> Collector:
    """Collect the picture for a while."""
    streams = await source.ready(5)
    assert streams.video is not None
    collector = Collector(streams.video)
    await asyncio.sleep(seconds)
    return collector


def assert_shows(collector: Collector, manners: Manners, pictures: int = 8) -> None:
    frames = decode_h264(collector.collected)
    assert len(frames) >= pictures
    assert all(is_color(frame, manners.color) for frame in frames)
    stamps = [packet.timestamp for packet in collector.collected]
    assert stamps == sorted(stamps)
