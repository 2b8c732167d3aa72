"""Switches: mute the microphone or the camera of a party, let it not be disturbed."""

from dataclasses import dataclass
from typing import Any, Literal, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import StatusEntity, async_add_parties
from .exceptions import translate_errors
from .home import Home, MeshCallConfigEntry
from .parties.own_party import OwnParty
from .parties.targets import Target, choose, is_joined

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class MuteDescription(SwitchEntityDescription):
    """A switch and the medium it mutes."""

    medium: Literal["audio", "video"]


MUTES = (
    MuteDescription(
        key="mute_microphone", translation_key="mute_microphone", medium="audio"
    ),
    MuteDescription(key="mute_camera", translation_key="mute_camera", medium="video"),
)

DO_NOT_DISTURB = SwitchEntityDescription(
    key="do_not_disturb",
    translation_key="do_not_disturb",
    entity_category=EntityCategory.CONFIG,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MeshCallConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of every party."""

    def make(home: Home, party: OwnParty) -> list[SwitchEntity]:
        mutes = [MuteSwitch(home, party, description) for description in MUTES]
        return [*mutes, DoNotDisturbSwitch(home, party, DO_NOT_DISTURB)]

    async_add_parties(entry, async_add_entities, make)


class MuteSwitch(StatusEntity, SwitchEntity):
    """Mutes one medium of a party in its call."""

    entity_description: MuteDescription

    @property
    @override
    def is_on(self) -> bool:
        """Whether it is muted; without a call nothing is."""
        if self.entity_description.medium == "audio":
            return self.status.muted_audio
        return self.status.muted_video

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Mute."""
        await self._async_mute(muted=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Let be heard or seen again."""
        await self._async_mute(muted=False)

    async def _async_mute(self, *, muted: bool) -> None:
        medium = {self.entity_description.medium: muted}
        with translate_errors():
            target = Target(party=self.party_id)
            call_id, _ = choose(self.home, None, target, is_joined)
            await self.home.exchange.mute(
                call_id, self.party_id, **medium, cause=self.cause
            )


class DoNotDisturbSwitch(StatusEntity, SwitchEntity):
    """Keeps a party from ringing; Home keeps the choice."""

    @property
    @override
    def is_on(self) -> bool:
        """What counts now, for a screen that is away, too."""
        return self.settings.do_not_disturb

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Let the party ring no more."""
        self.configure(do_not_disturb=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Let the party ring again."""
        self.configure(do_not_disturb=False)
