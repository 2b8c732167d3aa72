"""A station and the apps of contacts: restarts, pictures always, what they send."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
import re

from aiortc import RTCRtpSender
import pytest

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.model import ConnectionState, Description
from custom_components.mesh_call.media import sender
from custom_components.mesh_call.media.source import SourceState, SourceStreams
from custom_components.mesh_call.media.station import StationMedia
from custom_components.mesh_call.media.stream import PCMA, Stream
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from tests.cameras.content import Collector, decode_audio, decode_h264, is_color
from tests.waiting import until

from .conftest import MakeStock
from .fakes import (
    ColourTrack,
    FakeExchange,
    FakeSpeaker,
    ToneTrack,
    make_call,
    make_connection,
)
from .stock import StockPeer
from .synthetic import BLUE, GREEN, RED, SyntheticSource, loudest

type MakeStation = Callable[..., StationMedia]
BLACK = (0, 0, 0)


@pytest.fixture
def new_station(exchange: FakeExchange, closing: AsyncExitStack) -> MakeStation:
    def make(
        source: SyntheticSource | None,
        speaker: FakeSpeaker | None = None,
        fills: Callable[[str], bool] = lambda party_id: party_id == "screen",
    ) -> StationMedia:
        station = StationMedia(
            "station",
            exchange,
            source=source,
            speakers=(lambda: speaker,) if speaker else (),
            configure_ice=lambda _: IceConfiguration(),
            receives=lambda party_id: party_id == "screen",
            fills=fills,
        )
        closing.push_async_callback(station.shut_down)
        return station

    return make


async def offer(
    stock: StockPeer, station: StationMedia, exchange: FakeExchange, *kinds: str
) -> None:
    """Let the app offer, once more if it did before."""
    connection = make_connection(offers=False)
    station.open(connection, "station")
    await station.describe(connection.id, "station", await stock.offer(*kinds))
    await stock.take(await exchange.descriptions_of(connection.id).get())
    await until(lambda: stock.connection.connectionState == "connected")


async def test_a_second_offer_restarts(
    new_station: MakeStation, new_stock: MakeStock, exchange: FakeExchange
) -> None:
    speaker = FakeSpeaker()
    source = SyntheticSource(GREEN)
    station = new_station(source, speaker)
    await station.join(make_call(), "station")
    before, after = new_stock(), new_stock()
    before.send(ToneTrack(500))
    after.send(ToneTrack(900))
    await offer(before, station, exchange, "video")
    await before.see(GREEN)
    await exchange.connected("connection")

    await offer(after, station, exchange, "video")

    await after.see(GREEN)
    await after.hear_tone(440)
    async with asyncio.timeout(5):
        while loudest(await speaker.hear(0.2)) != pytest.approx(900, abs=10):
            pass
    await until(lambda: before.connection.connectionState == "closed")
    assert exchange.states["connection"] == [
        ConnectionState.CONNECTING,
        ConnectionState.CONNECTED,
    ]
    assert source.acquired == 1
    await station.mute("call", "station", audio=True, video=True)
    await after.see(BLACK)


async def test_a_broken_second_offer_changes_nothing(
    new_station: MakeStation, new_stock: MakeStock, exchange: FakeExchange
) -> None:
    station = new_station(SyntheticSource(GREEN))
    stock = new_stock()
    await offer(stock, station, exchange, "video")
    await stock.see(GREEN)
    good = await new_stock().offer("video")
    for text in ("nonsense", good.sdp.replace("a=fingerprint", "a=nothing")):
        with pytest.raises(CallError, match="invalid_description"):
            await station.describe("connection", "station", Description("offer", text))
    count = len(stock.seen)
    await until(lambda: len(stock.seen) > count + 10)
    assert exchange.states["connection"][-1] is ConnectionState.CONNECTED


def shape(sdp: str) -> list[str]:
    """What must be alike in an offer and the one that restarts it (RFC 8829)."""
    wanted = re.compile(
        r"m=(\w+) \d+ (.*)|a=(mid|msid|extmap|rtpmap|fmtp|group):.*|a=send.*"
    )
    return [
        re.sub(r"^m=(\w+) \d+", r"m=\1", line)
        for line in sdp.splitlines()
        if wanted.fullmatch(line)
    ]


async def test_a_fresh_offer_fits_the_one_before(
    new_station: MakeStation, exchange: FakeExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = SyntheticSource(GREEN, PCMA)
    started = source.start
    monkeypatch.setattr(source, "start", lambda: None)
    station = new_station(source)
    await station.join(make_call(), "station")
    station.open(make_connection("one"), "station")
    first = await exchange.descriptions_of("one").get()
    started()
    station.close("one", "station")

    station.open(make_connection("two"), "station")

    second = await exchange.descriptions_of("two").get()
    assert shape(second.sdp) == shape(first.sdp)
    assert len(shape(second.sdp)) > 10
    assert "ice-ufrag" in second.sdp


@pytest.mark.parametrize("codecs", [("H264", "rtx"), ("VP8", "rtx"), ("VP8", "H264")])
@pytest.mark.parametrize("source", [None, SyntheticSource], ids=["nothing", "voice"])
async def test_a_video_call_always_has_a_picture(
    new_station: MakeStation,
    new_stock: MakeStock,
    exchange: FakeExchange,
    codecs: tuple[str, ...],
    source: Callable[[None], SyntheticSource] | None,
) -> None:
    station = new_station(source and source(None), FakeSpeaker())
    stock = new_stock()
    stock.send(ToneTrack(700))
    transceiver = stock.connection.addTransceiver("video", "sendrecv")
    capabilities = RTCRtpSender.getCapabilities("video").codecs
    transceiver.setCodecPreferences(
        [c for name in codecs for c in capabilities if c.name == name]
    )
    await offer(stock, station, exchange)
    await stock.see(BLACK)


async def test_a_picture_that_stands_still_becomes_black(
    new_station: MakeStation,
    new_stock: MakeStock,
    exchange: FakeExchange,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sender, "BLACK_AFTER", 1.0)
    source = SyntheticSource(GREEN)
    station = new_station(source)
    stock = new_stock()
    await offer(stock, station, exchange, "video")
    await stock.see(GREEN)
    source.stop()
    source.change(SourceState.LOST)
    assert (await stock.see(BLACK)).size == (320, 240)
    source.start()
    seen = await stock.see(GREEN)
    times = [one.pts for one in stock.seen]
    assert times == sorted(times)
    assert seen.size == (320, 240)


class Watched:
    """What a station receives, as it comes."""

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self.pictures: list[Collector] = []
        self.sounds: list[Collector] = []

    def __call__(self, streams: SourceStreams) -> None:
        pairs = ((streams.video, self.pictures), (streams.audio, self.sounds))
        for stream, collectors in pairs:
            if stream is not None and stream not in self.streams:
                self.streams.add(stream)
                collectors.append(Collector(stream))

    async def see(
        self, colour: tuple[int, int, int], *, anew: bool = False, timeout: float = 10
    ) -> None:
        """Wait until the newest stream shows this colour, `anew` in packets to come."""
        if anew:
            for collector in self.pictures:
                collector.collected.clear()
        await until(lambda: self._shows(colour), timeout)

    def _shows(self, colour: tuple[int, int, int]) -> bool:
        packets = list(self.pictures[-1].collected) if self.pictures else []
        while packets and not packets[0].key_frame:
            packets.pop(0)
        while packets and not packets[-1].marker:
            packets.pop()
        frames = decode_h264(packets)
        return bool(frames) and is_color(frames[-1], colour, 40)


async def test_what_an_app_sends_is_received_undecoded(
    new_station: MakeStation, new_stock: MakeStock, exchange: FakeExchange
) -> None:
    station = new_station(SyntheticSource(GREEN))
    await station.join(make_call(), "station")
    before, after = new_stock(), new_stock()
    for stock, colour in ((before, RED), (after, BLUE)):
        stock.send(ToneTrack(700))
        stock.send(ColourTrack(colour))
    watched = Watched()
    stop = station.receive("call", "screen", watched)
    await offer(before, station, exchange)
    await watched.see(RED)
    await offer(after, station, exchange)
    await watched.see(BLUE)
    # The codec the camera's sound comes in is agreed on for both ways.
    heard = decode_audio(watched.sounds[-1].collected, "pcm_alaw", 8_000)
    assert loudest(heard[-4_000:], 8_000) == pytest.approx(700, abs=10)
    stop()
    count = len(watched.pictures[-1].collected)
    await asyncio.sleep(0.3)
    assert len(watched.pictures[-1].collected) == count
    await after.see(GREEN)


async def test_a_screen_is_received_without_being_shown_black(
    new_station: MakeStation, new_stock: MakeStock, exchange: FakeExchange
) -> None:
    station = new_station(None, fills=lambda party_id: False)
    await station.join(make_call(), "station")
    station.open(make_connection(), "station")
    stock = new_stock()
    stock.send(ToneTrack(700))
    stock.send(ColourTrack(RED))
    description = await exchange.descriptions_of("connection").get()
    answer = await stock.answer(description)
    await station.describe("connection", "station", answer)
    watched = Watched()
    station.receive("call", "screen", watched)
    await watched.see(RED)
    assert "a=sendrecv" not in description.sdp.partition("m=video")[2]
