"""Mesh Call: doorbells, tablets and people call each other through this home."""

from functools import partial
from typing import Any

from homeassistant.config_entries import SOURCE_SYSTEM, ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.importlib import async_import_module
from homeassistant.helpers.typing import ConfigType

from .accounts.account import Account, AccountConfigEntry
from .accounts.journal import remove_journal
from .accounts.running import DATA_ACCOUNTS, Accounts
from .actions import async_register_actions
from .const import ACCOUNT_PLATFORMS, DOMAIN, HOME_PLATFORMS, HOME_UNIQUE_ID
from .frontend_module import async_register_frontend
from .home import Home, MeshCallConfigEntry
from .parties.names import home_entry
from .screens.pages import DATA_PAGES, Pages
from .screens.store import remove_store
from .stations.camera import StationCamera
from .stations.live_sounds import async_register_live_sounds
from .stations.thumbnails import async_register_thumbnails
from .websocket_api import async_register_commands

type AnyConfigEntry = ConfigEntry[Any]
"""Of the home or of an account."""

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Offer actions, websocket commands and the card."""
    hass.data[DATA_PAGES] = Pages(hass)
    hass.data[DATA_ACCOUNTS] = Accounts()
    async_register_actions(hass)
    async_register_commands(hass)
    async_register_live_sounds(hass)
    async_register_thumbnails(hass)
    await async_register_frontend(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: AnyConfigEntry) -> bool:
    """Start the home or an account."""
    if entry.unique_id == HOME_UNIQUE_ID:
        entry.runtime_data = await _started_home(hass, entry)
    else:
        entry.runtime_data = await _started_account(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, _platforms(entry))
    entry.async_on_unload(entry.add_update_listener(_async_apply))
    return True


async def _started_home(hass: HomeAssistant, entry: MeshCallConfigEntry) -> Home:
    # The media engine takes long to import: not in the loop, not before it is needed.
    media = await async_import_module(hass, f"{__package__}.stations.media")
    recording = await async_import_module(hass, f"{__package__}.recording_media")
    cameras = media.CameraPool(partial(StationCamera, hass))
    home = Home(
        hass,
        entry,
        hass.data[DATA_PAGES],
        hass.data[DATA_ACCOUNTS],
        partial(
            media.StationEquipment,
            cameras,
            make_player=partial(media.PlayerFactory, hass),
        ),
        recording.make_recorder,
        media.make_bridge,
    )
    await home.start()
    return home


async def _started_account(hass: HomeAssistant, entry: AccountConfigEntry) -> Account:
    """Log in; an account without a home brings it along."""
    lines = await async_import_module(hass, f"{__package__}.accounts.connectycube")
    account = Account(hass, entry, lines.ConnectyCubeLine)
    await account.start()
    hass.data[DATA_ACCOUNTS].add(account)
    if home_entry(hass) is None:
        hass.async_create_task(
            hass.config_entries.flow.async_init(
                DOMAIN, context={"source": SOURCE_SYSTEM}
            ),
            f"{DOMAIN} home for an account",
        )
    return account


async def async_unload_entry(hass: HomeAssistant, entry: AnyConfigEntry) -> bool:
    """End every call while entities can still show it, then take all down."""
    await entry.runtime_data.stop()
    if isinstance(entry.runtime_data, Account):
        hass.data[DATA_ACCOUNTS].remove(entry.runtime_data)
    return await hass.config_entries.async_unload_platforms(entry, _platforms(entry))


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget what is on disk; Home Assistant removes devices and entities."""
    if entry.unique_id == HOME_UNIQUE_ID:
        hass.data[DATA_PAGES].guests.clear()
        await remove_store(hass)
    else:
        await remove_journal(hass, entry.entry_id)


async def async_remove_config_entry_device(
    hass: HomeAssistant,
    entry: AnyConfigEntry,
    device: DeviceEntry,
) -> bool:
    """Let users forget named screens; stations and contacts go with their subentry."""
    runs = entry.runtime_data
    keys = [key for domain, key in device.identifiers if domain == DOMAIN]
    if isinstance(runs, Account):
        kept = {runs.key, *(contact.key for contact in runs.contacts.values())}
        return not kept.intersection(keys)
    for key in keys:
        if runs.screens.record(key):
            runs.screens.forget(key)
            return True
        if runs.station(key):
            return False
    return True


async def _async_apply(hass: HomeAssistant, entry: AnyConfigEntry) -> None:
    """Follow changed options and subentries without disturbing calls."""
    await entry.runtime_data.apply_entry()


def _platforms(entry: ConfigEntry) -> tuple[Platform, ...]:
    home = entry.unique_id == HOME_UNIQUE_ID
    return HOME_PLATFORMS if home else ACCOUNT_PLATFORMS
