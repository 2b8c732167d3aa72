"""Pictures that are converted on their way, as a stock peer sees them."""

import asyncio
from contextlib import AsyncExitStack
from itertools import pairwise
import threading

import pytest

from custom_components.mesh_call.calls.model import Connection, ConnectionState
from custom_components.mesh_call.media.conversion import converter
from custom_components.mesh_call.media.conversion.decoder import PictureDecoder
from custom_components.mesh_call.media.source import Source, SourceState
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.sources.rtsp import RtspWay
from custom_components.mesh_call.media.sources.webrtc import WebRtcWay
from custom_components.mesh_call.media.station import StationMedia
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from tests.cameras.launch import RunningCamera, gstreamer_camera
from tests.waiting import until

from .arrivals import Arrivals
from .conftest import MakeStock
from .fakes import FakeExchange, make_call, make_connection
from .stock import Seen, StockPeer, task_names
from .synthetic import GREEN, RED, SyntheticSource
from .webrtc_camera import COLOUR, TONE, FakeCamera

CAMERA = ("--width", "320", "--height", "240", "--gop", "25", "--color", "C81414")


def make_station(
    exchange: FakeExchange,
    closing: AsyncExitStack,
    source: Source,
    small: Source | None = None,
) -> StationMedia:
    station = StationMedia(
        "station",
        exchange,
        source=source,
        small=small,
        speakers=(),
        configure_ice=lambda _: IceConfiguration(),
    )
    closing.push_async_callback(source.close)
    closing.push_async_callback(station.shut_down)
    return station


def camera_source(camera: RunningCamera) -> ReconnectingSource:
    async def tell() -> str:
        return camera.url

    return ReconnectingSource(RtspWay(tell))


async def offer_to(
    stock: StockPeer, station: StationMedia, exchange: FakeExchange, name: str
) -> None:
    connection = make_connection(name)
    station.open(connection, "station")
    offer = await exchange.descriptions_of(name).get()
    await station.describe(name, "station", await stock.answer(offer))
    await exchange.connected(name)


async def answer(
    stock: StockPeer, station: StationMedia, exchange: FakeExchange, *codecs: str
) -> None:
    """Let the stock peer offer nothing but these codecs."""
    stock.connection.addTransceiver("video", "recvonly")
    stock.prefer(*codecs)
    connection: Connection = make_connection(offers=False)
    station.open(connection, "station")
    await station.describe(connection.id, "station", await stock.offer())
    await stock.take(await exchange.descriptions_of(connection.id).get())
    await exchange.connected(connection.id)


@pytest.mark.parametrize(
    "arguments",
    [("--video", "h265"), ("--b-frames", "2")],
    ids=["h265", "b-frames"],
)
async def test_a_camera_is_converted_once_for_all(
    new_stock: MakeStock,
    exchange: FakeExchange,
    closing: AsyncExitStack,
    decoders: list[PictureDecoder],
    arguments: tuple[str, ...],
) -> None:
    async with gstreamer_camera(*CAMERA, *arguments, "--tone", "620") as camera:
        station = make_station(exchange, closing, camera_source(camera))
        await station.join(make_call(), "station")
        stocks = {name: new_stock() for name in ("one", "two", "three")}
        for name, stock in stocks.items():
            await offer_to(stock, station, exchange, name)
        for stock in stocks.values():
            await stock.see(RED, 15)
        await stocks["three"].hear_tone(620)
        # In the order they were taken in, at the camera's pace.
        seen = stocks["three"].seen
        start = len(seen)
        await until(lambda: len(seen) > start + 25)
        times = [one.pts for one in seen]
        assert times == sorted(times)
        steps = {later - earlier for earlier, later in pairwise(times[-20:])}
        # Whole pictures at 25 a second, though a busy machine may leave some out.
        assert all(step % 3_600 == 0 for step in steps)
        assert len(decoders) == 1
        assert "→ H264" in station.status.pictures[0]
        station.leave("call", "station")
        await until(lambda: "mesh_call conversion" not in task_names())
        await station.shut_down()


async def test_vp8_for_who_lacks_h264(
    new_stock: MakeStock,
    exchange: FakeExchange,
    closing: AsyncExitStack,
    decoders: list[PictureDecoder],
) -> None:
    station = make_station(exchange, closing, SyntheticSource(GREEN))
    stock = new_stock()
    await answer(stock, station, exchange, "VP8")
    seen = await stock.see(GREEN, 10)
    assert seen.size == (320, 240)
    assert station.status.pictures == ("H264 → VP8",)
    await station.mute("call", "station", audio=False, video=True)
    assert (await stock.see((0, 0, 0))).size == (320, 240)
    await station.mute("call", "station", audio=False, video=False)
    await stock.see(GREEN)
    assert len(decoders) == 1
    assert exchange.states["connection"][-1] is ConnectionState.CONNECTED


async def test_h264_passes_through_whatever_comes_first(
    new_stock: MakeStock,
    exchange: FakeExchange,
    closing: AsyncExitStack,
    decoders: list[PictureDecoder],
) -> None:
    station = make_station(exchange, closing, SyntheticSource(GREEN))
    stock = new_stock()
    await answer(stock, station, exchange, "VP8", "H264", "rtx")
    await stock.see(GREEN)
    assert station.status.pictures == ("H264",)
    assert not decoders


async def test_a_camera_that_sends_vp8(
    new_stock: MakeStock,
    exchange: FakeExchange,
    closing: AsyncExitStack,
) -> None:
    camera = FakeCamera()
    camera.codec = "VP8"
    closing.push_async_callback(camera.shut_down)
    source = ReconnectingSource(WebRtcWay(lambda: camera))
    station = make_station(exchange, closing, source)
    await station.join(make_call(), "station")
    plain, other = new_stock(), new_stock()
    await offer_to(plain, station, exchange, "one")
    await plain.see(COLOUR, 15)
    await plain.hear_tone(TONE)
    assert list(station.status.pictures) == ["VP8"]
    await answer(other, station, exchange, "H264")
    await other.see(COLOUR, 10)
    await plain.see(COLOUR)
    assert list(station.status.pictures) == ["VP8", "VP8 → H264"]


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
async def test_large_pictures_pass_through_at_full_size(
    new_stock: MakeStock,
    exchange: FakeExchange,
    closing: AsyncExitStack,
    size: tuple[int, int],
) -> None:
    station = make_station(exchange, closing, SyntheticSource(GREEN, size=size))
    stock = new_stock()
    await offer_to(stock, station, exchange, "one")
    assert (await stock.see(GREEN, 10)).size == size
    assert station.status.pictures == ("H264",)


async def test_a_cap_is_kept_and_lifted(
    new_stock: MakeStock,
    exchange: FakeExchange,
    closing: AsyncExitStack,
    decoders: list[PictureDecoder],
) -> None:
    station = make_station(exchange, closing, SyntheticSource(GREEN, noise=True))
    stock = new_stock()
    await offer_to(stock, station, exchange, "one")
    arrivals = Arrivals(stock)
    await stock.see(GREEN)
    assert await arrivals.bandwidth() > 700

    await station.limit("call", "station", 100)
    capped = "H264 → H264, 100 kbit/s"
    assert station.status.pictures == (capped,)
    seen = await wait_for_size(stock, smaller=True)
    assert seen.colour[1] > 150
    assert await arrivals.bandwidth(3) < 125

    await station.limit("call", "station", 0)
    await wait_for_size(stock, smaller=False)
    assert station.status.pictures == ("H264",)
    assert await arrivals.bandwidth() > 700
    await stock.see(GREEN)
    arrivals.assert_seamless()
    assert len(decoders) == 1
    assert "mesh_call conversion" not in task_names()


async def wait_for_size(stock: StockPeer, *, smaller: bool) -> Seen:
    """Wait for a picture that is made smaller, or no longer."""
    full = (320, 240)
    await until(lambda: (stock.seen[-1].size != full) == smaller)
    return stock.seen[-1]


async def test_a_cap_holds_from_the_start_for_each_call_by_itself(
    new_stock: MakeStock, exchange: FakeExchange, closing: AsyncExitStack
) -> None:
    source = SyntheticSource(GREEN, noise=True)
    station = make_station(exchange, closing, source)
    await station.limit("call", "station", 200)
    capped, free = new_stock(), new_stock()
    await offer_to(capped, station, exchange, "one")
    station.open(make_connection("two", call_id="other"), "station")
    offer = await exchange.descriptions_of("two").get()
    await station.describe("two", "station", await free.answer(offer))
    await capped.see(GREEN)
    assert await Arrivals(capped).bandwidth(3) < 250
    assert (await free.see(GREEN)).size == (320, 240)
    assert station.status.pictures == ("H264", "H264 → H264, 200 kbit/s")


async def test_the_small_picture_comes_before_conversion(
    new_stock: MakeStock,
    exchange: FakeExchange,
    closing: AsyncExitStack,
    decoders: list[PictureDecoder],
) -> None:
    main, small = SyntheticSource(GREEN, noise=True), SyntheticSource(RED, None)
    station = make_station(exchange, closing, main, small)
    stock = new_stock()
    await offer_to(stock, station, exchange, "one")
    await stock.see(GREEN)
    assert small.acquired == 0

    await station.limit("call", "station", 300)
    await stock.see(RED)
    assert station.status.pictures == ("small H264",)
    await stock.hear_tone(440)

    await station.limit("call", "station", 0)
    await stock.see(GREEN)
    assert small.acquired == 0
    assert not decoders


async def test_nothing_is_held_after_the_end(
    exchange: FakeExchange, closing: AsyncExitStack
) -> None:
    main, small = SyntheticSource(GREEN, noise=True), SyntheticSource(RED, None)
    station = make_station(exchange, closing, main, small)
    await station.limit("call", "station", 300)
    stops = [station.tap(lambda streams: None) for _ in range(2)]
    station.open(make_connection("one"), "station")
    await exchange.descriptions_of("one").get()
    await until(lambda: small.acquired == 1)
    other, other_small = SyntheticSource(GREEN, noise=True), SyntheticSource(RED, None)
    station.set_source(other, other_small)
    assert (main.acquired, small.acquired) == (0, 0)
    await until(lambda: other_small.acquired == 1)
    await station.shut_down()
    for stop in stops:
        stop()
        assert (other.acquired, other_small.acquired) == (0, 0)


async def test_a_small_picture_that_is_lost_is_replaced(
    new_stock: MakeStock, exchange: FakeExchange, closing: AsyncExitStack
) -> None:
    main, small = SyntheticSource(GREEN, noise=True), SyntheticSource(RED, None)
    station = make_station(exchange, closing, main, small)
    await station.limit("call", "station", 300)
    stock = new_stock()
    await offer_to(stock, station, exchange, "one")
    await stock.see(RED)
    small.change(SourceState.LOST)
    await stock.see(GREEN, 10)
    small.change(SourceState.READY)
    await stock.see(RED, 10)


async def test_a_loss_brings_a_key_frame(
    new_stock: MakeStock, exchange: FakeExchange, closing: AsyncExitStack
) -> None:
    station = make_station(exchange, closing, SyntheticSource(GREEN))
    await station.limit("call", "station", 100)
    stock = new_stock()
    await offer_to(stock, station, exchange, "one")
    await stock.see(GREEN)
    arrivals = Arrivals(stock)
    await asyncio.sleep(converter.KEY_FRAME_INTERVAL)
    receiver = stock.receiver("video")
    ssrc = await asyncio.wait_for(first_source(arrivals), 5)
    await receiver._send_rtcp_pli(ssrc)
    start = len(arrivals.packets)
    await until(
        lambda: any(p.payload[0] & 31 == 7 for p in arrivals.packets[start:]), 2
    )


async def first_source(arrivals: Arrivals) -> int:
    """The source of what arrives."""
    while not arrivals.packets:
        await asyncio.sleep(0.01)
    return arrivals.packets[0].ssrc


async def test_nothing_is_left_of_conversions(
    exchange: FakeExchange, closing: AsyncExitStack
) -> None:
    station = make_station(exchange, closing, SyntheticSource(GREEN))
    threads = threading.active_count()
    for cap in range(100, 110):
        stock = StockPeer()
        await station.limit("call", "station", cap)
        await offer_to(stock, station, exchange, "one")
        await stock.see(GREEN, 10)
        station.close("one", "station")
        await stock.close()
    await station.shut_down()
    assert "mesh_call conversion" not in task_names()
    assert threading.active_count() <= threads + 8
