"""A station in calls: camera, microphone and speaker in all its connections."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
import time

import pytest

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.model import (
    Candidate,
    Connection,
    ConnectionState,
    Description,
)
from custom_components.mesh_call.media.loudspeaker import SpeakerState, SpeakerStatus
from custom_components.mesh_call.media.source import SourceState
from custom_components.mesh_call.media.station import StationMedia
from custom_components.mesh_call.media.stream import PCMU
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from custom_components.mesh_call.media.webrtc.statistics import ConnectionStatistics
from tests.waiting import until

from .conftest import MakeStock
from .fakes import FakeExchange, FakeSpeaker, ToneTrack, make_call, make_connection
from .stations import MakeStation, link
from .synthetic import BLUE, GREEN, RED, SyntheticSource, alike, loudest


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "fallback"])
@pytest.mark.parametrize("offers", [True, False], ids=["offers", "answers"])
async def test_call_with_talk_back(
    new_station: MakeStation,
    new_stock: MakeStock,
    exchange: FakeExchange,
    offers: bool,
    raw: bool,
) -> None:
    speaker = FakeSpeaker()
    source = SyntheticSource(GREEN, PCMU, 440)
    station = new_station(source, lambda: speaker, raw=raw)
    stock = new_stock()
    stock.send(ToneTrack(700))
    await station.join(make_call(), "station")
    assert station.status.speaker == SpeakerStatus(SpeakerState.CLOSED)

    await link(station, exchange, stock, make_connection(offers=offers))

    await stock.see(GREEN)
    await stock.hear_tone(440)
    async with asyncio.timeout(5):
        while loudest(await speaker.hear(0.2)) != pytest.approx(700, abs=10):
            pass
    assert exchange.media == ["connection"]
    assert exchange.states["connection"] == [
        ConnectionState.CONNECTING,
        ConnectionState.CONNECTED,
    ]
    assert station.status.speaker.state is SpeakerState.OPEN
    station.leave("call", "station")
    await until(lambda: not speaker.is_open)
    assert source.acquired == 0


async def test_preview_sends_only_the_picture(
    new_station: MakeStation, new_stock: MakeStock, exchange: FakeExchange
) -> None:
    source = SyntheticSource(BLUE)
    station = new_station(source, FakeSpeaker)
    await station.join(make_call(), "station")
    stock = new_stock()

    await link(station, exchange, stock, make_connection(preview=True))

    await stock.see(BLUE)
    assert "m=audio" not in stock.connection.remoteDescription.sdp
    assert "a=sendonly" in stock.connection.remoteDescription.sdp
    assert station.status.speaker.state is SpeakerState.CLOSED
    station.close("connection", "station")
    assert source.acquired == 0


@pytest.mark.parametrize(
    ("source", "speaker", "directions"),
    [
        (SyntheticSource, FakeSpeaker, ["audio sendrecv", "video sendonly"]),
        (SyntheticSource, None, ["audio sendrecv", "video sendonly"]),
        (None, FakeSpeaker, ["audio sendrecv"]),
        (lambda: SyntheticSource(None), None, ["audio sendrecv"]),
        (
            lambda: SyntheticSource(GREEN, None),
            None,
            ["audio sendrecv", "video sendonly"],
        ),
    ],
)
async def test_directions(
    new_station: MakeStation,
    exchange: FakeExchange,
    source: Callable[[], SyntheticSource] | None,
    speaker: Callable[[], FakeSpeaker] | None,
    directions: list[str],
) -> None:
    """Sound goes both ways though there is no speaker: somebody may watch there."""
    station = new_station(source and source(), speaker)
    station.open(make_connection(), "station")

    offer = await exchange.descriptions_of("connection").get()

    lines = offer.sdp.splitlines()
    media = [line[2:].split()[0] for line in lines if line.startswith("m=")]
    kinds = ("sendrecv", "sendonly", "recvonly")
    ways = [line[2:] for line in lines if line[2:] in kinds]
    assert [" ".join(pair) for pair in zip(media, ways, strict=True)] == directions


async def test_warm_picture_is_fast(
    new_station: MakeStation, new_stock: MakeStock, exchange: FakeExchange
) -> None:
    station = new_station(SyntheticSource(BLUE, gop=500))
    first, second = new_stock(), new_stock()
    await link(station, exchange, first, make_connection("first"))
    await first.see(BLUE)
    await asyncio.sleep(0.5)

    began = time.monotonic()
    await link(station, exchange, second, make_connection("second"))

    # The next key frame is some 19 seconds away.
    assert (await second.see(BLUE)).when - began < 10


async def test_cold_source_delays_little(
    new_station: MakeStation,
    new_stock: MakeStock,
    exchange: FakeExchange,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = SyntheticSource(RED)
    started = source.start
    monkeypatch.setattr(source, "start", lambda: None)
    station = new_station(source)
    stock = new_stock()
    began = time.monotonic()
    # The source takes longer than the offer waits: it is made on hope.
    await link(station, exchange, stock, make_connection())
    assert time.monotonic() - began < 3

    started()

    await stock.see(RED)
    await stock.hear_tone(440)


async def test_lost_source_comes_back(
    new_station: MakeStation, new_stock: MakeStock, exchange: FakeExchange
) -> None:
    source = SyntheticSource(GREEN)
    station = new_station(source)
    changes: list[SourceState | None] = []
    remove = station.subscribe(
        lambda: changes.append(
            station.status.source.state if station.status.source else None
        )
    )
    stock = new_stock()
    await link(station, exchange, stock, make_connection())
    await stock.see(GREEN)

    source.stop()
    source.change(SourceState.LOST)
    await asyncio.sleep(0.3)
    count = len(stock.seen)
    source.start()
    await until(lambda: len(stock.seen) > count + 10)
    await stock.hear_tone(440)

    assert changes[-2:] == [SourceState.LOST, SourceState.READY]
    remove()
    remove()


async def test_live_changes(
    new_station: MakeStation, new_stock: MakeStock, exchange: FakeExchange
) -> None:
    first, second = SyntheticSource(GREEN), SyntheticSource(RED, PCMU, 600)
    speakers: list[FakeSpeaker] = []

    def make_speaker() -> FakeSpeaker:
        assert not any(speaker.is_open for speaker in speakers)
        speakers.append(FakeSpeaker())
        return speakers[-1]

    station = new_station(first, make_speaker)
    await station.join(make_call(), "station")
    stock = new_stock()
    stock.send(ToneTrack(700))
    await link(station, exchange, stock, make_connection())
    await stock.see(GREEN)

    station.set_source(second)
    station.set_speakers((partial(make_speaker),))

    await stock.see(RED)
    await stock.hear_tone(600)
    await until(lambda: len(speakers) == 2 and speakers[1].is_open)
    assert loudest(await speakers[1].hear()) == pytest.approx(700, abs=10)
    assert first.acquired == 0
    assert second.acquired == 1
    station.set_source(None)
    assert second.acquired == 0
    station.set_speakers(())
    await until(lambda: not speakers[1].is_open)


async def test_mute_holds_for_later_peers(
    new_station: MakeStation, new_stock: MakeStock, exchange: FakeExchange
) -> None:
    station = new_station(SyntheticSource(GREEN))
    one, two = new_stock(), new_stock()
    await link(station, exchange, one, make_connection("one"))
    await one.see(GREEN)

    await station.mute("call", "station", audio=True, video=True)
    await link(station, exchange, two, make_connection("two"))

    await one.see((0, 0, 0))
    await two.see((0, 0, 0))
    assert loudest(await two.hear(0.2)) == 0
    await station.mute("call", "station", audio=False, video=False)
    await one.see(GREEN)
    await two.see(GREEN)
    assert not any(alike(seen.colour, RED) for seen in two.seen)


async def test_statistics(
    new_station: MakeStation, new_stock: MakeStock, exchange: FakeExchange
) -> None:
    station = new_station(SyntheticSource(GREEN))
    assert station.statistics("connection") == ConnectionStatistics()
    await link(station, exchange, new_stock(), make_connection())
    await until(lambda: station.statistics("connection").bitrate_out > 60, 4)


async def test_unknown_connections(new_station: MakeStation) -> None:
    station = new_station(None, FakeSpeaker)
    station.close("nothing", "station")
    station.leave("nothing", "station")
    with pytest.raises(CallError, match="unknown_connection"):
        await station.describe("nothing", "station", Description("offer", ""))
    with pytest.raises(CallError, match="unknown_connection"):
        await station.candidate("nothing", "station", Candidate(""))


async def test_close_while_the_source_is_waited_for(
    new_station: MakeStation,
    exchange: FakeExchange,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = SyntheticSource()
    monkeypatch.setattr(source, "start", lambda: None)
    station = new_station(source)
    station.open(make_connection(offers=False), "station")
    station.open(make_connection(offers=False), "station")
    describing = asyncio.create_task(
        station.describe("connection", "station", Description("offer", ""))
    )
    await asyncio.sleep(0.05)

    station.close("connection", "station")

    with pytest.raises(CallError, match="unknown_connection"):
        await describing
    assert not exchange.states


async def test_no_way_fails(exchange: FakeExchange, closing: AsyncExitStack) -> None:
    def no_relay(connection: Connection) -> IceConfiguration:
        raise CallError("no_relay")

    station = StationMedia(
        "station", exchange, source=None, speakers=(), configure_ice=no_relay
    )
    closing.push_async_callback(station.shut_down)
    station.open(make_connection(), "station")
    await until(lambda: exchange.states == {"connection": [ConnectionState.FAILED]})


async def test_digital_silence_is_told(
    new_station: MakeStation, new_stock: MakeStock, exchange: FakeExchange
) -> None:
    station = new_station(SyntheticSource(GREEN))
    stock = new_stock()
    voice = ToneTrack(700)
    stock.send(voice)
    await station.join(make_call(), "station")
    await link(station, exchange, stock, make_connection())
    await until(lambda: exchange.silence == [False], 20)
    voice.level = 0
    await until(lambda: exchange.silence == [False, True], 20)
    voice.level = 8000
    await until(lambda: exchange.silence == [False, True, False], 20)
