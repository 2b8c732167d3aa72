"""A camera by the best way it offers."""

import asyncio
from collections.abc import Callable
import logging
from typing import override

from ..camera import Camera, WebRtcCamera
from ..libav.address import can_read, scheme
from ..rtsp.address import ask_address
from ..rtsp.url import is_rtsp
from ..source import PassedOver, SourceError, SourceProblem, SourceStreams, SourceWay
from .libav import LibavWay
from .rtsp import RtspWay
from .stills import StillsWay
from .way import Way
from .webrtc import WebRtcWay

_LOGGER = logging.getLogger(__name__)

MAX_RETRIES = 3
"""Attempts by the way that worked, before others are tried."""


class CameraWay(Way):
    """Chooses how to read a camera, for each session anew.

    RTSP is best: packets pass as they come. Home Assistant's WebRTC API comes next,
    then whatever libav reads, in the end single pictures. What worked in this use is
    tried again first.
    """

    def __init__(self, camera: Camera, *, verify_ssl: bool = True) -> None:
        """Prepare; nothing is asked or sent before the first session."""
        self._camera = camera
        self._url = ""
        self.rtsp = RtspWay(self._tell_url, verify_ssl=verify_ssl)
        self.webrtc = WebRtcWay(self.find_webrtc)
        self._ways: dict[SourceWay, Way] = {
            SourceWay.RTSP: self.rtsp,
            SourceWay.WEBRTC: self.webrtc,
            SourceWay.STREAM: LibavWay(self._tell_url, verify_ssl=verify_ssl),
            SourceWay.STILLS: StillsWay(camera.image),
        }
        self._current: Way = self.rtsp
        self._proven: SourceWay | None = None
        self._failures = 0
        self._worked = False
        self._passed_over: list[PassedOver] = []

    @property
    @override
    def kind(self) -> SourceWay:
        return self._current.kind

    @property
    def has_address(self) -> bool:
        """Whether the camera named an address of a stream when it was last asked."""
        return bool(self._url)

    @property
    @override
    def passed_over(self) -> tuple[PassedOver, ...]:
        return tuple(self._passed_over)

    @property
    @override
    def streams(self) -> SourceStreams:
        return self._current.streams

    @override
    async def session(self, on_ready: Callable[[], None]) -> None:
        self._passed_over = []
        self._worked = False
        for kind in await self._candidates():
            try:
                await self._try(kind, on_ready)
            except SourceError as error:
                # A wrong password is not tried elsewhere: some devices lock up.
                if self._worked or error.problem is SourceProblem.INVALID_AUTH:
                    raise
                self._passed_over.append(PassedOver(kind, error))
        self._failures += 1
        if not self._passed_over:
            raise SourceError(SourceProblem.NO_MEDIA, "no stream")
        best = self._passed_over[0].error
        raise SourceError(best.problem, best.detail)

    @override
    async def close(self) -> None:
        self._proven = None
        for way in self._ways.values():
            await way.close()

    async def _try(self, kind: SourceWay, on_ready: Callable[[], None]) -> None:
        way = self._ways[kind]

        def ready() -> None:
            self._current, self._proven, self._failures = way, kind, 0
            self._worked = True
            on_ready()

        await way.session(ready)

    async def _candidates(self) -> list[SourceWay]:
        """Ask the camera what it has, best first."""
        try:
            self._url = await ask_address(self._camera.stream_source)
        except SourceError as error:
            self._url = ""
            self._passed_over.append(PassedOver(SourceWay.RTSP, error))
        possible = {
            SourceWay.RTSP: is_rtsp(self._url),
            SourceWay.WEBRTC: self.find_webrtc() is not None,
            SourceWay.STREAM: can_read(self._url) or self._is_file(),
            SourceWay.STILLS: self._camera.gives_images,
        }
        candidates = [kind for kind, is_possible in possible.items() if is_possible]
        if self._proven is not None and self._failures < MAX_RETRIES:
            return [kind for kind in candidates if kind is self._proven]
        return candidates

    def find_webrtc(self) -> WebRtcCamera | None:
        """Give the camera's WebRTC side, None if it has none now."""
        try:
            return self._camera.webrtc()
        except Exception as error:  # noqa: BLE001 - it may be any integration's
            _LOGGER.debug("A camera has no WebRTC: %s", type(error).__name__)
            return None

    def _is_file(self) -> bool:
        return self._camera.plays_files and scheme(self._url) == "file"

    async def _tell_url(self) -> str:
        return self._url


async def probe(camera: Camera, *, verify_ssl: bool, timeout: float = 20.0) -> None:
    """Find out whether a camera gives anything, by whatever way.

    Nothing is open any more when it returns.

    Raises:
        SourceError: it can't be used, and why.
    """
    way = CameraWay(camera, verify_ssl=verify_ssl)
    ready = asyncio.Event()
    session = asyncio.create_task(way.session(ready.set), name="mesh_call probe")
    waiting = asyncio.create_task(ready.wait(), name="mesh_call probe wait")
    try:
        await asyncio.wait(
            (session, waiting), timeout=timeout, return_when=asyncio.FIRST_COMPLETED
        )
        if session.done():
            await session
        if not ready.is_set():
            raise SourceError(SourceProblem.NO_MEDIA)
    finally:
        for task in (session, waiting):
            task.cancel()
            await asyncio.wait((task,))
        await way.close()
