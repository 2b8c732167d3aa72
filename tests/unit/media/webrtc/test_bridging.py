"""Bridged links: what several of the home and a contact send is passed on."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Protocol

import numpy as np
import pytest

from custom_components.mesh_call.calls.model import BRIDGE, Connection
from custom_components.mesh_call.media import speaking
from custom_components.mesh_call.media.conversion.decoder import PictureDecoder
from custom_components.mesh_call.media.ends import Ends
from custom_components.mesh_call.media.station import StationMedia
from custom_components.mesh_call.media.stream import PCMA
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from tests.waiting import until

from .arrivals import Arrivals
from .fakes import ColourTrack, FakeExchange, FakeSpeaker, ToneTrack, make_call
from .stock import PATIENCE, StockPeer, task_names
from .synthetic import BLUE, GREEN, RED, Colour, SyntheticSource, power

BLACK = (0, 0, 0)
DOOR_TONE, APP_TONE, TABLET_TONE, PHONE_TONE = 440, 700, 1000, 1300
TONES = (DOOR_TONE, APP_TONE, TABLET_TONE, PHONE_TONE)
LOUD, QUIET = 8000, 500
"""Levels of somebody who speaks and of somebody who doesn't."""


class Guest(StockPeer):
    """Somebody who sends a colour and a tone."""

    def __init__(self, colour: Colour, tone: int) -> None:
        super().__init__()
        self.tone = ToneTrack(tone, QUIET)
        self.send(self.tone)
        self.send(ColourTrack(colour, (160, 120), rate=10))

    def speak(self, *, loud: bool = True) -> None:
        """Say something, or fall silent."""
        self.tone.level = LOUD if loud else QUIET


class Connect(Protocol):
    """Connects a guest."""

    def __call__(
        self,
        host: Ends,
        connection: Connection,
        colour: Colour,
        tone: int,
        *codecs: str,
    ) -> Awaitable[Guest]:
        """Let it speak nothing but `codecs`, without any VP8."""


@pytest.fixture
def connect(closing: AsyncExitStack, exchange: FakeExchange) -> Connect:
    """Connects those who are quiet at first."""

    async def connected(
        host: Ends, connection: Connection, colour: Colour, tone: int, *codecs: str
    ) -> Guest:
        stock = Guest(colour, tone)
        closing.push_async_callback(stock.close)
        # Asked for a key frame, aiortc's H264 encoder makes one that isn't.
        stock.prefer(*(codecs or ("VP8",)))
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
        receives=lambda party_id: party_id in ("friend", "aunt"),
        fills=lambda party_id: party_id in ("friend", "aunt"),
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
        async with asyncio.timeout(PATIENCE):
            while heard != wanted:
                samples = await stock.hear(0.4)
                heard = {tone for tone in TONES if power(samples, tone) > QUIET / 2}
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
    assert power(np.concatenate(speaker.played[-20:]), TABLET_TONE) < QUIET / 2

    await door.mute("call", "door", audio=True, video=True)
    await app.see(BLUE)
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


async def test_a_contact_sees_who_spoke_last(
    exchange: FakeExchange, closing: AsyncExitStack, connect: Connect
) -> None:
    bridge = make_bridge(exchange, closing)
    app = await connect(bridge, seat(BRIDGE), RED, APP_TONE)
    tablet = await connect(bridge, spoke(BRIDGE, "tablet"), BLUE, TABLET_TONE)
    phone = await connect(bridge, spoke(BRIDGE, "phone"), GREEN, PHONE_TONE)
    await hear(app, TABLET_TONE, PHONE_TONE)
    await app.see(BLUE)
    arrivals = Arrivals(app)

    phone.speak()
    await app.see(GREEN)
    phone.speak(loud=False)
    await hear(app, TABLET_TONE, PHONE_TONE)
    await app.see(GREEN)
    tablet.speak()
    await app.see(BLUE)

    arrivals.assert_seamless()
    await phone.see(RED)
    bridge.close("tablet", "friend")
    await app.see(GREEN)


@pytest.mark.parametrize("codecs", [("VP8",), ("VP8", "H264")])
async def test_a_contact_sees_the_station_when_nobody_speaks(
    exchange: FakeExchange,
    closing: AsyncExitStack,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    codecs: tuple[str, ...],
) -> None:
    """The station's picture is made VP8, or that changes with who is shown."""
    monkeypatch.setattr(speaking, "HOLDS", 25)
    door = make_door(exchange, closing, SyntheticSource(GREEN, None), FakeSpeaker())
    await door.join(make_call(), "door")
    app = await connect(door, seat("door"), RED, APP_TONE, *codecs)
    tablet = await connect(door, spoke("door", "tablet"), BLUE, TABLET_TONE)
    await hear(app, TABLET_TONE)
    await app.see(GREEN)

    tablet.speak()
    await app.see(BLUE)
    tablet.speak(loud=False)
    await app.see(GREEN)


async def test_each_gets_a_picture_that_it_can_decode(
    exchange: FakeExchange,
    closing: AsyncExitStack,
    connect: Connect,
    decoders: list[PictureDecoder],
) -> None:
    bridge = make_bridge(exchange, closing)
    app = await connect(bridge, seat(BRIDGE), RED, APP_TONE, "VP8")
    assert not decoders
    tablet = await connect(bridge, spoke(BRIDGE, "tablet"), BLUE, TABLET_TONE, "H264")
    await app.see(BLUE)
    phone = await connect(bridge, spoke(BRIDGE, "phone"), GREEN, PHONE_TONE, "H264")

    await tablet.see(RED)
    await phone.see(RED)
    # One for the app's picture, whoever sees it, and one for the tablet's.
    assert len(decoders) == 2
    phone.speak()
    await app.see(GREEN)

    bridge.close("phone", "friend")
    await app.see(BLUE)
    bridge.close("tablet", "friend")
    await until(lambda: "mesh_call conversion" not in task_names())


async def test_what_fits_is_not_converted(
    exchange: FakeExchange,
    closing: AsyncExitStack,
    connect: Connect,
    decoders: list[PictureDecoder],
) -> None:
    bridge = make_bridge(exchange, closing)
    app = await connect(bridge, seat(BRIDGE), RED, APP_TONE, "VP8")
    tablet = await connect(bridge, spoke(BRIDGE, "tablet"), BLUE, TABLET_TONE, "VP8")
    phone = await connect(bridge, spoke(BRIDGE, "phone"), GREEN, PHONE_TONE, "VP8")
    await tablet.see(RED)
    await app.see(BLUE)
    phone.speak()
    await app.see(GREEN)
    assert not decoders


async def test_two_contacts_meet(
    exchange: FakeExchange, closing: AsyncExitStack, connect: Connect
) -> None:
    source = SyntheticSource(GREEN, PCMA, DOOR_TONE)
    door = make_door(exchange, closing, source, FakeSpeaker())
    await door.join(make_call(), "door")
    friend = await connect(door, seat("door"), RED, APP_TONE)
    aunt = await connect(
        door, Connection("aunt", "call", "door", "aunt"), BLUE, PHONE_TONE
    )
    await hear(friend, DOOR_TONE)

    door.couple("call", "friend", "aunt")
    await hear(friend, DOOR_TONE, PHONE_TONE)
    await hear(aunt, DOOR_TONE, APP_TONE)
    door.leave("call", "door")
    await friend.see(BLUE)
    await aunt.see(RED)
    await hear(aunt, APP_TONE)

    door.close("aunt", "door")
    fresh = Connection("fresh", "call", "door", "aunt")
    await connect(door, fresh, GREEN, TABLET_TONE)
    await friend.see(GREEN)
    await hear(friend, TABLET_TONE)
    door.uncouple("call", "friend", "aunt")
    await door.join(make_call(), "door")
    await hear(friend, DOOR_TONE)
