"""What all entities of stations and named screens have in common."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, override

from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .calls.events import CallChanged, Cause, PartyChanged
from .calls.model import PartyStatus
from .const import DOMAIN
from .home import Home, MeshCallConfigEntry
from .parties.own_party import OwnParty
from .parties.settings import PartySettings

type MakeEntities = Callable[[Home, OwnParty], Iterable[Entity]]


def async_add_parties(
    entry: MeshCallConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: MakeEntities,
) -> None:
    """Add the entities of all parties with a device, of today and later on."""
    home = entry.runtime_data

    @callback
    def add(party: OwnParty) -> None:
        async_add_entities(make(home, party), config_subentry_id=party.subentry_id)

    entry.async_on_unload(home.on_party_added(add))


def own_entities(
    hass: HomeAssistant, entity_ids: Iterable[str], *keys: str
) -> set[str]:
    """Keep those of our entities that have one of these translation keys."""
    entities = er.async_get(hass)
    return {
        entity_id
        for entity_id in entity_ids
        if (entry := entities.async_get(entity_id))
        and entry.platform == DOMAIN
        and entry.translation_key in keys
    }


class PartyEntity(Entity):
    """Shows or asks something of one station or named screen."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(
        self, home: Home, party: OwnParty, description: EntityDescription
    ) -> None:
        """Belong to the party's device."""
        self.home = home
        self.party_id = party.id
        self.entity_description = description
        self._attr_unique_id = f"{party.id}-{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, party.id)},
            manufacturer="Mesh Call",
            model=party.kind.capitalize(),
            name=party.name,
        )

    @property
    def status(self) -> PartyStatus:
        """What the party is doing; idle while a screen is away."""
        return self.home.exchange.status(self.party_id)

    @property
    def cause(self) -> Cause:
        """Who made this entity do something, for what the exchange does then."""
        return Cause(party=self.party_id, context=self._context)


class StatusEntity(PartyEntity):
    """Shows something that changes with what the party is doing."""

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the party."""
        await super().async_added_to_hass()
        self.async_on_remove(self.home.on_state(self._async_state_changed))

    @property
    def settings(self) -> PartySettings:
        """What is set for the party, for a screen that is away, too."""
        return self.home.settings(self.party_id)

    @callback
    def configure(self, **changes: Any) -> None:
        """Change some of the party's settings."""
        settings = replace(self.settings, **changes)
        self.home.configure(self.party_id, settings, self.cause)
        self.async_write_ha_state()

    @callback
    def _async_state_changed(self, event: PartyChanged | CallChanged) -> None:
        if isinstance(event, PartyChanged) and event.party_id == self.party_id:
            if isinstance(event.context, Context):
                self.async_set_context(event.context)
            self.async_write_ha_state()
