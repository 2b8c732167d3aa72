"""Single pictures of a camera, asked for again and again: a slow film."""

import asyncio
from collections.abc import Awaitable, Callable
import logging
import time
from typing import override

from ..jpeg import as_jpeg, is_jpeg
from ..own_thread import own_thread
from ..source import SourceError, SourceProblem, SourceStreams, SourceWay
from ..stream import JPEG, Packet, Stream
from .way import Way

_LOGGER = logging.getLogger(__name__)

INTERVAL = 1.0
"""Seconds from one picture to the next; some cameras take longer to give one."""

IMAGE_TIMEOUT = 10.0
MAX_FAILURES = 3


type GetImage = Callable[[], Awaitable[bytes]]
"""Gives a picture of now as a file; may raise anything."""


class StillsWay(Way):
    """Asks for pictures, one after the other."""

    kind = SourceWay.STILLS
    passed_over = ()

    def __init__(self, image: GetImage) -> None:
        """Prepare; nothing is asked before the first session."""
        self._image = image
        self._epoch = time.monotonic()
        self._stream = Stream(JPEG)
        self._thread = own_thread()
        self._streams = SourceStreams()

    @property
    @override
    def streams(self) -> SourceStreams:
        return self._streams

    @override
    async def session(self, on_ready: Callable[[], None]) -> None:
        failures = 0
        # It begins with the first picture that is no JPEG.
        self._thread = own_thread()
        try:
            while True:
                begun = time.monotonic()
                try:
                    self._push(await self._ask())
                    failures = 0
                except SourceError:
                    failures += 1
                    if self._streams.video is None or failures >= MAX_FAILURES:
                        raise
                if self._streams.video is None:
                    self._streams.video = self._stream
                    on_ready()
                await asyncio.sleep(max(0.0, begun + INTERVAL - time.monotonic()))
        finally:
            self._thread.shutdown(wait=False)
            self._streams.video = None
            self._stream.forget()

    @override
    async def close(self) -> None:
        """Nothing outlives a session."""

    async def _ask(self) -> bytes:
        try:
            async with asyncio.timeout(IMAGE_TIMEOUT):
                image = await self._image()
        except TimeoutError:
            raise SourceError(SourceProblem.CANNOT_CONNECT, "no answer") from None
        except Exception as error:  # noqa: BLE001 - it may be any integration's
            _LOGGER.debug("A camera gave no picture: %s", type(error).__name__)
            raise SourceError(SourceProblem.CANNOT_CONNECT, "no picture") from None
        if is_jpeg(image):
            return image
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, as_jpeg, image)

    def _push(self, image: bytes) -> None:
        moment = round((time.monotonic() - self._epoch) * JPEG.clock_rate)
        self._stream.push(Packet(image, moment, marker=True, key_frame=True))
