"""The back channel of a camera that takes one session: the one that is read."""

import asyncio
from typing import override

from ..rtsp.talk import Talk
from ..sources.rtsp import RtspWay
from .back_channel import OPEN_TIMEOUT, TalkLine
from .speaker import Samples, Speaker, SpeakerError


class SharedBackChannel(Speaker):
    """Speaks in the session of the picture, which is made anew for it.

    Args:
        way: by which the camera is read.
    """

    def __init__(self, way: RtspWay) -> None:
        self._way = way
        self._talk: Talk | None = None
        self._line: TalkLine | None = None

    @override
    async def open(self) -> None:
        """Open the way to the loudspeaker.

        Raises:
            SpeakerError: `busy`. The picture goes on without it.
        """
        await self.close()
        if self._way.is_talked_to:
            raise SpeakerError("busy")
        talk = self._talk = Talk()
        self._way.talk(talk)
        try:
            async with asyncio.timeout(OPEN_TIMEOUT):
                track = await asyncio.shield(talk.track)
        except TimeoutError:
            track = None
        if track is None:
            await self.close()
            raise SpeakerError("busy")
        self._line = TalkLine(track)

    @override
    def write(self, samples: Samples) -> None:
        if self._line is not None:
            self._line.write(samples)

    @override
    async def wait_lost(self) -> None:
        assert self._talk is not None
        await self._talk.lost.wait()

    @override
    async def close(self) -> None:
        line, self._line = self._line, None
        talk, self._talk = self._talk, None
        try:
            if line is not None:
                await line.close()
        finally:
            if talk is not None:
                self._way.talk(None)
