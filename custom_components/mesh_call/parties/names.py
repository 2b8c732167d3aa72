"""What parties are called, as config entries say, whether they run or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigSubentry
from homeassistant.const import CONF_ADDRESS
from homeassistant.core import HomeAssistant

from ..const import (
    CONF_DIALECT,
    CONTACT_PREFIX,
    DOMAIN,
    HOME_UNIQUE_ID,
    STATION_PREFIX,
    SUBENTRY_CONTACT,
)

if TYPE_CHECKING:
    from ..home import Home

MAX_NAME: Final = 64


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact of an account that may or may not run."""

    party_id: str
    name: str
    address: str
    """With the dialect in front, as users give it."""

    key: str
    entry_id: str


def is_valid_name(name: str) -> bool:
    """Tell whether a party can be called like this."""
    return 0 < len(name) <= MAX_NAME and name.isprintable()


def home_entry(hass: HomeAssistant) -> ConfigEntry[Home] | None:
    """Return the home's config entry, loaded or not."""
    return hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, HOME_UNIQUE_ID)


def account_entries(hass: HomeAssistant) -> list[ConfigEntry]:
    """Return the config entries of all accounts, oldest first."""
    entries = hass.config_entries.async_entries(DOMAIN)
    return [entry for entry in entries if entry.unique_id != HOME_UNIQUE_ID]


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


def known_contacts(hass: HomeAssistant) -> list[KnownContact]:
    """Return the contacts of all accounts.

    Of a user who is a contact of several accounts, only the oldest account's contact
    has the plain address for an id.
    """
    taken: set[str] = set()
    found = []
    for entry, contact in _contacts(hass):
        address = f"{entry.data[CONF_DIALECT]}:{contact.data[CONF_ADDRESS]}"
        party_id = f"{address}@{entry.entry_id}" if address in taken else address
        taken.add(address)
        key = CONTACT_PREFIX + contact.subentry_id
        found.append(
            KnownContact(party_id, contact.title, address, key, entry.entry_id)
        )
    return found


def contact_names(hass: HomeAssistant) -> dict[str, str]:
    """Return the names of the contacts of all accounts, by party id."""
    return {contact.party_id: contact.name for contact in known_contacts(hass)}


def _contacts(hass: HomeAssistant) -> Iterator[tuple[ConfigEntry, ConfigSubentry]]:
    for entry in account_entries(hass):
        for subentry in entry.subentries.values():
            if subentry.subentry_type == SUBENTRY_CONTACT:
                yield entry, subentry
