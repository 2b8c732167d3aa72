"""Another camera or picture in the middle of a call: peers notice nothing else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
import io
from typing import Any, cast, override

import av
import pytest

from custom_components.mesh_call.calls.devices import DeviceKind
from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.exchange import Exchange
from custom_components.mesh_call.media.loudspeaker import SpeakerState
from custom_components.mesh_call.media.source import (
    SourceError,
    SourceProblem,
    SourceStreams,
)
from custom_components.mesh_call.stations.camera_pool import CameraPool
from custom_components.mesh_call.stations.config import SourceConfig
from custom_components.mesh_call.stations.media import StationEquipment
from tests.cameras.content import Collector, decode_audio, tone_of
from tests.waiting import until

from .conftest import MakeStock
from .fakes import FakeExchange, FakeSpeaker, make_call, make_connection
from .stock import StockPeer
from .synthetic import BLUE, GREEN, RED, Colour, SyntheticSource, alike, mean_colour

FILM = "media-source://film"
COLOURS = {
    "camera.red": RED,
    "camera.green": GREEN,
    "camera.blue": BLUE,
    FILM: BLUE,
}
TONES = {"camera.red": 440, "camera.green": 700, "camera.blue": 950, FILM: 1200}


class BrokenSource(SyntheticSource):
    """A camera that never works."""

    @override
    async def ready(self, timeout: float) -> SourceStreams:
        raise SourceError(SourceProblem.CANNOT_CONNECT)


@dataclass(eq=False)
class FakeDevice:
    """A synthetic camera without a speaker."""

    source: SyntheticSource
    small: SyntheticSource | None = None
    users: int = 0

    async def image(self) -> bytes | None:
        return None

    def speaker(self) -> Any:
        raise NotImplementedError


@dataclass
class FakePool:
    """Synthetic cameras by name."""

    devices: dict[str, FakeDevice] = field(default_factory=dict)

    def take(self, config: SourceConfig) -> FakeDevice:
        name = config.camera or config.media or ""
        if name not in self.devices:
            source = (
                SyntheticSource(COLOURS[name], frequency=TONES[name])
                if name in COLOURS
                else BrokenSource()
            )
            self.devices[name] = FakeDevice(source)
        self.devices[name].users += 1
        return self.devices[name]

    async def give_back(self, device: FakeDevice) -> None:
        device.users -= 1

    def used(self) -> dict[str, int]:
        return {name: one.users for name, one in self.devices.items() if one.users}


class SharingExchange(FakeExchange):
    """Keeps who shares, too."""

    def __init__(self) -> None:
        super().__init__()
        self.shares: list[bool] = []

    def report_sharing(self, call_id: str, party_id: str, *, on: bool) -> None:
        self.shares.append(on)


def find_source(name: str) -> SourceConfig:
    return SourceConfig(media=name) if name == FILM else SourceConfig(camera=name)


@pytest.fixture
def exchange() -> SharingExchange:
    return SharingExchange()


def make_speaker() -> FakeSpeaker:
    return FakeSpeaker()


@pytest.fixture
def pool() -> FakePool:
    return FakePool()


@pytest.fixture
async def station(
    exchange: SharingExchange, pool: FakePool
) -> AsyncIterator[StationEquipment]:
    equipment = StationEquipment(
        cast("CameraPool", pool),
        "station",
        cast("Exchange", exchange),
        find_source,
        lambda _: None,
        lambda _: [],
        SourceConfig(camera="camera.red", talk_back=False),
        lambda _: make_speaker,
    )
    yield equipment
    await equipment.close()
    assert pool.used() == {}
    assert not any(device.source.acquired for device in pool.devices.values())


@pytest.fixture
async def peer(
    station: StationEquipment, exchange: SharingExchange, new_stock: MakeStock
) -> StockPeer:
    """Return a peer that sees the station's own camera."""
    stock = new_stock()
    connection = make_connection()
    await station.port.join(make_call(), "station")
    station.port.open(connection, "station")
    offer = await exchange.descriptions_of(connection.id).get()
    answer = await stock.answer(offer)
    await station.port.describe(connection.id, "station", answer)
    await exchange.connected(connection.id)
    await stock.see(RED)
    await stock.hear_tone(440)
    return stock


def assert_seamless(peer: StockPeer) -> None:
    """One clock, and no long gap in what is seen."""
    stamps = [seen.pts for seen in peer.seen]
    assert stamps == sorted(stamps)
    gaps = [
        later.when - earlier.when
        for earlier, later in zip(peer.seen, peer.seen[1:], strict=False)
    ]
    assert max(gaps) < 1.5


async def switch(station: StationEquipment, camera: str) -> None:
    await station.port.switch("station", DeviceKind.CAMERA, camera)


async def test_another_camera_and_back(
    station: StationEquipment, pool: FakePool, peer: StockPeer
) -> None:
    recorded: list[SourceStreams] = []
    stop = station.port.tap(recorded.append)
    await switch(station, "camera.green")
    assert station.used == "camera.green"
    await peer.see(GREEN)
    await peer.hear_tone(700)
    green = pool.devices["camera.green"].source.streams
    assert recorded[-1].video is green.video
    assert recorded[-1].audio is not None
    heard = Collector(recorded[-1].audio)
    await until(lambda: len(heard.collected) > 40)
    samples = decode_audio(heard.collected, "pcm_alaw", 8_000)
    assert tone_of(samples, 8_000) == pytest.approx(700, abs=4)
    await switch(station, "camera.red")
    await peer.see(RED)
    await peer.hear_tone(440)
    assert_seamless(peer)
    assert pool.used() == {"camera.red": 2}
    stop()


async def test_a_camera_that_does_not_work_changes_nothing(
    station: StationEquipment, pool: FakePool, peer: StockPeer
) -> None:
    with pytest.raises(CallError) as caught:
        await switch(station, "camera.broken")
    assert caught.value.key == "picture_does_not_come"
    await peer.see(RED)
    assert pool.used() == {"camera.red": 2}


async def test_a_speaker_takes_the_place_of_its_own(
    station: StationEquipment, exchange: SharingExchange, peer: StockPeer
) -> None:
    for device, used in (("media_player.hall", "media_player.hall"), ("station", None)):
        await station.port.switch("station", DeviceKind.SPEAKER, device)
        assert station.used_speaker == used
        state = SpeakerState.OPEN if used else SpeakerState.CLOSED

        def reached(state: SpeakerState = state) -> bool:
            return station.port.status.speaker.state is state

        await until(reached)


async def test_a_station_has_no_other_microphone(station: StationEquipment) -> None:
    with pytest.raises(CallError) as caught:
        await station.port.switch("station", DeviceKind.MICROPHONE, "camera.red")
    assert caught.value.key == "cannot_switch"


async def test_a_shared_picture_leaves_the_sound(
    station: StationEquipment,
    pool: FakePool,
    exchange: SharingExchange,
    peer: StockPeer,
) -> None:
    await station.port.share("call", "station", "camera.blue")
    assert exchange.shares == [True]
    await peer.see(BLUE)
    await peer.hear_tone(440)
    await station.port.share("call", "station", "camera.green")
    await peer.see(GREEN)
    assert pool.used() == {"camera.red": 2, "camera.green": 1}
    await station.port.share("call", "station", None)
    assert exchange.shares == [True, True, False]
    await peer.see(RED)
    assert_seamless(peer)
    assert pool.used() == {"camera.red": 2}


async def test_a_film_is_heard(
    station: StationEquipment, pool: FakePool, peer: StockPeer
) -> None:
    await station.port.share("call", "station", FILM)
    await peer.see(BLUE)
    await peer.hear_tone(TONES[FILM])
    await station.port.share("call", "station", None)
    await peer.see(RED)
    await peer.hear_tone(440)
    assert_seamless(peer)


async def test_what_can_not_be_shared(
    station: StationEquipment, exchange: SharingExchange, peer: StockPeer
) -> None:
    for source, key in (
        ("screen", "cannot_share"),
        ("camera.broken", "picture_does_not_come"),
    ):
        with pytest.raises(CallError) as caught:
            await station.port.share("call", "station", source)
        assert caught.value.key == key
    assert not exchange.shares
    await peer.see(RED)


async def test_sharing_ends_with_the_call(
    station: StationEquipment, pool: FakePool, peer: StockPeer
) -> None:
    await station.port.share("call", "station", "camera.blue")
    await peer.see(BLUE)
    station.port.leave("call", "station")
    await until(lambda: pool.used() == {"camera.red": 2})


async def test_a_changed_setting_counts_over_what_was_switched_to(
    station: StationEquipment, pool: FakePool, peer: StockPeer
) -> None:
    await switch(station, "camera.green")
    await station.reconfigure(SourceConfig(camera="camera.blue", talk_back=False))
    await peer.see(BLUE)
    assert station.used is None
    assert pool.used() == {"camera.blue": 2}


async def test_a_camera_that_is_taken_away_and_given_back(
    station: StationEquipment, pool: FakePool, peer: StockPeer
) -> None:
    await station.reconfigure(SourceConfig(speaker="media_player.kitchen"))
    assert pool.used() == {}
    assert await station.thumbnail() is None
    with pytest.raises(CallError, match="cannot_share"):
        await station.port.share("call", "station", "camera.blue")
    await until(lambda: station.port.status.speaker.state is SpeakerState.OPEN)
    await station.reconfigure(SourceConfig(camera="camera.green"))
    await peer.see(GREEN)
    await peer.hear_tone(700)


async def test_the_last_picture_stays_as_a_thumbnail(
    station: StationEquipment, peer: StockPeer
) -> None:
    assert alike(colour_of(await station.thumbnail()), RED)
    station.port.leave("call", "station")
    assert alike(colour_of(await station.thumbnail()), RED)


async def test_black_stands_for_no_picture(station: StationEquipment) -> None:
    assert await station.thumbnail() is None
    assert alike(colour_of(await station.no_picture()), (0, 0, 0))


def colour_of(jpeg: bytes | None) -> Colour:
    assert jpeg is not None
    with av.open(io.BytesIO(jpeg), "r") as container:
        return mean_colour(next(container.decode(video=0)))
