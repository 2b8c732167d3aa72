"""Every private name of aiortc and aioice that this integration touches.

aiortc encodes what it sends and decodes what it receives, in tasks and threads of
its own. Here its senders and receivers are taken over: RTP packets go straight to
the DTLS transport and come straight from it. ICE, DTLS, SRTP and the negotiation
stay aiortc's.

A self-test looks for every name when this module is imported. If one is missing
or has changed, `available` is False, `reasons` says why, and connections run
over aiortc's public interface (`webrtc/fallback.py`) instead.
"""
# ruff: noqa: SLF001 - the one place where private members are touched

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
import inspect
import logging
from typing import Any, Protocol

from aioice import ice
from aiortc import (
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceParameters,
    RTCIceTransport,
    RTCRtpCodecParameters,
    RTCRtpParameters,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCRtpTransceiver,
    rtcdtlstransport,
    rtp as engine_rtp,
)
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters, RTCRtpSendParameters
import pylibsrtp

from .stream import Codec, MediaKind
from .webrtc import rtp
from .webrtc.burst import DatagramBurst

GATHERING_TIMEOUT = 2
"""Seconds for STUN and TURN servers; aioice's own are 5, and every call waits."""

# What they log below warnings are addresses and whole descriptions.
for _library in ("aioice", "aiortc"):
    logging.getLogger(_library).setLevel(logging.WARNING)

_MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
_ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

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


class SendingEnd(Protocol):
    """Whoever writes the packets of one sender and hears what is said of them."""

    def started(self, negotiated: Negotiated) -> None:
        """The transport is connected, packets can be sent."""

    def reported(self, report: rtp.ReceptionReport) -> None:
        """The receiver told how it goes."""

    def lost(self, sequences: list[int]) -> None:
        """The receiver misses packets (NACK, RFC 4585)."""

    def key_frame_requested(self) -> None:
        """The receiver can't go on without a key frame (PLI or FIR, RFC 5104)."""

    def stopped(self) -> None:
        """Nothing can be sent any more."""


class ReceivingEnd(Protocol):
    """Whoever takes the packets of one receiver, before any decoding."""

    def started(self, negotiated: Negotiated) -> None:
        """The transport is connected, packets may come."""

    def received(self, packet: rtp.RtpPacket) -> None:
        """One RTP packet came, in the order of arrival."""

    def sender_report(self, ssrc: int, ntp: int, timestamp: int) -> None:
        """The sender told which NTP time a timestamp belongs to."""

    def stopped(self) -> None:
        """Nothing will come any more."""


class RawSender:
    """Takes the place of one RTCRtpSender's tasks.

    aiortc's would poll for a track every 20 ms and send reports of zeros.
    """

    def __init__(self, transceiver: RTCRtpTransceiver, end: SendingEnd) -> None:
        sender = self._sender = transceiver.sender
        self._end = end
        self._transport: RTCDtlsTransport | None = None
        self._way: _Way | None = None
        self._stopped = False
        self.ssrc: int = sender._ssrc
        self.retransmission_ssrc: int = sender._rtx_ssrc
        _replace(sender, "send", self._send)
        _replace(sender, "stop", self._stop)
        _replace(sender, "_handle_rtcp_packet", self._handle_rtcp_packet)

    def write(self, packets: Sequence[bytes]) -> bool:
        """Protect and send RTP packets; False if none could leave."""
        return self._way is not None and self._way.write(packets)

    def write_control(self, packet: bytes) -> bool:
        """Protect and send an RTCP packet; False if it could not leave."""
        return self._transport is not None and _write(self._transport, packet)

    async def _send(self, parameters: RTCRtpSendParameters) -> None:
        # aiortc may still be connecting when it is closed.
        if self._transport is not None or self._stopped:
            return
        transport = self._transport = self._sender.transport
        transport._register_rtp_sender(self._sender, parameters)
        if self._sender.kind == MediaKind.VIDEO:
            # A FIR names its target inside only, its media source is 0.
            transport._rtp_router.register_sender(self._sender, ssrc=0)
        self._way = _Way(transport)
        self._end.started(_negotiated(self._sender.kind, parameters))

    async def _stop(self) -> None:
        self._stopped = True
        transport = self._transport
        if transport is None:
            return
        self._end.stopped()
        _write(transport, rtp.bye(self.ssrc))
        self._transport = self._way = None
        transport._unregister_rtp_sender(self._sender)

    async def _handle_rtcp_packet(self, packet: engine_rtp.AnyRtcpPacket) -> None:
        if isinstance(packet, engine_rtp.RtcpRrPacket | engine_rtp.RtcpSrPacket):
            for report in packet.reports:
                if report.ssrc == self.ssrc:
                    self._end.reported(_reception_report(report))
        elif isinstance(packet, engine_rtp.RtcpRtpfbPacket):
            if packet.fmt == engine_rtp.RTCP_RTPFB_NACK:
                self._end.lost(packet.lost)
        elif self._asks_for_key_frame(packet):
            self._end.key_frame_requested()

    def _asks_for_key_frame(self, packet: engine_rtp.AnyRtcpPacket) -> bool:
        if not isinstance(packet, engine_rtp.RtcpPsfbPacket):
            return False
        if packet.fmt == engine_rtp.RTCP_PSFB_FIR:
            return self.ssrc.to_bytes(4) in packet.fci
        return packet.fmt == engine_rtp.RTCP_PSFB_PLI


class RawReceiver:
    """Takes the place of one RTCRtpReceiver: no jitter buffer, no decoder thread.

    Packets go to `end` as they come; this is where sound is taken from, and where
    a picture that somebody wants can be taken from. Packets of a picture nobody
    wants are counted and dropped there.
    """

    def __init__(self, transceiver: RTCRtpTransceiver, end: ReceivingEnd) -> None:
        receiver = self._receiver = transceiver.receiver
        self._kind = transceiver.kind
        self._end = end
        self._transport: RTCDtlsTransport | None = None
        self._stopped = False
        self.ssrc: int = transceiver.sender._ssrc
        _replace(receiver, "receive", self._receive)
        _replace(receiver, "stop", self._stop)
        _replace(receiver, "_handle_disconnect", self._handle_disconnect)
        _replace(receiver, "_handle_rtp_packet", self._handle_rtp_packet)
        _replace(receiver, "_handle_rtcp_packet", self._handle_rtcp_packet)

    def write(self, packet: bytes) -> bool:
        """Protect and send an RTCP packet; False if it could not leave."""
        return self._transport is not None and _write(self._transport, packet)

    async def _receive(self, parameters: RTCRtpReceiveParameters) -> None:
        if self._transport is not None or self._stopped:
            return
        self._transport = self._receiver.transport
        self._transport._register_rtp_receiver(self._receiver, parameters)
        self._end.started(_negotiated(self._kind, parameters))

    async def _stop(self) -> None:
        self._stopped = True
        transport, self._transport = self._transport, None
        if transport is not None:
            transport._unregister_rtp_receiver(self._receiver)
            self._end.stopped()

    def _handle_disconnect(self) -> None:
        """The other end closed DTLS; `_stop` follows."""

    async def _handle_rtp_packet(
        self,
        packet: engine_rtp.RtpPacket,
        arrival_time_ms: int,
    ) -> None:
        self._end.received(
            rtp.RtpPacket(
                packet.payload_type,
                packet.sequence_number,
                packet.timestamp,
                packet.ssrc,
                bool(packet.marker),
                packet.payload,
            )
        )

    async def _handle_rtcp_packet(self, packet: engine_rtp.AnyRtcpPacket) -> None:
        if isinstance(packet, engine_rtp.RtcpSrPacket):
            info = packet.sender_info
            self._end.sender_report(packet.ssrc, info.ntp_timestamp, info.rtp_timestamp)


def prepare(transceivers: Iterable[RTCRtpTransceiver]) -> None:
    """Take the edges off aiortc; to be called before the local description is set.

    A dead STUN or TURN server must not hold up a call for long, and a connection
    that is closed while it connects must not leave an error in the log.
    """
    for transport in {t.receiver.transport.transport for t in transceivers}:
        connection = transport._connection
        gather = partial(connection.get_component_candidates, timeout=GATHERING_TIMEOUT)
        _replace(connection, "get_component_candidates", gather)
        _replace(transport, "start", partial(_start, transport, transport.start))


async def _start(
    transport: RTCIceTransport,
    start: Callable[[RTCIceParameters], Awaitable[None]],
    parameters: RTCIceParameters,
) -> None:
    if transport.state != "closed":
        await start(parameters)


async def finish(transceivers: Iterable[RTCRtpTransceiver]) -> None:
    """Close once more what was closed while it connected.

    aioice starts to ask for consent after that, and would for half a minute.
    """
    for transport in {t.receiver.transport.transport for t in transceivers}:
        await transport._connection.close()


def watch_arrivals(
    transceivers: Iterable[RTCRtpTransceiver], arrived: Callable[[], None]
) -> None:
    """Call `arrived` for each packet from the peer: RTP, RTCP or STUN.

    To be called once when the local description is set; then the sockets exist.
    """
    for transport in {t.receiver.transport.transport for t in transceivers}:
        for protocol in transport._connection._protocols:
            _watch(transport._connection, protocol, arrived)


def _watch(
    connection: ice.Connection,
    protocol: ice.StunProtocol,
    arrived: Callable[[], None],
) -> None:
    received = protocol.datagram_received

    def datagram_received(data: bytes | str, addr: tuple[Any, ...]) -> None:
        pair = connection._nominated.get(1)
        # Only the peer's own address counts, anybody can send to the socket.
        if pair is not None and addr[:2] == pair.remote_addr:
            arrived()
        received(data, addr)

    _replace(protocol, "datagram_received", datagram_received)


def _replace(owner: object, name: str, function: Callable[..., Any]) -> None:
    setattr(owner, name, function)


class _Way:
    """The way of RTP packets to a peer, past aiortc's and aioice's tasks."""

    def __init__(self, transport: RTCDtlsTransport) -> None:
        self._transport = transport
        self._pair: ice.CandidatePair | None = None
        self._burst: DatagramBurst | None = None

    def write(self, packets: Sequence[bytes]) -> bool:
        """Protect and send packets; False if none could leave."""
        burst = self._open()
        if burst is None:
            return False
        protect = self._transport._tx_srtp.protect
        protected = []
        for packet in packets:
            try:
                protected.append(protect(packet))
            except ValueError, pylibsrtp.Error:
                continue
        if protected:
            burst.send(protected)
        return bool(protected)

    def _open(self) -> DatagramBurst | None:
        transport = self._transport
        pair = transport.transport._connection._nominated.get(1)
        if pair is None or transport._state is not rtcdtlstransport.State.CONNECTED:
            return None
        if pair is not self._pair:
            self._pair = pair
            self._burst = DatagramBurst(pair.protocol.transport, pair.remote_addr)
        return self._burst


def _write(transport: RTCDtlsTransport, packet: bytes) -> bool:
    # aiortc's coroutine does not wait for anything: sockets and TURN queue. Taking
    # its only step here spares a task per packet and keeps the order.
    step: Coroutine[Any, Any, None] = transport._send_rtp(packet)
    try:
        step.send(None)
    except StopIteration:
        return True
    except ConnectionError, ValueError, pylibsrtp.Error:
        return False
    step.close()
    return False


def _negotiated(kind: str, parameters: RTCRtpParameters) -> Negotiated:
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


def _reception_report(report: engine_rtp.RtcpReceiverInfo) -> rtp.ReceptionReport:
    return rtp.ReceptionReport(
        report.ssrc,
        report.fraction_lost,
        report.packets_lost,
        report.highest_sequence,
        report.jitter,
        report.lsr,
        report.dlsr,
    )
