"""Starts the simulated GStreamer camera as a process of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
import os
from pathlib import Path
import subprocess

import pytest

SCRIPT = Path(__file__).parents[2] / "demo" / "camera" / "gstreamer_camera.py"
SYSTEM_PYTHON = "/usr/bin/python3"
START_TIMEOUT = 20.0
STOP_TIMEOUT = 5.0

# Making them loads the plugins: from a cold disk a camera's first start takes seconds.
_NEEDED = (
    "import gi; gi.require_version('GstRtspServer', '1.0');"
    "from gi.repository import Gst; Gst.init(None);"
    "assert all(map(Gst.ElementFactory.make, {elements!r}))"
)
_ELEMENTS = (
    *("x264enc", "mulawenc", "opusenc", "avenc_aac", "rtpmp4gpay"),
    *("webrtcbin", "nicesrc", "dtlsenc"),
)


@dataclass(slots=True)
class RunningCamera:
    """A camera that takes connections."""

    port: int
    path: str
    process: asyncio.subprocess.Process
    credentials: str = ""
    _lines: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where its stream is, with credentials."""
        return f"rtsp://{self.credentials}127.0.0.1:{self.port}{self.path}"

    @property
    def plain_url(self) -> str:
        """Where its stream is, without credentials."""
        return f"rtsp://127.0.0.1:{self.port}{self.path}"

    async def wait_for(self, start: str, timeout: float = 5.0) -> str:
        """Wait for a line of its output that starts so."""
        assert self.process.stdout is not None
        async with asyncio.timeout(timeout):
            while True:
                line = (await self.process.stdout.readline()).decode().strip()
                if line.startswith(start):
                    return line
                if self.process.stdout.at_eof():
                    raise RuntimeError("the camera has ended")

    async def stop(self) -> None:
        """End it as when its power is cut."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def gstreamer_camera(
    *arguments: str, user: str = "", password: str = "", path: str = "/stream"
) -> AsyncIterator[RunningCamera]:
    """Run a camera; `arguments` are those of `gstreamer_camera.py`."""
    require_gstreamer()
    credentials: list[str] = []
    if user:
        credentials = ["--user", user, "--password", password]
    process = await asyncio.create_subprocess_exec(
        SYSTEM_PYTHON,
        str(SCRIPT),
        *("--path", path),
        *arguments,
        *credentials,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    camera = RunningCamera(0, path, process, f"{user}:{password}@" if user else "")
    try:
        ready = await camera.wait_for("READY", START_TIMEOUT)
        camera.port = int(ready.split()[1])
        yield camera
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()


def require_gstreamer() -> None:
    """Skip the test where GStreamer is missing; fail where `CI` is set."""
    if not _has_gstreamer():
        reason = "GStreamer's RTSP server is not installed (scripts/setup system)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@cache
def _has_gstreamer() -> bool:
    if not Path(SYSTEM_PYTHON).exists():
        return False
    check = _NEEDED.format(elements=_ELEMENTS)
    done = subprocess.run(
        (SYSTEM_PYTHON, "-c", check), check=False, capture_output=True, timeout=60
    )
    return done.returncode == 0
