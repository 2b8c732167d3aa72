"""Media players: what is played to a station is heard in its calls."""

from typing import Any, Final, override

from homeassistant.components.media_player import (
    ATTR_MEDIA_ANNOUNCE,
    ATTR_MEDIA_EXTRA,
    ATTR_MEDIA_VOLUME_LEVEL,
    ATTR_MEDIA_VOLUME_MUTED,
    BrowseMedia,
    MediaPlayerDeviceClass,
    MediaPlayerEntity,
    MediaPlayerEntityDescription,
    MediaPlayerEntityFeature as Feature,
    MediaPlayerState,
    MediaType,
)
from homeassistant.components.media_source import async_browse_media
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .entity import PartyEntity, async_add_parties
from .exceptions import invalid, translate_errors
from .home import Home, MeshCallConfigEntry
from .media.playing import MicrophoneUse, PlayerState
from .parties.own_party import OwnParty
from .stations import voice
from .stations.station import Station

PARALLEL_UPDATES = 0

VOICE = MediaPlayerEntityDescription(
    key="voice",
    translation_key="voice",
    device_class=MediaPlayerDeviceClass.SPEAKER,
)

EXTRA_MICROPHONE: Final = "microphone"
EXTRA_TITLE: Final = "title"

STATES: Final = {
    PlayerState.IDLE: MediaPlayerState.IDLE,
    PlayerState.PLAYING: MediaPlayerState.PLAYING,
    PlayerState.PAUSED: MediaPlayerState.PAUSED,
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MeshCallConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the voice of every station."""

    def make(home: Home, party: OwnParty) -> list[VoicePlayer]:
        station = home.station(party.id)
        return [VoicePlayer(home, party, station)] if station else []

    async_add_parties(entry, async_add_entities, make)


class VoicePlayer(PartyEntity, MediaPlayerEntity, RestoreEntity):
    """Plays into the calls of a station, over its microphone."""

    _attr_supported_features = (
        Feature.BROWSE_MEDIA
        | Feature.MEDIA_ANNOUNCE
        | Feature.PAUSE
        | Feature.PLAY
        | Feature.PLAY_MEDIA
        | Feature.STOP
        | Feature.VOLUME_MUTE
        | Feature.VOLUME_SET
    )

    def __init__(self, home: Home, party: OwnParty, station: Station) -> None:
        """Belong to the station's device."""
        super().__init__(home, party, VOICE)
        self._station = station
        self._player = station.equipment.port.player
        self._title: str | None = None
        self._update()

    @override
    async def async_added_to_hass(self) -> None:
        """Be as loud as before, and follow what is played."""
        await super().async_added_to_hass()
        if last := await self.async_get_last_state():
            volume = last.attributes.get(ATTR_MEDIA_VOLUME_LEVEL)
            if isinstance(volume, int | float):
                self._player.set_volume(volume)
            self._player.mute(last.attributes.get(ATTR_MEDIA_VOLUME_MUTED) is True)
        port = self._station.equipment.port
        self.async_on_remove(port.subscribe(self._async_changed))
        self._update()

    @override
    async def async_play_media(
        self, media_type: MediaType | str, media_id: str, **kwargs: Any
    ) -> None:
        """Play something in the call that goes on."""
        announce = bool(kwargs.get(ATTR_MEDIA_ANNOUNCE))
        extra = kwargs.get(ATTR_MEDIA_EXTRA) or {}
        microphone = _microphone(extra, announce=announce)
        with translate_errors():
            await voice.play(
                self._station,
                media_id,
                microphone=microphone,
                announce=announce,
                player_id=self.entity_id,
            )
        if not announce:
            title = extra.get(EXTRA_TITLE)
            self._title = title if isinstance(title, str) else None
            self._async_changed()

    @override
    async def async_browse_media(
        self,
        media_content_type: MediaType | str | None = None,
        media_content_id: str | None = None,
    ) -> BrowseMedia:
        """Show what there is to be heard."""
        return await async_browse_media(
            self.hass, media_content_id, content_filter=_is_heard
        )

    @override
    async def async_media_stop(self) -> None:
        """Play nothing more."""
        self._player.stop()

    @override
    async def async_media_pause(self) -> None:
        """Hold what plays."""
        self._player.pause()

    @override
    async def async_media_play(self) -> None:
        """Go on with what was held."""
        self._player.resume()

    @override
    async def async_set_volume_level(self, volume: float) -> None:
        """Set how loud it is heard."""
        self._player.set_volume(volume)

    @override
    async def async_mute_volume(self, mute: bool) -> None:
        """Go on without being heard, or be heard again."""
        self._player.mute(mute)

    @callback
    def _async_changed(self) -> None:
        self._update()
        self.async_write_ha_state()

    def _update(self) -> None:
        state = self._player.state
        if state is PlayerState.IDLE:
            self._title = None
        self._attr_state = STATES[state]
        self._attr_volume_level = self._player.volume
        self._attr_is_volume_muted = self._player.muted
        self._attr_media_title = self._title
        idle = state is PlayerState.IDLE
        self._attr_media_content_type = None if idle else MediaType.MUSIC


def _microphone(extra: dict[str, Any], *, announce: bool) -> MicrophoneUse:
    """Return what becomes of the microphone; raises ServiceValidationError."""
    if (wanted := extra.get(EXTRA_MICROPHONE)) is None:
        return MicrophoneUse.DUCKED if announce else MicrophoneUse.MIXED
    try:
        return MicrophoneUse(wanted)
    except ValueError:
        raise invalid("unknown_microphone_use", fits=", ".join(MicrophoneUse)) from None


def _is_heard(item: BrowseMedia) -> bool:
    return item.media_content_type.startswith("audio/")
