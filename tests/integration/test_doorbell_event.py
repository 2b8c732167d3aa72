"""The doorbell event of stations whose doorbell is something else."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import Context, HomeAssistant, State
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.home import Home

DOORBELL = "event.front_door_doorbell"


def shown(hass: HomeAssistant) -> State:
    """What the doorbell event shows."""
    found = hass.states.get(DOORBELL)
    assert found
    return found


def now() -> str:
    """The state of an event or a button that was pressed now."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def change_doorbell(
    hass: HomeAssistant, entry: MockConfigEntry, doorbell: str | None
) -> None:
    """Let the front door have another doorbell, or none."""
    subentry = entry.subentries["front_door"]
    data: dict[str, Any] = {**subentry.data, "doorbell": doorbell}
    if doorbell is None:
        del data["doorbell"]
    hass.config_entries.async_update_subentry(entry, subentry, data=data)


async def set_state(
    hass: HomeAssistant,
    entity_id: str,
    state: str,
    context: Context | None = None,
    **attributes: str,
) -> None:
    """Let an entity have a state."""
    hass.states.async_set(entity_id, state, attributes, context=context)
    await hass.async_block_till_done()


@pytest.fixture
def station_data(station_data: dict[str, Any]) -> dict[str, Any]:
    """Let the front door have a sensor as its doorbell."""
    return {**station_data, "doorbell": "binary_sensor.door"}


async def test_a_sensor_rings(hass: HomeAssistant, home: Home) -> None:
    await set_state(hass, "binary_sensor.door", STATE_OFF)
    assert shown(hass).state == STATE_UNKNOWN
    context = Context()
    await set_state(hass, "binary_sensor.door", STATE_ON, context)
    event = shown(hass)
    assert event.attributes["device_class"] == "doorbell"
    assert event.attributes["event_type"] == "ring"
    assert event.context.id == context.id
    await set_state(hass, "binary_sensor.door", STATE_OFF)
    assert shown(hass).state == event.state


async def test_a_doorbell_event_needs_no_second_one(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry
) -> None:
    await set_state(hass, "event.bell", STATE_UNKNOWN, device_class="doorbell")
    change_doorbell(hass, entry, "event.bell")
    await hass.async_block_till_done()
    assert hass.states.get(DOORBELL) is None


async def test_another_event_gets_one(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry
) -> None:
    await set_state(hass, "event.bell", STATE_UNKNOWN, device_class="button")
    change_doorbell(hass, entry, "event.bell")
    await hass.async_block_till_done()
    await set_state(hass, "event.bell", now(), device_class="button")
    assert shown(hass).attributes["event_type"] == "ring"


async def test_another_doorbell_is_followed_at_once(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry
) -> None:
    await set_state(hass, "binary_sensor.door", STATE_OFF)
    await set_state(hass, "input_button.bell", STATE_UNKNOWN)
    change_doorbell(hass, entry, "input_button.bell")
    await hass.async_block_till_done()
    await set_state(hass, "binary_sensor.door", STATE_ON)
    assert shown(hass).state == STATE_UNKNOWN
    await set_state(hass, "input_button.bell", now())
    assert shown(hass).attributes["event_type"] == "ring"


async def test_it_goes_with_the_doorbell_and_comes_back(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry
) -> None:
    change_doorbell(hass, entry, None)
    await hass.async_block_till_done()
    assert hass.states.get(DOORBELL) is None
    change_doorbell(hass, entry, "binary_sensor.door")
    await hass.async_block_till_done()
    assert shown(hass).state == STATE_UNKNOWN
