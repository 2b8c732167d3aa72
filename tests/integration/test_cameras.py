"""Camera entities of every kind, read and shown by the real media engine."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import override

from aioice import ice
from homeassistant.components.camera import DATA_COMPONENT, Camera
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.mesh_call.media.source import SourceState, SourceWay
from custom_components.mesh_call.media.sources import reconnecting, stills
from custom_components.mesh_call.media.stream import JPEG
from custom_components.mesh_call.stations import camera
from custom_components.mesh_call.stations.camera import StationCamera
from custom_components.mesh_call.stations.camera_pool import CameraDevice, CameraPool
from custom_components.mesh_call.stations.config import SourceConfig
from tests.cameras.bad_manners import Manners, bad_camera
from tests.cameras.content import (
    Collector,
    decode_audio,
    decode_h264,
    is_color,
    tone_of,
)
from tests.cameras.streams import Program, mux
from tests.cameras.webrtc_camera import NativeCamera
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("socket_enabled")

RED = (200, 40, 40)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice, "get_host_addresses", lambda **_: ["127.0.0.1"])
    monkeypatch.setattr(reconnecting, "FIRST_DELAY", 0.05)
    monkeypatch.setattr(stills, "INTERVAL", 0.05)


@pytest.fixture
async def pool(hass: HomeAssistant) -> AsyncIterator[CameraPool]:
    """Return the pool of a home, and see that all of it is given back."""
    assert await async_setup_component(hass, "camera", {})
    taken: list[CameraDevice] = []
    whole = CameraPool(lambda config: StationCamera(hass, config))
    take = whole.take

    def take_note(config: SourceConfig) -> CameraDevice:
        taken.append(take(config))
        return taken[-1]

    whole.take = take_note  # type: ignore[method-assign]
    yield whole
    for device in taken:
        await whole.give_back(device)


async def add(hass: HomeAssistant, *cameras: Camera) -> None:
    """Let there be camera entities."""
    await hass.data[DATA_COMPONENT].async_add_entities(cameras)


class AddressCamera(Camera):
    """A camera that names its stream, and fails in every way."""

    _attr_name = "Address"

    def __init__(self, url: str | None) -> None:
        super().__init__()
        self.url = url
        self.asked = 0

    @override
    async def stream_source(self) -> str | None:
        self.asked += 1
        return self.url

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        return None


async def test_a_native_webrtc_camera(hass: HomeAssistant, pool: CameraPool) -> None:
    native = NativeCamera(RED, 600)
    await add(hass, native)
    device = pool.take(SourceConfig(camera="camera.native"))
    release = device.source.acquire()
    streams = await device.source.ready(10)
    assert device.source.status.way is SourceWay.WEBRTC
    await until(lambda: streams.audio)
    assert streams.video is not None
    assert streams.audio is not None
    picture, sound = Collector(streams.video), Collector(streams.audio)
    await until(lambda: len(sound.collected) > 60)
    assert all(is_color(f, RED, 24) for f in decode_h264(picture.collected))
    samples = decode_audio(sound.collected, "libopus", 48_000)
    assert tone_of(samples[-24_000:], 48_000) == pytest.approx(600, abs=4)
    # It ends by itself, as cloud cameras' sessions do.
    (peer,) = native.sessions.values()
    await peer.close()
    await until(lambda: device.source.status.state is SourceState.LOST)
    await device.source.ready(10)
    assert len(native.offers) == 2
    release()
    await device.source.close()
    await hass.async_block_till_done()
    assert not native.sessions
    await native.shut_down()


async def test_an_entity_that_is_reloaded_with_another_address(
    hass: HomeAssistant, pool: CameraPool
) -> None:
    async with bad_camera(Manners(color=RED)) as first, bad_camera() as second:
        before, after = AddressCamera(first.url), AddressCamera(second.url)
        await add(hass, before)
        device = pool.take(SourceConfig(camera="camera.address"))
        assert pool.take(SourceConfig(camera="camera.address")) is device
        release = device.source.acquire()
        streams = await device.source.ready(10)
        video = streams.video
        assert video is not None
        picture = Collector(video)
        await before.async_remove()
        await asyncio.sleep(0.2)
        # The stream goes on without its entity.
        assert device.source.status.state is SourceState.READY
        first.hang_up()
        await until(lambda: device.source.status.state is SourceState.LOST)
        await add(hass, after)
        await device.source.ready(10)
        assert after.asked
        assert second.seen.connections == 1
        seen = len(picture.collected)
        await until(lambda: len(picture.collected) > seen + 5)
        assert device.source.streams.video is video
        release()


class MoodyCamera(AddressCamera):
    """A camera that hangs at first, then fails, then names its stream."""

    @override
    async def stream_source(self) -> str | None:
        url = await super().stream_source()
        if self.asked == 1:
            await asyncio.Event().wait()
        if self.asked == 2:
            raise RuntimeError(url)
        return url


async def test_an_entity_that_hangs_fails_and_changes_its_address(
    hass: HomeAssistant,
    pool: CameraPool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(camera, "CAMERA_TIMEOUT", 0.2)
    async with bad_camera(Manners(color=RED)) as first, bad_camera() as second:
        entity = MoodyCamera(first.url.replace("rtsp://", "rtsp://user:t0ken@"))
        await add(hass, entity)
        device = pool.take(SourceConfig(camera="camera.address"))
        release = device.source.acquire()
        await until(lambda: device.source.status.state is SourceState.READY)
        assert device.source.status.way is SourceWay.RTSP
        assert entity.asked >= 3
        entity.url = second.url
        first.hang_up()
        await until(lambda: second.seen.playing)
        await until(lambda: device.source.status.state is SourceState.READY)
        assert "t0ken" not in caplog.text
        release()


@pytest.mark.parametrize("kind", ["film", "picture"])
async def test_what_is_in_the_media(
    hass: HomeAssistant, pool: CameraPool, tmp_path: Path, kind: str
) -> None:
    hass.config.media_dirs = {"local": str(tmp_path)}
    assert await async_setup_component(hass, "media_source", {})
    name = "film.mp4" if kind == "film" else "picture.jpg"
    program = Program(audio=None, seconds=2)
    if kind == "film":
        await asyncio.to_thread(mux, str(tmp_path / name), "mp4", program)
    else:
        still = Program(audio=None, seconds=0.04, video="mjpeg")
        await asyncio.to_thread(mux, str(tmp_path / name), "mjpeg", still)
    media = f"media-source://media_source/local/{name}"
    device = pool.take(SourceConfig(media=media))
    release = device.source.acquire()
    streams = await device.source.ready(10)
    assert streams.video is not None
    picture = Collector(streams.video)
    if kind == "film":
        assert device.source.status.way is SourceWay.STREAM
        # At its end it begins again.
        await until(lambda: sum(p.key_frame for p in picture.collected) > 2)
        assert all(is_color(f, RED) for f in decode_h264(picture.collected))
    else:
        assert device.source.status.way is SourceWay.STILLS
        assert streams.video.codec == JPEG
        await until(lambda: len(picture.collected) > 2)
    release()
