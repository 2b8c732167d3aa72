"""Keeps all traffic on loopback and all ends closed."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

from aioice import ice
import pytest

from custom_components.mesh_call.media import engine_room
from custom_components.mesh_call.media.conversion import converter
from custom_components.mesh_call.media.conversion.decoder import PictureDecoder
from custom_components.mesh_call.media.peer import Peer
from custom_components.mesh_call.media.station import StationMedia
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from custom_components.mesh_call.media.webrtc.lines import MediaPlan

from .fakes import FakeExchange, FakeSpeaker
from .stations import MakeStation
from .stock import Recorder, StockPeer, make_peer
from .synthetic import SyntheticSource

type MakePeer = Callable[..., tuple[Peer, Recorder]]
type MakeStock = Callable[[], StockPeer]
type Start = Callable[[SyntheticSource], SyntheticSource]


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch, socket_enabled: None) -> None:
    monkeypatch.setattr(ice, "get_host_addresses", lambda **_: ["127.0.0.1"])


@pytest.fixture
async def closing() -> AsyncIterator[AsyncExitStack]:
    """Closes what was opened, last first."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def new_peer(closing: AsyncExitStack) -> MakePeer:
    def make(
        plan: MediaPlan, *, raw: bool = engine_room.available
    ) -> tuple[Peer, Recorder]:
        recorder = Recorder()
        peer = make_peer(recorder, plan, raw=raw)
        closing.push_async_callback(peer.close)
        return peer, recorder

    return make


@pytest.fixture
def new_stock(closing: AsyncExitStack) -> MakeStock:
    def make() -> StockPeer:
        stock = StockPeer()
        closing.push_async_callback(stock.close)
        return stock

    return make


@pytest.fixture
def exchange() -> FakeExchange:
    return FakeExchange()


@pytest.fixture
def new_station(exchange: FakeExchange, closing: AsyncExitStack) -> MakeStation:
    def make(
        source: SyntheticSource | None = None,
        speaker: Callable[[], FakeSpeaker] | None = None,
        *,
        small: SyntheticSource | None = None,
        raw: bool = engine_room.available,
    ) -> StationMedia:
        station = StationMedia(
            "station",
            exchange,
            source=source,
            small=small,
            speakers=(speaker,) if speaker else (),
            configure_ice=lambda _: IceConfiguration(),
            raw=raw,
        )
        closing.push_async_callback(station.shut_down)
        return station

    return make


@pytest.fixture
def start(closing: AsyncExitStack) -> Start:
    """Starts a source and stops it after the test."""

    def run(source: SyntheticSource) -> SyntheticSource:
        source.acquire()
        closing.callback(source.stop)
        return source

    return run


@pytest.fixture
def decoders(monkeypatch: pytest.MonkeyPatch) -> list[PictureDecoder]:
    """Every decoder that was opened."""
    opened: list[PictureDecoder] = []

    class Counted(PictureDecoder):
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)  # type: ignore[arg-type]
            opened.append(self)

    monkeypatch.setattr(converter, "PictureDecoder", Counted)
    return opened
