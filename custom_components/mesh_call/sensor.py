"""Sensors: what a party is doing, with whom and how well it is connected."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, override

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
from .entity import PartyEntity, StatusEntity, async_add_parties
from .home import Home, MeshCallConfigEntry
from .parties.own_party import OwnParty
from .quality import Quality, quality_of
from .stations.station import Station

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
    PartySensorDescription(key="peer", translation_key="peer", value=_peers),
    PartySensorDescription(
        key="call_state",
        translation_key="call_state",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in PartyState],
        value=lambda status: status.state,
    ),
)
"""Written in this order: what the state triggers finds out who the peer is."""


@dataclass(frozen=True, kw_only=True)
class QualitySensorDescription(SensorEntityDescription):
    """A sensor of how well a party is connected."""

    value: Callable[[Quality], float | str | None]
    entity_category: EntityCategory | None = EntityCategory.DIAGNOSTIC
    entity_registry_enabled_default: bool = False
    state_class: SensorStateClass | None = SensorStateClass.MEASUREMENT


def _percent(quality: Quality) -> float | None:
    return None if quality.packet_loss is None else quality.packet_loss * 100


def _size(quality: Quality) -> str | None:
    return "x".join(map(str, quality.picture_size)) if quality.picture_size else None


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
    QualitySensorDescription(
        key="picture_size",
        translation_key="picture_size",
        state_class=None,
        value=_size,
    ),
    QualitySensorDescription(
        key="frame_rate",
        translation_key="frame_rate",
        native_unit_of_measurement="fps",
        suggested_display_precision=0,
        value=lambda quality: quality.frame_rate,
    ),
)


SOURCE_SENSOR = SensorEntityDescription(
    key="source",
    translation_key="source",
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    options=["not_in_use", "connecting", "rtsp", "webrtc", "stream", "stills"],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MeshCallConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of every party."""

    def make(home: Home, party: OwnParty) -> list[SensorEntity]:
        sensors: list[SensorEntity] = [
            *(PartySensor(home, party, sensor) for sensor in SENSORS),
            *(QualitySensor(home, party, sensor) for sensor in QUALITY_SENSORS),
        ]
        if station := home.station(party.id):
            sensors.append(SourceSensor(home, party, station))
        return sensors

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
    def native_value(self) -> float | str | None:
        """What its links measure now; unknown without a call."""
        return self.entity_description.value(quality_of(self.home, self.party_id))


class SourceSensor(PartyEntity, SensorEntity):
    """Shows by which way a station's camera is read, and why by no better one."""

    _unrecorded_attributes = frozenset({"error", "passed_over", "pictures"})

    def __init__(self, home: Home, party: OwnParty, station: Station) -> None:
        """Belong to the station's device."""
        super().__init__(home, party, SOURCE_SENSOR)
        self._station = station

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the camera."""
        await super().async_added_to_hass()
        port = self._station.equipment.port
        self.async_on_remove(port.subscribe(self.async_write_ha_state))

    @property
    @override
    def native_value(self) -> str | None:
        """The way, or why there is none; unknown without a camera."""
        if (source := self._station.source) is None:
            return None
        if source["state"] == "closed":
            return "not_in_use"
        return source["way"] or "connecting"

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """What is wrong, which better ways failed, and what is sent in the end."""
        source = self._station.source or {}
        return {
            "error": source.get("error"),
            "passed_over": source.get("passed_over", {}),
            "pictures": list(self._station.equipment.port.status.pictures),
        }
