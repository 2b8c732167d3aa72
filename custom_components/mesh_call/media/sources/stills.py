"""Single pictures of a camera, asked for again and again: a slow film."""

import asyncio
from collections.abc import Awaitable, Callable
from fractions import Fraction
import io
import logging
import time
from typing import override

import av
from av.video.codeccontext import VideoCodecContext

from ..source import SourceError, SourceProblem, SourceStreams, SourceWay
from ..stream import JPEG, Packet, Stream
from .way import Way

_LOGGER = logging.getLogger(__name__)

INTERVAL = 1.0
"""Seconds from one picture to the next; some cameras take longer to give one."""

IMAGE_TIMEOUT = 10.0
MAX_FAILURES = 3

JPEG_TIME_BASE = Fraction(1, JPEG.clock_rate)
_JPEG_START = b"\xff\xd8\xff"

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
        self._streams = SourceStreams()

    @property
    @override
    def streams(self) -> SourceStreams:
        return self._streams

    @override
    async def session(self, on_ready: Callable[[], None]) -> None:
        failures = 0
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
        return image if is_jpeg(image) else await asyncio.to_thread(as_jpeg, image)

    def _push(self, image: bytes) -> None:
        moment = round((time.monotonic() - self._epoch) * JPEG.clock_rate)
        self._stream.push(Packet(image, moment, marker=True, key_frame=True))


def is_jpeg(image: bytes) -> bool:
    """Whether a file is a JPEG picture."""
    return image.startswith(_JPEG_START)


def as_jpeg(image: bytes) -> bytes:
    """Make a JPEG picture of a picture in another format; works in a thread.

    Raises:
        SourceError: it is none.
    """
    try:
        with av.open(io.BytesIO(image), "r") as container:
            frame = next(container.decode(video=0))
    except av.FFmpegError, StopIteration, IndexError, ValueError:
        raise SourceError(SourceProblem.NO_MEDIA, "not a picture") from None
    return encode_jpeg(frame)


def encode_jpeg(frame: av.VideoFrame) -> bytes:
    """Encode one picture as JPEG; works in a thread."""
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height = frame.width & ~1, frame.height & ~1
    encoder.pix_fmt = "yuvj420p"
    encoder.time_base = JPEG_TIME_BASE
    full = frame.reformat(encoder.width, encoder.height, "yuvj420p")
    full.pts = 0
    return b"".join(bytes(p) for p in [*encoder.encode(full), *encoder.encode(None)])
