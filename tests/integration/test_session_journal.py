"""What was live when Home Assistant crashed is ended by its next start."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.mesh_call.accounts.journal import SAVE_DELAY
from custom_components.mesh_call.const import DOMAIN

from .accounts import FakeLine

LIVE = {"id": "a-session", "users": [102]}


@pytest.fixture
def stored(
    account_entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> dict[str, Any]:
    """Return what is on disk, with what a crash has left there."""
    key = f"{DOMAIN}.sessions.{account_entry.entry_id}"
    hass_storage[key] = {"version": 1, "key": key, "data": {"sessions": [LIVE]}}
    return hass_storage


def sessions(stored: dict[str, Any], entry: MockConfigEntry) -> Any:
    """Return the sessions on disk."""
    return stored[f"{DOMAIN}.sessions.{entry.entry_id}"]["data"]["sessions"]


async def becomes(hass: HomeAssistant, line: FakeLine, *live: Any) -> None:
    """Let other sessions be live, and wait until that is written."""
    line.dialect.live = list(live)
    line.listener.sessions_changed()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=SAVE_DELAY))
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_crash_is_told_once(
    hass: HomeAssistant,
    stored: dict[str, Any],
    line: FakeLine,
    lines: list[FakeLine],
    account_entry: MockConfigEntry,
) -> None:
    assert line.dialect.crashed == [LIVE]
    await hass.config_entries.async_reload(account_entry.entry_id)
    await hass.async_block_till_done()
    assert lines[-1] is not line
    assert lines[-1].dialect.crashed == []
    assert sessions(stored, account_entry) == []


async def test_it_waits_for_a_home(
    hass: HomeAssistant,
    stored: dict[str, Any],
    lines: list[FakeLine],
    account_entry: MockConfigEntry,
) -> None:
    # An account brings its home along, which starts later.
    await hass.config_entries.async_setup(account_entry.entry_id)
    await hass.async_block_till_done()
    assert lines[-1].dialect.crashed == [LIVE]


async def test_it_is_kept_while_it_is_live(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    line: FakeLine,
    account_entry: MockConfigEntry,
) -> None:
    await becomes(hass, line, LIVE)
    assert sessions(hass_storage, account_entry) == [LIVE]
    await becomes(hass, line)
    assert sessions(hass_storage, account_entry) == []


async def test_nothing_is_left_when_it_stops_or_is_removed(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    line: FakeLine,
    account_entry: MockConfigEntry,
) -> None:
    line.dialect.live = [LIVE]
    line.listener.sessions_changed()
    await hass.config_entries.async_unload(account_entry.entry_id)
    assert sessions(hass_storage, account_entry) == []
    await hass.config_entries.async_remove(account_entry.entry_id)
    assert not [key for key in hass_storage if "sessions" in key]
