"""The entities of stations and named screens."""

from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    Context,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.const import DOMAIN, EVENT_CALL
from custom_components.mesh_call.home import Home

from .conftest import FRONT_DOOR, OpenPage
from .entities import named, press, ring_tablet, shown, state, turn
from .fakes import FakeEquipment, FakePage

KEYS = {
    "answer",
    "auto_answer",
    "bitrate",
    "call",
    "call_state",
    "camera",
    "do_not_disturb",
    "frame_rate",
    "hang_up",
    "max_bandwidth",
    "mute_camera",
    "mute_microphone",
    "packet_loss",
    "peer",
    "picture_size",
    "reject",
    "round_trip_time",
}

STATION_KEYS = {"remote", "source", "speaker", "voice"}


def unique_ids(hass: HomeAssistant, party_id: str) -> set[str]:
    """The keys of all entities of a party."""
    entities = er.async_get(hass).entities.values()
    prefix = f"{party_id}-"
    return {
        entity.unique_id.removeprefix(prefix)
        for entity in entities
        if entity.unique_id.startswith(prefix)
    }


async def test_a_named_screen_has_the_entities_of_a_station(
    hass: HomeAssistant, tablet: FakePage
) -> None:
    assert unique_ids(hass, FRONT_DOOR) == KEYS | STATION_KEYS
    assert unique_ids(hass, tablet.screen_id) == KEYS


async def test_entities_belong_to_the_partys_device(
    hass: HomeAssistant, tablet: FakePage, entry: MockConfigEntry
) -> None:
    devices, entities = dr.async_get(hass), er.async_get(hass)
    for party_id, name, subentry_id, keys in (
        (FRONT_DOOR, "Front door", "front_door", KEYS | STATION_KEYS),
        (tablet.screen_id, "Tablet", None, KEYS),
    ):
        device = devices.async_get_device_by_identifier(
            (DOMAIN, party_id), entry.entry_id
        )
        assert device
        assert device.name == name
        assert device.config_subentry_id == subentry_id
        own = er.async_entries_for_device(
            entities, device.id, include_disabled_entities=True
        )
        assert {one.unique_id.removeprefix(f"{party_id}-") for one in own} == keys
        assert {entity.config_subentry_id for entity in own} == {subentry_id}


async def test_nameless_screens_have_no_entities(
    hass: HomeAssistant, home: Home, open_page: OpenPage
) -> None:
    page = await open_page()
    await hass.async_block_till_done()
    assert unique_ids(hass, page.screen_id) == set()


async def test_a_call_from_ring_to_end(hass: HomeAssistant, tablet: FakePage) -> None:
    await ring_tablet(hass, tablet)
    assert state(hass, "sensor.front_door_call_state") == "calling"
    assert state(hass, "sensor.front_door_peer") == "Tablet"
    assert state(hass, "sensor.tablet_call_state") == "ringing"
    assert state(hass, "sensor.tablet_peer") == "Front door"

    await press(hass, "button.tablet_answer")
    await tablet.wait_until(lambda state: state["calls"][0]["state"] == "in_call")
    await hass.async_block_till_done()
    assert state(hass, "sensor.front_door_call_state") == "in_call"
    assert state(hass, "sensor.tablet_call_state") == "in_call"

    await press(hass, "button.tablet_hang_up")
    await hass.async_block_till_done()
    for name in ("front_door", "tablet"):
        assert state(hass, f"sensor.{name}_call_state") == "idle"
        assert state(hass, f"sensor.{name}_peer") == STATE_UNKNOWN


async def test_both_sides_tell_the_story_of_a_call(
    hass: HomeAssistant, tablet: FakePage
) -> None:
    told: dict[str, list[tuple[str, Any]]] = {}

    @callback
    def tell(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        assert new
        attributes = new.attributes
        story = told.setdefault(event.data["entity_id"], [])
        story.append((attributes["event_type"], attributes["peer_name"]))

    names = ["event.front_door_call", "event.tablet_call"]
    async_track_state_change_event(hass, names, tell)
    await ring_tablet(hass, tablet)
    await press(hass, "button.tablet_answer")
    await tablet.wait_until(lambda state: state["calls"][0]["state"] == "in_call")
    await press(hass, "button.front_door_hang_up")
    await hass.async_block_till_done()
    door = [type_ for type_, _ in told["event.front_door_call"]]
    assert [type_ for type_ in door if type_ != "remote_stream"] == [
        "outgoing",
        "accepted",
        "ended",
    ]
    assert ("accepted", "Tablet") in told["event.front_door_call"]
    screen = told["event.tablet_call"]
    assert [one for one in screen if one[0] != "remote_stream"] == [
        ("incoming", "Front door"),
        ("accepted", "Front door"),
        ("ended", "Front door"),
    ]
    ended = shown(hass, "event.tablet_call").attributes
    assert ended["reason"] == "hung_up"
    assert ended["video"] is True


async def test_a_screen_that_was_too_late_learns_of_no_end(
    hass: HomeAssistant, tablet: FakePage, open_page: OpenPage
) -> None:
    kitchen = await named(open_page, hass, "Kitchen")
    await press(hass, "button.front_door_call")
    await tablet.rings()
    await kitchen.rings()
    await press(hass, "button.tablet_answer")
    await tablet.wait_until(lambda state: state["calls"][0]["state"] == "in_call")
    await press(hass, "button.tablet_hang_up")
    await hass.async_block_till_done()
    assert state(hass, "sensor.kitchen_call_state") == "idle"
    told = shown(hass, "event.kitchen_call").attributes["event_type"]
    assert told == "incoming"


async def test_states_are_written_before_events(
    hass: HomeAssistant, tablet: FakePage
) -> None:
    seen: list[tuple[str, str]] = []

    @callback
    def entity_event(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        assert new
        seen.append((new.attributes["event_type"], tablet_state()))

    @callback
    def bus_event(event: Event[dict[str, Any]]) -> None:
        story = shown(hass, "event.tablet_call").attributes["event_type"]
        if event.data["party"] == tablet.screen_id:
            assert story == event.data["type"]

    def tablet_state() -> str:
        return state(hass, "sensor.tablet_call_state")

    async_track_state_change_event(hass, ["event.tablet_call"], entity_event)
    hass.bus.async_listen(EVENT_CALL, bus_event)
    await ring_tablet(hass, tablet)
    await press(hass, "button.tablet_reject")
    await hass.async_block_till_done()
    assert seen == [("incoming", "ringing"), ("rejected", "idle"), ("ended", "idle")]


async def test_events_carry_the_context_of_their_cause(
    hass: HomeAssistant, tablet: FakePage, hass_admin_user: Any
) -> None:
    await ring_tablet(hass, tablet)
    context = Context(user_id=hass_admin_user.id)
    await press(hass, "button.tablet_reject", context)
    await hass.async_block_till_done()
    for name in ("front_door", "tablet"):
        event = shown(hass, f"event.{name}_call")
        assert event.attributes["event_type"] == "ended"
        assert event.context.id == context.id


async def test_screen_calls_the_other_screens(
    hass: HomeAssistant, tablet: FakePage, open_page: OpenPage
) -> None:
    kitchen = await named(open_page, hass, "Kitchen")
    await press(hass, "button.tablet_call")
    await kitchen.rings()
    assert state(hass, "sensor.front_door_call_state") == "idle"


@pytest.mark.parametrize(
    ("button", "key"),
    [
        ("button.tablet_answer", "no_call"),
        ("button.tablet_reject", "no_call"),
        ("button.tablet_hang_up", "no_call"),
        ("button.tablet_call", "nobody_to_call"),
    ],
)
async def test_buttons_that_make_no_sense_now_say_so(
    hass: HomeAssistant, tablet: FakePage, button: str, key: str
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await press(hass, button)
    assert error.value.translation_key == key
    assert error.value.translation_domain == DOMAIN


async def test_station_that_fails_to_join_says_so(
    hass: HomeAssistant, tablet: FakePage, equipment: dict[str, FakeEquipment]
) -> None:
    equipment[FRONT_DOOR].port.refuse_join = "screen_not_responding"
    with pytest.raises(HomeAssistantError) as error:
        await press(hass, "button.front_door_call")
    assert error.value.translation_key == "screen_not_responding"


async def test_mute(
    hass: HomeAssistant, tablet: FakePage, equipment: dict[str, FakeEquipment]
) -> None:
    microphone, camera = (
        "switch.front_door_mute_microphone",
        "switch.front_door_mute_camera",
    )
    await ring_tablet(hass, tablet)
    await press(hass, "button.tablet_answer")
    await turn(hass, microphone, True)
    assert equipment[FRONT_DOOR].port.muted[-1] == (True, False)
    assert (state(hass, microphone), state(hass, camera)) == (STATE_ON, STATE_OFF)
    await turn(hass, camera, True)
    assert (state(hass, microphone), state(hass, camera)) == (STATE_ON, STATE_ON)
    await turn(hass, microphone, False)
    assert equipment[FRONT_DOOR].port.muted[-1] == (False, True)
    await press(hass, "button.front_door_hang_up")
    await hass.async_block_till_done()
    assert (state(hass, microphone), state(hass, camera)) == (STATE_OFF, STATE_OFF)


async def test_mute_needs_a_call(hass: HomeAssistant, home: Home) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await turn(hass, "switch.front_door_mute_camera", True)
    assert error.value.translation_key == "no_call"
    assert state(hass, "switch.front_door_mute_camera") == STATE_OFF


async def test_what_an_action_changes_carries_its_context(
    hass: HomeAssistant, tablet: FakePage, hass_admin_user: Any
) -> None:
    ringing, muting = (Context(user_id=hass_admin_user.id) for _ in range(2))
    await press(hass, "button.front_door_call", ringing)
    await tablet.rings()
    await hass.async_block_till_done()
    for name in ("front_door", "tablet"):
        context = shown(hass, f"sensor.{name}_call_state").context
        assert context.id == ringing.id
    await press(hass, "button.tablet_answer")
    await hass.services.async_call(
        DOMAIN,
        "mute",
        {"party": "Front door", "audio": True},
        blocking=True,
        context=muting,
    )
    await hass.async_block_till_done()
    context = shown(hass, "switch.front_door_mute_microphone").context
    assert context.id == muting.id


async def test_stations_come_and_go(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry
) -> None:
    garden = ConfigSubentry(
        data=MappingProxyType({"stream_url": "rtsp://127.0.0.1:1/garden"}),
        subentry_id="garden",
        subentry_type="station",
        title="Garden",
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(entry, garden)
    await hass.async_block_till_done()
    assert unique_ids(hass, "station:garden") == KEYS | STATION_KEYS
    hass.config_entries.async_remove_subentry(entry, "garden")
    await hass.async_block_till_done()
    assert unique_ids(hass, "station:garden") == set()
    assert hass.states.get("sensor.garden_call_state") is None


async def test_forgotten_screens_leave_nothing(
    hass: HomeAssistant, tablet: FakePage
) -> None:
    await tablet.command("screen/forget")
    await hass.async_block_till_done()
    assert unique_ids(hass, tablet.screen_id) == set()
    assert hass.states.get("sensor.tablet_call_state") is None


async def test_entities_outlive_a_reload(
    hass: HomeAssistant, tablet: FakePage, entry: MockConfigEntry
) -> None:
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert state(hass, "sensor.tablet_call_state") == STATE_UNAVAILABLE
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, "sensor.tablet_call_state") == "idle"
    assert state(hass, "button.front_door_answer") == STATE_UNKNOWN
