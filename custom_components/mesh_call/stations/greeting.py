"""A clip for whoever a station has let in by itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from ..calls.errors import CallError
from ..calls.events import CallEvent, LinkEvent
from ..calls.model import ConnectionState
from ..calls.ring import answers_itself
from ..const import DOMAIN, LOGGER
from ..media.playing import MicrophoneUse
from . import voice

if TYPE_CHECKING:
    from .station import Station


class Greeting:
    """Plays a station's clip in each call that it answered by itself, once."""

    def __init__(self, station: Station) -> None:
        """Do nothing before `start`."""
        self._station = station
        self._greeted: str | None = None
        self._stop: Callable[[], None] | None = None

    @callback
    def start(self) -> None:
        """Listen for calls."""
        self._stop = self._station.home.on_event(self._happened)

    @callback
    def stop(self) -> None:
        """Listen no more; safe to repeat."""
        if self._stop is not None:
            self._stop()
            self._stop = None

    @callback
    def _happened(self, event: CallEvent | LinkEvent) -> None:
        media_id = self._station.config.greeting
        if media_id and isinstance(event, LinkEvent) and self._is_due(event):
            self._greeted = event.call.id
            entry, hass = self._station.home.entry, self._station.home.hass
            entry.async_create_background_task(
                hass, self._play(media_id), f"{DOMAIN} greeting"
            )

    def _is_due(self, event: LinkEvent) -> bool:
        """Whether somebody can hear the station for the first time."""
        call, party_id = event.call, self._station.party_id
        if event.link.state is not ConnectionState.CONNECTED:
            return False
        if party_id not in event.link.pair or call.id == self._greeted:
            return False
        caller, station = call.members[call.caller], call.members[party_id]
        return caller is not station and answers_itself(station.party, caller.party)

    async def _play(self, media_id: str) -> None:
        try:
            await voice.play(
                self._station,
                media_id,
                microphone=MicrophoneUse.DUCKED,
                announce=True,
            )
        except CallError as error:
            self._warn(error.key)
        except HomeAssistantError as error:
            # Its text may hold an address.
            self._warn(type(error).__name__)

    def _warn(self, reason: str) -> None:
        LOGGER.warning(
            "The greeting of %s can't be played: %s", self._station.name, reason
        )
