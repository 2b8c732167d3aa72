"""Whoever talks to a station does not hear himself from there."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest

from custom_components.mesh_call.media.duplex import EchoGate
from custom_components.mesh_call.media.sources.echo_free import EchoFreeSource
from custom_components.mesh_call.media.station import StationMedia
from custom_components.mesh_call.media.stream import OPUS, PCMA, Codec
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration

from .conftest import MakeStock
from .fakes import FakeExchange, FakeSpeaker, ToneTrack, make_call, make_connection
from .stations import link
from .stock import StockPeer
from .synthetic import SyntheticSource, loudest, power

DOOR, TALKER = 440, 700


class Scene:
    """A door with a tone, and a gate for it."""

    def __init__(self, codec: Codec) -> None:
        self.exchange = FakeExchange()
        self.source = SyntheticSource(None, codec, DOOR)
        self.speaker = FakeSpeaker()
        self.gate = EchoGate()
        self.station = StationMedia(
            "station",
            self.exchange,
            source=EchoFreeSource(self.source, self.gate),
            speakers=(lambda: self.speaker,),
            configure_ice=lambda _: IceConfiguration(),
            played=self.gate.played,
        )

    async def begin(self, *stocks: StockPeer) -> None:
        """Link these with the station."""
        await self.station.join(make_call(), "station")
        for number, stock in enumerate(stocks):
            connection = make_connection(f"connection {number}")
            await link(self.station, self.exchange, stock, connection)


class Talker(ToneTrack):
    """A voice that can be quiet."""

    def __init__(self) -> None:
        super().__init__(TALKER)
        self.talk(False)

    def talk(self, on: bool) -> None:
        self.level = 8_000 if on else 0


@pytest.fixture
async def new_scene(closing: AsyncExitStack) -> Callable[[Codec], Scene]:
    def make(codec: Codec) -> Scene:
        scene = Scene(codec)
        closing.push_async_callback(scene.station.shut_down)
        return scene

    return make


async def hears(stock: StockPeer, expected: bool) -> None:
    """Wait until a peer has heard the door for half a second, or nothing of it."""
    async with asyncio.timeout(10):
        while (power(await stock.hear(0.5), DOOR) > 500) is not expected:
            pass


@pytest.mark.parametrize("codec", [PCMA, OPUS], ids=lambda codec: codec.name)
async def test_the_door_is_silent_while_it_is_spoken_to(
    new_scene: Callable[[Codec], Scene], new_stock: MakeStock, codec: Codec
) -> None:
    scene, talker, listener, voice = (
        new_scene(codec),
        new_stock(),
        new_stock(),
        Talker(),
    )
    talker.send(voice)
    await scene.begin(talker, listener)
    for stock in (talker, listener):
        await stock.hear_tone(DOOR)

    voice.talk(True)
    for stock in (talker, listener):
        await hears(stock, False)
    async with asyncio.timeout(10):
        while loudest(await scene.speaker.hear(0.2)) != pytest.approx(TALKER, abs=10):
            pass
    voice.talk(False)
    for stock in (talker, listener):
        await hears(stock, True)

    for stock in (talker, listener):
        assert all(before < after for before, after in pairwise(stock.heard_pts))
    scene.station.leave("call", "station")
    assert scene.source.acquired == 0


async def test_switched_off_in_the_middle_of_a_call(
    new_scene: Callable[[Codec], Scene], new_stock: MakeStock
) -> None:
    scene, stock, voice = new_scene(PCMA), new_stock(), Talker()
    stock.send(voice)
    await scene.begin(stock)
    voice.talk(True)
    await hears(stock, False)
    scene.gate.half_duplex = False
    await hears(stock, True)
    scene.gate.half_duplex = True
    await hears(stock, False)


async def test_the_source_comes_back_with_another_codec(
    new_scene: Callable[[Codec], Scene], new_stock: MakeStock
) -> None:
    scene, stock = new_scene(PCMA), new_stock()
    await scene.begin(stock)
    await stock.hear_tone(DOOR)
    before = scene.station._feed.streams.audio
    scene.source.stop()
    scene.source.streams.audio = None
    scene.source.start()
    await stock.hear_tone(DOOR)
    assert scene.station._feed.streams.audio is not before
