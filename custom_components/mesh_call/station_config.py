"""What the user set for a station, and the address of its stream."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from homeassistant.components.camera import async_get_stream_source
from homeassistant.const import CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .calls.model import RingMode
from .const import (
    ALL_SCREENS,
    CONF_CAMERA,
    CONF_DOORBELL,
    CONF_RECORD,
    CONF_RING,
    CONF_RING_MODE,
    CONF_STREAM_URL,
    CONF_TALK_BACK,
    LOGGER,
)
from .media.rtsp.url import RtspUrl
from .media.source import SourceError, SourceProblem
from .party_settings import STATION_DEFAULTS, PartySettings

CAMERA_TIMEOUT: Final = 10
"""Seconds a camera entity gets to name its stream."""


class Record(StrEnum):
    """Which calls with a station are recorded."""

    NEVER = "never"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """Where sound and picture come from and how the station is spoken through."""

    camera: str | None = None
    stream_url: str | None = None
    talk_back: bool = True
    verify_ssl: bool = True


@dataclass(frozen=True, slots=True)
class StationConfig:
    """The data of a station's subentry."""

    source: SourceConfig
    doorbell: str | None = None
    ring: tuple[str, ...] = (ALL_SCREENS,)
    ring_mode: RingMode = RingMode.FIRST
    record: Record = Record.NEVER
    settings: PartySettings = STATION_DEFAULTS

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what the flow stored."""
        return cls(
            SourceConfig(
                camera=data.get(CONF_CAMERA),
                stream_url=data.get(CONF_STREAM_URL),
                talk_back=data.get(CONF_TALK_BACK, True),
                verify_ssl=data.get(CONF_VERIFY_SSL, True),
            ),
            doorbell=data.get(CONF_DOORBELL),
            ring=tuple(data.get(CONF_RING) or (ALL_SCREENS,)),
            ring_mode=RingMode(data.get(CONF_RING_MODE, RingMode.FIRST)),
            record=Record(data.get(CONF_RECORD, Record.NEVER)),
            settings=PartySettings.from_data(data, STATION_DEFAULTS),
        )


async def stream_url(hass: HomeAssistant, source: SourceConfig) -> str:
    """Return the address to connect to now; raises SourceError.

    A camera entity is asked each time: what it names may hold a token that expires.
    """
    url = source.stream_url or await _camera_url(hass, source.camera)
    try:
        RtspUrl.parse(url)
    except ValueError:
        raise SourceError(SourceProblem.NO_MEDIA, "no RTSP stream") from None
    return url


async def _camera_url(hass: HomeAssistant, camera: str | None) -> str:
    if camera is None:
        raise SourceError(SourceProblem.NO_MEDIA, "neither camera nor stream address")
    try:
        async with asyncio.timeout(CAMERA_TIMEOUT):
            url = await async_get_stream_source(hass, camera)
    except TimeoutError, HomeAssistantError:
        raise SourceError(SourceProblem.CANNOT_CONNECT, "camera unavailable") from None
    except Exception:  # noqa: BLE001  # whatever a camera's integration lets through
        LOGGER.debug("Camera %s could not name its stream", camera)
        raise SourceError(SourceProblem.CANNOT_CONNECT, "camera unavailable") from None
    if not url:
        raise SourceError(SourceProblem.NO_MEDIA, "the camera has no stream address")
    return url
