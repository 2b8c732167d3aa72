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
from tests.waiting import until

from .test_camera import say

SCRIPT = Path(__file__).parents[3] / "cameras" / "webrtcbin_session.py"
COLOUR = (200, 40, 40)
TONE = 600


class GstreamerCamera(WebRtcCamera):
    """Runs a program for each session; candidates come late, one by one."""

    takes_sound = True

    def __init__(self) -> None:
        self.heard: list[float] = []
        self._ended: dict[str, asyncio.Event] = {}
        self._sessions: list[asyncio.Task[None]] = []

    @override
    async def settings(self) -> WebRtcSettings:
        return WebRtcSettings((), None)

    @override
    async def offer(self, sdp: str, session_id: str, take: TakeCameraMessage) -> None:
        ended = self._ended[session_id] = asyncio.Event()
        session = self._run(sdp, take, ended)
        self._sessions.append(asyncio.create_task(session))

    @override
    def close(self, session_id: str) -> None:
        if ended := self._ended.get(session_id):
            ended.set()

    async def end(self) -> None:
        """Wait until all programs have ended."""
        for session_id in self._ended:
            self.close(session_id)
        await asyncio.gather(*self._sessions)

    async def _run(
        self, offer: str, take: TakeCameraMessage, ended: asyncio.Event
    ) -> None:
        process = await asyncio.create_subprocess_exec(
            *(SYSTEM_PYTHON, str(SCRIPT), "C82828", str(TONE)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"offer": offer}).encode() + b"\n")
        reading = asyncio.create_task(self._read(process.stdout, take))
        await ended.wait()
        if process.returncode is None:
            process.kill()
        await reading
        await process.wait()

    async def _read(self, lines: asyncio.StreamReader, take: TakeCameraMessage) -> None:
        async for line in lines:
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
    streams = await source.ready(60)
    await until(lambda: streams.audio is not None)
    assert streams.video is not None
    assert streams.audio is not None
    picture, sound = Collector(streams.video), Collector(streams.audio)
    await until(lambda: len(sound.collected) >= 60)
    await until(lambda: any(one.marker for one in picture.collected))
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
        await asyncio.wait_for(speaker.open(), 60)
        talking = asyncio.create_task(say(speaker, 900))
        await until(lambda: any(abs(one - 900) < 20 for one in camera.heard), 60)
        talking.cancel()
        await assert_plays(source)
        await speaker.close()
    finally:
        await source.close()
