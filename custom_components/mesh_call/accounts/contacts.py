"""A contact: somebody outside, a subentry of an account."""

from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigSubentry
from homeassistant.helpers import device_registry as dr

from ..calls.model import Party, PartyKind
from ..const import CONTACT_PREFIX, DOMAIN
from .config import ContactConfig

if TYPE_CHECKING:
    from .account import Account


class Contact:
    """A person or device that is reached through an account."""

    def __init__(
        self, account: Account, subentry: ConfigSubentry, party_id: str
    ) -> None:
        """Take the settings."""
        self.account = account
        self.subentry_id = subentry.subentry_id
        self.party_id = party_id
        self.name = subentry.title
        self.config = ContactConfig.from_data(subentry.data)

    @property
    def key(self) -> str:
        """What identifies its device and entities, whatever its address becomes."""
        return CONTACT_PREFIX + self.subentry_id

    def apply(self, subentry: ConfigSubentry, party_id: str) -> None:
        """Take changed settings."""
        self.party_id = party_id
        self.name = subentry.title
        self.config = ContactConfig.from_data(subentry.data)

    def party(self) -> Party:
        """Return the contact as the exchange knows it."""
        options = self.account.options
        return Party(
            id=self.party_id,
            name=self.name,
            kind=PartyKind.CONTACT,
            may_ring=self.config.may_ring,
            may_drop_in=self.config.may_drop_in,
            device_id=self._device_id(),
            account=self.account.entry.entry_id,
            relay=options.relay,
            answer_timeout=options.answer_timeout,
            disconnect_timeout=options.disconnect_timeout,
        )

    def _device_id(self) -> str:
        devices = dr.async_get(self.account.hass)
        device = devices.async_get_or_create(
            config_entry_id=self.account.entry.entry_id,
            config_subentry_id=self.subentry_id,
            identifiers={(DOMAIN, self.key)},
            name=self.name,
            via_device_id=self.account.device_id(),
        )
        return device.id
