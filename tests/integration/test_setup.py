"""The home comes, changes while it is used, and goes without a trace."""

from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.const import DOMAIN, SUBENTRY_STATION
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.parties.settings import PartySettings
from custom_components.mesh_call.stations.media import StationEquipment

from .conftest import FRONT_DOOR, STREAM_URL, OpenPage
from .fakes import FakeEquipment, in_call

ACTIONS = {
    "accept",
    "add_party",
    "call",
    "hangup",
    "list_calls",
    "mute",
    "reject",
    "set_max_bandwidth",
    "share",
    "start_recording",
    "stop_recording",
    "switch_camera",
    "switch_microphone",
    "switch_speaker",
}


def change_station(hass: HomeAssistant, home: Home, **data: Any) -> None:
    """Change the front door as its form does."""
    subentry = home.entry.subentries["front_door"]
    hass.config_entries.async_update_subentry(
        home.entry, subentry, data={**subentry.data, **data}
    )


def back_door() -> ConfigSubentry:
    """Return another station."""
    return ConfigSubentry(
        data=MappingProxyType({"stream_url": STREAM_URL}),
        subentry_id="back_door",
        subentry_type=SUBENTRY_STATION,
        title="Back door",
        unique_id=None,
    )


async def test_actions_are_there_before_any_home(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert set(hass.services.async_services()[DOMAIN]) == ACTIONS


async def test_a_home_has_a_device_and_entities_for_its_station(
    hass: HomeAssistant,
    home: Home,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, FRONT_DOOR), home.entry.entry_id
    )
    assert device
    assert device.name == "Front door"
    assert home.party(FRONT_DOOR)
    assert home.exchange.parties[FRONT_DOOR].device_id == device.id
    answer = entity_registry.async_get_entity_id(
        "button", DOMAIN, f"{FRONT_DOOR}-answer"
    )
    assert answer
    assert hass.states.get(answer)


async def test_a_station_gets_the_real_media_engine(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    equipment = entry.runtime_data.stations["front_door"].equipment
    assert isinstance(equipment, StationEquipment)
    assert equipment.port.status.source
    change_station(hass, entry.runtime_data, talk_back=False)
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_unloading_ends_calls_and_leaves_nothing_running(
    hass: HomeAssistant,
    home: Home,
    open_page: OpenPage,
    equipment: dict[str, FakeEquipment],
    call_events: list[Event],
) -> None:
    page = await open_page()
    await page.command("call", to=[FRONT_DOOR])
    await page.wait_until(in_call)
    assert await hass.config_entries.async_unload(home.entry.entry_id)
    assert home.entry.state is ConfigEntryState.NOT_LOADED
    assert call_events[-1].data["type"] == "ended"
    assert call_events[-1].data["reason"] == "stopped"
    assert equipment[FRONT_DOOR].closed
    assert await page.refused("call", to=[FRONT_DOOR]) == "not_loaded"
    await home.stop()


async def test_a_page_stays_the_same_screen_when_the_home_is_reloaded(
    hass: HomeAssistant, home: Home, open_page: OpenPage
) -> None:
    page = await open_page()
    assert await hass.config_entries.async_reload(home.entry.entry_id)
    await hass.async_block_till_done()
    await page.command("call", to=[FRONT_DOOR])
    await page.wait_until(in_call)
    welcomes = page.of_type("welcome")
    assert [w["screen_id"] for w in welcomes] == [page.screen_id] * 2


async def test_a_page_waits_for_a_home(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    equipment: dict[str, FakeEquipment],
    open_page: OpenPage,
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.config_entries.async_unload(entry.entry_id)
    page = await open_page(expect_welcome=False)
    assert await page.refused("call", to=[FRONT_DOOR]) == "not_loaded"
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert await page.wait_for("welcome")


async def test_removal_leaves_nothing_behind(
    hass: HomeAssistant,
    home: Home,
    open_page: OpenPage,
    hass_storage: dict[str, Any],
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    issue_registry: ir.IssueRegistry,
) -> None:
    page = await open_page()
    await page.command("screen/name", name="Kitchen")
    await hass.async_block_till_done()
    await hass.config_entries.async_remove(home.entry.entry_id)
    await hass.async_block_till_done()
    assert f"{DOMAIN}.screens" not in hass_storage
    entry_id = home.entry.entry_id
    assert not dr.async_entries_for_config_entry(device_registry, entry_id)
    assert not er.async_entries_for_config_entry(entity_registry, entry_id)
    assert not issue_registry.issues


async def test_home_assistants_stop_ends_calls(
    hass: HomeAssistant,
    home: Home,
    open_page: OpenPage,
    call_events: list[Event],
    equipment: dict[str, FakeEquipment],
) -> None:
    page = await open_page()
    await page.command("call", to=[FRONT_DOOR])
    await page.wait_until(in_call)
    await page.close()
    await hass.async_stop()
    assert call_events[-1].data["reason"] == "stopped"
    assert equipment[FRONT_DOOR].closed


async def test_options_count_at_once(
    hass: HomeAssistant, home: Home, open_page: OpenPage
) -> None:
    page = await open_page()
    assert home.exchange.parties[page.screen_id].rings
    hass.config_entries.async_update_entry(
        home.entry, options={"ring_timeout": 20, "guest_screens": False}
    )
    await hass.async_block_till_done()
    assert home.exchange.ring_timeout == 20
    assert not home.exchange.parties[page.screen_id].rings
    hass.config_entries.async_update_entry(
        home.entry, options={"ring_users": ["somebody else"]}
    )
    await hass.async_block_till_done()
    assert home.exchange.ring_timeout == 60
    assert not home.exchange.parties[page.screen_id].rings


class TestInACall:
    """What changes while the front door is in a call."""

    @pytest.fixture
    async def call_id(self, home: Home, open_page: OpenPage) -> str:
        page = await open_page()
        answer = await page.command("call", to=[FRONT_DOOR])
        await page.wait_until(in_call)
        return str(answer["call_id"])

    async def test_another_source_does_not_disturb_it(
        self,
        hass: HomeAssistant,
        home: Home,
        call_id: str,
        equipment: dict[str, FakeEquipment],
    ) -> None:
        change_station(hass, home, talk_back=False, auto_answer="nobody")
        await hass.async_block_till_done()
        assert len(home.exchange.call_by_id(call_id).joined) == 2
        assert not equipment[FRONT_DOOR].config.talk_back
        assert home.exchange.parties[FRONT_DOOR].auto_answer == "nobody"

    async def test_a_new_name_does_not_disturb_it(
        self,
        hass: HomeAssistant,
        home: Home,
        call_id: str,
        device_registry: dr.DeviceRegistry,
    ) -> None:
        hass.config_entries.async_update_subentry(
            home.entry, home.entry.subentries["front_door"], title="Gate"
        )
        await hass.async_block_till_done()
        assert (
            home.exchange.call_by_id(call_id).members[FRONT_DOOR].party.name == "Gate"
        )
        device = device_registry.async_get_device_by_identifier(
            (DOMAIN, FRONT_DOOR), home.entry.entry_id
        )
        assert device
        assert device.name == "Gate"

    async def test_another_station_does_not_disturb_it(
        self,
        hass: HomeAssistant,
        home: Home,
        call_id: str,
        entity_registry: er.EntityRegistry,
    ) -> None:
        hass.config_entries.async_add_subentry(home.entry, back_door())
        await hass.async_block_till_done()
        assert home.party("station:back_door")
        assert entity_registry.async_get_entity_id(
            "button", DOMAIN, "station:back_door-answer"
        )
        hass.config_entries.async_remove_subentry(home.entry, "back_door")
        await hass.async_block_till_done()
        assert not home.party("station:back_door")
        assert home.exchange.call_by_id(call_id)
        assert not entity_registry.async_get_entity_id(
            "button", DOMAIN, "station:back_door-answer"
        )

    async def test_a_removed_station_is_shown_by_no_other(
        self,
        hass: HomeAssistant,
        home: Home,
        call_id: str,
        equipment: dict[str, FakeEquipment],
    ) -> None:
        hass.config_entries.async_add_subentry(home.entry, back_door())
        await hass.async_block_till_done()
        equipment[FRONT_DOOR].used = "station:back_door"
        hass.config_entries.async_remove_subentry(home.entry, "back_door")
        await hass.async_block_till_done()
        assert equipment[FRONT_DOOR].used is None
        assert home.exchange.call_by_id(call_id)

    async def test_a_removed_station_leaves_it(
        self,
        hass: HomeAssistant,
        home: Home,
        call_id: str,
        call_events: list[Event],
        equipment: dict[str, FakeEquipment],
        device_registry: dr.DeviceRegistry,
    ) -> None:
        hass.config_entries.async_remove_subentry(home.entry, "front_door")
        await hass.async_block_till_done()
        assert call_events[-1].data["type"] == "ended"
        assert call_events[-1].data["reason"] == "stopped"
        assert equipment[FRONT_DOOR].closed
        assert not device_registry.async_get_device_by_identifier(
            (DOMAIN, FRONT_DOOR), home.entry.entry_id
        )


async def test_the_policy_of_a_station_is_kept_in_its_settings(
    hass: HomeAssistant, home: Home
) -> None:
    select = next(
        s.entity_id for s in hass.states.async_all("select") if "auto" in s.entity_id
    )
    await hass.services.async_call(
        "select",
        "select_option",
        {"entity_id": select, "option": "nobody"},
        blocking=True,
    )
    await hass.async_block_till_done()
    assert home.entry.subentries["front_door"].data["auto_answer"] == "nobody"
    assert home.exchange.parties[FRONT_DOOR].auto_answer == "nobody"


async def test_do_not_disturb_lasts_over_a_change(
    hass: HomeAssistant, home: Home
) -> None:
    switch = next(
        s.entity_id for s in hass.states.async_all("switch") if "disturb" in s.entity_id
    )
    await hass.services.async_call(
        "switch", "turn_on", {"entity_id": switch}, blocking=True
    )
    change_station(hass, home, auto_answer="contacts")
    await hass.async_block_till_done()
    assert home.exchange.parties[FRONT_DOOR].do_not_disturb


async def test_a_failing_listener_silences_nobody(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[object] = []

    def fail(_event: object) -> None:
        raise ValueError

    remove = home.on_state(fail)
    home.on_state(heard.append)
    home.configure(FRONT_DOOR, PartySettings(do_not_disturb=True))
    assert heard
    assert "A listener failed" in caplog.text
    remove()
    remove()
