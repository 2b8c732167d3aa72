"""Selects: whose calls a party answers by itself."""

from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .calls.model import AutoAnswer
from .entity import StatusEntity, async_add_parties
from .home import MeshCallConfigEntry

PARALLEL_UPDATES = 0

AUTO_ANSWER = SelectEntityDescription(
    key="auto_answer",
    translation_key="auto_answer",
    entity_category=EntityCategory.CONFIG,
    options=[whose.value for whose in AutoAnswer],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MeshCallConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the selects of every party."""
    async_add_parties(
        entry,
        async_add_entities,
        lambda home, party: [AutoAnswerSelect(home, party, AUTO_ANSWER)],
    )


class AutoAnswerSelect(StatusEntity, SelectEntity):
    """Chooses whose calls a party answers by itself; Home keeps the choice."""

    @property
    @override
    def current_option(self) -> str | None:
        """What counts now, for a screen that is away, too."""
        party = self.home.party(self.party_id)
        known = party or self.home.screens.record(self.party_id)
        return known.auto_answer if known else None

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose, from the next call on."""
        self.home.set_auto_answer(self.party_id, AutoAnswer(option))
        self.async_write_ha_state()
