"""The simulated doorbell of the demo home, run as a child process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .visitor import HEIGHT, PICTURES_PER_SECOND, WIDTH, Visitor

CAMERA = Path(__file__).parent / "camera" / "gstreamer_camera.py"
SYSTEM_PYTHON = "/usr/bin/python3"
START_TIMEOUT = 20
STOP_TIMEOUT = 5


@dataclass
class Doorbell:
    """A running doorbell with camera, microphone and loudspeaker."""

    process: asyncio.subprocess.Process
    port: int
    levels: asyncio.Queue[int] = field(default_factory=asyncio.Queue)
    """How loud its loudspeaker is, in percent, told twice a second while in use."""

    @property
    def url(self) -> str:
        """Where its stream is."""
        return f"rtsp://127.0.0.1:{self.port}/door"

    async def listen(self) -> None:
        """Fill `levels` until the doorbell ends."""
        while line := await _line(self.process):
            if line.startswith("LEVEL"):
                self.levels.put_nowait(int(line.split()[1]))


class DoorbellError(Exception):
    """The doorbell could not be started."""


@asynccontextmanager
async def running_doorbell(visitor: Visitor) -> AsyncIterator[Doorbell]:
    """Run the doorbell; raises DoorbellError."""
    process = await asyncio.create_subprocess_exec(
        SYSTEM_PYTHON,
        str(CAMERA),
        *("--path", "/door", "--talk-back", "pcma", "--levels"),
        *("--pictures", visitor.pictures, "--sound", str(visitor.sound)),
        *("--width", str(WIDTH), "--height", str(HEIGHT)),
        *("--fps", str(PICTURES_PER_SECOND), "--gop", str(2 * PICTURES_PER_SECOND)),
        *("--bitrate", "1500"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        doorbell = Doorbell(process, await _wait_for_port(process))
        listening = asyncio.create_task(doorbell.listen())
        yield doorbell
        listening.cancel()
    finally:
        await _stop(process)


async def _wait_for_port(process: asyncio.subprocess.Process) -> int:
    try:
        async with asyncio.timeout(START_TIMEOUT):
            while line := await _line(process):
                if line.startswith("READY"):
                    return int(line.split()[1])
    except TimeoutError:
        raise DoorbellError("The simulated doorbell did not start in time") from None
    raise DoorbellError(
        "The simulated doorbell ended: is GStreamer's RTSP server installed?"
        " scripts/setup system installs it on Debian"
    )


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode()


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
