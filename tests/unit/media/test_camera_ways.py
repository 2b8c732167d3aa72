"""Which way a camera is read by, and why."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import override

import av
import numpy as np
import pytest

from custom_components.mesh_call.media.camera import Camera, WebRtcCamera
from custom_components.mesh_call.media.conversion.decoder import (
    CodedPicture,
    PictureDecoder,
)
from custom_components.mesh_call.media.jpeg import TIME_BASE, encode_jpeg
from custom_components.mesh_call.media.source import (
    SourceError,
    SourceProblem,
    SourceState,
    SourceWay,
)
from custom_components.mesh_call.media.sources import reconnecting, stills
from custom_components.mesh_call.media.sources.camera import CameraWay, probe
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.stream import JPEG
from tests.cameras.bad_manners import Manners, bad_camera
from tests.cameras.content import Collector, Color, color_of, decode_h264
from tests.cameras.streams import Program, stream_server
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("socket_enabled")

RED: Color = (200, 40, 40)


def picture(color: Color, form: str = "jpeg") -> bytes:
    image = np.empty((120, 160, 3), np.uint8)
    image[:] = color
    frame = av.VideoFrame.from_ndarray(image, "rgb24")
    if form == "jpeg":
        return encode_jpeg(frame)
    encoder = av.CodecContext.create("png", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 160, 120, "rgb24"
    encoder.time_base = TIME_BASE
    return b"".join(bytes(p) for p in [*encoder.encode(frame), *encoder.encode(None)])


class FakeCamera(Camera):
    """A camera that is told what to say."""

    gives_images = True
    plays_files = False

    def __init__(self, *urls: str | Exception | None) -> None:
        self.urls = list(urls)
        self.asked = 0
        self.picture: bytes | Exception = picture(RED)
        self.hangs = False

    @override
    async def stream_source(self) -> str | None:
        self.asked += 1
        url = self.urls.pop(0) if len(self.urls) > 1 else self.urls[0]
        if isinstance(url, Exception):
            raise url
        return url

    @override
    def webrtc(self) -> WebRtcCamera | None:
        return None

    @override
    async def image(self) -> bytes:
        if self.hangs:
            await asyncio.sleep(60)
        if isinstance(self.picture, Exception):
            raise self.picture
        return self.picture


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconnecting, "FIRST_DELAY", 0.05)
    monkeypatch.setattr(reconnecting, "LONGEST_DELAY", 0.05)
    monkeypatch.setattr(stills, "INTERVAL", 0.05)
    monkeypatch.setattr(stills, "IMAGE_TIMEOUT", 0.2)


@asynccontextmanager
async def reading(camera: Camera) -> AsyncIterator[ReconnectingSource]:
    source = ReconnectingSource(CameraWay(camera))
    source.acquire()
    try:
        yield source
    finally:
        await source.close()


async def color_seen(source: ReconnectingSource) -> Color:
    """Decode what comes, whichever way."""
    streams = await source.ready(10)
    assert streams.video is not None
    collector = Collector(streams.video)
    if streams.video.codec != JPEG:
        await until(lambda: len(collector.collected) > 5)
        return color_of(decode_h264(collector.collected)[0])
    await until(lambda: collector.collected)
    packet = collector.collected[-1]
    assert packet.key_frame
    assert packet.marker
    decoder = PictureDecoder(JPEG, reordered=False)
    (frame,) = decoder.decode(CodedPicture([packet.payload], 0, True, 0.0))
    return color_of(frame)


def passed(source: ReconnectingSource) -> dict[SourceWay, SourceError]:
    return {one.way: one.error for one in source.status.passed_over}


async def test_rtsp_is_best() -> None:
    async with (
        bad_camera(Manners(color=RED)) as device,
        reading(FakeCamera(device.url)) as source,
    ):
        assert is_near(await color_seen(source), RED)
        assert source.status.way is SourceWay.RTSP
        assert not source.status.passed_over


def is_near(seen: Color, meant: Color) -> bool:
    return all(abs(one - other) < 24 for one, other in zip(seen, meant, strict=True))


async def test_other_streams_come_next(tmp_path: Path) -> None:
    program = Program(color=RED, audio=None, seconds=4)
    async with (
        stream_server(tmp_path, program) as server,
        reading(FakeCamera(server.url("live.flv"))) as source,
    ):
        assert is_near(await color_seen(source), RED)
        assert source.status.way is SourceWay.STREAM


@pytest.mark.parametrize("form", ["jpeg", "png"])
async def test_stills_come_last(form: str) -> None:
    camera = FakeCamera(None)
    camera.picture = picture(RED, form)
    async with reading(camera) as source:
        assert is_near(await color_seen(source), RED)
        assert source.status.way is SourceWay.STILLS
        assert passed(source) == {
            SourceWay.RTSP: SourceError(
                SourceProblem.CANNOT_CONNECT, "no stream address"
            )
        }
        streams = source.streams.video
        assert streams is not None
        collector = Collector(streams)
        await until(lambda: len(collector.collected) > 3)


async def test_a_stream_that_is_not_there_leads_to_stills() -> None:
    async with (
        bad_camera(Manners(video=False, audio=False)) as device,
        reading(FakeCamera(device.url)) as source,
    ):
        await source.ready(10)
        assert source.status.way is SourceWay.STILLS
        assert passed(source)[SourceWay.RTSP].problem is SourceProblem.NO_MEDIA


async def test_a_wrong_password_is_tried_nowhere_else() -> None:
    async with bad_camera(Manners(authentication="digest")) as device:
        url = f"rtsp://admin:wrong@127.0.0.1:{device.port}/live"
        async with reading(FakeCamera(url)) as source:
            with pytest.raises(SourceError) as caught:
                await source.ready(10)
            assert caught.value.problem is SourceProblem.INVALID_AUTH


async def test_the_address_is_asked_for_each_session() -> None:
    async with bad_camera() as first, bad_camera() as second:
        camera = FakeCamera(RuntimeError("rtsp://u:secret@h"), first.url, second.url)
        camera.picture = RuntimeError("off")
        async with reading(camera) as source:
            await source.ready(10)
            assert first.seen.connections == 1
            first.hang_up()
            await until(lambda: source.status.state is SourceState.LOST)
            await source.ready(10)
            assert second.seen.connections == 1
            assert source.status.way is SourceWay.RTSP


async def test_what_worked_is_tried_again_before_anything_else() -> None:
    async with bad_camera() as device:
        camera = FakeCamera(device.url, RuntimeError("gone"), device.url)
        async with reading(camera) as source:
            await source.ready(10)
            states: list[SourceWay | None] = []
            source.subscribe(lambda status: states.append(status.way))
            device.hang_up()
            await until(lambda: SourceWay.RTSP in states)
            assert SourceWay.STILLS not in states


async def test_a_camera_without_anything() -> None:
    camera = FakeCamera(None)
    camera.picture = RuntimeError("off")
    with pytest.raises(SourceError) as caught:
        await probe(camera, verify_ssl=True)
    assert caught.value == SourceError(
        SourceProblem.CANNOT_CONNECT, "no stream address"
    )


async def test_a_probe_leaves_nothing_open() -> None:
    async with bad_camera() as device:
        await probe(FakeCamera(device.url), verify_ssl=True)
        await until(lambda: not device.seen.open_connections)


@pytest.mark.parametrize("trouble", ["stops", "freezes", "sends garbage"])
async def test_stills_that_fail_come_back(trouble: str) -> None:
    camera = FakeCamera(None)
    async with reading(camera) as source:
        await source.ready(10)
        good = camera.picture
        if trouble == "freezes":
            camera.hangs = True
        else:
            stopped = trouble == "stops"
            camera.picture = RuntimeError("busy") if stopped else b"<html>busy</html>"
        await until(lambda: source.status.state is SourceState.LOST)
        camera.picture, camera.hangs = good, False
        await source.ready(10)
        assert is_near(await color_seen(source), RED)
