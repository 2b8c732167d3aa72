"""A station's camera, as Home Assistant knows it: an entity, or an address."""

import asyncio
from typing import Final, override

from homeassistant.components.camera import (
    Camera as CameraEntity,
    StreamType,
    WebRTCAnswer,
    WebRTCCandidate,
    WebRTCError,
    WebRTCMessage,
    async_get_image,
    async_get_stream_source,
    get_camera_from_entity_id,
)
from homeassistant.components.image import async_get_image as async_get_image_of_entity
from homeassistant.components.media_player.browse_media import (
    async_process_play_media_url,
)
from homeassistant.components.media_source import PlayMedia, async_resolve_media
from homeassistant.core import HomeAssistant, callback

from ..calls.model import Candidate
from ..const import LOGGER
from ..ice import IceServer as BrowserIceServer, configured_of, ice_server
from ..media.camera import (
    Camera,
    CameraAnswer,
    CameraRefusal,
    TakeCameraMessage,
    WebRtcCamera,
    WebRtcSettings,
)
from ..media.source import SourceError, SourceProblem
from .config import SourceConfig

CAMERA_TIMEOUT: Final = 10
"""Seconds a camera entity gets to name its stream, or to take an offer."""


class StationCamera(Camera):
    """Asks the entity each time: it may be reloaded, what it names may expire."""

    def __init__(self, hass: HomeAssistant, source: SourceConfig) -> None:
        """Ask nothing yet."""
        self._hass = hass
        self._entity_id = source.camera
        self._image_id = source.image
        self._media_id = source.media
        self._url = source.stream_url

    @property
    @override
    def gives_images(self) -> bool:
        """Whether it is no address."""
        return self._url is None

    @property
    @override
    def plays_files(self) -> bool:
        """Whether what it names may be a file: of a media source only."""
        return self._media_id is not None

    @override
    async def stream_source(self) -> str | None:
        """Return the address to connect to now; raises SourceError."""
        if self._media_id is not None:
            return await self._film()
        if self._url or self._entity_id is None:
            return self._url
        try:
            async with asyncio.timeout(CAMERA_TIMEOUT):
                url = await async_get_stream_source(self._hass, self._entity_id)
        except Exception as error:  # noqa: BLE001  # whatever an integration lets through
            LOGGER.debug("A camera can't name its stream: %s", type(error).__name__)
            raise _unavailable() from None
        if not url:
            raise SourceError(SourceProblem.NO_MEDIA, "no stream address")
        return url

    @override
    def webrtc(self) -> WebRtcCamera | None:
        """Return the entity's WebRTC side, if it has one now."""
        if self._entity_id is None:
            return None
        camera = get_camera_from_entity_id(self._hass, self._entity_id)
        if StreamType.WEB_RTC not in camera.camera_capabilities.frontend_stream_types:
            return None
        return EntityWebRtc(self._hass, camera)

    @override
    async def image(self) -> bytes:
        """Return a picture of now; raises HomeAssistantError."""
        if self._image_id is not None:
            image = await async_get_image_of_entity(self._hass, self._image_id)
            return image.content
        if self._media_id is not None:
            return await self._still()
        assert self._entity_id is not None
        return (await async_get_image(self._hass, self._entity_id)).content

    async def _film(self) -> str | None:
        media = await self._resolve()
        if media.mime_type.startswith("image/"):
            return None
        if media.path is not None:
            return str(media.path)
        return async_process_play_media_url(self._hass, media.url)

    async def _still(self) -> bytes:
        media = await self._resolve()
        if media.path is None or not media.mime_type.startswith("image/"):
            raise _unavailable()
        return await self._hass.async_add_executor_job(media.path.read_bytes)

    async def _resolve(self) -> PlayMedia:
        assert self._media_id is not None
        return await async_resolve_media(self._hass, self._media_id, None)


class EntityWebRtc(WebRtcCamera):
    """One session's side of a camera entity: native WebRTC, or go2rtc's."""

    def __init__(self, hass: HomeAssistant, camera: CameraEntity) -> None:
        """Take the entity as it is now."""
        self._hass = hass
        self._camera = camera

    @property
    @override
    def takes_sound(self) -> bool:
        """What the integration says, whether the user sees it yet or not."""
        # Known since Home Assistant 2026.11.
        declared = getattr(self._camera, "camera_entity_capabilities", None)
        return bool(declared and declared.two_way_audio)

    @override
    async def settings(self) -> WebRtcSettings:
        """Return the ICE servers of the camera and of this home."""
        wanted = self._camera.async_get_webrtc_client_configuration()
        servers: list[BrowserIceServer] = [
            server.to_dict() for server in wanted.configuration.ice_servers
        ]
        chosen = configured_of(self._hass, servers)
        return WebRtcSettings(tuple(map(ice_server, chosen)), wanted.data_channel)

    @override
    async def offer(self, sdp: str, session_id: str, take: TakeCameraMessage) -> None:
        """Hand over an offer; raises SourceError."""

        @callback
        def send_message(message: WebRTCMessage) -> None:
            match message:
                case WebRTCAnswer():
                    take(CameraAnswer(message.answer))
                case WebRTCCandidate():
                    take(_candidate(message))
                case WebRTCError():
                    LOGGER.debug("A camera refuses: %s", message.code)
                    take(CameraRefusal())

        try:
            async with asyncio.timeout(CAMERA_TIMEOUT):
                await self._camera.async_handle_async_webrtc_offer(
                    sdp, session_id, send_message
                )
        except Exception as error:  # noqa: BLE001  # whatever an integration lets through
            LOGGER.debug("A camera takes no offer: %s", type(error).__name__)
            raise _unavailable() from None

    @override
    @callback
    def close(self, session_id: str) -> None:
        """End a session."""
        try:
            self._camera.close_webrtc_session(session_id)
        except Exception as error:  # noqa: BLE001  # whatever an integration lets through
            LOGGER.debug("A camera can't end a session: %s", type(error).__name__)


def _candidate(message: WebRTCCandidate) -> Candidate:
    candidate = message.candidate
    return Candidate(
        candidate.candidate,
        getattr(candidate, "sdp_mid", None),
        getattr(candidate, "sdp_m_line_index", None),
    )


def _unavailable() -> SourceError:
    return SourceError(SourceProblem.CANNOT_CONNECT, "camera unavailable")
