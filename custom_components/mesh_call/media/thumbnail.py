"""Small pictures of stations: the last key frame as JPEG, decoded when asked for."""

import asyncio
from collections.abc import Callable
from functools import cache, partial

import av

from .conversion.decoder import CodedPicture, PictureDecoder, can_decode
from .jpeg import as_jpeg, encode_jpeg, is_jpeg
from .own_thread import own_thread
from .source import SourceError
from .stream import JPEG, Packet, Stream

_EMPTY_SIZE = (640, 360)


class Thumbnails:
    """Makes the thumbnails of one station."""

    def __init__(self) -> None:
        """Start no thread before one is asked for."""
        self._thread = own_thread()
        self._closed = False

    async def of_stream(self, stream: Stream | None) -> bytes | None:
        """Give the newest key frame of a stream, None if it had none."""
        if stream is None or not (packets := stream.still):
            return None
        if stream.codec == JPEG:
            return packets[0].payload
        return await self._make(partial(_decode, stream, packets))

    async def of_image(self, image: bytes) -> bytes | None:
        """Give any picture file as JPEG, None if it is none."""
        if is_jpeg(image):
            return image
        try:
            return await self._make(partial(as_jpeg, image))
        except SourceError:
            return None

    async def empty(self) -> bytes:
        """Give a black picture, for what there is none of."""
        return await asyncio.to_thread(_black)

    def close(self) -> None:
        """Make no more; the thread ends with what it does."""
        self._closed = True
        self._thread.shutdown(wait=False)

    async def _make(self, work: Callable[[], bytes | None]) -> bytes | None:
        if self._closed:
            return None
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _decode(stream: Stream, packets: tuple[Packet, ...]) -> bytes | None:
    if not can_decode(stream.codec):
        return None
    payloads = [packet.payload for packet in packets]
    decoder = PictureDecoder(stream.codec, reordered=False)
    frames = decoder.decode(CodedPicture(payloads, packets[0].timestamp, True, 0.0))
    return encode_jpeg(frames[0]) if frames else None


@cache
def _black() -> bytes:
    frame = av.VideoFrame(*_EMPTY_SIZE, "yuv420p")
    for plane, level in zip(frame.planes, (16, 128, 128), strict=True):
        plane.update(bytes((level,)) * plane.buffer_size)
    return encode_jpeg(frame)
