"""Senders of aiortc, taken over."""
# ruff: noqa: SLF001 - among those who touch private members

from collections.abc import Sequence
from typing import Protocol

from aiortc import RTCDtlsTransport, RTCRtpTransceiver, rtp as engine_rtp
from aiortc.rtcrtpparameters import RTCRtpSendParameters

from ..stream import MediaKind
from ..webrtc import rtp
from .negotiated import Negotiated, negotiated
from .way import Way, replace, write_control


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


class RawSender:
    """Takes the place of one RTCRtpSender's tasks.

    aiortc's would poll for a track every 20 ms and send reports of zeros.
    """

    def __init__(self, transceiver: RTCRtpTransceiver, end: SendingEnd) -> None:
        sender = self._sender = transceiver.sender
        self._end = end
        self._transport: RTCDtlsTransport | None = None
        self._way: Way | None = None
        self._stopped = False
        self.ssrc: int = sender._ssrc
        self.retransmission_ssrc: int = sender._rtx_ssrc
        replace(sender, "send", self._send)
        replace(sender, "stop", self._stop)
        replace(sender, "_handle_rtcp_packet", self._handle_rtcp_packet)

    def write(self, packets: Sequence[bytes]) -> bool:
        """Protect and send RTP packets; False if none could leave."""
        return self._way is not None and self._way.write(packets)

    def write_control(self, packet: bytes) -> bool:
        """Protect and send an RTCP packet; False if it could not leave."""
        return self._transport is not None and write_control(self._transport, packet)

    async def _send(self, parameters: RTCRtpSendParameters) -> None:
        # aiortc may still be connecting when it is closed.
        if self._transport is not None or self._stopped:
            return
        transport = self._transport = self._sender.transport
        transport._register_rtp_sender(self._sender, parameters)
        if self._sender.kind == MediaKind.VIDEO:
            # A FIR names its target inside only, its media source is 0.
            transport._rtp_router.register_sender(self._sender, ssrc=0)
        self._way = Way(transport)
        self._end.started(negotiated(self._sender.kind, parameters))

    async def _stop(self) -> None:
        self._stopped = True
        transport = self._transport
        if transport is None:
            return
        self._end.stopped()
        write_control(transport, rtp.bye(self.ssrc))
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
