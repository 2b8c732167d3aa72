"""What a station can show: its own camera, those of others, pictures and films."""

from typing import TYPE_CHECKING

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.components.image import DOMAIN as IMAGE_DOMAIN
from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER_DOMAIN
from homeassistant.components.media_source import is_media_source_id
from homeassistant.const import ATTR_FRIENDLY_NAME
from homeassistant.core import HomeAssistant, split_entity_id, valid_entity_id
from homeassistant.helpers import entity_registry as er

from ..calls.devices import NO_CHOICE, Device, DeviceChoice
from ..calls.errors import CallError
from ..const import DOMAIN
from .config import SourceConfig

if TYPE_CHECKING:
    from ..home import Home
    from .station import Station


def cameras_to_show(home: Home, station: Station) -> DeviceChoice:
    """Return the cameras of all stations and all camera entities.

    A camera that has no entity goes by the id of its station. A station that has no
    camera shows none: what it may send was agreed on without a picture. What shows a
    station's calls is none: it would be shown to those in them again.
    """
    if station.config.source.origin is None:
        return NO_CHOICE
    shows_calls = own_entities(home.hass)
    stations = [station, *(s for s in home.stations.values() if s is not station)]
    devices = [
        Device(_camera_of(one), one.name)
        for one in stations
        if one.config.source.origin is not None
    ]
    taken = {device.id for device in devices}
    devices += [
        Device(state.entity_id, state.attributes.get(ATTR_FRIENDLY_NAME, ""))
        for state in home.hass.states.async_all(CAMERA_DOMAIN)
        if state.entity_id not in taken | shows_calls
    ]
    return DeviceChoice(tuple(devices), station.equipment.used or _camera_of(station))


def speakers_to_use(home: Home, station: Station) -> DeviceChoice:
    """Return the station's own speakers, by its id, and all media players.

    Voices of stations are none: what they play goes into calls again.
    """
    voices = own_entities(home.hass)
    devices = [Device(station.party_id, station.name)]
    devices += [
        Device(state.entity_id, state.attributes.get(ATTR_FRIENDLY_NAME, ""))
        for state in home.hass.states.async_all(MEDIA_PLAYER_DOMAIN)
        if state.entity_id not in voices
    ]
    used = station.equipment.used_speaker or station.party_id
    return DeviceChoice(tuple(devices), used)


def own_entities(hass: HomeAssistant) -> set[str]:
    """Return the cameras that show stations' calls, and the voices of stations."""
    entities = er.async_get(hass).entities.values()
    return {
        entity.entity_id
        for entity in entities
        if entity.platform == DOMAIN
        and entity.domain in {CAMERA_DOMAIN, MEDIA_PLAYER_DOMAIN}
    }


def find_source(home: Home, name: str) -> SourceConfig:
    """Return what a camera, a picture or a film is read from.

    Args:
        home: whose stations are known.
        name: the id of a station, of a camera or image entity, or of something in a
            media source; an address is none of them.

    Raises:
        CallError: `unknown_picture`.
    """
    for station in home.stations.values():
        source = station.config.source
        if source.origin and name in {station.party_id, source.camera}:
            return source
    if is_media_source_id(name):
        return SourceConfig(media=name)
    if (
        valid_entity_id(name)
        and home.hass.states.get(name)
        and name not in own_entities(home.hass)
    ):
        domain = split_entity_id(name)[0]
        if domain == CAMERA_DOMAIN:
            return SourceConfig(camera=name)
        if domain == IMAGE_DOMAIN:
            return SourceConfig(image=name)
    raise CallError("unknown_picture", source=name)


def _camera_of(station: Station) -> str:
    return station.config.source.camera or station.party_id
