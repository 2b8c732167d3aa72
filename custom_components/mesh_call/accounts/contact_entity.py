"""What the entities of accounts and contacts have in common."""

from collections.abc import Callable, Iterable
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..calls.events import CallChanged, PartyChanged
from ..const import DOMAIN
from .account import Account, AccountConfigEntry
from .contacts import Contact

type MakeContactEntities = Callable[[Contact], Iterable[Entity]]


def async_add_contacts(
    entry: AccountConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: MakeContactEntities,
) -> None:
    """Add the entities of all contacts of an account, of today and later on."""

    @callback
    def add(contact: Contact) -> None:
        async_add_entities(make(contact), config_subentry_id=contact.subentry_id)

    entry.async_on_unload(entry.runtime_data.on_contact_added(add))


class FollowingEntity(Entity):
    """Is written anew when something becomes of its account, or of the home."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    account: Account

    @override
    async def async_added_to_hass(self) -> None:
        """Follow what becomes of the account and of the home."""
        await super().async_added_to_hass()
        self.async_on_remove(self.account.on_change(self._async_changed))

    @callback
    def _async_changed(self, change: PartyChanged | CallChanged | None) -> None:
        if change is None:
            self.async_write_ha_state()


class AccountEntity(FollowingEntity):
    """Shows something of an account."""

    def __init__(self, account: Account, description: EntityDescription) -> None:
        """Belong to the account's device."""
        self.account = account
        self.entity_description = description
        self._attr_unique_id = f"{account.key}-{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, account.key)},
            entry_type=DeviceEntryType.SERVICE,
            manufacturer="ConnectyCube",
            name=account.entry.title,
        )


class ContactEntity(FollowingEntity):
    """Shows or asks something of a contact."""

    def __init__(self, contact: Contact, description: EntityDescription) -> None:
        """Belong to the contact's device."""
        self.contact = contact
        self.account = contact.account
        self.entity_description = description
        self._attr_unique_id = f"{contact.key}-{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, contact.key)},
            manufacturer="Mesh Call",
            model="Contact",
            name=contact.name,
            via_device_id=contact.account.device_id(),
        )

    @property
    @override
    def available(self) -> bool:
        """Whether there is a home that could call the contact."""
        return self.account.home is not None
