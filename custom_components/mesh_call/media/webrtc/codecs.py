"""Which codecs a connection offers or accepts, in which order."""

from aiortc import RTCRtpCodecCapability, RTCRtpSender, RTCRtpTransceiver

from ..stream import OPUS, PCMA, PCMU, Codec, MediaKind

_AUDIO_ORDER = (OPUS, PCMU, PCMA)
_PROFILES = ("42e01f", "42001f")


def prefer(
    transceiver: RTCRtpTransceiver, first: Codec | None, *, only: bool = False
) -> None:
    """Set what a transceiver negotiates, before descriptions are made or set.

    Args:
        transceiver: of the m-line.
        first: the codec that is sent, if it is known.
        only: nothing but that one, for whoever can't choose later.
    """
    if transceiver.kind == MediaKind.VIDEO:
        transceiver.setCodecPreferences(_video(only=only))
    else:
        transceiver.setCodecPreferences(_audio(first, only=only))


def _video(*, only: bool = False) -> list[RTCRtpCodecCapability]:
    """H264 first, as cameras send it; VP8 for those who lack it."""
    capabilities = RTCRtpSender.getCapabilities("video").codecs
    h264 = [
        capability
        for profile in _PROFILES
        for capability in capabilities
        if capability.parameters.get("profile-level-id") == profile
    ]
    names = ("rtx",) if only else ("VP8", "rtx")
    return [*h264, *(c for name in names for c in capabilities if c.name == name)]


def _audio(first: Codec | None, *, only: bool) -> list[RTCRtpCodecCapability]:
    names = [codec.name.lower() for codec in _AUDIO_ORDER]
    if first is not None and first.name.lower() in names:
        names.remove(first.name.lower())
        names.insert(0, first.name.lower())
    capabilities = {
        capability.name.lower(): capability
        for capability in RTCRtpSender.getCapabilities("audio").codecs
    }
    return [capabilities[name] for name in (names[:1] if only else names)]
