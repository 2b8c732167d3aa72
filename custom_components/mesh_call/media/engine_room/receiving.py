"""Receivers of aiortc, taken over."""
# ruff: noqa: SLF001 - among those who touch private members

from typing import Protocol

from aiortc import RTCDtlsTransport, RTCRtpTransceiver, rtp as engine_rtp
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters

from ..webrtc import rtp
from .negotiated import Negotiated, negotiated
from .way import replace, write_control


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
        replace(receiver, "receive", self._receive)
        replace(receiver, "stop", self._stop)
        replace(receiver, "_handle_disconnect", self._handle_disconnect)
        replace(receiver, "_handle_rtp_packet", self._handle_rtp_packet)
        replace(receiver, "_handle_rtcp_packet", self._handle_rtcp_packet)

    def write(self, packet: bytes) -> bool:
        """Protect and send an RTCP packet; False if it could not leave."""
        return self._transport is not None and write_control(self._transport, packet)

    async def _receive(self, parameters: RTCRtpReceiveParameters) -> None:
        if self._transport is not None or self._stopped:
            return
        self._transport = self._receiver.transport
        self._transport._register_rtp_receiver(self._receiver, parameters)
        self._end.started(negotiated(self._kind, parameters))

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
                _audio_level(packet),
            )
        )

    async def _handle_rtcp_packet(self, packet: engine_rtp.AnyRtcpPacket) -> None:
        if isinstance(packet, engine_rtp.RtcpSrPacket):
            info = packet.sender_info
            self._end.sender_report(packet.ssrc, info.ntp_timestamp, info.rtp_timestamp)


def _audio_level(packet: engine_rtp.RtpPacket) -> int | None:
    told: tuple[bool, int] | None = packet.extensions.audio_level
    return told[1] if told else None
