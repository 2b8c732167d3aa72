"""How well links work: what ends measure and where it is shown."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.mesh_call.calls.model import BRIDGE, ConnectionState, Link
from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.media.webrtc.statistics import ConnectionStatistics
from custom_components.mesh_call.quality import link_statistics, quality_of

from .conftest import FRONT_DOOR, OpenPage
from .fakes import FakePage, in_call

SENSORS = ("round_trip_time", "packet_loss", "bitrate", "picture_size", "frame_rate")
NUMBERS: dict[str, Any] = {
    "round_trip_time": 0.05,
    "packet_loss": 0.02,
    "bitrate_in": 900,
    "bitrate_out": 1500.5,
    "width": 1280,
    "height": 720,
    "frame_rate": 29.97,
}
NOTHING = dict.fromkeys(NUMBERS)


async def statistics(hass: HomeAssistant) -> list[Any]:
    """Return the numbers of every link of the only call."""
    answer = await hass.services.async_call(
        DOMAIN, "list_calls", {}, blocking=True, return_response=True
    )
    assert answer
    calls: Any = answer["calls"]
    return [link["statistics"] for link in calls[0]["links"]]


async def numbers(hass: HomeAssistant, name: str) -> list[str]:
    """Return what the sensors of a party show after a while."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=11))
    await hass.async_block_till_done()
    states = [hass.states.get(f"sensor.{name}_{sensor}") for sensor in SENSORS]
    return [state.state for state in states if state]


async def named(hass: HomeAssistant, open_page: OpenPage, name: str) -> FakePage:
    """Open a page and give it a name."""
    page = await open_page()
    await page.command("screen/name", name=name)
    await hass.async_block_till_done()
    return page


@pytest.fixture
def all_enabled() -> Iterator[None]:
    """Let entities be enabled that are off by default."""
    with patch.object(Entity, "entity_registry_enabled_default", True):
        yield


@pytest.fixture
async def pages(
    hass: HomeAssistant,
    all_enabled: None,
    home: Home,
    open_page: OpenPage,
) -> tuple[FakePage, FakePage]:
    """Return two screens in a call, the one that offers first."""
    kitchen = await named(hass, open_page, "Kitchen")
    hall = await named(hass, open_page, "Hall")
    answer = await kitchen.command("call", to=[hall.screen_id])
    await hall.rings()
    await hall.command("accept", call_id=answer["call_id"])
    await kitchen.wait_until(in_call)
    return kitchen, hall


def connection_id(page: FakePage) -> str:
    """Return the connection that a page was told to open last."""
    return str(page.of_type("open")[-1]["connection_id"])


async def test_the_offering_pages_numbers_count(
    hass: HomeAssistant, pages: tuple[FakePage, FakePage]
) -> None:
    kitchen, hall = pages
    assert await statistics(hass) == [None]
    bad = {**NUMBERS, "packet_loss": 1}
    await hall.command("statistics", connection_id=connection_id(hall), **bad)
    assert await statistics(hass) == [None]
    await kitchen.command("statistics", connection_id=connection_id(kitchen), **NUMBERS)
    assert await statistics(hass) == [NUMBERS]
    assert await numbers(hass, "kitchen") == [
        "50.0",
        "2.0",
        "1500.5",
        "1280x720",
        "29.97",
    ]
    assert await numbers(hass, "hall") == ["50.0", "2.0", "900", "1280x720", "29.97"]


async def test_what_a_page_does_not_know_is_unknown(
    hass: HomeAssistant, pages: tuple[FakePage, FakePage]
) -> None:
    kitchen, _ = pages
    await kitchen.command("statistics", connection_id=connection_id(kitchen), **NOTHING)
    assert await statistics(hass) == [NOTHING]
    assert await numbers(hass, "kitchen") == [STATE_UNKNOWN] * 5


async def test_without_a_call_nothing_is_measured(
    hass: HomeAssistant, pages: tuple[FakePage, FakePage]
) -> None:
    kitchen, _ = pages
    await kitchen.command("statistics", connection_id=connection_id(kitchen), **NUMBERS)
    await numbers(hass, "kitchen")
    call = kitchen.of_type("join")[0]["call_id"]
    await kitchen.command("hangup", call_id=call)
    assert await numbers(hass, "kitchen") == [STATE_UNKNOWN] * 5


async def test_a_station_measures_itself(
    hass: HomeAssistant,
    all_enabled: None,
    home: Home,
    open_page: OpenPage,
) -> None:
    page = await open_page()
    await page.command("call", to=[FRONT_DOOR])
    await page.wait_until(in_call)
    await page.command("statistics", connection_id=connection_id(page), **NUMBERS)
    (link,) = await statistics(hass)
    assert link["packets_sent"] == 7
    assert await numbers(hass, "front_door") == [
        STATE_UNKNOWN,
        "0.0",
        "0.0",
        STATE_UNKNOWN,
        STATE_UNKNOWN,
    ]


async def test_they_are_off_by_default(
    home: Home, entity_registry: er.EntityRegistry
) -> None:
    for sensor in SENSORS:
        entity_id = entity_registry.async_get_entity_id(
            "sensor", DOMAIN, f"{FRONT_DOOR}-{sensor}"
        )
        assert entity_id
        entity = entity_registry.async_get(entity_id)
        assert entity
        assert entity.disabled


@pytest.mark.parametrize(
    "change",
    [
        {"packet_loss": 1.5},
        {"packet_loss": -0.1},
        {"round_trip_time": "0.1"},
        {"bitrate_in": 1e300},
        {"width": []},
        {"more": 1},
    ],
)
async def test_odd_numbers_are_refused(
    hass: HomeAssistant, pages: tuple[FakePage, FakePage], change: dict[str, Any]
) -> None:
    kitchen, _ = pages
    fields = {**NUMBERS, **change, "connection_id": connection_id(kitchen)}
    assert await kitchen.refused("statistics", **fields) == "invalid_message"


async def test_foreign_connections_are_nobodys_to_measure(
    home: Home, open_page: OpenPage, pages: tuple[FakePage, FakePage]
) -> None:
    stranger = await open_page()
    fields = {**NUMBERS, "connection_id": connection_id(pages[0])}
    assert await stranger.refused("statistics", **fields) == "unknown_connection"


async def test_a_bridged_link_adds_up_both_of_its_ways(
    hass: HomeAssistant, home: Home, open_page: OpenPage
) -> None:
    page = await open_page()
    ways = {"seat": (0.1, 0.04), "spoke": (0.05, 0.02)}

    def measured(connection_id: str, *_: str) -> ConnectionStatistics:
        time, loss = ways[connection_id]
        return ConnectionStatistics(time, loss, bitrate_out=1500)

    link = Link(page.screen_id, "friend", connections=("seat", "spoke"), bridge=BRIDGE)
    bridge = home.ends_at(BRIDGE)
    assert bridge
    with (
        patch.object(home.screen_links, "statistics", measured),
        patch.object(bridge, "statistics", measured),
    ):
        told = link_statistics(home, link)
    assert told
    assert told["round_trip_time"] == pytest.approx(0.15)
    assert told["packet_loss"] == 0.04
    assert told["bitrate_out"] == 1500


async def test_a_contact_sends_once_however_many_meet_it(
    home: Home, open_page: OpenPage
) -> None:
    first, second = await open_page(), await open_page()

    def measured(connection_id: str, *_: str) -> ConnectionStatistics:
        return ConnectionStatistics(bitrate_in=900 if connection_id == "seat" else 950)

    links = [
        Link(FRONT_DOOR, "friend", ConnectionState.CONNECTED, ("seat",)),
        *(
            Link(
                page.screen_id,
                "friend",
                ConnectionState.CONNECTED,
                ("seat", f"spoke of {page.screen_id}"),
                FRONT_DOOR,
            )
            for page in (first, second)
        ),
    ]
    door = home.ends_at(FRONT_DOOR)
    with (
        patch("custom_components.mesh_call.quality._working_links", return_value=links),
        patch.object(home.screen_links, "statistics", measured),
        patch.object(door, "statistics", measured),
    ):
        assert quality_of(home, "friend").bitrate == 900
