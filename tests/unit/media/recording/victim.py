"""A process that records and is killed, or whose disk is as small as can be."""

import asyncio
import json
from pathlib import Path
import subprocess
import sys
import threading
from typing import Any

import pytest

from custom_components.mesh_call.media.recording import disk
from custom_components.mesh_call.media.recording.errors import RecordingError

from .conftest import make_recording
from .studio import Camera, Microphone, look, play, take_over_time

SECONDS = 5.5


async def be_killed(folder: Path, codec: str) -> None:
    """Record, tell that it is time, and wait for the end."""
    clock = take_over_time(pytest.MonkeyPatch())
    recording = make_recording(folder)
    await recording.recorder.start()
    camera = Camera(seconds=SECONDS, codec=codec)
    microphone = Microphone.tone(440, SECONDS)
    recording.add("Anna", camera, microphone)
    await play(clock, camera.events(), microphone.events())
    await asyncio.sleep(0.3)
    print(recording.recorder.path, flush=True)  # noqa: T201
    await asyncio.sleep(60)


async def fill_disk(folder: Path, mode: str) -> None:
    """Record on a file system of 256 KiB, or a read-only one; tell what happened."""
    option = "size=256k" if mode == "full" else "ro"
    mount = ["mount", "-t", "tmpfs", "-o", option, "tmpfs", str(folder)]
    subprocess.run(mount, check=True)  # noqa: ASYNC221 - nothing else is to be done
    clock = take_over_time(pytest.MonkeyPatch())
    disk.MIN_FREE = -1 if mode == "full" else 0
    recording = make_recording(folder)
    before = _handles()
    result: dict[str, Any] = {}
    try:
        await recording.recorder.start()
    except RecordingError as error:
        recording.failures.append(error)
        result["pictures"] = []
    else:
        camera, microphone = Camera(seconds=9, gop=50), Microphone.tone(440, 9)
        recording.add("Anna", camera, microphone)
        await play(clock, camera.events(), microphone.events())
        path = await recording.recorder.stop("hung_up")
        result["pictures"] = look(path / "Anna.mp4", torn=True).numbers
    await asyncio.sleep(0.1)
    result["failures"] = [error.key.value for error in recording.failures]
    result["handles"] = _handles() - before
    result["threads"] = [t.name for t in threading.enumerate() if "record" in t.name]
    print(json.dumps(result))  # noqa: T201


def _handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


if __name__ == "__main__":
    work = be_killed if sys.argv[1] == "kill" else fill_disk
    asyncio.run(work(Path(sys.argv[2]), sys.argv[3]))
