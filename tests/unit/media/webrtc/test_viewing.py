"""Those who watch a call at a station see and hear the others, and speak as it does."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
import io

import av
import pytest

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.model import (
    Call,
    Candidate,
    Description,
    Direction,
    Member,
    MemberState,
    Party,
    PartyKind,
)
from custom_components.mesh_call.media.station import StationMedia
from custom_components.mesh_call.media.stream import OPUS
from custom_components.mesh_call.media.viewing.remote_view import (
    MAX_VIEWERS,
    RemoteView,
)
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from tests.waiting import until

from .conftest import MakeStock
from .fakes import ColourTrack, FakeExchange, ToneTrack, make_connection
from .stock import StockPeer
from .synthetic import BLUE, GREEN, RED, SyntheticSource, alike, mean_colour, power

BLACK = (0, 0, 0)


def member(party_id: str, kind: PartyKind) -> Member:
    return Member(Party(party_id, party_id, kind), MemberState.JOINED)


def call_of(*others: Member, video: bool = True) -> Call:
    members = (member("station", PartyKind.STATION), *others)
    by_id = {one.party.id: one for one in members}
    now = datetime.now(UTC)
    return Call("call", "station", Direction.OUTGOING, video, now, by_id)


SCREEN = member("screen", PartyKind.SCREEN)
TABLET = member("tablet", PartyKind.SCREEN)
GARDEN = member("garden", PartyKind.STATION)


@dataclass(slots=True)
class Reports:
    """Remembers how many were told to watch."""

    counts: list[int] = field(default_factory=list)

    def report_viewers(self, call_id: str, party_id: str, count: int) -> None:
        assert (call_id, party_id) == ("call", "station")
        self.counts.append(count)


class Place:
    """A station with a camera and what those see who watch there."""

    def __init__(self, closing: AsyncExitStack, new_stock: MakeStock) -> None:
        self.exchange, self.reports = FakeExchange(), Reports()
        self.source = SyntheticSource(GREEN, OPUS, 440)
        self.others: dict[str, StationMedia] = {}
        self.ended: list[str] = []
        self._new_stock = new_stock
        self._closing = closing
        self.station = self._media("station", self.source)
        self.view = RemoteView(
            "station",
            self.station,
            self.reports,
            self.others.get,
            lambda _: IceConfiguration(),
        )
        closing.push_async_callback(self.view.shut_down)

    def _media(self, party_id: str, source: SyntheticSource) -> StationMedia:
        media = StationMedia(
            party_id,
            self.exchange,
            source=source,
            speakers=(),
            configure_ice=lambda _: IceConfiguration(),
            receives=lambda party_id: True,
        )
        self._closing.push_async_callback(media.shut_down)
        return media

    def add_station(self, party_id: str, source: SyntheticSource) -> None:
        self.others[party_id] = self._media(party_id, source)

    async def link(self, party_id: str, *tracks: ColourTrack | ToneTrack) -> StockPeer:
        """Let a screen into the call that sends these."""
        stock = self._new_stock()
        for track in tracks:
            stock.send(track)
        connection = replace(make_connection(party_id), answerer=party_id)
        self.station.open(connection, "station")
        offer = await self.exchange.descriptions_of(party_id).get()
        answer = await stock.answer(offer)
        await self.station.describe(party_id, "station", answer)
        return stock

    async def watch(self, name: str = "viewer", *tracks: ToneTrack) -> StockPeer:
        stock = self._new_stock()
        for track in tracks:
            stock.send(track)
        kinds = ("video",) if tracks else ("audio", "video")
        answers: asyncio.Queue[str] = asyncio.Queue()
        await self.view.open(
            name,
            (await stock.offer(*kinds)).sdp,
            answered=answers.put_nowait,
            ended=lambda: self.ended.append(name),
        )
        await stock.take(Description("answer", await answers.get()))
        return stock

    async def still(self) -> tuple[int, int, int] | None:
        """The mean colour of the still."""
        if (picture := await self.view.still()) is None:
            return None
        with av.open(io.BytesIO(picture), "r") as container:
            return mean_colour(next(container.decode(video=0)))


@pytest.fixture
def place(closing: AsyncExitStack, new_stock: MakeStock) -> Place:
    return Place(closing, new_stock)


async def test_a_viewer_sees_and_hears_the_other_and_speaks_as_the_station(
    place: Place,
) -> None:
    await place.station.join(call_of(), "station")
    place.view.follow(call_of(SCREEN))
    other = await place.link("screen", ToneTrack(700), ColourTrack(RED))
    await place.exchange.connected("screen")
    assert await place.still() is None

    viewer = await place.watch("viewer", ToneTrack(1500))

    await viewer.see(RED, 30)
    await viewer.hear_tone(700, 30)
    # The microphone goes on: both are heard.
    async with asyncio.timeout(30):
        while True:
            heard = await other.hear(0.4)
            if power(heard, 1500) > 1000 and power(heard, 440) > 1000:
                break
    assert alike(await place.still() or BLACK, RED)
    place.view.close("viewer")
    await other.hear_tone(440, 30)
    assert place.reports.counts == [1, 0]
    assert alike(await place.still() or BLACK, RED)
    place.view.follow(replace(call_of(SCREEN), ended=datetime.now(UTC)))
    assert await place.still() is None


async def test_nothing_is_received_for_nobody(place: Place) -> None:
    await place.station.join(call_of(), "station")
    place.view.follow(call_of(SCREEN))
    place.add_station("garden", garden := SyntheticSource(BLUE, OPUS))
    place.view.follow(call_of(GARDEN))
    assert garden.acquired == 0
    viewer = await place.watch()
    await viewer.see(BLUE, 30)
    assert garden.acquired == 1
    place.view.close("viewer")
    assert garden.acquired == 0


async def test_who_spoke_last_is_shown(place: Place) -> None:
    await place.station.join(call_of(), "station")
    place.view.follow(call_of(SCREEN, TABLET))
    await place.link("screen", ColourTrack(RED), ToneTrack(700, 20))
    await place.link("tablet", ColourTrack(BLUE), tone := ToneTrack(900, 20))
    viewer = await place.watch()
    await viewer.see(RED, 30)
    tone.level = 8000
    await viewer.see(BLUE, 30)
    place.view.follow(call_of(SCREEN))
    await viewer.see(RED, 30)


async def test_a_station_that_turned_its_camera_off_is_black(place: Place) -> None:
    await place.station.join(call_of(), "station")
    place.add_station("garden", SyntheticSource(BLUE, OPUS))
    place.view.follow(call_of(GARDEN))
    viewer = await place.watch()
    await viewer.see(BLUE, 30)
    place.view.follow(call_of(replace(GARDEN, muted_video=True)))
    await viewer.see(BLACK, 30)
    place.view.follow(call_of(GARDEN))
    await viewer.see(BLUE, 30)


async def test_a_viewer_who_goes_away_is_not_counted(place: Place) -> None:
    await place.station.join(call_of(), "station")
    place.view.follow(call_of(SCREEN))
    viewer = await place.watch()
    await viewer.see(BLACK, 30)
    assert place.reports.counts == [1]
    await viewer.close()
    await until(lambda: place.reports.counts == [1, 0], 30)


async def test_who_may_watch(place: Place, new_stock: MakeStock) -> None:
    offer = (await new_stock().offer("audio", "video")).sdp

    async def refusal(name: str, text: str = offer) -> str:
        with pytest.raises(CallError) as caught:
            await place.view.open(
                name, text, answered=lambda _: None, ended=lambda: None
            )
        return caught.value.key

    assert await refusal("early") == "nobody_to_watch"
    place.view.follow(call_of(SCREEN))
    assert await refusal("odd", "nonsense") == "invalid_description"
    for number in range(MAX_VIEWERS):
        await place.watch(f"viewer {number}")
    assert await refusal("late") == "too_many_viewers"
    with pytest.raises(CallError, match="unknown_connection"):
        await place.view.candidate("late", Candidate(""))
    place.view.follow(replace(call_of(SCREEN), ended=datetime.now(UTC)))
    assert place.ended == [f"viewer {number}" for number in range(MAX_VIEWERS)]
    assert await refusal("after") == "nobody_to_watch"
    assert place.reports.counts == [0, 1, 2, 3, 4]


async def test_another_call_changes_nothing(place: Place) -> None:
    place.view.follow(call_of(SCREEN))
    await place.watch()
    others = {SCREEN.party.id: SCREEN}
    place.view.follow(replace(call_of(), id="other", members=others))
    place.view.follow(replace(call_of(), id="other", ended=datetime.now(UTC)))
    assert not place.ended
