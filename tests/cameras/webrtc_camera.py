"""A camera entity that answers WebRTC offers by itself: a picture and a tone."""

from contextlib import AsyncExitStack
from typing import override

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from homeassistant.components.camera import (
    Camera,
    CameraEntityFeature,
    WebRTCAnswer,
    WebRTCClientConfiguration,
    WebRTCError,
    WebRTCSendMessage,
)
from homeassistant.core import callback
from webrtc_models import RTCIceCandidateInit

from .content import Color
from .tracks import ColorTrack, ToneTrack


class NativeCamera(Camera):
    """What Nest, Ring and Matter cameras are to Home Assistant.

    Like Nest it wants audio, video and a data channel, in this order, and like Ring
    it refuses candidates without an index.
    """

    _attr_name = "Native"
    _attr_unique_id = "native"
    _attr_supported_features = CameraEntityFeature.STREAM

    def __init__(self, color: Color, tone: float) -> None:
        """Open nothing yet."""
        super().__init__()
        self.sessions: dict[str, RTCPeerConnection] = {}
        self.offers: list[str] = []
        self._color, self._tone = color, tone
        self._stack = AsyncExitStack()

    @override
    async def async_handle_async_webrtc_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        """Answer with a picture and a tone."""
        lines = [li.split()[0] for li in offer_sdp.splitlines() if li[:2] == "m="]
        if lines != ["m=audio", "m=video", "m=application"]:
            send_message(WebRTCError("webrtc_offer_failed", "wrong m-lines"))
            return
        self.offers.append(offer_sdp)
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.sessions[session_id] = peer
        self._stack.push_async_callback(peer.close)
        peer.addTrack(ToneTrack(self._tone))
        peer.addTrack(ColorTrack(self._color))
        await peer.setRemoteDescription(RTCSessionDescription(offer_sdp, "offer"))
        await peer.setLocalDescription()
        send_message(WebRTCAnswer(peer.localDescription.sdp))

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        """Refuse candidates without an index."""
        assert candidate.sdp_m_line_index is not None

    @override
    @callback
    def close_webrtc_session(self, session_id: str) -> None:
        """End a session."""
        peer = self.sessions.pop(session_id)
        self.hass.async_create_task(peer.close())

    @override
    @callback
    def _async_get_webrtc_client_configuration(self) -> WebRTCClientConfiguration:
        return WebRTCClientConfiguration(data_channel="dataSendChannel")

    async def shut_down(self) -> None:
        """End all sessions."""
        await self._stack.aclose()
