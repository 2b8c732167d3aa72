"""A sound that has no end, as players fetch it over HTTP.

It is MP3: every kind of player takes it, and it begins where its listener begins.
libav opens it after a quarter of a second, but an endless WAV after four seconds.
"""

import asyncio
from collections.abc import AsyncGenerator

import av
import numpy as np

from .speaker import FRAME_SAMPLES, SAMPLE_RATE, Samples

BIT_RATE = 128_000

OPENING = 1.0
"""Seconds of silence sent at once: what players want before they play."""

MAX_UNSENT = 100
"""Frames (2.4 s) for a listener who takes nothing; then it is let go."""


class LiveSound:
    """Gives what is written to all who listen, from now on."""

    def __init__(self) -> None:
        """Begin; nobody listens yet."""
        self._encoder = _Mp3Encoder()
        self._opening = self._encoder.silence(OPENING)
        self._queues: set[asyncio.Queue[bytes]] = set()
        self._heard = asyncio.Event()
        self._deserted = asyncio.Event()

    def write(self, samples: Samples) -> None:
        """Let FRAME_SAMPLES samples be heard."""
        if data := self._encoder.encode(samples):
            for queue in tuple(self._queues):
                if queue.full():
                    self._let_go(queue)
                else:
                    queue.put_nowait(data)

    async def listen(self) -> AsyncGenerator[bytes]:
        """Give everything from now on, until `end` or until it isn't taken any more."""
        queue = asyncio.Queue[bytes](MAX_UNSENT)
        self._queues.add(queue)
        self._deserted.clear()
        self._heard.set()
        try:
            yield self._opening
            while True:
                yield await queue.get()
        except asyncio.QueueShutDown:
            return
        finally:
            self._let_go(queue)

    async def wait_heard(self) -> None:
        """Wait until somebody has begun to listen."""
        await self._heard.wait()

    async def wait_deserted(self, seconds: float) -> None:
        """Wait until nobody has listened for so long."""
        while True:
            await self._deserted.wait()
            await asyncio.sleep(seconds)
            if self._deserted.is_set():
                return

    def end(self) -> None:
        """Let the sound end for all who listen."""
        for queue in tuple(self._queues):
            self._let_go(queue)

    def _let_go(self, queue: asyncio.Queue[bytes]) -> None:
        queue.shutdown(immediate=True)
        self._queues.discard(queue)
        if not self._queues:
            self._deserted.set()


class _Mp3Encoder:
    """Makes frames that depend on none before: listeners begin anywhere."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libmp3lame", "w")
        codec.sample_rate = SAMPLE_RATE
        codec.layout = "mono"
        codec.format = "s16p"
        codec.bit_rate = BIT_RATE
        codec.options = {"reservoir": "0"}
        codec.open()
        self._codec = codec
        self._fifo = av.AudioFifo()
        self._position = 0

    def encode(self, samples: Samples) -> bytes:
        frame = av.AudioFrame.from_ndarray(
            samples.reshape(1, -1), format="s16p", layout="mono"
        )
        frame.sample_rate = SAMPLE_RATE
        frame.pts = self._position
        self._position += len(samples)
        self._fifo.write(frame)
        packets = []
        while (whole := self._fifo.read(self._codec.frame_size)) is not None:
            packets += self._codec.encode(whole)
        return b"".join(bytes(packet) for packet in packets)

    def silence(self, seconds: float) -> bytes:
        frames = round(seconds * SAMPLE_RATE / FRAME_SAMPLES)
        silent = np.zeros(FRAME_SAMPLES, np.int16)
        return b"".join(self.encode(silent) for _ in range(frames))
