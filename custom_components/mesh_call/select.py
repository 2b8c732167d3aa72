"""Selects: whose calls a party answers by itself, and which camera a screen uses."""

from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .calls.devices import NO_CHOICE, DeviceChoice, DeviceKind
from .calls.model import AutoAnswer, PartyKind
from .entity import StatusEntity, async_add_parties
from .exceptions import translate_errors
from .home import Home, MeshCallConfigEntry
from .own_party import OwnParty
from .permissions import acting_user, require_camera

PARALLEL_UPDATES = 0

AUTO_ANSWER = SelectEntityDescription(
    key="auto_answer",
    translation_key="auto_answer",
    entity_category=EntityCategory.CONFIG,
    options=[whose.value for whose in AutoAnswer],
)

CAMERA = SelectEntityDescription(key="camera", translation_key="camera")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MeshCallConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the selects of every party."""

    def make(home: Home, party: OwnParty) -> list[SelectEntity]:
        return [
            AutoAnswerSelect(home, party, AUTO_ANSWER),
            CameraSelect(home, party, CAMERA),
        ]

    async_add_parties(entry, async_add_entities, make)


class AutoAnswerSelect(StatusEntity, SelectEntity):
    """Chooses whose calls a party answers by itself; Home keeps the choice."""

    @property
    @override
    def current_option(self) -> str | None:
        """What counts now, for a screen that is away, too."""
        return self.settings.auto_answer

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose, from the next call on."""
        self.configure(auto_answer=AutoAnswer(option))


class CameraSelect(StatusEntity, SelectEntity):
    """Chooses among the cameras of a page, or those a station can show."""

    @property
    @override
    def available(self) -> bool:
        """Whether the party is there and has a camera."""
        return bool(self._cameras.devices)

    @property
    @override
    def options(self) -> list[str]:
        """What the cameras are called."""
        return list(self._cameras.names)

    @property
    @override
    def current_option(self) -> str | None:
        """The camera that is in use."""
        return self._cameras.used_name

    @override
    async def async_select_option(self, option: str) -> None:
        """Use it as soon as it works."""
        with translate_errors():
            party = self.home.party(self.party_id)
            if party and party.kind is PartyKind.STATION and self._context:
                user = await acting_user(self.hass, self._context)
                require_camera(self.home, user, party, option)
            await self.home.exchange.switch(self.party_id, DeviceKind.CAMERA, option)

    @property
    def _cameras(self) -> DeviceChoice:
        party = self.home.party(self.party_id)
        return party.devices.camera if party and party.devices else NO_CHOICE
