"""Addresses of other streams: RTMP, FLV, HLS and whatever else libav reads."""

import asyncio
from collections.abc import Callable
import time
from typing import override

from ..libav.demuxer import Contents, Demuxer, Piece
from ..libav.tracks import LibavTracks
from ..rtsp.address import ask_address
from ..source import SourceError, SourceProblem, SourceWay
from .addressed import AddressedWay

STALL_TIMEOUT = 10.0
"""Seconds without anything after which a stream is lost: the pieces of a playlist
come some seconds apart."""

READY_TIMEOUT = 25.0
_TICK = 0.5


class LibavWay(AddressedWay[LibavTracks]):
    """Reads a stream by libav."""

    kind = SourceWay.STREAM

    @override
    async def session(self, on_ready: Callable[[], None]) -> None:
        address = await ask_address(self._address)
        session = _Session(self._tracks, on_ready)
        await session.run(address, verify_ssl=self._verify_ssl)

    @override
    async def close(self) -> None:
        """Nothing outlives a session."""

    @override
    def _make_tracks(self) -> LibavTracks:
        return LibavTracks()


class _Session:
    """Takes what one demuxer reads, on the event loop."""

    def __init__(self, tracks: LibavTracks, on_ready: Callable[[], None]) -> None:
        self._tracks = tracks
        self._on_ready = on_ready
        self._loop = asyncio.get_running_loop()
        self._failed: asyncio.Future[SourceError] = self._loop.create_future()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._ready = False

    async def run(self, address: str, *, verify_ssl: bool) -> None:
        """Read to the end; raises SourceError."""
        demuxer = Demuxer(
            address,
            verify_ssl=verify_ssl,
            opened=lambda contents: self._call(self._open, contents),
            taken=lambda piece: self._call(self._take, piece),
            ended=lambda error: self._call(self._end, error),
        )
        demuxer.start()
        try:
            error = await self._watch()
        finally:
            demuxer.stop()
            # What the thread still reads belongs to nobody.
            self._failed.cancel()
            await self._tracks.interrupt()
            await asyncio.shield(self._over)
        raise error

    async def _watch(self) -> SourceError:
        """Wait for the end: a failure, or silence."""
        started = time.monotonic()
        while not self._failed.done():
            await asyncio.wait((self._failed,), timeout=_TICK)
            now = time.monotonic()
            if not self._ready and now - started > READY_TIMEOUT:
                return SourceError(SourceProblem.NO_MEDIA)
            arrival = self._tracks.last_arrival
            if arrival is not None and now - arrival > STALL_TIMEOUT:
                return SourceError(SourceProblem.NO_MEDIA, "stalled")
        return self._failed.result()

    def _call[T](self, take: Callable[[T], None], item: T) -> None:
        self._loop.call_soon_threadsafe(take, item)

    def _open(self, contents: Contents) -> None:
        self._do(lambda: self._tracks.open(contents))

    def _take(self, piece: Piece) -> None:
        if self._failed.done():
            return
        self._do(lambda: self._tracks.take(piece))
        if not self._ready and self._tracks.ready:
            self._ready = True
            self._on_ready()

    def _end(self, error: SourceError) -> None:
        self._fail(error)
        self._over.set_result(None)

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except SourceError as error:
            self._fail(error)

    def _fail(self, error: SourceError) -> None:
        if not self._failed.done():
            self._failed.set_result(error)
