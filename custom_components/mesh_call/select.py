"""Selects: whose calls a party answers by itself, its camera and speaker."""

from typing import override

from homeassistant.auth.models import User
from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .calls.devices import NO_CHOICE, DeviceChoice, DeviceKind
from .calls.model import AutoAnswer, Party, PartyKind
from .entity import StatusEntity, async_add_parties
from .exceptions import translate_errors
from .home import Home, MeshCallConfigEntry
from .parties.own_party import OwnParty
from .permissions import acting_user, require_camera, require_speaker

PARALLEL_UPDATES = 0

AUTO_ANSWER = SelectEntityDescription(
    key="auto_answer",
    translation_key="auto_answer",
    entity_category=EntityCategory.CONFIG,
    options=[whose.value for whose in AutoAnswer],
)

CAMERA = SelectEntityDescription(key="camera", translation_key="camera")

SPEAKER = SelectEntityDescription(key="speaker", translation_key="speaker")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MeshCallConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the selects of every party."""

    def make(home: Home, party: OwnParty) -> list[SelectEntity]:
        selects: list[SelectEntity] = [
            AutoAnswerSelect(home, party, AUTO_ANSWER),
            CameraSelect(home, party, CAMERA),
        ]
        if party.kind is PartyKind.STATION:
            selects.append(SpeakerSelect(home, party, SPEAKER))
        return selects

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


class DeviceSelect(StatusEntity, SelectEntity):
    """Chooses among the devices of a page, or those a station can use."""

    kind: DeviceKind

    @property
    @override
    def available(self) -> bool:
        """Whether the party is there and has such a device."""
        return bool(self._choice.devices)

    @property
    @override
    def options(self) -> list[str]:
        """What the devices are called."""
        return list(self._choice.names)

    @property
    @override
    def current_option(self) -> str | None:
        """The device that is in use."""
        return self._choice.used_name

    @override
    async def async_select_option(self, option: str) -> None:
        """Use it as soon as it works."""
        with translate_errors():
            party = self.home.party(self.party_id)
            if party and party.kind is PartyKind.STATION and self._context:
                user = await acting_user(self.hass, self._context)
                self.require(user, party, option)
            await self.home.exchange.switch(self.party_id, self.kind, option)

    def require(self, user: User | None, party: Party, option: str) -> None:
        """Raise `Unauthorized` unless the user may have the station use it."""
        raise NotImplementedError

    @property
    def _choice(self) -> DeviceChoice:
        party = self.home.party(self.party_id)
        return party.devices.of(self.kind) if party and party.devices else NO_CHOICE


class CameraSelect(DeviceSelect):
    """Chooses what a party shows."""

    kind = DeviceKind.CAMERA

    @override
    def require(self, user: User | None, party: Party, option: str) -> None:
        """Ask for what seeing the camera takes."""
        require_camera(self.home, user, party, option)


class SpeakerSelect(DeviceSelect):
    """Chooses what a station is spoken through."""

    kind = DeviceKind.SPEAKER

    @override
    def require(self, user: User | None, party: Party, option: str) -> None:
        """Ask for what controlling the media player takes."""
        require_speaker(self.home, user, party, option)
