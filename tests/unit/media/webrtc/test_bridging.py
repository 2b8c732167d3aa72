"""Bridged links: what several of the home and a contact send is passed on."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import numpy as np
import pytest

from custom_components.mesh_call.calls.model import BRIDGE, Connection
from custom_components.mesh_call.media.ends import Ends
from custom_components.mesh_call.media.station import StationMedia
from custom_components.mesh_call.media.stream import PCMA
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from tests.waiting import until

from .conftest import MakeStock
from .fakes import ColourTrack, FakeExchange, FakeSpeaker, ToneTrack, make_call
from .stock import StockPeer
from .synthetic import BLUE, GREEN, RED, Colour, SyntheticSource, power

BLACK = (0, 0, 0)
DOOR_TONE, APP_TONE, TABLET_TONE, PHONE_TONE = 440, 700, 1000, 1300
TONES = (DOOR_TONE, APP_TONE, TABLET_TONE, PHONE_TONE)

type Connect = Callable[[Ends, Connection, Colour, int], Awaitable[StockPeer]]


@pytest.fixture
def connect(new_stock: MakeStock, exchange: FakeExchange) -> Connect:
    """Connects somebody who sends a colour and a tone."""

    async def connected(
        host: Ends, connection: Connection, colour: Colour, tone: int
    ) -> StockPeer:
        stock = new_stock()
        stock.send(ToneTrack(tone))
        stock.send(ColourTrack(colour))
        end = connection.offerer
        host.open(connection, end)
        offer = await exchange.descriptions_of(connection.id).get()
        await host.describe(connection.id, end, await stock.answer(offer))
        await exchange.connected(connection.id)
        return stock

    return connected


def make_door(
    exchange: FakeExchange,
    closing: AsyncExitStack,
    source: SyntheticSource,
    speaker: FakeSpeaker,
) -> StationMedia:
    door = StationMedia(
        "door",
        exchange,
        source=source,
        speakers=(lambda: speaker,),
        configure_ice=lambda _: IceConfiguration(),
        receives=lambda party_id: party_id == "friend",
        fills=lambda party_id: party_id == "friend",
    )
    closing.push_async_callback(door.shut_down)
    return door


def make_bridge(exchange: FakeExchange, closing: AsyncExitStack) -> Ends:
    bridge = Ends(exchange, lambda _: IceConfiguration())
    closing.push_async_callback(bridge.shut_down)
    return bridge


def seat(host: str) -> Connection:
    return Connection("seat", "call", host, "friend")


def spoke(host: str, party_id: str) -> Connection:
    return Connection(party_id, "call", "friend", party_id, bridge=host)


async def hear(stock: StockPeer, *tones: int) -> None:
    """Wait until exactly these tones are heard."""
    wanted, heard = set(tones), set[int]()
    try:
        async with asyncio.timeout(10):
            while heard != wanted:
                samples = await stock.hear(0.4)
                heard = {tone for tone in TONES if power(samples, tone) > 1000}
    except TimeoutError:
        pytest.fail(f"heard {heard}, not {wanted}")


async def test_a_screen_joins_a_station_and_a_contact(
    exchange: FakeExchange, closing: AsyncExitStack, connect: Connect
) -> None:
    speaker = FakeSpeaker()
    source = SyntheticSource(GREEN, PCMA, DOOR_TONE)
    door = make_door(exchange, closing, source, speaker)
    await door.join(make_call(), "door")
    app = await connect(door, seat("door"), RED, APP_TONE)
    await app.see(GREEN)
    await hear(app, DOOR_TONE)

    tablet = await connect(door, spoke("door", "tablet"), BLUE, TABLET_TONE)

    await tablet.see(RED)
    await hear(tablet, APP_TONE)
    await hear(app, DOOR_TONE, TABLET_TONE)
    await app.see(GREEN)
    # What the tablet says reaches the door by a connection of their own.
    assert power(np.concatenate(speaker.played[-20:]), TABLET_TONE) < 1000

    await door.mute("call", "door", audio=True, video=True)
    await app.see(BLACK)
    await hear(app, TABLET_TONE)
    await door.mute("call", "door", audio=False, video=False)
    await app.see(GREEN)
    await hear(app, DOOR_TONE, TABLET_TONE)

    door.close("tablet", "friend")
    await hear(app, DOOR_TONE)
    await app.see(GREEN)


async def test_those_who_stay_go_on_when_the_station_leaves(
    exchange: FakeExchange, closing: AsyncExitStack, connect: Connect
) -> None:
    speaker = FakeSpeaker()
    source = SyntheticSource(GREEN, PCMA, DOOR_TONE)
    door = make_door(exchange, closing, source, speaker)
    await door.join(make_call(), "door")
    app = await connect(door, seat("door"), RED, APP_TONE)
    tablet = await connect(door, spoke("door", "tablet"), BLUE, TABLET_TONE)
    await hear(app, DOOR_TONE, TABLET_TONE)

    door.leave("call", "door")

    await app.see(BLUE)
    await hear(app, TABLET_TONE)
    await hear(tablet, APP_TONE)
    await until(lambda: not speaker.is_open)
    door.close("seat", "door")
    app = await connect(
        door, Connection("fresh", "call", "door", "friend"), RED, APP_TONE
    )
    await app.see(BLUE)
    await hear(app, TABLET_TONE)
    assert source.acquired == 0

    await door.join(make_call(), "door")
    await app.see(GREEN)
    await hear(app, DOOR_TONE, TABLET_TONE)
    assert speaker.is_open
    door.close("tablet", "friend")
    door.leave("call", "door")
    assert door.connections == ()
    assert source.acquired == 0


async def test_two_screens_meet_a_contact(
    exchange: FakeExchange, closing: AsyncExitStack, connect: Connect
) -> None:
    bridge = make_bridge(exchange, closing)
    app = await connect(bridge, seat(BRIDGE), RED, APP_TONE)
    await app.see(BLACK)
    tablet = await connect(bridge, spoke(BRIDGE, "tablet"), BLUE, TABLET_TONE)
    await app.see(BLUE)
    await hear(app, TABLET_TONE)
    phone = await connect(bridge, spoke(BRIDGE, "phone"), GREEN, PHONE_TONE)

    await hear(app, TABLET_TONE, PHONE_TONE)
    await app.see(BLUE)
    for screen in (tablet, phone):
        await screen.see(RED)
        await hear(screen, APP_TONE)

    bridge.close("tablet", "friend")
    await app.see(GREEN)
    await hear(app, PHONE_TONE)
    bridge.close("seat", BRIDGE)
    await phone.see(BLACK)
    bridge.close("phone", "friend")
    assert bridge.connections == ()


async def test_a_seat_that_is_connected_afresh_goes_on(
    exchange: FakeExchange, closing: AsyncExitStack, connect: Connect
) -> None:
    bridge = make_bridge(exchange, closing)
    await connect(bridge, seat(BRIDGE), RED, APP_TONE)
    tablet = await connect(bridge, spoke(BRIDGE, "tablet"), BLUE, TABLET_TONE)
    await tablet.see(RED)
    bridge.close("seat", BRIDGE)
    fresh = Connection("fresh", "call", BRIDGE, "friend")

    app = await connect(bridge, fresh, GREEN, PHONE_TONE)

    await app.see(BLUE)
    await hear(app, TABLET_TONE)
    await tablet.see(GREEN)
    await hear(tablet, PHONE_TONE)
