"""Cameras of every kind, from the device to what a peer sees and hears."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import override

import pytest

from custom_components.mesh_call.media.camera import Camera, WebRtcCamera
from custom_components.mesh_call.media.source import SourceWay
from custom_components.mesh_call.media.sources.camera import CameraWay
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.station import StationMedia
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from tests.cameras.launch import gstreamer_camera
from tests.cameras.streams import Program, jpegs, stream_server

from .conftest import MakeStock
from .fakes import FakeExchange, make_call, make_connection
from .stock import StockPeer
from .synthetic import Colour

RED = (200, 40, 40)
PURPLE = (192, 32, 96)
PLAIN = ("--color", "C02060", "--audio", "pcma", "--tone", "620")


class FakeCamera(Camera):
    """A camera known by an address, or by its pictures."""

    gives_images = True
    plays_files = False

    def __init__(self, url: str | None) -> None:
        self.url = url

    @override
    async def stream_source(self) -> str | None:
        return self.url

    @override
    def webrtc(self) -> WebRtcCamera | None:
        return None

    @override
    async def image(self) -> bytes:
        return (await asyncio.to_thread(jpegs, Program(color=RED)))[0]


class Scene:
    """A station with this camera, and those who look at it."""

    def __init__(self, camera: Camera, new_stock: MakeStock) -> None:
        self.exchange = FakeExchange()
        self.source = ReconnectingSource(CameraWay(camera))
        self.station = StationMedia(
            "station",
            self.exchange,
            source=self.source,
            speakers=(),
            configure_ice=lambda _: IceConfiguration(),
        )
        self._new_stock = new_stock
        self._peers = 0

    async def join(self) -> StockPeer:
        """Connect one more peer."""
        self._peers += 1
        connection = make_connection(f"connection {self._peers}")
        await self.station.join(make_call(), "station")
        self.station.open(connection, "station")
        peer = self._new_stock()
        offer = await self.exchange.descriptions_of(connection.id).get()
        answer = await peer.answer(offer)
        await self.station.describe(connection.id, "station", answer)
        return peer


type Stage = Callable[[Camera], Scene]


@pytest.fixture
async def stage(new_stock: MakeStock) -> AsyncIterator[Stage]:
    scenes: list[Scene] = []

    def make(camera: Camera) -> Scene:
        scenes.append(Scene(camera, new_stock))
        return scenes[-1]

    yield make
    for scene in scenes:
        await scene.station.shut_down()
        await scene.source.close()


async def assert_seen(
    peer: StockPeer, colour: Colour, size: tuple[int, int] | None = None
) -> None:
    seen = await peer.see(colour, 15)
    assert size is None or seen.size == size


@pytest.mark.parametrize(
    ("path", "way"),
    [
        ("live.flv", SourceWay.STREAM),
        ("live.m3u8", SourceWay.STREAM),
        ("live.mjpg", SourceWay.STREAM),
        (None, SourceWay.STILLS),
    ],
)
async def test_streams_and_stills(
    stage: Stage, tmp_path: Path, path: str | None, way: SourceWay
) -> None:
    program = Program(color=RED)
    async with stream_server(tmp_path, program, breaks=True) as server:
        scene = stage(FakeCamera(server.url(path) if path else None))
        peer = await scene.join()
        await assert_seen(peer, RED, (160, 120))
        assert scene.source.status.way is way
        if scene.source.streams.audio:
            await peer.hear_tone(program.tone, 10)
        late = await scene.join()
        await assert_seen(late, RED)


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        (("--fps", "5", "--gop", "40"), (640, 360)),
        (("--width", "480", "--height", "640"), (480, 640)),
        (("--width", "2560", "--height", "1920", "--fps", "5"), (2560, 1920)),
        (("--udp",), (640, 360)),
    ],
    ids=["5 pictures a second, 8 s apart", "portrait", "large", "UDP only"],
)
async def test_rtsp(
    stage: Stage, arguments: tuple[str, ...], size: tuple[int, int]
) -> None:
    async with gstreamer_camera(*PLAIN, *arguments) as device:
        scene = stage(FakeCamera(device.url))
        peer = await scene.join()
        await assert_seen(peer, PURPLE, size)
        await peer.hear_tone(620, 10)
        late = await scene.join()
        await assert_seen(late, PURPLE, size)


async def test_sound_only(stage: Stage) -> None:
    async with gstreamer_camera(*PLAIN, "--video", "none") as device:
        peer = await stage(FakeCamera(device.url)).join()
        await peer.hear_tone(620, 15)


async def test_picture_only(stage: Stage) -> None:
    arguments = ("--color", "C02060", "--audio", "none")
    async with gstreamer_camera(*arguments) as device:
        peer = await stage(FakeCamera(device.url)).join()
        await assert_seen(peer, PURPLE)


async def test_another_size_in_the_middle(stage: Stage) -> None:
    small = ("--width", "320", "--height", "240")
    async with AsyncExitStack() as stack:
        device = await stack.enter_async_context(gstreamer_camera(*PLAIN, *small))
        peer = await stage(FakeCamera(device.url)).join()
        await assert_seen(peer, PURPLE, (320, 240))
        await device.stop()
        arguments = ("--port", str(device.port), "--color", "2060C0", "--audio", "pcma")
        await stack.enter_async_context(gstreamer_camera(*arguments))
        await assert_seen(peer, (32, 96, 192), (640, 360))
