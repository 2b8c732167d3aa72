"""What every source of sound and picture looks like to those who use it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from .stream import Stream


class SourceState(StrEnum):
    """Where a source stands."""

    CLOSED = "closed"
    CONNECTING = "connecting"
    READY = "ready"
    LOST = "lost"
    """It worked, stopped, and is being connected to again."""


class SourceProblem(StrEnum):
    """Why a source does not work; each is an error key users see."""

    INVALID_AUTH = "invalid_auth"
    CANNOT_CONNECT = "cannot_connect"
    NO_MEDIA = "no_media"
    UNSUPPORTED_CODEC = "unsupported_codec"


class SourceWay(StrEnum):
    """By which way sound and picture come, best first."""

    RTSP = "rtsp"
    WEBRTC = "webrtc"
    """Home Assistant's camera WebRTC API, with us as the client."""

    STREAM = "stream"
    """Any other address of a stream: RTMP, FLV, HLS, MJPEG."""

    STILLS = "stills"
    """Single pictures of a camera entity, again and again."""


@dataclass(slots=True)
class SourceError(Exception):
    """A source could not be opened.

    `detail` is fit for users: it names a codec or a status, never an address or
    a password.
    """

    problem: SourceProblem
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A better way that a source could not take, and why."""

    way: SourceWay
    error: SourceError


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source's state and, unless it is ready or closed, what is wrong.

    `way` is the one it takes while it is ready, `passed_over` are better ones.
    """

    state: SourceState
    error: SourceError | None = None
    way: SourceWay | None = None
    passed_over: tuple[PassedOver, ...] = ()


type StatusListener = Callable[[SourceStatus], None]


@dataclass(slots=True)
class SourceStreams:
    """The encoded streams of a source that is or was ready."""

    video: Stream | None = None
    audio: Stream | None = None
    played: Stream | None = None
    """What a station plays, without its microphone; None while it plays nothing."""

    unsupported: list[str] = field(default_factory=list)
    """Names of codecs that were offered but can't be forwarded."""


class Source(Protocol):
    """A camera or another origin of encoded streams, shared by its users.

    The first `acquire` connects, some seconds after the last release it closes.
    The stream objects stay the same ones across reconnects.
    """

    @property
    def status(self) -> SourceStatus:
        """Where it stands now."""

    @property
    def streams(self) -> SourceStreams:
        """What it carries; empty before it was ready for the first time."""

    def acquire(self) -> Callable[[], None]:
        """Use it, connecting if need be; returns the release. Does not wait."""

    async def ready(self, timeout: float) -> SourceStreams:
        """Wait until it is ready; raises SourceError."""

    def subscribe(self, listener: StatusListener) -> Callable[[], None]:
        """Call on every change of status; returns the removal."""

    async def close(self) -> None:
        """Close for good, whoever still uses it."""
