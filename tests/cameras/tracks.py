"""Tracks of stock aiortc: one colour, one frequency."""

import asyncio
from fractions import Fraction
import time
from typing import override

from aiortc import MediaStreamTrack, VideoStreamTrack
import av
import numpy as np

from .content import Color, make_tone

_FRAME = 960


class ColorTrack(VideoStreamTrack):
    """A picture of one colour."""

    def __init__(self, color: Color) -> None:
        """Make the picture."""
        super().__init__()
        self._image = np.full((240, 320, 3), color, np.uint8)

    @override
    async def recv(self) -> av.VideoFrame:
        """Give the next picture when it is due."""
        frame = av.VideoFrame.from_ndarray(self._image, "rgb24")
        frame.pts, frame.time_base = await self.next_timestamp()
        return frame


class ToneTrack(MediaStreamTrack):
    """A sound of one frequency."""

    kind = "audio"

    def __init__(self, frequency: float) -> None:
        """Make a second of it."""
        super().__init__()
        self._samples = make_tone(frequency, 1).reshape(50, _FRAME)
        self._count = 0
        self._begun = time.monotonic()

    @override
    async def recv(self) -> av.AudioFrame:
        """Give the next 20 ms when they are due."""
        due = self._begun + self._count * 0.02
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        piece = self._samples[self._count % 50].reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(piece, "s16", "mono")
        frame.sample_rate = 48_000
        frame.pts, frame.time_base = self._count * _FRAME, Fraction(1, 48_000)
        self._count += 1
        return frame
