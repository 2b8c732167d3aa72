"""Whether a station can work: its source is asked for sound and picture."""

from homeassistant.components.media_player import MediaPlayerEntityFeature
from homeassistant.const import ATTR_SUPPORTED_FEATURES, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module

from ..const import CONF_SPEAKER, CONF_STREAM_URL, CONF_SUB_STREAM_URL, PACKAGE
from ..media.libav.address import can_read
from ..media.rtsp.url import is_rtsp
from ..media.source import SourceError, SourceProblem
from .camera import StationCamera
from .config import SourceConfig


class StationRefusedError(Exception):
    """A station can't be made like this.

    `key` names the error of the form, `field` where it shows, `detail` fills it in.
    """

    def __init__(self, key: str, *, field: str = "base", detail: str = "") -> None:
        """Name the error and where it shows."""
        super().__init__(key)
        self.key = key
        self.field = field
        self.detail = detail


async def async_check_source(hass: HomeAssistant, source: SourceConfig) -> None:
    """Try a station's source; raises StationRefusedError."""
    if source.camera and source.stream_url:
        raise StationRefusedError("two_sources")
    if source.speaker:
        _check_speaker(hass, source.speaker)
    if source.origin is None:
        if not source.speaker or source.sub_stream_url:
            raise StationRefusedError(SourceProblem.NO_MEDIA)
        return
    fields = {
        CONF_STREAM_URL: source.stream_url,
        CONF_SUB_STREAM_URL: source.sub_stream_url,
    }
    for field, url in fields.items():
        if url and not (is_rtsp(url) or can_read(url)):
            raise StationRefusedError("unsupported_url", field=field)
    await _async_try(hass, source)
    if sub_stream := source.sub_stream:
        await _async_try(hass, sub_stream, CONF_SUB_STREAM_URL)


def _check_speaker(hass: HomeAssistant, entity_id: str) -> None:
    """Refuse a media player that plays nothing; one that is away may come back."""
    state = hass.states.get(entity_id)
    if state is None or state.state == STATE_UNAVAILABLE:
        return
    features = state.attributes.get(ATTR_SUPPORTED_FEATURES, 0)
    if not features & MediaPlayerEntityFeature.PLAY_MEDIA:
        raise StationRefusedError("speaker_not_supported", field=CONF_SPEAKER)


async def _async_try(
    hass: HomeAssistant, source: SourceConfig, field: str = "base"
) -> None:
    media = await async_import_module(hass, f"{PACKAGE}.media.sources.camera")
    camera = StationCamera(hass, source)
    try:
        await media.probe(camera, verify_ssl=source.verify_ssl)
    except SourceError as error:
        key, detail = error.problem, error.detail
        raise StationRefusedError(key, field=field, detail=detail) from None
