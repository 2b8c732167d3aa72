"""Numbers: how much a party may send."""

from typing import override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory, UnitOfDataRate
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import StatusEntity, async_add_parties
from .home import MeshCallConfigEntry
from .parties.settings import HIGHEST_CAP

PARALLEL_UPDATES = 0

MAX_BANDWIDTH = NumberEntityDescription(
    key="max_bandwidth",
    translation_key="max_bandwidth",
    device_class=NumberDeviceClass.DATA_RATE,
    entity_category=EntityCategory.CONFIG,
    native_min_value=0,
    native_max_value=HIGHEST_CAP,
    native_step=1,
    native_unit_of_measurement=UnitOfDataRate.KILOBITS_PER_SECOND,
    mode=NumberMode.BOX,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MeshCallConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers of every party."""
    async_add_parties(
        entry,
        async_add_entities,
        lambda home, party: [MaxBandwidthNumber(home, party, MAX_BANDWIDTH)],
    )


class MaxBandwidthNumber(StatusEntity, NumberEntity):
    """Caps what a party sends in every call; a call's own cap may be lower."""

    @property
    @override
    def native_value(self) -> float:
        """The cap that is set; 0 is none."""
        return self.settings.max_bandwidth

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the cap; a call that is on follows."""
        self.configure(max_bandwidth=int(value))
