"""What offer and answer settled, out of the words of aiortc."""

from dataclasses import dataclass

from aiortc import RTCRtpCodecParameters, RTCRtpParameters

from ..stream import Codec, MediaKind

_MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
_ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"


@dataclass(frozen=True, slots=True)
class NegotiatedCodec:
    """A payload format both ends agreed on, with its payload types."""

    codec: Codec
    payload_type: int
    retransmission_type: int | None = None
    """Payload type of RTX (RFC 4588) for it, None if it was not agreed."""


@dataclass(frozen=True, slots=True)
class Negotiated:
    """What offer and answer settled for one m-line."""

    codecs: tuple[NegotiatedCodec, ...]
    mid: str = ""
    mid_id: int | None = None
    send_time_id: int | None = None
    cname: str = ""


def negotiated(kind: str, parameters: RTCRtpParameters) -> Negotiated:
    """Read what aiortc was told to send or to receive."""
    ids = {header.uri: header.id for header in parameters.headerExtensions}
    media_codecs = [c for c in parameters.codecs if c.name.lower() != "rtx"]
    cname = parameters.rtcp.cname if parameters.rtcp else None
    return Negotiated(
        codecs=tuple(
            NegotiatedCodec(
                _codec(MediaKind(kind), codec),
                codec.payloadType,
                _retransmission_type(parameters, codec.payloadType),
            )
            for codec in media_codecs
            if codec.payloadType is not None
        ),
        mid=parameters.muxId,
        mid_id=ids.get(_MID),
        send_time_id=ids.get(_ABS_SEND_TIME),
        cname=cname or "",
    )


def _codec(kind: MediaKind, codec: RTCRtpCodecParameters) -> Codec:
    return Codec(kind, codec.name, codec.clockRate, codec.channels or 1)


def _retransmission_type(parameters: RTCRtpParameters, apt: int) -> int | None:
    for codec in parameters.codecs:
        if codec.name.lower() == "rtx" and codec.parameters.get("apt") == apt:
            return codec.payloadType
    return None
