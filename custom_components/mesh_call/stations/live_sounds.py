"""What players play during a call, over HTTP."""

from http import HTTPStatus
import secrets
from typing import TYPE_CHECKING, Final

from aiohttp import web
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.components.media_player.browse_media import (
    async_process_play_media_url,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

if TYPE_CHECKING:
    from ..media.sinks.live_sound import LiveSound

DATA_LIVE_SOUNDS: Final[HassKey[LiveSounds]] = HassKey(f"{DOMAIN}_live_sounds")

CONTENT_TYPE: Final = "audio/mpeg"


class LiveSounds:
    """The sounds that can be fetched now, each under a name that can't be guessed."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with none."""
        self._hass = hass
        self._sounds: dict[str, LiveSound] = {}

    def add(self, sound: LiveSound) -> str:
        """Let a sound be fetched; returns the signed address for players.

        Raises:
            HomeAssistantError: Home Assistant doesn't know its own address.
        """
        name = secrets.token_urlsafe(16)
        url = async_process_play_media_url(
            self._hass, LiveSoundView.url.format(name=name)
        )
        self._sounds[name] = sound
        return url

    def find(self, name: str) -> LiveSound | None:
        """Return the sound of this name."""
        return self._sounds.get(name)

    def remove(self, sound: LiveSound) -> None:
        """Let a sound be fetched no more."""
        for name, known in tuple(self._sounds.items()):
            if known is sound:
                del self._sounds[name]


class LiveSoundView(HomeAssistantView):
    """Gives a sound to players, who know its signed address only.

    There is nothing to seek in, so whoever asks for a range gets all that comes.
    """

    url = "/api/mesh_call/live/{name}.mp3"
    name = "api:mesh_call:live"

    async def get(self, request: web.Request, name: str) -> web.StreamResponse:
        """Send the sound until it ends."""
        sound = request.app[KEY_HASS].data[DATA_LIVE_SOUNDS].find(name)
        if sound is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        response = _response()
        await response.prepare(request)
        listening = sound.listen()
        try:
            async for data in listening:
                await response.write(data)
            await response.write_eof()
        except ConnectionError:
            pass
        finally:
            await listening.aclose()
        return response

    async def head(self, request: web.Request, name: str) -> web.StreamResponse:
        """Tell what would be sent."""
        if request.app[KEY_HASS].data[DATA_LIVE_SOUNDS].find(name) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return _response()


def _response() -> web.StreamResponse:
    headers = {"Accept-Ranges": "none", "Cache-Control": "no-store"}
    response = web.StreamResponse(headers=headers)
    response.content_type = CONTENT_TYPE
    return response


@callback
def async_register_live_sounds(hass: HomeAssistant) -> None:
    """Offer what players play."""
    hass.data[DATA_LIVE_SOUNDS] = LiveSounds(hass)
    hass.http.register_view(LiveSoundView())
