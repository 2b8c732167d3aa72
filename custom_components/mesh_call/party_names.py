"""What parties are called, as config entries say, whether they run or not."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigSubentry
from homeassistant.const import CONF_ADDRESS
from homeassistant.core import HomeAssistant

from .const import (
    CONF_DIALECT,
    DOMAIN,
    HOME_UNIQUE_ID,
    STATION_PREFIX,
    SUBENTRY_CONTACT,
)

if TYPE_CHECKING:
    from .home import Home

MAX_NAME: Final = 64


def is_valid_name(name: str) -> bool:
    """Tell whether a party can be called like this."""
    return 0 < len(name) <= MAX_NAME and name.isprintable()


def home_entry(hass: HomeAssistant) -> ConfigEntry[Home] | None:
    """Return the home's config entry, loaded or not."""
    return hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, HOME_UNIQUE_ID)


def home_names(hass: HomeAssistant) -> dict[str, str]:
    """Return the names of the stations and named screens, by party id."""
    if (entry := home_entry(hass)) is None:
        return {}
    names = {
        STATION_PREFIX + subentry.subentry_id: subentry.title
        for subentry in entry.subentries.values()
    }
    if entry.state is ConfigEntryState.LOADED:
        names |= {party.id: party.name for party in entry.runtime_data.own_parties()}
    return names


def contact_names(hass: HomeAssistant) -> dict[str, str]:
    """Return the names of the contacts of all accounts, by party id."""
    ids = contact_ids(hass)
    return {
        ids[contact.subentry_id]: contact.title for _entry, contact in _contacts(hass)
    }


def contact_ids(hass: HomeAssistant) -> dict[str, str]:
    """Return the party ids of the contacts of all accounts, by subentry id.

    Of a user who is a contact of several accounts, only the oldest account's contact
    has the plain id.
    """
    ids: dict[str, str] = {}
    for entry, contact in _contacts(hass):
        plain = f"{entry.data[CONF_DIALECT]}:{contact.data[CONF_ADDRESS]}"
        taken = plain in ids.values()
        ids[contact.subentry_id] = f"{plain}@{entry.entry_id}" if taken else plain
    return ids


def _contacts(hass: HomeAssistant) -> Iterator[tuple[ConfigEntry, ConfigSubentry]]:
    for entry in hass.config_entries.async_entries(DOMAIN):
        for subentry in entry.subentries.values():
            if subentry.subentry_type == SUBENTRY_CONTACT:
                yield entry, subentry
