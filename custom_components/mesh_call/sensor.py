"""Sensors: what a party is doing and with whom."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import MAX_LENGTH_STATE_STATE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .calls.model import PartyState, PartyStatus
from .entity import StatusEntity, async_add_parties
from .home import MeshCallConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class PartySensorDescription(SensorEntityDescription):
    """A sensor and what it shows."""

    value: Callable[[PartyStatus], str | None]


def _peers(status: PartyStatus) -> str | None:
    names = ", ".join(peer.name for peer in status.peers)
    return names[:MAX_LENGTH_STATE_STATE] or None


SENSORS = (
    PartySensorDescription(
        key="call_state",
        translation_key="call_state",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in PartyState],
        value=lambda status: status.state,
    ),
    PartySensorDescription(key="peer", translation_key="peer", value=_peers),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MeshCallConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of every party."""
    async_add_parties(
        entry,
        async_add_entities,
        lambda home, party: [PartySensor(home, party, sensor) for sensor in SENSORS],
    )


class PartySensor(StatusEntity, SensorEntity):
    """Shows one side of what a party is doing."""

    entity_description: PartySensorDescription

    @property
    @override
    def native_value(self) -> str | None:
        """What the party's status says."""
        return self.entity_description.value(self.status)
