"""Session descriptions as text: what aiortc can't do with them (RFC 8829, 8866).

aiortc refuses a description as a whole for one m-line it can't handle, and waits
for candidates it can't use. So what it gets is tidied before, and what it answers
is completed afterwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
import re
from typing import Self, override

from ...calls.errors import CallError
from .ice import parse_candidate

MAX_SIZE = 200_000

_BUNDLE = "a=group:BUNDLE"
_MEDIA = re.compile(r"m=(\w+) (\d+)(?:/\d+)? ([A-Z/]+) ?(.*)", re.ASCII)
_RTPMAP = re.compile(r"a=rtpmap:(\d+) ([\w.-]+)/(\d+)(/\d+)?\s*", re.ASCII)
_FMTP = re.compile(r"a=fmtp:(\d+) (.*)", re.ASCII)
_STATIC = {"0": "PCMU/8000", "8": "PCMA/8000"}
_AUDIO = ("opus/48000", "pcmu/8000", "pcma/8000")
_VP8 = "vp8/90000"
_BASELINE = ("42001f", "42e01f")
_TRANSPORT_ATTRIBUTES = ("ice-ufrag", "ice-pwd", "fingerprint", "setup")
_MSID = "a=msid:"
_TRICKLE = "a=ice-options:trickle"
"""We take candidates later (RFC 8840, 4.1). An app that isn't told keeps its own."""

_STREAM = "mesh_call"
"""Always the same (RFC 8830): with another one a restart would be another stream."""

_UNUSED_FINGERPRINTS = ("a=fingerprint:sha-384", "a=fingerprint:sha-512")


@dataclass(slots=True)
class Section:
    """One m-line with its attributes."""

    lines: list[str]
    kind: str = field(init=False)
    port: int = field(init=False)
    formats: list[str] = field(init=False)

    def __post_init__(self) -> None:
        match = _MEDIA.fullmatch(self.lines[0])
        if match is None:
            raise CallError("invalid_description")
        self.kind, self.port = match[1], int(match[2])
        self.formats = match[4].split()

    @property
    def mid(self) -> str | None:
        """Its identification (RFC 8843)."""
        return self.attribute("mid")

    def attribute(self, name: str) -> str | None:
        """The value of the first attribute of that name."""
        prefix = f"a={name}:"
        for line in self.lines:
            if line.startswith(prefix):
                return line[len(prefix) :].strip()
        return None

    def has_codec(self, names: Iterable[str]) -> bool:
        """Whether one of these, as `name/rate` in lower case, is offered."""
        return any(
            f"{match[2]}/{match[3]}".lower() in names
            for line in self.lines
            if (match := _RTPMAP.fullmatch(line))
        )


@dataclass(slots=True)
class SessionDescription:
    """A description cut into its session part and its m-lines."""

    session: list[str]
    sections: list[Section]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Cut it up.

        Raises:
            CallError: `invalid_description`, if it is none.
        """
        if len(text) > MAX_SIZE or not text.startswith("v=0"):
            raise CallError("invalid_description")
        parts: list[list[str]] = [[]]
        for line in text.splitlines():
            if line.startswith("m="):
                parts.append([])
            if line:
                parts[-1].append(line)
        if len(parts) == 1:
            raise CallError("invalid_description")
        return cls(parts[0], [Section(lines) for lines in parts[1:]])

    @override
    def __str__(self) -> str:
        lines = [*self.session, *(li for s in self.sections for li in s.lines)]
        return "\r\n".join(lines) + "\r\n"


@dataclass(frozen=True, slots=True)
class RemoteDescription:
    """The other end's description, made fit for aiortc."""

    sdp: str
    kinds: tuple[str, ...]
    """Of the m-lines that are left, in order."""

    mids: tuple[str | None, ...]
    """Of all m-lines there were, in order."""

    candidates_complete: bool = False
    """No more will come."""

    candidates_left_out: bool = False
    """Some can't be used, but the other end may still find us."""


def remote_offer(text: str) -> RemoteDescription:
    """Tidy an offer: only m-lines that can be used are left in it.

    Raises:
        CallError: `invalid_description`, if it is none or nothing can be used.
    """
    description = SessionDescription.parse(text)
    mids = _complete_mids(description)
    usable = _usable(description.sections)
    if not usable:
        raise CallError("invalid_description")
    description.sections = usable
    _check_transport(description)
    _bundle_only(description, [section.mid for section in usable])
    return _remote_description(description, mids)


def remote_answer(text: str, offer: str) -> RemoteDescription:
    """Tidy an answer: m-lines that were refused become inactive ones.

    Raises:
        CallError: `invalid_description`, if it is none or does not fit the offer.
    """
    description = SessionDescription.parse(text)
    offered = SessionDescription.parse(offer).sections
    mids = _complete_mids(description, offered)
    accepted = [section for section in description.sections if section.port]
    if not accepted or len(description.sections) != len(offered):
        raise CallError("invalid_description")
    _check_transport(SessionDescription(description.session, accepted))
    for section in accepted:
        _name_static_types(section)
        _accept_other_profiles(section)
    description.sections = [
        section if section.port else _inactive(ours, accepted[0], description.session)
        for section, ours in zip(description.sections, offered, strict=True)
    ]
    if len(accepted) < len(offered):
        # The transport of a refused m-line would be waited for for ever.
        first = [section.mid for section in accepted]
        _bundle_all(description, [*first, *(mid for mid in mids if mid not in first)])
    return _remote_description(description, mids)


def local_description(text: str, remote_offer_text: str | None = None) -> str:
    """Complete our description; an answer refuses the m-lines that were left out."""
    description = SessionDescription.parse(text)
    description.session.append(_TRICKLE)
    for section in description.sections:
        msid = f"{_MSID}{_STREAM} {section.kind}"
        section.lines = [
            msid if line.startswith(_MSID) else line
            for line in section.lines
            if not line.startswith(_UNUSED_FINGERPRINTS)
        ]
    if remote_offer_text is not None:
        offered = SessionDescription.parse(remote_offer_text)
        mids = _complete_mids(offered)
        answered = {section.mid: section for section in description.sections}
        description.sections = [
            answered.get(mid) or _refused(section)
            for mid, section in zip(mids, offered.sections, strict=True)
        ]
    return str(description)


def _check_transport(description: SessionDescription) -> None:
    """See that ICE and DTLS have what they need: aiortc notices too late."""
    needed = ("ice-ufrag", "ice-pwd", "fingerprint")
    lines = [
        *description.session,
        *(li for s in description.sections for li in s.lines),
    ]
    for name in needed:
        if not any(line.startswith(f"a={name}:") for line in lines):
            raise CallError("invalid_description")


def takes_sound(answer: str) -> bool:
    """Whether an answer says that its end wants to hear us (RFC 8866, 6.7)."""
    try:
        sections = SessionDescription.parse(answer).sections
    except CallError:
        return False
    return any(
        section.kind == "audio"
        and section.port != 0
        and not {"a=sendonly", "a=inactive"} & {line.strip() for line in section.lines}
        for section in sections
    )


def _complete_mids(
    description: SessionDescription, offered: Sequence[Section] | None = None
) -> tuple[str | None, ...]:
    """Give m-lines without identification one; older gateways have none."""
    mids = []
    for index, section in enumerate(description.sections):
        mid = section.mid
        if mid is None:
            same = offered[index].mid if offered and index < len(offered) else None
            mid = same or str(index)
            section.lines.append(f"a=mid:{mid}")
        mids.append(mid)
    return tuple(mids)


def _usable(sections: Sequence[Section]) -> list[Section]:
    """The first usable m-line of each kind."""
    usable: dict[str, Section] = {}
    for section in sections:
        if not section.port or section.kind in usable:
            continue
        if section.kind == "audio":
            _name_static_types(section)
            if section.has_codec(_AUDIO):
                usable["audio"] = section
        elif section.kind == "video":
            _accept_other_profiles(section)
            if _baseline_types(section) or section.has_codec((_VP8,)):
                usable["video"] = section
    return list(usable.values())


def _name_static_types(section: Section) -> None:
    """Static payload types need no rtpmap, but aiortc needs it."""
    if section.kind != "audio":
        return
    named = {match[1] for line in section.lines if (match := _RTPMAP.fullmatch(line))}
    section.lines += [
        f"a=rtpmap:{number} {name}"
        for number, name in _STATIC.items()
        if number in section.formats and number not in named
    ]


def _accept_other_profiles(section: Section) -> None:
    """Call another H264 profile constrained baseline if that is not offered.

    A gateway that copies its camera's profile would be refused, though decoders
    take what they get.
    """
    if section.kind != "video" or _baseline_types(section):
        return
    for index, line in enumerate(section.lines):
        match = _FMTP.fullmatch(line)
        if match and "packetization-mode=1" in match[2]:
            section.lines[index] = re.sub(
                r"(profile-level-id=)[0-9A-Fa-f]{6}", rf"\g<1>{_BASELINE[1]}", line
            )


def _baseline_types(section: Section) -> list[str]:
    """Payload types of H264 in a form that aiortc accepts."""
    named = {
        match[1]
        for line in section.lines
        if (match := _RTPMAP.fullmatch(line)) and match[2].upper() == "H264"
    }
    return [
        match[1]
        for line in section.lines
        if (match := _FMTP.fullmatch(line))
        and match[1] in named
        and "packetization-mode=1" in match[2]
        and _is_baseline(match[2])
    ]


def _is_baseline(parameters: str) -> bool:
    profile = re.search(r"profile-level-id=([0-9A-Fa-f]{6})", parameters)
    if profile is None:
        return True
    # Baseline or constrained baseline at a level that is defined (H.264, A.3).
    known = {10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52}
    number = bytes.fromhex(profile[1])
    return number[0] == 0x42 and not number[1] & 0x0F and number[2] in known


def _bundle_only(description: SessionDescription, mids: Sequence[str | None]) -> None:
    """Let the bundle hold these m-lines, if there is one (RFC 8843)."""
    if any(line.startswith(_BUNDLE) for line in description.session):
        _bundle_all(description, mids)


def _bundle_all(description: SessionDescription, mids: Sequence[str | None]) -> None:
    """Let a bundle hold these m-lines; the first one's transport is used."""
    others = [li for li in description.session if not li.startswith(_BUNDLE)]
    bundle = " ".join((_BUNDLE, *(mid for mid in mids if mid)))
    description.session = [*others, bundle]


def _remote_description(
    description: SessionDescription, mids: tuple[str | None, ...]
) -> RemoteDescription:
    """Take out the candidates that can't be used, and keep in mind what is known."""
    complete = left_out = False
    for section in description.sections:
        kept = []
        for line in section.lines:
            if line.startswith("a=end-of-candidates"):
                complete = True
            elif not line.startswith("a=candidate:") or _is_useful(line):
                kept.append(line)
            else:
                left_out = True
        section.lines = kept
    kinds = tuple(section.kind for section in description.sections)
    return RemoteDescription(str(description), kinds, mids, complete, left_out)


def _is_useful(line: str) -> bool:
    try:
        return parse_candidate(line) is not None
    except CallError as error:
        raise CallError("invalid_description") from error


def _inactive(ours: Section, accepted: Section, session: Sequence[str]) -> Section:
    """Our own m-line as an answer that neither sends nor receives."""
    dropped = ("a=candidate", "a=end-of", "a=ssrc", "a=msid", "a=send", "a=recv")
    transport = tuple(f"a={name}:" for name in _TRANSPORT_ATTRIBUTES)
    lines = [li for li in ours.lines if not li.startswith((*dropped, *transport))]
    lines += [li for li in (*session, *accepted.lines) if li.startswith(transport)]
    return Section([*lines, "a=inactive"])


def _refused(section: Section) -> Section:
    match = _MEDIA.fullmatch(section.lines[0])
    assert match is not None
    first = f"m={match[1]} 0 {match[3]} {match[4]}"
    return Section([first, "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}", "a=inactive"])
