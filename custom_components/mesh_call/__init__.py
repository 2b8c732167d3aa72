"""Mesh Call: doorbells, tablets and people call each other through this home."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.importlib import async_import_module
from homeassistant.helpers.typing import ConfigType

from .actions import async_register_actions
from .const import DOMAIN, PLATFORMS
from .frontend_module import async_register_frontend
from .home import Home, MeshCallConfigEntry
from .pages import DATA_PAGES, Pages
from .screen_store import remove_store
from .websocket_api import async_register_commands

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Offer actions, websocket commands and the card."""
    hass.data[DATA_PAGES] = Pages(hass)
    async_register_actions(hass)
    async_register_commands(hass)
    await async_register_frontend(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: MeshCallConfigEntry) -> bool:
    """Start the home."""
    # The media engine takes long to import: not in the loop, not before it is needed.
    media = await async_import_module(hass, f"{__package__}.station_media")
    recording = await async_import_module(hass, f"{__package__}.recording_media")
    home = Home(
        hass,
        entry,
        hass.data[DATA_PAGES],
        media.StationEquipment,
        recording.make_recorder,
    )
    entry.runtime_data = home
    await home.start()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(entry.add_update_listener(_async_apply))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: MeshCallConfigEntry) -> bool:
    """End every call while entities can still show it, then take all down."""
    await entry.runtime_data.stop()
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: MeshCallConfigEntry) -> None:
    """Forget the screens; Home Assistant removes devices and entities."""
    hass.data[DATA_PAGES].guests.clear()
    await remove_store(hass)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: MeshCallConfigEntry, device: DeviceEntry
) -> bool:
    """Let users forget named screens; stations go with their subentry."""
    home = entry.runtime_data
    for domain, party_id in device.identifiers:
        if domain == DOMAIN and home.screens.record(party_id):
            home.screens.forget(party_id)
            return True
        if domain == DOMAIN and home.station(party_id):
            return False
    return True


async def _async_apply(hass: HomeAssistant, entry: MeshCallConfigEntry) -> None:
    """Follow changed options and stations without disturbing calls."""
    await entry.runtime_data.apply_entry()
