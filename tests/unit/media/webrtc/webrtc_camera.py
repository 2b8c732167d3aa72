"""A camera that answers WebRTC offers, without Home Assistant."""

from contextlib import AsyncExitStack
from typing import override

from custom_components.mesh_call.calls.model import Candidate, Description
from custom_components.mesh_call.media.camera import (
    CameraAnswer,
    CameraRefusal,
    TakeCameraMessage,
    WebRtcCamera,
    WebRtcSettings,
)
from tests.cameras.tracks import ColorTrack, ToneTrack

from .stock import StockPeer

COLOUR = (200, 40, 40)
TONE = 600


class FakeCamera(WebRtcCamera):
    """A camera with a peer of stock aiortc for each session."""

    takes_sound = True

    def __init__(self) -> None:
        self.sessions: dict[str, StockPeer] = {}
        self.closed: list[str] = []
        self.offers: list[str] = []
        self.data_channel: str | None = None
        self.picture = True
        self.codec = "H264"
        """The only one it can send, whatever else is offered."""

        self.late_candidates = False
        self.deaf = False
        self.refuses = False
        self.silent = False
        self._stack = AsyncExitStack()

    @property
    def newest(self) -> StockPeer:
        return list(self.sessions.values())[-1]

    @override
    async def settings(self) -> WebRtcSettings:
        return WebRtcSettings((), self.data_channel)

    @override
    async def offer(self, sdp: str, session_id: str, take: TakeCameraMessage) -> None:
        self.offers.append(sdp)
        if self.refuses:
            take(CameraRefusal())
        if self.refuses or self.silent:
            return
        peer = self.sessions[session_id] = StockPeer()
        self._stack.push_async_callback(peer.close)
        if self.picture:
            peer.send(ColorTrack(COLOUR))
            peer.prefer(self.codec)
        peer.send(ToneTrack(TONE))
        answer = (await peer.answer(Description("offer", sdp))).sdp
        if self.deaf:
            answer = answer.replace("a=sendrecv", "a=sendonly")
        lines = answer.splitlines(keepends=True)
        candidates = [line for line in lines if line.startswith("a=candidate")]
        if not self.late_candidates:
            take(CameraAnswer(answer))
            return
        skipped = ("a=candidate", "a=end-of-candidates")
        take(CameraAnswer("".join(li for li in lines if not li.startswith(skipped))))
        for line in candidates:
            take(Candidate(line.strip().removeprefix("a=")))

    @override
    def close(self, session_id: str) -> None:
        self.closed.append(session_id)

    async def shut_down(self) -> None:
        await self._stack.aclose()
