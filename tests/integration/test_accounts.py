"""The life of an account: it logs in, is lost, comes back and goes."""

from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home

from .accounts import FakeLine, call_from_the_door
from .conftest import FRONT_DOOR
from .entities import state
from .fakes import FakeEquipment

ANNA = "connectycube:102"


async def test_it_logs_in_and_out(
    hass: HomeAssistant, line: FakeLine, account_entry: MockConfigEntry
) -> None:
    assert account_entry.state is ConfigEntryState.LOADED
    assert state(hass, "binary_sensor.connectycube_101_connected") == STATE_ON
    assert await hass.config_entries.async_unload(account_entry.entry_id)
    assert not line.connected


@pytest.mark.parametrize(
    ("refusal", "state", "asks"),
    [
        ("invalid_auth", ConfigEntryState.SETUP_ERROR, True),
        ("cannot_connect", ConfigEntryState.SETUP_RETRY, False),
        ("invalid_certificate", ConfigEntryState.SETUP_RETRY, False),
    ],
)
async def test_a_login_that_fails(
    hass: HomeAssistant,
    home: Home,
    lines: list[FakeLine],
    account_entry: MockConfigEntry,
    refusal: str,
    state: ConfigEntryState,
    asks: bool,
) -> None:
    FakeLine.refusal = refusal
    await hass.config_entries.async_setup(account_entry.entry_id)
    await hass.async_block_till_done()
    assert account_entry.state is state
    assert bool(reauths(hass)) is asks
    assert ANNA not in home.exchange.parties


async def test_a_password_that_is_refused_later(
    hass: HomeAssistant, line: FakeLine, account_entry: MockConfigEntry
) -> None:
    line.listener.login_refused()
    await hass.async_block_till_done()
    assert len(reauths(hass)) == 1
    assert account_entry.state is ConfigEntryState.LOADED


async def test_settings_that_fail_later_begin_anew(
    hass: HomeAssistant,
    line: FakeLine,
    lines: list[FakeLine],
    account_entry: MockConfigEntry,
) -> None:
    FakeLine.refusal = "invalid_auth"
    line.listener.login_failed()
    await hass.async_block_till_done()
    assert account_entry.state is ConfigEntryState.SETUP_ERROR
    assert len(reauths(hass)) == 1


async def test_an_account_brings_its_home_along(
    hass: HomeAssistant,
    lines: list[FakeLine],
    account_entry: MockConfigEntry,
    equipment: dict[str, FakeEquipment],
) -> None:
    await hass.config_entries.async_setup(account_entry.entry_id)
    await hass.async_block_till_done()
    entries = hass.config_entries.async_loaded_entries(DOMAIN)
    home = next(entry for entry in entries if entry.unique_id == "home")
    assert ANNA in home.runtime_data.exchange.parties


async def test_a_home_may_come_after_its_accounts_and_go_before_them(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    equipment: dict[str, FakeEquipment],
    lines: list[FakeLine],
    account_entry: MockConfigEntry,
) -> None:
    assert await async_setup_component(hass, "web_rtc", {})
    assert await hass.config_entries.async_setup(account_entry.entry_id)
    await hass.async_block_till_done()
    for _ in range(2):
        assert ANNA in entry.runtime_data.exchange.parties
        assert state(hass, "button.anna_call") == STATE_UNKNOWN
        await hass.config_entries.async_unload(entry.entry_id)
        assert state(hass, "button.anna_call") == STATE_UNAVAILABLE
        assert lines[-1].connected
        await hass.config_entries.async_setup(entry.entry_id)
    assert len(lines) == 1


async def test_removal_leaves_nothing_behind(
    hass: HomeAssistant,
    home: Home,
    line: FakeLine,
    account_entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    await call_from_the_door(hass, to=["Anna"])
    entry_id = account_entry.entry_id
    await hass.config_entries.async_remove(entry_id)
    await hass.async_block_till_done()
    assert not home.exchange.calls
    assert home.exchange.parties.keys() == {FRONT_DOOR}
    assert not dr.async_entries_for_config_entry(device_registry, entry_id)
    assert not er.async_entries_for_config_entry(entity_registry, entry_id)


async def test_home_assistants_stop_ends_calls_before_it_logs_out(
    hass: HomeAssistant, line: FakeLine
) -> None:
    await call_from_the_door(hass, to=["Anna"])
    dialect = line.dialect
    await hass.async_stop()
    assert dialect.dismissed == [(ANNA, "stopped")]
    assert not line.connected


def reauths(hass: HomeAssistant) -> list[Any]:
    """Return the forms that ask for a password."""
    flows = hass.config_entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"source": SOURCE_REAUTH}
    )
    return list(flows)
