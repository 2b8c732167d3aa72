"""What recording one member of a call costs."""

import asyncio
from pathlib import Path
import sys

from .child import Child, module
from .usage import cpu_seconds

_SETTLE = 2.0


async def measure_recording(camera_url: str, folder: Path, seconds: float) -> float:
    """Return CPU seconds per minute: a source with recorder minus one without."""
    recordings = folder / "recordings"
    recordings.mkdir()
    child = await Child.start(
        *module("recording_program", sys.executable, (camera_url, str(recordings))),
        log=folder / "recording.log",
    )
    try:
        await child.line()
        await asyncio.sleep(_SETTLE)
        without = await _spent(child.pid, seconds)
        before = cpu_seconds(child.pid)
        await child.ask(do="record")
        await asyncio.sleep(seconds)
        finished = await child.ask(do="finish")
        with_recorder = cpu_seconds(child.pid) - before
    finally:
        await child.stop()
    if not finished["bytes"]:
        raise RuntimeError("nothing was recorded")
    return (with_recorder - without) * 60 / seconds


async def _spent(pid: int, seconds: float) -> float:
    before = cpu_seconds(pid)
    await asyncio.sleep(seconds)
    return cpu_seconds(pid) - before
