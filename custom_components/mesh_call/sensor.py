"""Sensors: what a party is doing, with whom and how well it is connected."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    MAX_LENGTH_STATE_STATE,
    PERCENTAGE,
    EntityCategory,
    UnitOfDataRate,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .calls.model import PartyState, PartyStatus
from .entity import StatusEntity, async_add_parties
from .home import Home, MeshCallConfigEntry
from .own_party import OwnParty
from .quality import Quality, quality_of

PARALLEL_UPDATES = 0
SCAN_INTERVAL = timedelta(seconds=10)
"""How often who measures is looked at; off by default, and nothing is sent for it."""


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


@dataclass(frozen=True, kw_only=True)
class QualitySensorDescription(SensorEntityDescription):
    """A sensor of how well a party is connected."""

    value: Callable[[Quality], float | None]
    entity_category: EntityCategory | None = EntityCategory.DIAGNOSTIC
    entity_registry_enabled_default: bool = False
    state_class: SensorStateClass | None = SensorStateClass.MEASUREMENT


def _percent(quality: Quality) -> float | None:
    return None if quality.packet_loss is None else quality.packet_loss * 100


QUALITY_SENSORS = (
    QualitySensorDescription(
        key="round_trip_time",
        translation_key="round_trip_time",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MILLISECONDS,
        suggested_display_precision=0,
        value=lambda quality: quality.round_trip_time,
    ),
    QualitySensorDescription(
        key="packet_loss",
        translation_key="packet_loss",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=1,
        value=_percent,
    ),
    QualitySensorDescription(
        key="bitrate",
        translation_key="bitrate",
        device_class=SensorDeviceClass.DATA_RATE,
        native_unit_of_measurement=UnitOfDataRate.KILOBITS_PER_SECOND,
        suggested_display_precision=0,
        value=lambda quality: quality.bitrate,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MeshCallConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of every party."""

    def make(home: Home, party: OwnParty) -> list[SensorEntity]:
        return [
            *(PartySensor(home, party, sensor) for sensor in SENSORS),
            *(QualitySensor(home, party, sensor) for sensor in QUALITY_SENSORS),
        ]

    async_add_parties(entry, async_add_entities, make)


class PartySensor(StatusEntity, SensorEntity):
    """Shows one side of what a party is doing."""

    entity_description: PartySensorDescription

    @property
    @override
    def native_value(self) -> str | None:
        """What the party's status says."""
        return self.entity_description.value(self.status)


class QualitySensor(StatusEntity, SensorEntity):
    """Shows one number of how well a party is connected in its call."""

    _attr_should_poll = True
    entity_description: QualitySensorDescription

    @property
    @override
    def native_value(self) -> float | None:
        """What its links measure now; unknown without a call."""
        return self.entity_description.value(quality_of(self.home, self.party_id))
