"""The measured camera as the benchmark sees it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .child import SYSTEM_PYTHON, Child, module
from .pictures import HEIGHT, WIDTH, write_pictures

BITRATE = 2000
_SETTINGS = (
    *("--width", str(WIDTH), "--height", str(HEIGHT), "--bitrate", str(BITRATE)),
    *("--gop", "50", "--audio", "pcma"),
)


@dataclass(frozen=True, slots=True)
class SentPicture:
    """A picture that left the camera."""

    time: int
    """Nanoseconds since 1970."""

    mark: int
    number: int


@dataclass(slots=True)
class MeasuredCamera:
    """A running camera and what it has sent."""

    child: Child
    url: str
    sent: list[SentPicture] = field(default_factory=list)

    async def listen(self) -> None:
        """Take note of what it sends, for ever."""
        while True:
            # Nobody watches it for a while between two measurements.
            words = (await self.child.line(timeout=3600)).split()
            if len(words) == 3 and words[0].isdecimal():
                self.sent.append(SentPicture(*map(int, words)))


@asynccontextmanager
async def measured_camera(
    folder: Path, loudspeaker: Path | None = None
) -> AsyncIterator[MeasuredCamera]:
    """Run the camera; what is said to it goes to the file `loudspeaker`."""
    loop = folder / "pictures"
    if not loop.exists():
        loop.mkdir()
        await asyncio.to_thread(write_pictures, loop)
    talk_back = (
        ("--talk-back", "pcma", "--talk-back-file", str(loudspeaker))
        if loudspeaker
        else ()
    )
    arguments = ("--loop", str(loop), *_SETTINGS, *talk_back)
    child = await Child.start(
        *module("camera", SYSTEM_PYTHON, arguments), log=folder / "camera.log"
    )
    listening: asyncio.Task[None] | None = None
    try:
        _, port = (await child.line()).split()
        camera = MeasuredCamera(child, f"rtsp://127.0.0.1:{port}/stream")
        listening = asyncio.create_task(camera.listen())
        yield camera
    finally:
        if listening:
            listening.cancel()
            await asyncio.wait((listening,))
        await child.stop()
