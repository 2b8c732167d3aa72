"""What is set for a party by its entities, and remembered."""

import asyncio

from homeassistant.const import ATTR_ENTITY_ID, STATE_ON
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home

from .conftest import FRONT_DOOR, OpenPage
from .entities import named, press, ring_tablet, state, turn
from .fakes import FakePage


async def test_do_not_disturb(
    hass: HomeAssistant, tablet: FakePage, open_page: OpenPage
) -> None:
    kitchen = await named(open_page, hass, "Kitchen")
    switch = "switch.tablet_do_not_disturb"
    await turn(hass, switch, True)
    assert state(hass, switch) == STATE_ON
    await press(hass, "button.front_door_call")
    await kitchen.rings()
    assert state(hass, "sensor.tablet_call_state") == "idle"
    await press(hass, "button.front_door_hang_up")
    await turn(hass, switch, False)
    await ring_tablet(hass, tablet)


async def cap(hass: HomeAssistant, name: str, value: int) -> None:
    """Set what a party may send at most."""
    entity_id = f"number.{name}_maximum_bandwidth"
    data = {ATTR_ENTITY_ID: entity_id, "value": value}
    await hass.services.async_call("number", "set_value", data, blocking=True)
    assert state(hass, entity_id) == str(value)


async def test_the_lower_of_a_partys_cap_and_its_calls_counts(
    hass: HomeAssistant, tablet: FakePage
) -> None:
    await cap(hass, "tablet", 500)
    data = {"from": FRONT_DOOR, "to": "Tablet", "max_bandwidth": 800}
    await hass.services.async_call(DOMAIN, "call", data, blocking=True)
    await tablet.rings()
    await press(hass, "button.tablet_answer")
    assert tablet.of_type("limit")[-1]["max_bandwidth"] == 500
    for own, lower in ((900, 800), (0, 800), (300, 300)):
        told = len(tablet.of_type("limit"))
        await cap(hass, "tablet", own)
        await hass.async_block_till_done()
        while len(tablet.of_type("limit")) == told:
            await asyncio.sleep(0)
        assert tablet.of_type("limit")[-1]["max_bandwidth"] == lower


async def test_what_is_set_for_a_station_is_kept(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry
) -> None:
    await cap(hass, "front_door", 700)
    await turn(hass, "switch.front_door_do_not_disturb", True)
    door = home.party(FRONT_DOOR)
    assert door
    assert (door.max_bandwidth, door.do_not_disturb) == (700, True)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, "number.front_door_maximum_bandwidth") == "700"
    assert state(hass, "switch.front_door_do_not_disturb") == STATE_ON
    door = entry.runtime_data.party(FRONT_DOOR)
    assert door
    assert (door.max_bandwidth, door.do_not_disturb) == (700, True)


async def test_station_keeps_its_auto_answer(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry
) -> None:
    select = "select.front_door_auto_answer"
    assert state(hass, select) == "home"
    await choose(hass, select, "nobody")
    assert state(hass, select) == "nobody"
    assert entry.subentries["front_door"].data["auto_answer"] == "nobody"


async def test_screen_keeps_its_auto_answer_while_away(
    hass: HomeAssistant, tablet: FakePage
) -> None:
    select = "select.tablet_auto_answer"
    assert state(hass, select) == "nobody"
    await choose(hass, select, "home")
    assert state(hass, select) == "home"
    await tablet.close()
    await hass.async_block_till_done()
    await choose(hass, select, "contacts")
    assert state(hass, select) == "contacts"


async def choose(hass: HomeAssistant, entity_id: str, option: str) -> None:
    """Choose an option of a select."""
    data = {ATTR_ENTITY_ID: entity_id, "option": option}
    await hass.services.async_call("select", "select_option", data, blocking=True)
    await hass.async_block_till_done()
