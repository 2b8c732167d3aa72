"""What tests do with entities."""

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant, State

from .conftest import OpenPage
from .fakes import FakePage


def shown(hass: HomeAssistant, entity_id: str) -> State:
    """All that an entity shows that must exist."""
    found = hass.states.get(entity_id)
    assert found, entity_id
    return found


def state(hass: HomeAssistant, entity_id: str) -> str:
    """The state of an entity that must exist."""
    return shown(hass, entity_id).state


async def press(
    hass: HomeAssistant, entity_id: str, context: Context | None = None
) -> None:
    """Press a button."""
    await hass.services.async_call(
        "button", "press", {ATTR_ENTITY_ID: entity_id}, blocking=True, context=context
    )


async def turn(hass: HomeAssistant, entity_id: str, on: bool) -> None:
    """Turn a switch."""
    service = "turn_on" if on else "turn_off"
    await hass.services.async_call(
        "switch", service, {ATTR_ENTITY_ID: entity_id}, blocking=True
    )


async def named(open_page: OpenPage, hass: HomeAssistant, name: str) -> FakePage:
    """Open a page and give it a name."""
    page = await open_page()
    await page.command("screen/name", name=name)
    await hass.async_block_till_done()
    return page


async def ring_tablet(hass: HomeAssistant, tablet: FakePage) -> None:
    """Let the front door ring."""
    await press(hass, "button.front_door_call")
    await tablet.rings()
    await hass.async_block_till_done()
