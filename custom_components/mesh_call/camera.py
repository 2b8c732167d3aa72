"""Cameras: what a station's calls look like, in any card that shows cameras."""

from typing import override

from homeassistant.components import camera
from homeassistant.components.camera import (
    Camera,
    CameraEntityDescription,
    CameraEntityFeature,
    WebRTCAnswer,
    WebRTCError,
    WebRTCSendMessage,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from webrtc_models import RTCIceCandidateInit

from .calls.errors import CallError
from .calls.events import CallChanged, PartyChanged
from .calls.model import Candidate, PartyKind, PartyState
from .entity import StatusEntity, async_add_parties
from .exceptions import translate_errors, translated
from .home import Home, MeshCallConfigEntry
from .parties.own_party import OwnParty
from .permissions import may_watch
from .stations.station import Station

PARALLEL_UPDATES = 0

REMOTE = CameraEntityDescription(key="remote", translation_key="remote")

_STREAMS = frozenset({PartyState.CONNECTING, PartyState.IN_CALL})

# Home Assistant 2026.10 knows of no sound that goes to a camera.
_capabilities = getattr(camera, "CameraEntityCapabilities", None)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: MeshCallConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a camera for every station."""

    def make(home: Home, party: OwnParty) -> list[Camera]:
        station = party.kind is PartyKind.STATION
        return [RemoteCamera(home, party, REMOTE)] if station else []

    async_add_parties(entry, async_add_entities, make)


class RemoteCamera(StatusEntity, Camera):
    """Shows another member of the station's call, and takes what viewers say.

    Only users who may control the station get anything but black. Home Assistant asks
    for media by WebRTC alone: nothing is decoded, so there is no HLS.
    """

    entity_description: CameraEntityDescription
    _attr_supported_features = CameraEntityFeature.STREAM
    if _capabilities is not None:
        _attr_camera_entity_capabilities = _capabilities(two_way_audio=True)

    def __init__(
        self, home: Home, party: OwnParty, description: CameraEntityDescription
    ) -> None:
        """Show nothing yet."""
        StatusEntity.__init__(self, home, party, description)
        Camera.__init__(self)

    @override
    async def async_added_to_hass(self) -> None:
        """Show whether there is a call."""
        await super().async_added_to_hass()
        self._update()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Let nobody watch by an entity that is no more."""
        await super().async_will_remove_from_hass()
        if station := self.home.station(self.party_id):
            station.equipment.remote.close_all()

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        """Return the last picture that viewers got, or black."""
        if (station := self.home.station(self.party_id)) is None:
            return None
        picture = None
        if may_watch(self.home, self.party_id):
            picture = await station.equipment.remote.still()
        return picture or await station.equipment.no_picture()

    @override
    async def async_handle_async_webrtc_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        """Let a viewer in; what keeps him out he is told."""

        @callback
        def refuse(error: CallError) -> None:
            send_message(WebRTCError(error.key, str(translated(error))))

        try:
            await self._station().equipment.remote.open(
                session_id,
                offer_sdp,
                answered=lambda answer: send_message(WebRTCAnswer(answer)),
                ended=lambda: refuse(CallError("nobody_to_watch")),
            )
        except CallError as error:
            refuse(error)

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        """Take a candidate of a viewer."""
        with translate_errors():
            await self._station().equipment.remote.candidate(
                session_id,
                Candidate(
                    candidate.candidate, candidate.sdp_mid, candidate.sdp_m_line_index
                ),
            )

    @callback
    @override
    def close_webrtc_session(self, session_id: str) -> None:
        """Let a viewer go."""
        if station := self.home.station(self.party_id):
            station.equipment.remote.close(session_id)

    @callback
    @override
    def _async_state_changed(self, event: PartyChanged | CallChanged) -> None:
        self._update()
        super()._async_state_changed(event)

    def _update(self) -> None:
        self._attr_is_streaming = self.status.state in _STREAMS

    def _station(self) -> Station:
        """Return the station for a user who may control it; raises CallError."""
        station = self.home.station(self.party_id)
        if station is None:
            raise CallError("nobody_to_watch")
        if not may_watch(self.home, self.party_id):
            raise CallError("may_not_watch", party=station.name)
        return station
