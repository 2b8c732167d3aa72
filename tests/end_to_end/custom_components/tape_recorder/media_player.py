"""Fetches what it is told to play, as a network speaker does, into a file."""

from pathlib import Path
from typing import Any, override

from aiohttp import ClientError, ClientTimeout
from homeassistant.components.media_player import (
    MediaPlayerEntity,
    MediaPlayerEntityFeature,
    MediaPlayerState,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.typing import ConfigType, DiscoveryInfoType


async def async_setup_platform(
    hass: HomeAssistant,
    config: ConfigType,
    async_add_entities: AddEntitiesCallback,
    discovery_info: DiscoveryInfoType | None = None,
) -> None:
    """Add the one there is."""
    async_add_entities([TapeRecorder(Path(hass.config.path("tape.mp3")))])


class TapeRecorder(MediaPlayerEntity):
    """Plays onto a tape."""

    _attr_name = "Tape recorder"
    _attr_should_poll = False
    _attr_state = MediaPlayerState.IDLE
    _attr_supported_features = (
        MediaPlayerEntityFeature.PLAY_MEDIA | MediaPlayerEntityFeature.STOP
    )

    def __init__(self, tape: Path) -> None:
        """Begin with an empty tape."""
        self._tape = tape

    @override
    async def async_play_media(
        self, media_type: str, media_id: str, **kwargs: Any
    ) -> None:
        """Fetch it, until it ends by itself."""
        self._attr_state = MediaPlayerState.PLAYING
        self.async_write_ha_state()
        self.hass.async_create_background_task(self._fetch(media_id), "tape recorder")

    @override
    async def async_media_stop(self) -> None:
        """Do nothing: what is fetched has an end."""

    async def _fetch(self, url: str) -> None:
        session = async_get_clientsession(self.hass)
        try:
            async with session.get(url, timeout=ClientTimeout(total=None)) as response:
                with self._tape.open("wb", buffering=0) as tape:
                    async for data in response.content.iter_any():
                        tape.write(data)
        except ClientError:
            pass
        self._attr_state = MediaPlayerState.IDLE
        self.async_write_ha_state()
