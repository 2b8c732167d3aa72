"""Which of a device's tracks are used, and how its refusals are told."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..conversion.decoder import can_decode
from ..source import SourceError, SourceProblem
from ..stream import H265
from .errors import RtspError, StatusError
from .session_description import MediaDescription, MediaFormat, SessionDescription

_INVALID_AUTH = {401, 403}
_NOT_THERE = {404, 410, 415}

_TALK_FORMATS = ("PCMU", "PCMA", "MPEG4-GENERIC")
_SOUND_FORMATS = ("OPUS", "PCMU", "PCMA", "MPEG4-GENERIC", "L16")
"""Best first: Opus sounds best and passes through, AAC and L16 must be encoded."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A track and the format of it that is used."""

    media: MediaDescription
    format: MediaFormat


@dataclass(frozen=True, slots=True)
class Selection:
    """The tracks to read; `unsupported` names what can't be forwarded."""

    video: Choice | None
    audio: Choice | None
    unsupported: tuple[str, ...] = ()


def select_tracks(described: SessionDescription) -> Selection:
    """Choose one picture and one sound among what the device sends.

    Raises:
        SourceError: there is nothing to read, or a picture in no codec of ours.
    """
    received = [media for media in described.media if media.is_received]
    videos = [media for media in received if media.kind == "video"]
    audios = [media for media in received if media.kind == "audio"]
    video = _choose(videos, _is_h264) or _choose(videos, _is_convertible)
    audio = min(
        filter(None, (_choose((media,), _is_sound) for media in audios)),
        key=lambda choice: _SOUND_FORMATS.index(choice.format.name),
        default=None,
    )
    if videos and video is None:
        raise SourceError(SourceProblem.UNSUPPORTED_CODEC, _names(videos)[0])
    unsupported = tuple(_names(audios)) if audios and audio is None else ()
    if video is None and audio is None:
        if unsupported:
            raise SourceError(SourceProblem.UNSUPPORTED_CODEC, unsupported[0])
        raise SourceError(SourceProblem.NO_MEDIA)
    return Selection(video, audio, unsupported)


def select_talk_back(described: SessionDescription) -> Choice | None:
    """Choose how to talk to the device: G.711 before AAC, None if there is no way."""
    tracks = [media for media in described.media if media.is_talk_back]
    for name in _TALK_FORMATS:

        def is_usable(offered: MediaFormat, name: str = name) -> bool:
            if name == "MPEG4-GENERIC":
                return offered.name == name
            return offered.name == name and offered.clock_rate == 8_000

        if choice := _choose(tracks, is_usable):
            return choice
    return None


def source_error(error: RtspError) -> SourceError:
    """Tell users of a failed connection."""
    detail = str(error)
    if isinstance(error, StatusError):
        if error.status in _INVALID_AUTH:
            return SourceError(SourceProblem.INVALID_AUTH, detail)
        if error.status in _NOT_THERE:
            return SourceError(SourceProblem.NO_MEDIA, detail)
    return SourceError(SourceProblem.CANNOT_CONNECT, detail)


def _choose(
    tracks: Iterable[MediaDescription], usable: Callable[[MediaFormat], bool]
) -> Choice | None:
    for media in tracks:
        for offered in media.formats:
            if usable(offered):
                return Choice(media, offered)
    return None


def _is_h264(offered: MediaFormat) -> bool:
    return offered.name == "H264"


def _is_convertible(offered: MediaFormat) -> bool:
    return offered.name == "H265" and can_decode(H265)


def _is_sound(offered: MediaFormat) -> bool:
    if offered.name == "MPEG4-GENERIC":
        mode = offered.parameters.get("mode", "aac-hbr").lower()
        return mode in {"aac-hbr", "aac-lbr"}
    return offered.name in _SOUND_FORMATS


def _names(tracks: Iterable[MediaDescription]) -> list[str]:
    return [media.formats[0].label for media in tracks if media.formats] or ["?"]
