"""What recording a track costs."""

import asyncio
from collections import defaultdict
from pathlib import Path
import statistics
import sys

from .child import Child, module

RECORDERS = 8
"""At once: what the camera itself costs differs by more than one of them does."""

_TRACKS = {"h264": "video", "pcma": "audio"}
_ROUNDS = 2
_SETTLE = 1.5


async def measure_recording(
    camera_url: str, folder: Path, seconds: float
) -> dict[str, float]:
    """Return CPU seconds per minute of each track, by its codec.

    A source with recorders on one of its tracks, minus the same source without, in
    turns, divided by the number of recorders.
    """
    recordings = folder / "recordings"
    recordings.mkdir()
    child = await Child.start(
        *module("recording_program", sys.executable, (camera_url, str(recordings))),
        log=folder / "recording.log",
    )
    spent: dict[str, list[float]] = defaultdict(list)
    try:
        await child.line()
        # The first one loads what all need.
        await _spent_recording(child, "video", 1, _SETTLE)
        for _ in range(_ROUNDS):
            await asyncio.sleep(_SETTLE)
            without = await _spent(child, seconds)
            for codec, kind in _TRACKS.items():
                more = await _spent_recording(child, kind, RECORDERS, seconds) - without
                spent[codec].append(more * 60 / seconds / RECORDERS)
    finally:
        await child.stop()
    return {codec: statistics.mean(values) for codec, values in spent.items()}


async def _spent_recording(
    child: Child, kind: str, number: int, seconds: float
) -> float:
    await child.ask(do="record", kind=kind, number=number)
    await asyncio.sleep(_SETTLE)
    spent = await _spent(child, seconds)
    if not all((await child.ask(do="finish"))["bytes"]):
        raise RuntimeError("nothing was recorded")
    return spent


async def _spent(child: Child, seconds: float) -> float:
    before = (await child.ask(do="tell"))["cpu_seconds"]
    await asyncio.sleep(seconds)
    after = (await child.ask(do="tell"))["cpu_seconds"]
    return float(after - before)
