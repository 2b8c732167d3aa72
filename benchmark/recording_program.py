"""Reads a camera and, while told to, records it: a program of its own.

Requests: `record` begins, `finish` ends and gives the number of bytes written.
"""

import asyncio
from datetime import datetime
from pathlib import Path
import sys
from typing import Any

from custom_components.mesh_call.media.recording.description import CallDescription
from custom_components.mesh_call.media.recording.recorder import CallRecorder
from custom_components.mesh_call.media.source import SourceStreams
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.sources.rtsp import RtspWay

from . import lines

_READY_TIMEOUT = 20.0


class Recording:
    """The recorder on the streams of one camera."""

    def __init__(self, folder: Path, streams: SourceStreams) -> None:
        """Prepare."""
        self._folder = folder
        self._streams = streams
        self._recorder: CallRecorder | None = None

    async def handle(self, request: dict[str, Any]) -> Any:
        """Do what a line asks for."""
        match request:
            case {"do": "record"}:
                call = CallDescription("benchmark", datetime.now().astimezone(), ())
                self._recorder = CallRecorder(self._folder, call, lambda error: None)
                await self._recorder.start()
                video, audio = self._streams.video, self._streams.audio
                self._recorder.add_member("door", "Front door", "station", video, audio)
            case {"do": "finish"}:
                assert self._recorder is not None
                path = await self._recorder.stop("benchmark")
                return {"bytes": sum(f.stat().st_size for f in path.rglob("*.mp4"))}
        return {}


async def main() -> None:
    """Serve until standard input ends."""

    async def url() -> str:
        return sys.argv[1]

    source = ReconnectingSource(RtspWay(url))
    release = source.acquire()
    try:
        recording = Recording(Path(sys.argv[2]), await source.ready(_READY_TIMEOUT))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await lines.serve(recording.handle)
    finally:
        release()
        await source.close()


if __name__ == "__main__":
    asyncio.run(main())
