"""One look at what an RTSP camera sends."""

import asyncio

from custom_components.mesh_call.media.rtsp.address import parse_address
from custom_components.mesh_call.media.rtsp.reader import CameraTracks, RtspReader
from custom_components.mesh_call.media.source import (
    SourceError,
    SourceProblem,
    SourceStreams,
)

SETTLE_TIMEOUT = 2.0
"""Seconds for B-frames to show."""


async def probe(
    url: str, *, verify_ssl: bool = True, timeout: float = 20.0
) -> SourceStreams:
    """Give the streams of a camera as they were seen; raises SourceError.

    Nothing is open any more when it returns.
    """
    tracks = CameraTracks()
    ready = asyncio.Event()
    camera = RtspReader(parse_address(url), tracks, verify_ssl=verify_ssl)
    session = asyncio.create_task(camera.run(ready.set))
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait(
            (session, waiting), timeout=timeout, return_when=asyncio.FIRST_COMPLETED
        )
        if session.done():
            await session
        if not ready.is_set():
            raise SourceError(SourceProblem.NO_MEDIA)
        await _settle(tracks)
    finally:
        for task in (session, waiting):
            task.cancel()
        await asyncio.wait((session, waiting))
        await tracks.close()
    return tracks.streams


async def _settle(tracks: CameraTracks) -> None:
    try:
        async with asyncio.timeout(SETTLE_TIMEOUT):
            while tracks.video is not None and not tracks.video.settled:
                await asyncio.sleep(0.05)
    except TimeoutError:
        pass
