"""Any media player as the loudspeaker of a station."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final, Self, override

from homeassistant.components.media_player import (
    ATTR_MEDIA_ANNOUNCE,
    ATTR_MEDIA_CONTENT_ID,
    ATTR_MEDIA_CONTENT_TYPE,
    ATTR_MEDIA_DURATION,
    ATTR_MEDIA_POSITION,
    ATTR_MEDIA_POSITION_UPDATED_AT,
    ATTR_MEDIA_SEEK_POSITION,
    DOMAIN as MEDIA_PLAYER_DOMAIN,
    SERVICE_PLAY_MEDIA,
    MediaPlayerEntityFeature as Feature,
    MediaPlayerState,
    MediaType,
)
from homeassistant.const import (
    ATTR_ENTITY_ID,
    ATTR_SUPPORTED_FEATURES,
    SERVICE_MEDIA_PAUSE,
    SERVICE_MEDIA_SEEK,
    SERVICE_MEDIA_STOP,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_UNAVAILABLE,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, LOGGER
from ..media.sinks.live_sound import LiveSound
from ..media.sinks.speaker import Samples, Speaker, SpeakerError
from .live_sounds import DATA_LIVE_SOUNDS

FETCH_TIMEOUT: Final = 7.0
"""Seconds a player gets to fetch the sound."""

LOST_AFTER: Final = 5.0
"""Seconds without the player; some fetch a second time before they play."""

ACTION_TIMEOUT: Final = 2.0
"""Seconds an action that stops a player is waited for."""

UNAVAILABLE: Final = "player_unavailable"

_WITH_MEDIA: Final = (MediaPlayerState.PLAYING, MediaPlayerState.PAUSED)


@dataclass(frozen=True, slots=True)
class PlayerFactory:
    """Makes speakers of one media player, one for each use."""

    hass: HomeAssistant
    entity_id: str

    def __call__(self) -> PlayerSpeaker:
        """Make one."""
        return PlayerSpeaker(self.hass, self.entity_id)


@dataclass(frozen=True, slots=True)
class _Playback:
    """What a player did before the call."""

    state: str
    media_id: str | None
    media_type: str
    position: float | None
    """Seconds into the media; None where it has no beginning."""

    @classmethod
    def of(cls, state: State) -> Self:
        attributes = state.attributes
        return cls(
            state.state,
            attributes.get(ATTR_MEDIA_CONTENT_ID),
            attributes.get(ATTR_MEDIA_CONTENT_TYPE, MediaType.MUSIC),
            _position(state) if attributes.get(ATTR_MEDIA_DURATION) else None,
        )


class PlayerSpeaker(Speaker):
    """Lets a player fetch what is said; it is heard there some seconds late.

    Players that take announcements go on by themselves with what they played; the
    others are given it again where it was, and stopped there if they were paused.
    """

    late = True

    def __init__(self, hass: HomeAssistant, entity_id: str) -> None:
        """Ask nothing of the player yet."""
        self._hass = hass
        self._entity_id = entity_id
        self._sound: LiveSound | None = None
        self._playing: asyncio.Task[bool] | None = None
        self._before: _Playback | None = None
        self._announces = False

    @override
    async def open(self) -> None:
        """Let the player play.

        Raises:
            SpeakerError: `player_unavailable`, `not_supported`.
        """
        await self._end_sound()
        state = self._state()
        if self._before is None:
            self._before = _Playback.of(state)
        if state.state == MediaPlayerState.OFF and _can(state, Feature.TURN_ON):
            await self._act(SERVICE_TURN_ON)
        sound = self._sound = LiveSound()
        try:
            url = self._hass.data[DATA_LIVE_SOUNDS].add(sound)
        except HomeAssistantError:
            raise SpeakerError(UNAVAILABLE, "no address of our own") from None
        # Some players answer when the sound is over.
        self._playing = self._hass.async_create_background_task(
            self._play(url), f"{DOMAIN} speaker"
        )
        await self._until_fetched(sound)

    @override
    def write(self, samples: Samples) -> None:
        if self._sound is not None:
            self._sound.write(samples)

    @override
    async def wait_lost(self) -> None:
        if self._sound is not None:
            await self._sound.wait_deserted(LOST_AFTER)

    @override
    async def close(self) -> None:
        """Stop the player, and let it go on with what it did before."""
        await self._end_sound()
        before, self._before = self._before, None
        if before is None or self._announces:
            return
        state = self._hass.states.get(self._entity_id)
        if state is None or state.state == STATE_UNAVAILABLE:
            return
        if _can(state, Feature.STOP):
            await self._act(SERVICE_MEDIA_STOP)
        if before.state == MediaPlayerState.OFF and _can(state, Feature.TURN_OFF):
            await self._act(SERVICE_TURN_OFF)
        elif before.state in _WITH_MEDIA and before.media_id:
            self._hass.async_create_background_task(
                self._play_on(before, before.media_id), f"{DOMAIN} speaker plays on"
            )

    def _state(self) -> State:
        state = self._hass.states.get(self._entity_id)
        if state is None or state.state == STATE_UNAVAILABLE:
            raise SpeakerError(UNAVAILABLE)
        if not _can(state, Feature.PLAY_MEDIA):
            raise SpeakerError("not_supported")
        self._announces = _can(state, Feature.MEDIA_ANNOUNCE)
        return state

    async def _play(self, url: str) -> bool:
        more = {ATTR_MEDIA_ANNOUNCE: True} if self._announces else {}
        return await self._play_media(url, MediaType.MUSIC, **more)

    async def _play_media(self, media_id: str, media_type: str, **more: Any) -> bool:
        return await self._act(
            SERVICE_PLAY_MEDIA,
            None,
            **{ATTR_MEDIA_CONTENT_ID: media_id, ATTR_MEDIA_CONTENT_TYPE: media_type},
            **more,
        )

    async def _play_on(self, before: _Playback, media_id: str) -> None:
        """Let it do what it did; some players answer when the media is over."""
        playing = asyncio.ensure_future(self._play_media(media_id, before.media_type))
        await asyncio.wait((playing,), timeout=ACTION_TIMEOUT)
        state = self._hass.states.get(self._entity_id)
        if state is not None and before.position and _can(state, Feature.SEEK):
            await self._act(
                SERVICE_MEDIA_SEEK, **{ATTR_MEDIA_SEEK_POSITION: before.position}
            )
        paused = before.state == MediaPlayerState.PAUSED
        if state is not None and paused and _can(state, Feature.PAUSE):
            await self._act(SERVICE_MEDIA_PAUSE)
        await playing

    async def _until_fetched(self, sound: LiveSound) -> None:
        fetched = asyncio.create_task(sound.wait_heard())
        refused = asyncio.create_task(self._refused())
        try:
            await asyncio.wait(
                (fetched, refused),
                timeout=FETCH_TIMEOUT,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not fetched.done():
                raise SpeakerError(UNAVAILABLE, "nothing was fetched")
        finally:
            fetched.cancel()
            refused.cancel()

    async def _refused(self) -> None:
        """Wait until the player refuses; what takes the sound may be quick or slow."""
        assert self._playing is not None
        if await asyncio.shield(self._playing):
            await asyncio.sleep(FETCH_TIMEOUT)

    async def _end_sound(self) -> None:
        sound, self._sound = self._sound, None
        playing, self._playing = self._playing, None
        if sound is not None:
            self._hass.data[DATA_LIVE_SOUNDS].remove(sound)
            sound.end()
        if playing is not None:
            playing.cancel()
            await asyncio.wait((playing,))

    async def _act(
        self, action: str, timeout: float | None = ACTION_TIMEOUT, **data: Any
    ) -> bool:
        """Ask something of the player; returns whether it did it."""
        try:
            async with asyncio.timeout(timeout):
                await self._hass.services.async_call(
                    MEDIA_PLAYER_DOMAIN,
                    action,
                    {ATTR_ENTITY_ID: self._entity_id, **data},
                    blocking=True,
                )
        except Exception as error:  # noqa: BLE001  # it may be any integration's
            LOGGER.debug("A player can't %s: %s", action, type(error).__name__)
            return False
        return True


def _can(state: State, feature: Feature) -> bool:
    return bool(state.attributes.get(ATTR_SUPPORTED_FEATURES, 0) & feature)


def _position(state: State) -> float | None:
    position = state.attributes.get(ATTR_MEDIA_POSITION)
    updated = state.attributes.get(ATTR_MEDIA_POSITION_UPDATED_AT)
    if position is None or updated is None or state.state != MediaPlayerState.PLAYING:
        return position
    return float(position + (dt_util.utcnow() - updated).total_seconds())
