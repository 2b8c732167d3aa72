"""Screens call each other: up to four, each linked with each."""

import asyncio
from typing import Any

from homeassistant.core import Event
import pytest

from custom_components.mesh_call.home import Home

from .conftest import FRONT_DOOR, OpenPage
from .fakes import FakePage, in_call


def linked(links: int) -> Any:
    """Return what tells a state whose call has that many links, all of which work."""

    def fits(state: dict[str, Any]) -> bool:
        states = [
            link["state"]
            for call in state["calls"]
            for link in call["links"]
            if link["state"] != "closed"
        ]
        return states == ["connected"] * links

    return fits


def of(type_: str, events: list[Event]) -> list[Any]:
    """Return the parties of the events of a type."""
    return [event.data["party"] for event in events if event.data["type"] == type_]


@pytest.fixture
async def pages(home: Home, open_page: OpenPage) -> list[FakePage]:
    """Return the pages of five screens."""
    return [await open_page() for _ in range(5)]


async def call_all(pages: list[FakePage], ring_mode: str = "all") -> str:
    """Let the first page call the others and wait until it rings there."""
    first, *others = pages
    to = [page.screen_id for page in others]
    answer = await first.command("call", to=to, ring_mode=ring_mode)
    for page in others:
        await page.rings()
    return str(answer["call_id"])


async def join(call_id: str, *pages: FakePage) -> None:
    """Let pages answer, one after the other."""
    for page in pages:
        await page.command("accept", call_id=call_id)


@pytest.fixture
async def call_id(pages: list[FakePage]) -> str:
    """Return a call of the first four pages that rings at the fifth."""
    call_id = await call_all(pages)
    await join(call_id, *pages[1:4])
    for page in pages[:4]:
        await page.wait_until(linked(6))
    return call_id


async def test_each_is_linked_with_each(
    home: Home, pages: list[FakePage], call_id: str
) -> None:
    offers = [
        [event["offer"] for event in page.of_type("open") if not event["preview"]]
        for page in pages[:4]
    ]
    # Whoever has been in the call for longer offers.
    assert offers == [
        [True, True, True],
        [False, True, True],
        [False, False, True],
        [False, False, False],
    ]
    call = home.exchange.call_by_id(call_id)
    assert [link.state.value for link in call.links.values()] == ["connected"] * 6


async def test_a_fifth_finds_it_full_until_somebody_leaves(
    pages: list[FakePage], call_id: str
) -> None:
    fifth = pages[4]
    assert await fifth.refused("accept", call_id=call_id) == "call_full"
    assert "at most 4" in fifth.errors[0]["message"]
    await pages[2].command("hangup", call_id=call_id)
    await fifth.command("accept", call_id=call_id)
    await fifth.wait_until(linked(6))


async def test_members_leave_and_the_rest_goes_on(
    home: Home, pages: list[FakePage], call_id: str, call_events: list[Event]
) -> None:
    await pages[1].command("hangup", call_id=call_id)
    await pages[1].wait_until(lambda state: not state["calls"])
    for page in (pages[0], pages[2], pages[3]):
        await page.wait_until(linked(3))
    await pages[2].command("hangup", call_id=call_id)
    for page in (pages[0], pages[3]):
        await page.wait_until(linked(1))
    assert of("left", call_events) == [pages[1].screen_id, pages[2].screen_id]
    assert not of("ended", call_events)


async def test_whoever_began_ends_for_all(
    home: Home, pages: list[FakePage], call_id: str, call_events: list[Event]
) -> None:
    await pages[0].command("hangup", call_id=call_id)
    for page in pages[1:]:
        await page.wait_until(lambda state: not state["calls"])
    for page in pages[1:4]:
        assert (await page.wait_for("dismiss"))["reason"] == "hung_up"
        assert len(page.of_type("close")) == 3
        assert page.of_type("leave")
    assert not home.exchange.calls
    assert of("ended", call_events) == [pages[0].screen_id]


async def test_ring_mode_first_is_for_one(pages: list[FakePage]) -> None:
    call_id = await call_all(pages, "first")
    await join(call_id, pages[3])
    for page in (pages[1], pages[2], pages[4]):
        assert (await page.wait_for("dismiss"))["reason"] == "answered_elsewhere"
        assert await page.refused("accept", call_id=call_id) == "answered_elsewhere"
    await pages[0].wait_until(linked(1))


async def test_who_vanishes_and_comes_back_is_linked_anew(
    home: Home, open_page: OpenPage, pages: list[FakePage], call_id: str
) -> None:
    gone = pages[3]
    await gone.close()
    await pages[0].wait_until(
        lambda state: (
            [link["state"] for link in state["calls"][0]["links"]].count("disconnected")
            == 3
        )
    )
    back = await open_page(screen_id=gone.screen_id, secret=gone.secret)
    await back.wait_until(linked(6))
    assert len(back.of_type("open")) == 3


async def test_a_flood_from_within_disturbs_nobody(
    home: Home, pages: list[FakePage], call_id: str
) -> None:
    noisy, other = pages[1], pages[4]
    connection = noisy.of_type("open")[0]["connection_id"]
    commands: list[tuple[str, dict[str, Any]]] = [
        ("media", {"connection_id": connection}),
        ("silence", {"connection_id": connection, "silent": True}),
        ("sharing", {"call_id": call_id, "on": True}),
        ("mute", {"call_id": "x", "audio": True}),
        ("candidate", {"connection_id": connection, "candidate": "nonsense"}),
    ]
    answers = [noisy.send(name, **fields) for name, fields in commands * 250]
    await other.command("call", to=[FRONT_DOOR])
    await other.wait_until(in_call)
    codes = [
        answer["error"]["code"]
        for answer in await asyncio.gather(*answers)
        if not answer["success"]
    ]
    assert codes.count("too_many_messages") > 500
    assert set(codes) == {"too_many_messages", "unknown_call", "invalid_message"}
    links = home.exchange.call_by_id(call_id).links.values()
    assert [link.state.value for link in links] == ["connected"] * 6


class TestAdding:
    """More are called into a running call."""

    @pytest.fixture
    async def two(self, pages: list[FakePage]) -> str:
        """Return a call of the first two pages."""
        call_id = await call_all(pages[:2])
        await join(call_id, pages[1])
        await pages[0].wait_until(in_call)
        return call_id

    async def test_any_member_adds(self, pages: list[FakePage], two: str) -> None:
        await pages[1].command("add", call_id=two, to=[pages[2].screen_id])
        assert (await pages[2].rings())["call_id"] == two
        await join(two, pages[2])
        await pages[2].wait_until(linked(3))

    async def test_every_screen_that_is_not_in_it(
        self, pages: list[FakePage], two: str
    ) -> None:
        await pages[0].command("add", call_id=two, to=["screens"])
        for page in pages[2:]:
            await page.rings()
        assert pages[1].state
        assert pages[1].state["calls"][0]["my_state"] == "joined"

    async def test_a_station_answers_by_itself(
        self, pages: list[FakePage], two: str
    ) -> None:
        await pages[0].command("add", call_id=two, to=[FRONT_DOOR])
        await pages[1].wait_until(linked(3))

    async def test_who_can_not(
        self, home: Home, pages: list[FakePage], two: str
    ) -> None:
        stranger, third = pages[2], pages[3].screen_id
        assert await stranger.refused("add", call_id=two, to=[third]) == "not_in_call"
        assert await stranger.refused("add", call_id="x", to=[third]) == "unknown_call"
        refused = pages[0].refused
        assert await refused("add", call_id=two, to=["x"]) == "unknown_party"
        assert await refused("add", call_id=two, to=[]) == "invalid_message"
        there = pages[1].screen_id
        assert await refused("add", call_id=two, to=[there]) == "already_in_call"
        await pages[0].command("add", call_id=two, to=[third])
        invited = pages[3]
        code = await invited.refused("add", call_id=two, to=[stranger.screen_id])
        assert code == "not_in_call"
        await pages[0].command("hangup", call_id=two)
        assert await refused("add", call_id=two, to=[third]) == "call_ended"

    async def test_nobody_to_a_full_call(
        self, pages: list[FakePage], call_id: str
    ) -> None:
        code = await pages[0].refused("add", call_id=call_id, to=[FRONT_DOOR])
        assert code == "call_full"


class TestStrangers:
    """Commands for calls and connections one has no part in."""

    @pytest.mark.parametrize(
        ("command", "fields"),
        [
            ("accept", {}),
            ("reject", {}),
            ("hangup", {}),
            ("mute", {"audio": True}),
            ("sharing", {"on": True}),
        ],
    )
    async def test_calls(
        self,
        open_page: OpenPage,
        pages: list[FakePage],
        call_id: str,
        command: str,
        fields: dict[str, Any],
    ) -> None:
        stranger = await open_page()
        code = await stranger.refused(command, call_id=call_id, **fields)
        assert code == "not_in_call"
        await pages[0].wait_until(linked(6))

    async def test_connections(self, pages: list[FakePage], call_id: str) -> None:
        (foreign,) = (
            event["connection_id"]
            for event in pages[2].of_type("open")
            if event["peer"] == pages[3].screen_id
        )
        told = len(pages[3].events)
        for command, fields in (
            ("describe", {"description": {"type": "offer", "sdp": "v=0"}}),
            ("candidate", {"candidate": {"candidate": "candidate:1"}}),
            ("connection", {"state": "failed"}),
            ("media", {}),
            ("silence", {"silent": True}),
        ):
            code = await pages[0].refused(command, connection_id=foreign, **fields)
            assert code == "unknown_connection"
        assert len(pages[3].events) == told
        await pages[0].wait_until(linked(6))
