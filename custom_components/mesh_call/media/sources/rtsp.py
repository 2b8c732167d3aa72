"""Cameras that speak RTSP: picture and sound as they come, packet by packet."""

import asyncio
from collections.abc import Callable
import time
from typing import override

from ..rtsp.address import AddressProvider, parse_address, resolve_address
from ..rtsp.reader import CameraTracks, RtspReader
from ..source import SourceError, SourceProblem, SourceStreams, SourceWay
from .way import Way

SETTLE_TIMEOUT = 2.0
"""Seconds a probe waits for B-frames to show."""


class RtspWay(Way):
    """Reads an RTSP camera.

    Args:
        address: gives the URL, asked for each session; it may raise, hang or give
            None.
        verify_ssl: whether an rtsps camera's certificate must be trusted.
    """

    kind = SourceWay.RTSP
    passed_over = ()

    def __init__(self, address: AddressProvider, *, verify_ssl: bool = True) -> None:
        self._address = address
        self._verify_ssl = verify_ssl
        self._tracks = CameraTracks()

    @property
    @override
    def streams(self) -> SourceStreams:
        return self._tracks.streams

    @override
    async def session(self, on_ready: Callable[[], None]) -> None:
        url = await resolve_address(self._address)
        reader = RtspReader(url, self._tracks, verify_ssl=self._verify_ssl)
        await reader.run(on_ready)

    @override
    async def close(self) -> None:
        await self._tracks.close()


async def probe(
    url: str, *, verify_ssl: bool = True, timeout: float = 20.0
) -> SourceStreams:
    """Find out what a camera really sends: wait for a picture (or sound) of it.

    Args:
        url: of the stream, with credentials.
        verify_ssl: whether an rtsps camera's certificate must be trusted.
        timeout: seconds for everything.

    Returns:
        its streams, as they were seen; nothing is open any more.

    Raises:
        SourceError: it can't be used, and why.
    """
    parsed = parse_address(url)
    tracks = CameraTracks()
    ready = asyncio.Event()
    reader = RtspReader(parsed, tracks, verify_ssl=verify_ssl)
    session = asyncio.create_task(reader.run(ready.set), name="mesh_call rtsp probe")
    try:
        await _wait_for_media(session, ready, tracks, timeout)
    finally:
        session.cancel()
        await asyncio.wait((session,))
        await tracks.close()
    return tracks.streams


async def _wait_for_media(
    session: asyncio.Task[None],
    ready: asyncio.Event,
    tracks: CameraTracks,
    timeout: float,
) -> None:
    waiting = asyncio.create_task(ready.wait(), name="mesh_call rtsp probe wait")
    try:
        await asyncio.wait(
            (session, waiting), timeout=timeout, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        waiting.cancel()
    if not session.done() and not ready.is_set():
        raise SourceError(SourceProblem.NO_MEDIA)
    end = time.monotonic() + SETTLE_TIMEOUT
    while not session.done() and time.monotonic() < end:
        if tracks.video is None or tracks.video.settled:
            break
        await asyncio.sleep(0.1)
    if session.done():
        await session
