"""A camera whose WebRTC is GStreamer's: read, and spoken to in the same session."""

import asyncio
from collections.abc import AsyncIterator
import json
from pathlib import Path
from typing import Any, override

import pytest

from custom_components.mesh_call.calls.model import Candidate
from custom_components.mesh_call.media.camera import (
    CameraAnswer,
    TakeCameraMessage,
    WebRtcCamera,
    WebRtcSettings,
)
from custom_components.mesh_call.media.sinks.session_speaker import SessionSpeaker
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.sources.webrtc import WebRtcWay
from tests.cameras.content import (
    Collector,
    decode_audio,
    decode_h264,
    is_color,
    tone_of,
)
from tests.cameras.launch import SYSTEM_PYTHON, require_gstreamer

from .stock import until
from .test_camera import say

SCRIPT = Path(__file__).parents[3] / "cameras" / "webrtcbin_session.py"
COLOUR = (200, 40, 40)
TONE = 600


class GstreamerCamera(WebRtcCamera):
    """Runs a program for each session; candidates come late, one by one."""

    takes_sound = True

    def __init__(self) -> None:
        self.heard: list[float] = []
        self.processes: dict[str, asyncio.subprocess.Process] = {}
        self._reading: list[asyncio.Task[None]] = []

    @override
    async def settings(self) -> WebRtcSettings:
        return WebRtcSettings((), None)

    @override
    async def offer(self, sdp: str, session_id: str, take: TakeCameraMessage) -> None:
        process = await asyncio.create_subprocess_exec(
            *(SYSTEM_PYTHON, str(SCRIPT), "C82828", str(TONE)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self.processes[session_id] = process
        assert process.stdin is not None
        process.stdin.write(json.dumps({"offer": sdp}).encode() + b"\n")
        self._reading.append(asyncio.create_task(self._read(process, take)))

    @override
    def close(self, session_id: str) -> None:
        process = self.processes.get(session_id)
        if process is not None and process.returncode is None:
            process.kill()

    async def end(self) -> None:
        """Wait until all programs have ended."""
        for session_id in self.processes:
            self.close(session_id)
        await asyncio.gather(*(one.wait() for one in self.processes.values()))
        await asyncio.gather(*self._reading)

    async def _read(
        self, process: asyncio.subprocess.Process, take: TakeCameraMessage
    ) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            message: dict[str, Any] = json.loads(line)
            match message:
                case {"answer": answer}:
                    take(CameraAnswer(answer))
                case {"candidate": candidate, "index": index}:
                    take(Candidate(candidate, sdp_m_line_index=index))
                case {"heard": frequency}:
                    self.heard.append(frequency)


@pytest.fixture
async def camera() -> AsyncIterator[GstreamerCamera]:
    require_gstreamer()
    made = GstreamerCamera()
    yield made
    await made.end()


async def assert_plays(source: ReconnectingSource) -> None:
    streams = await source.ready(20)
    await until(lambda: streams.audio is not None, 10)
    assert streams.video is not None
    assert streams.audio is not None
    picture, sound = Collector(streams.video), Collector(streams.audio)
    await until(lambda: len(sound.collected) >= 60, 10)
    await until(lambda: any(one.marker for one in picture.collected), 10)
    assert picture.collected[0].key_frame
    assert all(is_color(one, COLOUR, 24) for one in decode_h264(picture.collected))
    samples = decode_audio(sound.collected, "libopus", 48_000)
    assert tone_of(samples[-24_000:], 48_000) == pytest.approx(TONE, abs=4)


async def test_read_and_spoken_to(camera: GstreamerCamera) -> None:
    way = WebRtcWay(lambda: camera)
    source = ReconnectingSource(way)
    source.acquire()
    try:
        await assert_plays(source)
        speaker = SessionSpeaker(way, alone=False)
        await asyncio.wait_for(speaker.open(), 20)
        talking = asyncio.create_task(say(speaker, 900))
        await until(lambda: any(abs(one - 900) < 20 for one in camera.heard), 20)
        talking.cancel()
        await assert_plays(source)
        await speaker.close()
    finally:
        await source.close()
