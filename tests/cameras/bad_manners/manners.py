"""What a device does wrong, and what it was told."""

from dataclasses import dataclass, field
from typing import Literal

from ..content import Color

type Authentication = Literal["none", "basic", "digest", "sha256", "both"]


@dataclass(slots=True)
class Manners:
    """How the device behaves; by default it is polite."""

    authentication: Authentication = "none"
    user: str = "admin"
    password: str = "sécret/#1"
    nonce_lives: int = 1_000
    """Requests until a nonce is stale."""
    says_stale: bool = True
    hangs_up_after_401: bool = False
    lower_case: bool = False
    bare_line_feeds: bool = False
    leaves_out_number: bool = False
    sends_garbage: bool = False
    shifted_channels: int = 0
    redirect: str = ""
    session_timeout: int = 60
    without_options: bool = False
    content_base: str | None = None
    control: tuple[str, str, str] = ("track1", "track2", "track3")
    transport_status: int = 0
    datagrams: bool = False
    """It speaks UDP only, and some packets overtake others."""
    require: Literal["known", "551", "400", "close", "ignored"] = "551"
    talk_back: bool = False
    talk_back_status: int = 0
    talk_back_needs_picture: bool = False
    talk_back_formats: str = "0"
    video: bool = True
    audio: bool = True
    audio_format: str = "8"
    codec: str = "H264"
    sends_picture: bool = True
    color: Color = (200, 40, 40)
    b_frames: int = 0
    drift: float = 0.0
    """Part by which its clock runs fast; it sends so much more in the same time."""
    program: bool = False
    """Each of its seconds begins with a flash and a beep; else it is silent."""
    sessions: int = 100
    """How many may play at the same time."""
    timestamps: Literal["right", "constant", "backward", "wild"] = "right"
    stalls_after: float | None = None
    """Seconds of media; RTCP goes on."""
    hangs_up_after: float | None = None
    takes_teardown: bool = True
    loses: frozenset[int] = frozenset()
    """Numbers of the video packets that are left out."""
    rtp_info: bool = False
    """The answer to PLAY tells the time stamps of the session's start."""
    sound_late: int = 0
    """Pictures by which sound is later on its way."""
    reports_from: int = 0
    """Number of the picture that the first sender report comes with."""


@dataclass(slots=True)
class Seen:
    """What the device was told."""

    requests: list[tuple[str, str]] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    set_up: list[str] = field(default_factory=list)
    frames: list[tuple[int, bytes]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """When each second of its own began, by `time.monotonic()`."""
    playing: int = 0
    connections: int = 0
    open_connections: int = 0

    def methods(self) -> list[str]:
        """Give the names of the requests in order."""
        return [method for method, _ in self.requests]
