"""A look for every private name that is touched here."""

import inspect

from aioice import ice
from aiortc import (
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceTransport,
    RTCRtpReceiver,
    RTCRtpSender,
    rtcdtlstransport,
)

_FUNCTIONS: tuple[tuple[type, str, tuple[str, ...]], ...] = (
    (RTCDtlsTransport, "_send_rtp", ("self", "data")),
    (RTCDtlsTransport, "_register_rtp_sender", ("self", "sender", "parameters")),
    (RTCDtlsTransport, "_unregister_rtp_sender", ("self", "sender")),
    (RTCDtlsTransport, "_register_rtp_receiver", ("self", "receiver", "parameters")),
    (RTCDtlsTransport, "_unregister_rtp_receiver", ("self", "receiver")),
    (rtcdtlstransport.RtpRouter, "register_sender", ("self", "sender", "ssrc")),
    (RTCIceTransport, "start", ("self", "remoteParameters")),
    (RTCRtpSender, "send", ("self", "parameters")),
    (RTCRtpSender, "stop", ("self",)),
    (RTCRtpSender, "_handle_rtcp_packet", ("self", "packet")),
    (RTCRtpReceiver, "receive", ("self", "parameters")),
    (RTCRtpReceiver, "stop", ("self",)),
    (RTCRtpReceiver, "_handle_disconnect", ("self",)),
    (RTCRtpReceiver, "_handle_rtcp_packet", ("self", "packet")),
    (
        RTCRtpReceiver,
        "_handle_rtp_packet",
        ("self", "packet", "arrival_time_ms"),
    ),
    (
        ice.Connection,
        "get_component_candidates",
        ("self", "component", "addresses", "timeout"),
    ),
    (ice.StunProtocol, "datagram_received", ("self", "data", "addr")),
)

_ATTRIBUTES: tuple[tuple[type, str], ...] = (
    (RTCRtpSender, "_ssrc"),
    (RTCRtpSender, "_rtx_ssrc"),
    (RTCDtlsTransport, "_rtp_router"),
    (RTCDtlsTransport, "_state"),
    (RTCDtlsTransport, "_tx_srtp"),
    (RTCIceGatherer, "_connection"),
    (RTCIceTransport, "_connection"),
    (ice.Connection, "_protocols"),
    (ice.Connection, "_nominated"),
)


def self_test() -> tuple[str, ...]:
    """Look for every private name; tells which are missing or have changed."""
    missed = []
    for owner, name, parameters in _FUNCTIONS:
        function = getattr(owner, name, None)
        if function is None:
            missed.append(f"{owner.__name__}.{name} is missing")
        elif tuple(inspect.signature(function).parameters) != parameters:
            missed.append(f"{owner.__name__}.{name} takes other arguments")
    missed += [
        f"{owner.__name__}.{name} is missing"
        for owner, name in _ATTRIBUTES
        if name not in owner.__init__.__code__.co_names  # type: ignore[misc]
    ]
    return tuple(missed)


reasons: tuple[str, ...] = self_test()
"""What the self-test missed; empty when all is well."""

available: bool = not reasons
"""Whether senders and receivers can be taken over."""
