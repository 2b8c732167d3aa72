"""Streams that libav reads, as a source."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import logging
from pathlib import Path
import socket
import threading
import time

import pytest

from custom_components.mesh_call.media.libav import demuxer
from custom_components.mesh_call.media.source import (
    SourceError,
    SourceProblem,
    SourceState,
    SourceWay,
)
from custom_components.mesh_call.media.sources import libav, reconnecting
from custom_components.mesh_call.media.sources.libav import LibavWay
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.stream import OPUS, PCMU
from tests.cameras.content import (
    Collector,
    decode_audio,
    decode_h264,
    is_color,
    tone_of,
)
from tests.cameras.streams import RATE, Program, flv, mux, stream_server
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("socket_enabled", "no_threads_left")

SILENT = Program(audio=None, seconds=4)


@pytest.fixture
async def no_threads_left() -> AsyncIterator[None]:
    yield
    # A thread that has told its end may still be on its way out.
    await until(lambda: "mesh_call demuxer" not in _thread_names())


def _thread_names() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libav, "_TICK", 0.1)
    monkeypatch.setattr(reconnecting, "FIRST_DELAY", 0.1)


@asynccontextmanager
async def open_source(url: str) -> AsyncIterator[ReconnectingSource]:
    async def tell() -> str:
        return url

    source = ReconnectingSource(LibavWay(tell))
    source.acquire()
    try:
        yield source
    finally:
        await source.close()


async def assert_plays(source: ReconnectingSource, program: Program) -> None:
    """Picture and sound are right, in order and in step."""
    streams = await source.ready(15)
    assert source.status.way is SourceWay.STREAM
    assert streams.video is not None
    assert streams.audio is not None
    assert streams.audio.codec == OPUS
    assert streams.video.size == program.size
    picture, sound = Collector(streams.video), Collector(streams.audio)
    await until(lambda: len(sound.collected) > 100 and len(_stamps(picture)) > 45)
    frames = decode_h264(picture.collected)
    assert len(frames) > 40
    assert all(is_color(frame, program.color) for frame in frames)
    stamps = [packet.timestamp for packet in picture.collected]
    assert stamps == sorted(stamps)
    samples = decode_audio(sound.collected, "libopus", 48_000)
    assert tone_of(samples[-48_000:], 48_000) == pytest.approx(program.tone, abs=4)
    last_sound = sound.collected[-1].timestamp / 48_000
    assert stamps[-1] / 90_000 == pytest.approx(last_sound, abs=0.3)


def _stamps(collector: Collector) -> set[int]:
    """The time stamps of all pictures that came."""
    return {packet.timestamp for packet in collector.collected}


@pytest.mark.parametrize("path", ["live.flv", "live.m3u8"])
async def test_picture_and_sound(path: str, tmp_path: Path) -> None:
    async with (
        stream_server(tmp_path, password="p@ss") as server,
        open_source(server.url(path).replace("p@ss", "p%40ss")) as source,
    ):
        await assert_plays(source, server.program)


async def test_rtmp(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"rtmp://127.0.0.1:{port}/live/door"
    program, file = Program(), tmp_path / "program.flv"
    file.write_bytes(await asyncio.to_thread(flv, program))
    server = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-loglevel", "error", "-re", "-i", str(file)),
        *("-c", "copy", "-f", "flv", "-listen", "1", url),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with open_source(url) as source:
            await assert_plays(source, program)
    finally:
        if server.returncode is None:
            server.kill()
        await server.wait()


async def test_a_file_plays_at_its_speed(tmp_path: Path) -> None:
    file = tmp_path / "clip.mp4"
    await asyncio.to_thread(mux, str(file), "mp4", SILENT)
    begun = time.monotonic()
    async with open_source(str(file)) as source:
        streams = await source.ready(10)
        assert streams.video is not None
        picture = Collector(streams.video)
        await until(lambda: len(_stamps(picture)) > 50)
        assert time.monotonic() - begun > 50 / RATE


async def test_sound_only(tmp_path: Path) -> None:
    program = Program(video=None, audio="pcm_mulaw", seconds=4)
    file = tmp_path / "clip.wav"
    await asyncio.to_thread(mux, str(file), "wav", program)
    async with open_source(str(file)) as source:
        streams = await source.ready(10)
        assert streams.video is None
        assert streams.audio is not None
        # Of 16 kHz: only G.711 of 8 kHz passes through.
        assert streams.audio.codec == OPUS != PCMU
        sound = Collector(streams.audio)
        await until(lambda: len(sound.collected) > 60)
    samples = decode_audio(sound.collected, "libopus", 48_000)
    assert tone_of(samples[-24_000:], 48_000) == pytest.approx(700, abs=6)


async def test_b_frames_are_told(tmp_path: Path) -> None:
    async with (
        stream_server(tmp_path, Program(audio=None, b_frames=2, seconds=4)) as server,
        open_source(server.url("live.flv")) as source,
    ):
        streams = await source.ready(10)
        video = streams.video
        assert video is not None
        await until(lambda: video.reordered)


async def test_another_codec_is_told(tmp_path: Path) -> None:
    file = tmp_path / "clip.mkv"
    program = Program(audio=None, video="mpeg4", seconds=1)
    await asyncio.to_thread(mux, str(file), "matroska", program)
    async with open_source(str(file)) as source:
        with pytest.raises(SourceError) as caught:
            await source.ready(5)
        assert caught.value == SourceError(SourceProblem.UNSUPPORTED_CODEC, "mpeg4")


@pytest.mark.parametrize(
    ("manners", "problem"),
    [
        ({"status": 401}, SourceProblem.INVALID_AUTH),
        ({"status": 403}, SourceProblem.INVALID_AUTH),
        ({"status": 404}, SourceProblem.NO_MEDIA),
        ({"status": 503}, SourceProblem.CANNOT_CONNECT),
        ({"location": "rtmp://127.0.0.1:9/x"}, SourceProblem.CANNOT_CONNECT),
        ({"location": "file:///etc/passwd"}, SourceProblem.CANNOT_CONNECT),
    ],
)
async def test_problems(
    manners: dict[str, object],
    problem: SourceProblem,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with stream_server(tmp_path, SILENT, **manners) as server:
        url = server.url("live.flv").replace("//", "//admin:hunter2@", 1)
        async with open_source(url) as source:
            await until(lambda: source.status.error)
            error = source.status.error
            assert error is not None
            assert error.problem is problem
            assert "hunter2" not in f"{source.status} {caplog.text}"


async def test_the_password_goes_to_no_other_host(tmp_path: Path) -> None:
    async with (
        stream_server(tmp_path, SILENT, password="hunter2") as there,
        stream_server(tmp_path, SILENT) as here,
    ):
        here.location = there.url("live.flv").replace("admin:hunter2@", "")
        url = here.url("live.flv").replace("//", "//admin:hunter2@", 1)
        async with open_source(url) as source:
            await until(lambda: source.status.error)
            assert source.status.error == SourceError(SourceProblem.INVALID_AUTH)


async def test_a_stream_that_stops_comes_back_and_goes_on(tmp_path: Path) -> None:
    async with (
        stream_server(tmp_path, SILENT, stops_after=2) as server,
        open_source(server.url("live.flv")) as source,
    ):
        streams = await source.ready(10)
        assert streams.video is not None
        picture = Collector(streams.video)
        await until(lambda: source.status.state is SourceState.LOST)
        before = len(picture.collected)
        assert not streams.video.has_key_frame
        await until(lambda: len(picture.collected) > before + 20)
        assert source.streams.video is streams.video
        assert picture.collected[before].key_frame
        stamps = [packet.timestamp for packet in picture.collected]
        assert stamps == sorted(stamps)
        assert len(decode_h264(picture.collected)) > 50
        assert server.visits >= 2


async def test_a_stream_that_freezes_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libav, "STALL_TIMEOUT", 1)
    monkeypatch.setattr(demuxer, "READ_TIMEOUT", 2)
    async with (
        stream_server(tmp_path, SILENT, freezes_after=1.5) as server,
        open_source(server.url("live.flv")) as source,
    ):
        await source.ready(10)
        await until(lambda: source.status.state is SourceState.LOST)
        assert source.status.error == SourceError(SourceProblem.NO_MEDIA, "stalled")
