"""One incoming RTP stream: counters, reports, payload formats (RFC 3550, 4588)."""

from collections.abc import Sequence
import time
from typing import Protocol, override

from aiortc import RTCRtpTransceiver

from .. import engine_room
from ..stream import Codec, MediaKind
from . import rtp
from .picture_gauge import PictureGauge
from .silence_gauge import SilenceGauge

_MOST_QUESTIONS = 5
"""So often a key frame is asked for to learn a picture's size; some never tell it."""


class Feedback(Protocol):
    """What can be asked of the sender of a stream."""

    def request_key_frame(self, ssrc: int) -> None:
        """Ask for a picture that can be decoded by itself."""

    def request_again(self, ssrc: int, sequences: Sequence[int]) -> None:
        """Ask for packets that were lost."""


class RtpTaker(Protocol):
    """Takes the packets of one m-line as they come."""

    def agreed(self, codec: Codec, feedback: Feedback) -> None:
        """Packets may come from now on, first of all of this codec."""

    def packet(self, codec: Codec, packet: rtp.RtpPacket) -> None:
        """Take one packet."""

    def sender_report(self, ntp: int, timestamp: int) -> None:
        """Learn which 64-bit NTP time a timestamp belongs to."""


class _Reception:
    """Counts one source's packets as RFC 3550, A.3 and A.8, tell."""

    def __init__(self, ssrc: int, clock_rate: int, first: int) -> None:
        self.ssrc = ssrc
        self.received = 0
        self.report_time: float | None = None
        self.report_bits = 0
        self._rate = clock_rate
        self._base = first
        self._highest = first
        self._jitter = 0.0
        self._transit: float | None = None
        self._expected_before = 0
        self._received_before = 0

    @property
    def expected(self) -> int:
        return self._highest - self._base + 1

    @property
    def lost(self) -> int:
        return max(0, self.expected - self.received)

    def count(self, packet: rtp.RtpPacket, now: float) -> None:
        self.received += 1
        ahead = (packet.sequence - self._highest + 0x8000 & 0xFFFF) - 0x8000
        self._highest += max(0, ahead)
        transit = now * self._rate - packet.timestamp
        if self._transit is not None:
            difference = abs(transit - self._transit)
            # A wrapped or restarted timestamp says nothing about the network.
            if difference < self._rate:
                self._jitter += (difference - self._jitter) / 16
        self._transit = transit

    def report(self, now: float) -> rtp.ReceptionReport:
        expected = self.expected - self._expected_before
        lost = expected - (self.received - self._received_before)
        self._expected_before = self.expected
        self._received_before = self.received
        since = 0.0 if self.report_time is None else now - self.report_time
        return rtp.ReceptionReport(
            self.ssrc,
            min(255, (lost << 8) // expected) if expected and lost > 0 else 0,
            min(self.lost, 0x7FFFFF),
            self._highest,
            int(self._jitter),
            self.report_bits,
            int(since * (1 << 16)),
        )


class RtpReader(engine_room.ReceivingEnd, Feedback):
    """Reads one m-line's packets from a taken-over receiver.

    `taker` gets each with the codec it carries. Only the newest source counts:
    one m-line carries one stream at a time.
    """

    def __init__(self, transceiver: RTCRtpTransceiver, taker: RtpTaker) -> None:
        self._taker = taker
        self._codecs: dict[int, Codec] = {}
        self._retransmissions: dict[int, int] = {}
        self._reception: _Reception | None = None
        self.packets = 0
        self.octets = 0
        self.picture = PictureGauge()
        """Of a picture's line."""

        self.silence = SilenceGauge()
        """Of a voice's line."""

        self._questions = 0
        self._raw = engine_room.RawReceiver(transceiver, self)

    @property
    def packets_lost(self) -> int:
        """Of the current source."""
        return self._reception.lost if self._reception else 0

    def report(self) -> None:
        """Tell the sender how it goes."""
        now = time.monotonic()
        self.picture.read(now)
        if self._reception is not None:
            report = self._reception.report(now)
            self._raw.write(rtp.receiver_report(self._raw.ssrc, (report,)))
            self._ask_for_size(self._reception.ssrc)

    @override
    def request_key_frame(self, ssrc: int) -> None:
        self._raw.write(rtp.picture_loss(self._raw.ssrc, ssrc))

    @override
    def request_again(self, ssrc: int, sequences: Sequence[int]) -> None:
        self._raw.write(rtp.negative_acknowledgement(self._raw.ssrc, ssrc, sequences))

    @override
    def started(self, negotiated: engine_room.Negotiated) -> None:
        self._codecs = {entry.payload_type: entry.codec for entry in negotiated.codecs}
        self._retransmissions = {
            entry.retransmission_type: entry.payload_type
            for entry in negotiated.codecs
            if entry.retransmission_type is not None
        }
        for codec in tuple(self._codecs.values())[:1]:
            self._taker.agreed(codec, self)

    @override
    def stopped(self) -> None:
        self._codecs = {}
        self._retransmissions = {}

    @override
    def received(self, packet: rtp.RtpPacket) -> None:
        if packet.payload_type in self._retransmissions:
            self._received_again(packet)
            return
        codec = self._codecs.get(packet.payload_type)
        if codec is None:
            return
        if self._reception is None or self._reception.ssrc != packet.ssrc:
            self._reception = _Reception(packet.ssrc, codec.clock_rate, packet.sequence)
        now = time.monotonic()
        self._reception.count(packet, now)
        self.packets += 1
        self.octets += len(packet.payload)
        if codec.kind is MediaKind.VIDEO:
            self.picture.packet(codec, packet)
        else:
            self.silence.packet(packet.audio_level, now)
        self._taker.packet(codec, packet)

    @override
    def sender_report(self, ssrc: int, ntp: int, timestamp: int) -> None:
        if self._reception is not None and self._reception.ssrc == ssrc:
            self._reception.report_bits = rtp.middle_bits(ntp)
            self._reception.report_time = time.monotonic()
            self._taker.sender_report(ntp, timestamp)

    def _ask_for_size(self, ssrc: int) -> None:
        """Ask for a key frame if the one that told the picture's size was lost."""
        unknown = self.picture.frame_rate and self.picture.size is None
        if unknown and self._questions < _MOST_QUESTIONS:
            self._questions += 1
            self.request_key_frame(ssrc)

    def _received_again(self, packet: rtp.RtpPacket) -> None:
        """Hand on what came before or was lost; empty ones only probe the network."""
        if self._reception is None or len(packet.payload) <= rtp.SEQUENCE_SIZE:
            return
        payload_type = self._retransmissions[packet.payload_type]
        original = rtp.original(packet, payload_type, self._reception.ssrc)
        self._taker.packet(self._codecs[payload_type], original)
