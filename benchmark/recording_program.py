"""Reads a camera and, while told to, records it: a program of its own.

Requests: `record` begins a `number` of recordings of one `kind` of track, `finish` ends
them and gives the bytes of each, `tell` gives the CPU time spent so far.
"""

import asyncio
from datetime import datetime
from pathlib import Path
import sys
import time
from typing import Any

from custom_components.mesh_call.media.recording.description import CallDescription
from custom_components.mesh_call.media.recording.recorder import CallRecorder
from custom_components.mesh_call.media.source import SourceStreams
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.sources.rtsp import RtspWay

from . import lines

_READY_TIMEOUT = 20.0


class Recordings:
    """Recorders on one of the streams of a camera."""

    def __init__(self, folder: Path, streams: SourceStreams) -> None:
        """Prepare."""
        self._folder = folder
        self._streams = streams
        self._recorders: list[CallRecorder] = []

    async def handle(self, request: dict[str, Any]) -> Any:
        """Do what a line asks for."""
        match request:
            case {"do": "record", "kind": kind, "number": number}:
                for _ in range(number):
                    await self._record(kind)
            case {"do": "finish"}:
                recorders, self._recorders = self._recorders, []
                paths = [await recorder.stop("benchmark") for recorder in recorders]
                return {"bytes": [_size(path) for path in paths]}
            case {"do": "tell"}:
                return {"cpu_seconds": time.process_time()}
        return {}

    async def _record(self, kind: str) -> None:
        call = CallDescription("benchmark", datetime.now().astimezone(), ())
        recorder = CallRecorder(self._folder, call, lambda error: None)
        await recorder.start()
        video = self._streams.video if kind == "video" else None
        audio = self._streams.audio if kind == "audio" else None
        recorder.add_member("door", "Front door", "station", video, audio)
        self._recorders.append(recorder)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*.mp4"))


async def main() -> None:
    """Serve until standard input ends."""

    async def url() -> str:
        return sys.argv[1]

    source = ReconnectingSource(RtspWay(url))
    release = source.acquire()
    try:
        recordings = Recordings(Path(sys.argv[2]), await source.ready(_READY_TIMEOUT))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await lines.serve(recordings.handle)
    finally:
        release()
        await source.close()


if __name__ == "__main__":
    asyncio.run(main())
