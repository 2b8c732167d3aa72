"""What media asks of a camera; whoever knows it, an entity or a setting, answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..calls.model import Candidate
from .webrtc.servers import IceServer


@dataclass(frozen=True, slots=True)
class WebRtcSettings:
    """What a camera wants of its WebRTC clients."""

    ice_servers: tuple[IceServer, ...] = ()
    data_channel: str | None = None
    """The label of a data channel that its offers must have."""


@dataclass(frozen=True, slots=True)
class CameraAnswer:
    """A camera's answer, in SDP."""

    sdp: str


@dataclass(frozen=True, slots=True)
class CameraRefusal:
    """A camera can't or won't, now or any longer; its text may hold an address."""


type CameraMessage = CameraAnswer | Candidate | CameraRefusal
type TakeCameraMessage = Callable[[CameraMessage], None]


class WebRtcCamera(Protocol):
    """A camera that answers WebRTC offers (Home Assistant's camera WebRTC API)."""

    @property
    def takes_sound(self) -> bool:
        """Whether it says that it can be spoken to."""

    async def settings(self) -> WebRtcSettings:
        """Tell what an offer must be like."""

    async def offer(self, sdp: str, session_id: str, take: TakeCameraMessage) -> None:
        """Begin a session; `take` is called with what the camera says to it."""

    def close(self, session_id: str) -> None:
        """End a session; safe to repeat."""


class Camera(Protocol):
    """A camera, asked afresh for each session: what it tells may expire.

    Every method may raise whatever an integration lets through.
    """

    @property
    def gives_images(self) -> bool:
        """Whether it may be asked for images."""

    @property
    def plays_files(self) -> bool:
        """Whether its stream may be a file of this machine."""

    async def stream_source(self) -> str | None:
        """Give the URL of its stream, with credentials, None if it has none."""

    def webrtc(self) -> WebRtcCamera | None:
        """Give its WebRTC side, None if it has none now."""

    async def image(self) -> bytes:
        """Give a picture of now as a file, JPEG or any other."""
