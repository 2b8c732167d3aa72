"""The last picture of a station, over HTTP."""

from http import HTTPStatus
from typing import Final

from aiohttp import web
from homeassistant.components.http import KEY_HASS, KEY_HASS_USER, HomeAssistantView
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import Unauthorized

from ..calls.errors import CallError
from ..home import get_home
from ..permissions import may_see

URL: Final = "/api/mesh_call/thumbnail/{party_id}"


class ThumbnailView(HomeAssistantView):
    """Gives a JPEG to whoever may see the station: its last picture, or black.

    With `fallback=none` no content (204) instead of a black one.
    """

    url = URL
    name = "api:mesh_call:thumbnail"

    async def get(self, request: web.Request, party_id: str) -> web.Response:
        """Answer a request."""
        try:
            home = get_home(request.app[KEY_HASS])
        except CallError:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        if (station := home.station(party_id)) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        if not may_see(home, request[KEY_HASS_USER], party_id):
            raise Unauthorized
        picture = await station.equipment.thumbnail()
        if picture is None and request.query.get("fallback") == "none":
            return web.Response(status=HTTPStatus.NO_CONTENT)
        return web.Response(
            body=picture or await station.equipment.no_picture(),
            content_type="image/jpeg",
            headers={"Cache-Control": "no-store"},
        )


@callback
def async_register_thumbnails(hass: HomeAssistant) -> None:
    """Offer the pictures of stations."""
    hass.http.register_view(ThumbnailView())
