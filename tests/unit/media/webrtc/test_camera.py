"""Cameras that answer WebRTC offers, read and spoken to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import time

import pytest

from custom_components.mesh_call.media.sinks.session_speaker import SessionSpeaker
from custom_components.mesh_call.media.sinks.speaker import FRAME_SAMPLES, SpeakerError
from custom_components.mesh_call.media.source import (
    SourceError,
    SourceProblem,
    SourceState,
    SourceWay,
)
from custom_components.mesh_call.media.sources import reconnecting, webrtc
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.sources.webrtc import WebRtcWay
from tests.cameras.content import (
    Collector,
    decode_audio,
    decode_h264,
    is_color,
    make_tone,
    tone_of,
)
from tests.waiting import until

from .webrtc_camera import COLOUR, TONE, FakeCamera


@pytest.fixture
async def camera() -> AsyncIterator[FakeCamera]:
    fake = FakeCamera()
    yield fake
    await fake.shut_down()


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webrtc, "SOUND_ONLY_AFTER", 1.0)
    monkeypatch.setattr(webrtc, "STALL_TIMEOUT", 1.0)
    monkeypatch.setattr(reconnecting, "FIRST_DELAY", 0.05)


@asynccontextmanager
async def reading(
    camera: FakeCamera,
) -> AsyncIterator[tuple[ReconnectingSource, WebRtcWay]]:
    way = WebRtcWay(lambda: camera)
    source = ReconnectingSource(way)
    source.acquire()
    try:
        yield source, way
    finally:
        await source.close()


async def assert_plays(source: ReconnectingSource) -> None:
    streams = await source.ready(10)
    await until(lambda: streams.audio is not None)
    assert streams.video is not None
    assert streams.audio is not None
    picture, sound = Collector(streams.video), Collector(streams.audio)
    await until(lambda: len(sound.collected) >= 60)
    assert picture.collected[0].key_frame
    frames = decode_h264(picture.collected)
    assert len(frames) > 10
    assert all(is_color(frame, COLOUR, 24) for frame in frames)
    samples = decode_audio(sound.collected, "libopus", 48_000)
    assert tone_of(samples[-24_000:], 48_000) == pytest.approx(TONE, abs=4)


@pytest.mark.parametrize("late", [False, True], ids=["at once", "late candidates"])
async def test_picture_and_sound(camera: FakeCamera, late: bool) -> None:
    camera.late_candidates = late
    async with reading(camera) as (source, _):
        await assert_plays(source)
        assert source.status.way is SourceWay.WEBRTC
        assert "a=sendrecv" not in camera.offers[0]
    assert camera.closed == list(camera.sessions)


async def test_a_camera_that_wants_a_data_channel(camera: FakeCamera) -> None:
    camera.data_channel = "dataSendChannel"
    async with reading(camera) as (source, _):
        await assert_plays(source)
    (offer,) = camera.offers
    lines = [line.split()[0] for line in offer.splitlines() if line.startswith("m=")]
    assert lines == ["m=audio", "m=video", "m=application"]


async def test_sound_only(camera: FakeCamera) -> None:
    camera.picture = False
    async with reading(camera) as (source, _):
        streams = await source.ready(10)
        assert streams.video is None
        assert streams.audio is not None


async def test_a_session_that_ends_is_made_anew(camera: FakeCamera) -> None:
    async with reading(camera) as (source, _):
        streams = await source.ready(10)
        video = streams.video
        assert video is not None
        picture = Collector(video)
        await until(lambda: bool(picture.collected))
        await camera.newest.close()
        await until(lambda: source.status.state is SourceState.LOST)
        before = len(picture.collected)
        await until(lambda: len(picture.collected) > before + 10)
        assert source.streams.video is video
        assert picture.collected[before].key_frame
        stamps = [packet.timestamp for packet in picture.collected]
        assert stamps == sorted(stamps)
        assert len(camera.sessions) == 2


async def test_a_camera_that_refuses(camera: FakeCamera) -> None:
    camera.refuses = True
    async with reading(camera) as (source, _):
        await until(lambda: source.status.error is not None)
        assert source.status.error == SourceError(
            SourceProblem.CANNOT_CONNECT, "refused"
        )
        assert camera.closed


async def test_a_camera_that_says_nothing(
    camera: FakeCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webrtc, "ANSWER_TIMEOUT", 0.3)
    camera.silent = True
    async with reading(camera) as (source, _):
        await until(lambda: source.status.error is not None)
        assert source.status.error == SourceError(
            SourceProblem.CANNOT_CONNECT, "no answer"
        )


async def test_no_camera() -> None:
    source = ReconnectingSource(WebRtcWay(lambda: None))
    source.acquire()
    await until(lambda: source.status.error is not None)
    await source.close()


@pytest.mark.parametrize("alone", [False, True], ids=["in its session", "alone"])
async def test_talk_back(camera: FakeCamera, alone: bool) -> None:
    async with reading(camera) as (source, way):
        await source.ready(10)
        used = WebRtcWay(lambda: camera) if alone else way
        speaker = SessionSpeaker(used, alone=alone)
        await asyncio.wait_for(speaker.open(), 10)
        assert "a=sendrecv" in camera.offers[-1]
        talking = asyncio.create_task(say(speaker, 900))
        await camera.newest.hear_tone(900, 10)
        talking.cancel()
        await assert_plays(source)
        await speaker.close()
        await speaker.close()
        if not alone:
            await until(lambda: "a=sendrecv" not in camera.offers[-1])
            await assert_plays(source)


async def say(speaker: SessionSpeaker, frequency: float) -> None:
    samples = make_tone(frequency, 1).reshape(50, FRAME_SAMPLES)
    count, begun = 0, time.monotonic()
    while True:
        speaker.write(samples[count % 50])
        count += 1
        await asyncio.sleep(max(0.0, begun + count * 0.02 - time.monotonic()))


async def test_a_camera_that_does_not_listen(camera: FakeCamera) -> None:
    camera.deaf = True
    async with reading(camera) as (source, way):
        await source.ready(10)
        speaker = SessionSpeaker(way, alone=False)
        with pytest.raises(SpeakerError) as caught:
            await asyncio.wait_for(speaker.open(), 10)
        assert caught.value.key == "not_supported"
        await until(lambda: "a=sendrecv" not in camera.offers[-1])
        await assert_plays(source)
