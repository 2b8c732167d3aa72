"""A doorbell event for stations whose doorbell is a sensor or a button."""

from collections.abc import Callable
from typing import override

from homeassistant.components.event import (
    DOMAIN as EVENT_DOMAIN,
    DoorbellEventType,
    EventDeviceClass,
    EventEntity,
    EventEntityDescription,
)
from homeassistant.core import Context, HomeAssistant, callback, split_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import get_device_class_or_undefined
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..calls.model import PartyKind
from ..const import CONF_DOORBELL, STATION_PREFIX
from ..entity import PartyEntity
from ..home import Home, MeshCallConfigEntry
from ..parties.own_party import OwnParty
from . import doorbell

DOORBELL = EventEntityDescription(
    key="doorbell",
    device_class=EventDeviceClass.DOORBELL,
    event_types=[DoorbellEventType.RING],
)


class DoorbellEvent(PartyEntity, EventEntity):
    """Tells that somebody rings at a station."""

    def __init__(self, home: Home, party: OwnParty, source: str) -> None:
        """Follow the doorbell entity `source`."""
        super().__init__(home, party, DOORBELL)
        self._source = source
        self._unwatch: Callable[[], None] | None = None

    @callback
    def follow(self, source: str) -> None:
        """Follow another doorbell from now on, or the same one still."""
        self._source = source
        self._stop_watching()
        if self.hass:
            self._unwatch = doorbell.watch(self.hass, source, self._async_ring)

    @override
    async def async_added_to_hass(self) -> None:
        """Wait for rings."""
        await super().async_added_to_hass()
        self.async_on_remove(self._stop_watching)
        self.follow(self._source)

    @callback
    def _stop_watching(self) -> None:
        if self._unwatch:
            self._unwatch()
            self._unwatch = None

    @callback
    def _async_ring(self, context: Context) -> None:
        self.async_set_context(context)
        self._trigger_event(DoorbellEventType.RING)
        self.async_write_ha_state()


class Doorbells:
    """Keeps a doorbell event at each station that needs one, as settings change."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: MeshCallConfigEntry,
        async_add_entities: AddConfigEntryEntitiesCallback,
    ) -> None:
        """Have none yet."""
        self._hass = hass
        self._entry = entry
        self._async_add_entities = async_add_entities
        self._events: dict[str, DoorbellEvent] = {}

    async def async_update(
        self, hass: HomeAssistant, entry: MeshCallConfigEntry
    ) -> None:
        """Follow the settings of the stations: an update listener of the entry."""
        self.update()

    @callback
    def update(self) -> None:
        """Add what is missing and take away what is needed no more."""
        wanted = {
            subentry.subentry_id: source
            for subentry in self._entry.subentries.values()
            if (source := subentry.data.get(CONF_DOORBELL))
            and not _is_doorbell(self._hass, source)
        }
        for subentry_id in self._events.keys() - wanted.keys():
            self._remove(self._events.pop(subentry_id))
        for subentry_id, source in wanted.items():
            if event := self._events.get(subentry_id):
                event.follow(source)
            else:
                self._add(subentry_id, source)

    def _add(self, subentry_id: str, source: str) -> None:
        party = OwnParty(
            f"{STATION_PREFIX}{subentry_id}",
            self._entry.subentries[subentry_id].title,
            PartyKind.STATION,
            subentry_id,
        )
        event = DoorbellEvent(self._entry.runtime_data, party, source)
        self._events[subentry_id] = event
        self._async_add_entities([event], config_subentry_id=subentry_id)

    def _remove(self, event: DoorbellEvent) -> None:
        registry = er.async_get(self._hass)
        if registry.async_is_registered(event.entity_id):
            registry.async_remove(event.entity_id)


def _is_doorbell(hass: HomeAssistant, entity_id: str) -> bool:
    """Whether an entity is a doorbell event already."""
    if split_entity_id(entity_id)[0] != EVENT_DOMAIN:
        return False
    device_class = get_device_class_or_undefined(hass, entity_id)
    return device_class == EventDeviceClass.DOORBELL
