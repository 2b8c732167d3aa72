"""What is played to a station, to be heard in its calls."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.components.media_player.browse_media import (
    async_process_play_media_url,
)
from homeassistant.components.media_source import (
    async_resolve_media,
    is_media_source_id,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import is_hass_url
import yarl

from ..calls.errors import CallError
from ..calls.model import PartyState
from ..media.playing import MicrophoneUse

if TYPE_CHECKING:
    from .station import Station

IN_CALL = (PartyState.CONNECTING, PartyState.IN_CALL)


@dataclass(frozen=True, slots=True)
class Medium:
    """Where a medium is read from."""

    address: str
    verify_ssl: bool = True


async def play(
    station: Station,
    media_id: str,
    *,
    microphone: MicrophoneUse,
    announce: bool = False,
    player_id: str | None = None,
) -> None:
    """Let something be heard in a station's call as soon as it can be.

    Args:
        station: whose call it is.
        media_id: of something in a media source, or a URL.
        microphone: what becomes of the microphone meanwhile.
        announce: whether what plays goes on afterwards.
        player_id: the entity that was asked.

    Raises:
        CallError: `not_in_call`, `unknown_medium`, or what the player says.
        HomeAssistantError: the media source doesn't know it.
    """
    _require_call(station)
    medium = await _find(station.home.hass, media_id, player_id)
    _require_call(station)
    await station.equipment.port.player.play(
        medium.address,
        verify_ssl=medium.verify_ssl,
        microphone=microphone,
        announce=announce,
    )


def _require_call(station: Station) -> None:
    if station.home.exchange.status(station.party_id).state not in IN_CALL:
        raise CallError("not_in_call", party=station.name)


async def _find(hass: HomeAssistant, media_id: str, player_id: str | None) -> Medium:
    """Find out where something is, without asking the network."""
    if is_media_source_id(media_id):
        media = await async_resolve_media(hass, media_id, player_id)
        if media.path is not None:
            return Medium(str(media.path))
        media_id = media.url
    try:
        url = async_process_play_media_url(hass, media_id)
        scheme = yarl.URL(url).scheme
    except IndexError, ValueError:
        raise CallError("unknown_medium") from None
    if scheme not in ("http", "https"):
        raise CallError("unknown_medium")
    # Home Assistant's own certificate need not be one for the address it is read by.
    return Medium(url, verify_ssl=not is_hass_url(hass, url))
