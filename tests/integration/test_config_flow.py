"""The flow of the home, and its options."""

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home

from .fakes import FakeEquipment
from .forms import fields


async def choose_home(hass: HomeAssistant) -> ConfigFlowResult:
    """Choose the home in the menu."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    return await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "home"}
    )


async def test_home_needs_no_questions(
    hass: HomeAssistant, equipment: dict[str, FakeEquipment]
) -> None:
    result = await choose_home(hass)
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == hass.config.location_name
    assert result["data"] == {}
    assert result["result"].unique_id == "home"


async def test_there_is_one_home(hass: HomeAssistant, home: Home) -> None:
    result = await choose_home(hass)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_options(hass: HomeAssistant, home: Home, entry: MockConfigEntry) -> None:
    user = await hass.auth.async_create_user("Anna")
    await hass.auth.async_create_system_user("Supervisor")
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["type"] is FlowResultType.FORM
    users = fields(result)["ring_users"].config["options"]
    assert "Anna" in [option["label"] for option in users]
    assert "Supervisor" not in [option["label"] for option in users]
    options = {"ring_timeout": 30, "ring_users": [user.id], "guest_screens": False}
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], options
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {**options, "notify": []}


@pytest.mark.parametrize("home_options", [{"ring_users": ["gone"], "ring_timeout": 20}])
async def test_options_forget_users_who_are_gone(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry
) -> None:
    result = await hass.config_entries.options.async_init(entry.entry_id)
    suggested = {
        str(key): key.description["suggested_value"]
        for key in fields(result)
        if key.description
    }
    assert suggested == {"ring_users": [], "ring_timeout": 20}


@pytest.mark.parametrize("seconds", [0, 4, 601])
async def test_ring_timeout_is_bounded(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry, seconds: int
) -> None:
    result = await hass.config_entries.options.async_init(entry.entry_id)
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(
            result["flow_id"], {"ring_timeout": seconds}
        )
