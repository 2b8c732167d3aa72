"""What a station plays in its calls, found by frequency at the other end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import pairwise
import logging
from pathlib import Path
import threading
import time
from typing import Any, override
import wave

from aiortc import RTCRtpSender
from aiortc.rtp import RtpPacket, is_rtcp
import pytest

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.model import Connection, Description
from custom_components.mesh_call.media import engine_room
from custom_components.mesh_call.media.libav import sound_reader
from custom_components.mesh_call.media.playing import MicrophoneUse, PlayerState
from custom_components.mesh_call.media.source import SourceStreams
from custom_components.mesh_call.media.station import StationMedia
from custom_components.mesh_call.media.station_player import DUCKED
from custom_components.mesh_call.media.stream import OPUS, PCMA, PCMU, Codec
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from tests.cameras.content import Collector, decode_audio, make_tone
from tests.cameras.streams import Program, stream_server
from tests.waiting import until

from .conftest import MakeStock
from .fakes import FakeExchange, FakeSpeaker, make_call, make_connection
from .stock import StockPeer
from .synthetic import GREEN, SyntheticSource, power
from .test_feedback import tap

DOOR = 440.0
MUSIC = 1500.0
WORDS = 2500.0
"""Hz; no harmonic of one another."""

HEARD = 500.0
"""Amplitude from which a tone counts as heard; the tones have 8000."""


@dataclass
class Hall:
    """A station in a call, and who listens to it."""

    station: StationMedia
    exchange: FakeExchange
    new_stock: MakeStock
    folder: Path
    changes: list[PlayerState] = field(default_factory=list)

    async def listener(
        self, name: str = "connection", *codecs: Codec, call_id: str = "call"
    ) -> StockPeer:
        """Let somebody be connected who takes these codecs, or any."""
        stock = self.new_stock()
        if codecs:
            names = {codec.name.lower() for codec in codecs}
            transceiver = stock.connection.addTransceiver("audio", "recvonly")
            transceiver.setCodecPreferences(
                [
                    capability
                    for capability in RTCRtpSender.getCapabilities("audio").codecs
                    if capability.name.lower() in names
                ]
            )
        connection = make_connection(name, call_id=call_id)
        self.station.open(connection, "station")
        offer = await self.exchange.descriptions_of(name).get()
        await self.station.describe(name, "station", await stock.answer(offer))
        await self.exchange.connected(name)
        return stock

    def tone(self, frequency: float, seconds: float = 20, rate: int = 44_100) -> str:
        """Write a file with a tone."""
        path = self.folder / f"{frequency}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, rate, 0, "NONE", ""))
            file.writeframes(make_tone(frequency, seconds, rate).tobytes())
        return str(path)


type Enter = Callable[..., Awaitable[Hall]]


@pytest.fixture(autouse=True)
async def nothing_left() -> AsyncIterator[None]:
    """Let no thread of a player outlive its station."""
    yield
    names = [thread.name for thread in threading.enumerate()]
    assert "mesh_call sound reader" not in names
    tasks = [task.get_name() for task in asyncio.all_tasks()]
    assert not [name for name in tasks if name.startswith("mesh_call")]


@pytest.fixture
def enter(closing: AsyncExitStack, new_stock: MakeStock, tmp_path: Path) -> Enter:
    """Makes stations that are in a call."""

    async def make(
        source: SyntheticSource | None, *, raw: bool = engine_room.available
    ) -> Hall:
        exchange = FakeExchange()
        station = StationMedia(
            "station",
            exchange,
            source=source,
            speakers=(),
            configure_ice=lambda _: IceConfiguration(),
            raw=raw,
        )
        closing.push_async_callback(station.shut_down)
        await station.join(make_call(), "station")
        hall = Hall(station, exchange, new_stock, tmp_path)
        station.subscribe(lambda: hall.changes.append(station.player.state))
        return hall

    return make


async def hears(stock: StockPeer, *wanted: float) -> None:
    """Wait until somebody hears these of the tones, and no others."""
    loud: set[float] = set()
    deadline = time.monotonic() + 15
    while loud != set(wanted):
        assert time.monotonic() < deadline, loud
        samples = await stock.hear(0.3, timeout=10)
        levels = {tone: power(samples, tone) for tone in (DOOR, MUSIC, WORDS)}
        loud = {tone for tone, level in levels.items() if level > HEARD}


@pytest.mark.parametrize("codec", [PCMA, OPUS], ids=lambda codec: codec.name)
async def test_it_is_mixed_with_the_microphone(enter: Enter, codec: Codec) -> None:
    hall = await enter(SyntheticSource(GREEN, codec, DOOR))
    player = hall.station.player
    first, second = await hall.listener("1"), await hall.listener("2")
    await hears(first, DOOR)

    await player.play(hall.tone(MUSIC))
    await hears(first, DOOR, MUSIC)
    await hears(second, DOOR, MUSIC)
    late = await hall.listener("3")
    await hears(late, DOOR, MUSIC)
    await late.see(GREEN)

    player.stop()
    for stock in (first, second, late):
        await hears(stock, DOOR)
    assert list(dict.fromkeys(hall.changes)) == [PlayerState.IDLE, PlayerState.PLAYING]
    assert hall.changes[-1] is PlayerState.IDLE


@pytest.mark.parametrize("codec", [PCMU, OPUS], ids=lambda codec: codec.name)
async def test_the_clock_goes_on(enter: Enter, codec: Codec) -> None:
    """Neither a new negotiation nor a gap: receivers notice the sound only."""
    hall = await enter(SyntheticSource(None, codec, DOOR))
    stock = await hall.listener()
    await hears(stock, DOOR)
    packets: list[tuple[RtpPacket, float]] = []

    def keep(data: bytes) -> bool:
        if not is_rtcp(data):
            packets.append((RtpPacket.parse(data), time.monotonic()))
        return True

    tap(stock, keep)
    for _ in range(2):
        await hall.station.player.play(hall.tone(MUSIC))
        await hears(stock, DOOR, MUSIC)
        hall.station.player.stop()
        await hears(stock, DOOR)

    received = [packet for packet, _ in packets]
    assert len({packet.ssrc for packet in received}) == 1
    assert len({packet.payload_type for packet in received}) == 1
    numbers = [packet.sequence_number for packet in received]
    assert all((b - a) & 0xFFFF == 1 for a, b in pairwise(numbers))
    steps = [(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in pairwise(received)]
    # Another clock would begin anywhere; a busy machine makes a step of seconds.
    assert all(0 < step < 10 * codec.clock_rate for step in steps)
    elapsed = packets[-1][1] - packets[0][1]
    assert sum(steps) / codec.clock_rate == pytest.approx(elapsed, abs=4)
    assert hall.exchange.descriptions_of("connection").empty()


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "fallback"])
async def test_a_station_without_a_microphone(enter: Enter, raw: bool) -> None:
    hall = await enter(SyntheticSource(GREEN, None), raw=raw)
    stock = await hall.listener()
    for _ in range(2):
        await hall.station.player.play(hall.tone(MUSIC))
        await hears(stock, MUSIC)
        hall.station.player.stop()
        await until(lambda: not hall.station.player.over(SourceStreams(), ()).audio)


async def test_a_receiver_without_the_microphones_codec(enter: Enter) -> None:
    hall = await enter(SyntheticSource(None, PCMA, DOOR))
    narrow = await hall.listener("narrow", PCMU)
    wide = await hall.listener("wide", OPUS)
    usual = await hall.listener("usual")
    await hears(usual, DOOR)
    await hall.station.player.play(hall.tone(MUSIC))
    for stock in (narrow, wide, usual):
        await hears(stock, DOOR, MUSIC)


async def test_in_place_of_the_microphone_and_over_it(enter: Enter) -> None:
    hall = await enter(SyntheticSource(None, OPUS, DOOR))
    stock = await hall.listener()
    await hears(stock, DOOR)
    loud = power(await stock.hear(0.4), DOOR)
    file = hall.tone(MUSIC)
    await hall.station.player.play(file, microphone=MicrophoneUse.OFF)
    await hears(stock, MUSIC)
    await hall.station.player.play(file, microphone=MicrophoneUse.DUCKED)
    await until_level(stock, DOOR, DUCKED * loud)
    hall.station.player.stop()
    await until_level(stock, DOOR, loud)


async def until_level(stock: StockPeer, tone: float, level: float) -> None:
    """Wait until a tone is about so loud."""
    async with asyncio.timeout(15):
        while True:
            heard = power(await stock.hear(0.4, timeout=10), tone)
            if heard == pytest.approx(level, rel=0.3):
                return


async def test_its_volume(enter: Enter) -> None:
    hall = await enter(None)
    player = hall.station.player
    stock = await hall.listener()
    await player.play(hall.tone(MUSIC))
    await hears(stock, MUSIC)
    player.set_volume(0.25)
    await until_level(stock, MUSIC, 2000)
    player.mute(True)
    await hears(stock)
    player.mute(False)
    player.set_volume(1)
    await until_level(stock, MUSIC, 8000)


async def test_a_muted_station_still_plays(enter: Enter) -> None:
    hall = await enter(SyntheticSource(None, PCMA, DOOR))
    stock = await hall.listener()
    await hears(stock, DOOR)
    await hall.station.player.play(hall.tone(MUSIC))
    await hears(stock, DOOR, MUSIC)
    await hall.station.mute("call", "station", audio=True, video=False)
    await hears(stock, MUSIC)
    hall.station.player.stop()
    await hears(stock)
    await hall.station.mute("call", "station", audio=False, video=False)
    await hears(stock, DOOR)


class Wire(FakeExchange):
    """Brings what one station says to the other."""

    def __init__(self) -> None:
        super().__init__()
        self.stations: dict[str, StationMedia] = {}

    @override
    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        other = "door" if party_id == "station" else "station"
        await self.stations[other].describe(connection_id, other, description)


async def test_it_is_heard_at_a_door_that_is_called(
    closing: AsyncExitStack, tmp_path: Path, new_stock: MakeStock
) -> None:
    """A station that nobody looks after may speak to a visitor."""
    wire, speaker = Wire(), FakeSpeaker()
    camera = SyntheticSource(GREEN, PCMA, DOOR)
    for name, source, speakers in (
        ("station", None, ()),
        ("door", camera, (lambda: speaker,)),
    ):
        station = StationMedia(
            name,
            wire,
            source=source,
            speakers=speakers,
            configure_ice=lambda _: IceConfiguration(),
        )
        closing.push_async_callback(station.shut_down)
        await station.join(make_call(), name)
        wire.stations[name] = station
    connection = Connection("connection", "call", "station", "door")
    for name in ("door", "station"):
        wire.stations[name].open(connection, name)
    await wire.connected("connection")
    hall = Hall(wire.stations["station"], wire, new_stock, tmp_path)
    await hall.station.player.play(hall.tone(MUSIC))
    async with asyncio.timeout(15):
        while power(await speaker.hear(0.3), MUSIC) < HEARD:
            pass


async def test_announcements_interrupt_one_after_the_other(enter: Enter) -> None:
    hall = await enter(None)
    player = hall.station.player
    stock = await hall.listener()
    await player.play(hall.tone(MUSIC, 4))
    await hears(stock, MUSIC)
    words, other = hall.tone(WORDS, 1.5), hall.tone(DOOR, 1.5)
    await player.play(words, announce=True)
    await player.play(other, announce=True)
    await hears(stock, WORDS)
    await hears(stock, DOOR)
    await hears(stock, MUSIC)

    player.pause()
    assert hall.changes[-1:] == [PlayerState.PAUSED]
    await player.play(words, announce=True)
    assert hall.changes[-1:] == [PlayerState.PLAYING]
    await hears(stock, WORDS)
    await until(lambda: player.state is PlayerState.PAUSED)
    player.resume()
    await hears(stock, MUSIC)
    await until(lambda: player.state is PlayerState.IDLE)


async def test_whoever_records_gets_it_too(enter: Enter) -> None:
    hall = await enter(SyntheticSource(None, PCMA, DOOR))
    taken: list[SourceStreams] = []
    end = hall.station.tap(taken.append)
    await hall.station.player.play(hall.tone(MUSIC))
    streams = taken[-1]
    assert streams.audio is not None
    assert streams.played is not None
    mixed, alone = Collector(streams.audio), Collector(streams.played)
    await until(lambda: len(mixed.collected) > 60)
    for collector, wanted in ((mixed, {DOOR, MUSIC}), (alone, {MUSIC})):
        samples = decode_audio(collector.collected[20:], "pcm_alaw", 8_000)
        levels = {tone: power(samples, tone, 8_000) for tone in (DOOR, MUSIC)}
        assert {tone for tone in levels if levels[tone] > HEARD} == wanted
    hall.station.player.stop()
    assert taken[-1].played is None
    end()


async def test_radio_ends_with_the_call(enter: Enter, tmp_path: Path) -> None:
    hall = await enter(None)
    async with stream_server(tmp_path, Program(tone=MUSIC, seconds=30)) as server:
        stock = await hall.listener()
        await hall.station.player.play(server.url("live.flv"))
        await hears(stock, MUSIC)
        hall.station.leave("call", "station")
        assert hall.station.player.state is PlayerState.IDLE
        await hall.station.shut_down()


@pytest.mark.parametrize(
    ("path", "manners", "key"),
    [
        ("live.flv", {"status": 401}, "media_refused"),
        ("live.flv", {"status": 404}, "media_not_playable"),
        ("live.flv", {"status": 503}, "media_unreachable"),
        ("live.mjpg", {}, "media_not_playable"),
        ("words.txt", {}, "media_not_playable"),
        ("live.flv", {"location": "file:///etc/passwd"}, "media_unreachable"),
        ("live.flv", {"freezes_after": -1}, "media_unreachable"),
    ],
)
async def test_what_can_not_be_played(
    enter: Enter,
    path: str,
    manners: dict[str, Any],
    key: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(sound_reader, "OPEN_TIMEOUT", 1.0)
    monkeypatch.setattr(sound_reader, "READ_TIMEOUT", 1.0)
    (tmp_path / "words.txt").write_text("Please leave the parcel. " * 100)
    hall = await enter(SyntheticSource(None, PCMA, DOOR))
    stock = await hall.listener()
    async with stream_server(tmp_path, **manners) as server:
        url = server.url(path).replace("//", "//admin:hunter2@")
        with pytest.raises(CallError) as caught:
            await hall.station.player.play(url)
        assert caught.value.key == key
        assert hall.station.player.state is PlayerState.IDLE
        await hears(stock, DOOR)
        await hall.station.shut_down()
    assert "hunter2" not in f"{caught.value} {caplog.text}"


async def test_a_stop_while_it_is_opened(
    enter: Enter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hall = await enter(None)
    async with stream_server(tmp_path, freezes_after=2, kept=0) as server:
        opening = asyncio.create_task(hall.station.player.play(server.url("live.flv")))
        await until(lambda: server.visits > 0)
        hall.station.player.stop()
        await opening
        assert hall.station.player.state is PlayerState.IDLE
