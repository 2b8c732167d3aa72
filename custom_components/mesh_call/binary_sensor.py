"""Binary sensors: whether an account is logged in and a contact is there."""

from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .accounts.account import AccountConfigEntry
from .accounts.contact_entity import AccountEntity, ContactEntity, async_add_contacts

PARALLEL_UPDATES = 0

CONNECTED = BinarySensorEntityDescription(
    key="connected",
    translation_key="connected",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)
ONLINE = BinarySensorEntityDescription(key="online", translation_key="online")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AccountConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of an account and of its contacts."""
    async_add_entities([ConnectedSensor(entry.runtime_data, CONNECTED)])
    async_add_contacts(
        entry, async_add_entities, lambda contact: [OnlineSensor(contact, ONLINE)]
    )


class ConnectedSensor(AccountEntity, BinarySensorEntity):
    """Shows whether an account is logged in."""

    @property
    @override
    def is_on(self) -> bool:
        """Whether signals leave now."""
        return self.account.connected


class OnlineSensor(ContactEntity, BinarySensorEntity):
    """Shows whether a contact has an app that is there, as far as the server tells."""

    @property
    @override
    def available(self) -> bool:
        """Whether the server could tell now."""
        return self.account.connected

    @property
    @override
    def is_on(self) -> bool | None:
        """What the contact's presence says; unknown as long as there is none."""
        return self.account.online(self.contact)
