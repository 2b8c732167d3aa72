"""What a device offers: the part of SDP (RFC 8866) that RTSP uses."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .url import join_control

_STATIC_FORMATS = {
    0: ("PCMU", 8_000, 1),
    3: ("GSM", 8_000, 1),
    8: ("PCMA", 8_000, 1),
    9: ("G722", 8_000, 1),
    10: ("L16", 44_100, 2),
    11: ("L16", 44_100, 1),
    14: ("MPA", 90_000, 1),
    26: ("JPEG", 90_000, 1),
    32: ("MPV", 90_000, 1),
    33: ("MP2T", 90_000, 1),
}
_DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})


@dataclass(frozen=True, slots=True)
class MediaFormat:
    """One payload format of a track: rtpmap and fmtp (RFC 8866, section 6.6)."""

    payload_type: int
    name: str
    clock_rate: int
    channels: int = 1
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """How users are told of it: the name, with the rate where it is unusual."""
        if self.name in {"PCMU", "PCMA"} and self.clock_rate != 8_000:
            return f"{self.name} {self.clock_rate} Hz"
        return {"MPEG4-GENERIC": "AAC", "OPUS": "Opus"}.get(self.name, self.name)


@dataclass(frozen=True, slots=True)
class MediaDescription:
    """One track; `control` is the full URL to set it up with.

    The direction is written from our side: `sendonly` is a track on which we talk
    to the device (ONVIF Streaming Specification, 5.3), all others come from it.
    """

    kind: str
    formats: tuple[MediaFormat, ...]
    direction: str
    control: str = field(repr=False)

    @property
    def is_talk_back(self) -> bool:
        """Whether it leads to the device's loudspeaker."""
        return self.kind == "audio" and self.direction == "sendonly"

    @property
    def is_received(self) -> bool:
        """Whether the device sends on it."""
        return self.direction in {"recvonly", "sendrecv"}


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """All tracks of a stream; `control` is the URL of the whole session."""

    media: tuple[MediaDescription, ...]
    control: str = field(repr=False)


def parse_session_description(text: str, base: str) -> SessionDescription:
    """Read the body of an answer to DESCRIBE.

    Args:
        text: the SDP; unknown lines are skipped.
        base: Content-Base, else Content-Location, else the request's URL.
    """
    sections: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line.strip())
    session, *tracks = sections
    direction = _direction(session, "recvonly")
    control = join_control(base, _attribute(session, "control") or "*")
    # Tracks count from the base: a session control of its own is often wrong.
    media = tuple(_parse_media(lines, base, direction) for lines in tracks)
    return SessionDescription(media, control)


def _parse_media(lines: list[str], base: str, direction: str) -> MediaDescription:
    kind, *rest = lines[0].removeprefix("m=").split() or [""]
    numbers = [int(number) for number in rest[2:] if number.isdecimal()]
    secured = any("SAVP" in part.upper() for part in rest[1:2])
    return MediaDescription(
        kind.lower(),
        tuple(_parse_format(lines, number, secured) for number in numbers),
        _direction(lines, direction),
        join_control(base, _attribute(lines, "control") or "*"),
    )


def _parse_format(lines: list[str], number: int, secured: bool) -> MediaFormat:
    if secured:
        # Its keys come in ways of each maker's own: named, but not to be used.
        return MediaFormat(number, "SRTP", 90_000)
    parameters = _parse_parameters(_attribute(lines, "fmtp", number) or "")
    encoding = (_attribute(lines, "rtpmap", number) or "").split("/")
    if not encoding[0]:
        name, rate, channels = _STATIC_FORMATS.get(number, (f"PT{number}", 90_000, 1))
        return MediaFormat(number, name, rate, channels, parameters)
    rate = _number(encoding[1:2], 90_000)
    channels = _number(encoding[2:3], 1)
    return MediaFormat(number, encoding[0].upper(), rate, channels, parameters)


def _parse_parameters(text: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name}


def _attribute(lines: list[str], name: str, number: int | None = None) -> str | None:
    """Give the value of `a=name:value`, or of `a=name:number value`."""
    start = f"a={name}:"
    for line in lines:
        if not line.lower().startswith(start):
            continue
        value = line[len(start) :].strip()
        if number is None:
            return value
        head, _, tail = value.partition(" ")
        if head == str(number):
            return tail.strip()
    return None


def _direction(lines: list[str], default: str) -> str:
    found = (line[2:] for line in lines if line[2:] in _DIRECTIONS)
    return next((value for value in found), default)


def _number(texts: list[str], default: int) -> int:
    return int(texts[0]) if texts and texts[0].strip().isdecimal() else default
