"""One outgoing RTP stream: headers, retransmission, reports (RFC 3550, 4588)."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
import random
import time
from typing import Protocol, override

from aiortc import RTCRtpTransceiver

from .. import engine_room
from ..stream import Codec, same_codec
from . import rtp

HISTORY_PACKETS = 1024
"""What is kept for retransmission: about 4 s of a camera's picture."""

RESEND_INTERVAL = 0.02
"""Seconds before the same packet is sent a third time; requests are repeated."""

_REMEMBERED_REPORTS = 8


@dataclass(slots=True)
class SendStatistics:
    """What one stream has sent and what the receiver says about it."""

    packets: int = 0
    octets: int = 0
    """Of payload, retransmissions left out."""

    retransmitted: int = 0
    packets_lost: int = 0
    fraction_lost: float = 0.0
    round_trip_time: float | None = None
    """Seconds; None before the first reception report."""


class Output(Protocol):
    """Takes the packets of one m-line that a `StreamSender` made ready."""

    @property
    def codecs(self) -> tuple[Codec, ...]:
        """What was agreed on; empty until packets can be sent."""

    @property
    def statistics(self) -> SendStatistics:
        """Counters so far."""

    def send(self, codec: Codec, contents: Sequence[rtp.Content]) -> None:
        """Send packets that belong together at once."""

    def report(self, timestamp: int) -> None:
        """Tell the receiver that `timestamp` is now."""


class OutputUser(Protocol):
    """Whoever fills an output."""

    def output_started(self) -> None:
        """Packets can be sent from now on."""

    def output_stopped(self) -> None:
        """No more packets can be sent."""

    def key_frame_requested(self) -> None:
        """The receiver needs a picture that can be decoded by itself."""


type _Sent = tuple[int, engine_room.NegotiatedCodec, rtp.Content]
"""A packet as it must be repeated: its sequence number, how and what."""


class RtpWriter(engine_room.SendingEnd, Output):
    """Writes one stream's packets through a taken-over sender."""

    def __init__(self, transceiver: RTCRtpTransceiver, user: OutputUser) -> None:
        self._user = user
        self._raw = engine_room.RawSender(transceiver, self)
        self._negotiated: engine_room.Negotiated | None = None
        self._statistics = SendStatistics()
        # SRTP loses count if a sequence number wraps within the first packets.
        self._sequence = random.randrange(1 << 15)
        self._resend_sequence = random.randrange(1 << 15)
        self._history: list[_Sent | None] = [None] * HISTORY_PACKETS
        self._resent: dict[int, float] = {}
        self._reports: deque[tuple[int, float]] = deque(maxlen=_REMEMBERED_REPORTS)

    @property
    @override
    def codecs(self) -> tuple[Codec, ...]:
        if self._negotiated is None:
            return ()
        return tuple(entry.codec for entry in self._negotiated.codecs)

    @property
    @override
    def statistics(self) -> SendStatistics:
        return self._statistics

    @override
    def send(self, codec: Codec, contents: Sequence[rtp.Content]) -> None:
        entry = self._entry(codec)
        if entry is None:
            return
        sequence, history = self._sequence, self._history
        packets = self._packets.packets(entry.payload_type, sequence, contents)
        octets = 0
        for content in contents:
            # Kept even if it can't leave: the receiver will ask for it.
            history[sequence % HISTORY_PACKETS] = (sequence, entry, content)
            sequence = (sequence + 1) & 0xFFFF
            octets += len(content[0])
        self._sequence = sequence
        if self._raw.write(packets):
            self._statistics.packets += len(contents)
            self._statistics.octets += octets

    @override
    def report(self, timestamp: int) -> None:
        if self._negotiated is None or not self._statistics.packets:
            return
        ntp = rtp.ntp_time()
        self._reports.append((rtp.middle_bits(ntp), time.monotonic()))
        self._raw.write_control(
            rtp.sender_report(
                self._raw.ssrc,
                ntp,
                timestamp,
                self._statistics.packets,
                self._statistics.octets,
                self._negotiated.cname,
            )
        )

    @override
    def started(self, negotiated: engine_room.Negotiated) -> None:
        self._negotiated = negotiated
        self._packets, self._resent_packets = (
            rtp.PacketWriter(
                ssrc, negotiated.mid, negotiated.mid_id, negotiated.send_time_id
            )
            for ssrc in (self._raw.ssrc, self._raw.retransmission_ssrc)
        )
        self._user.output_started()

    @override
    def stopped(self) -> None:
        self._negotiated = None
        self._user.output_stopped()

    @override
    def reported(self, report: rtp.ReceptionReport) -> None:
        self._statistics.packets_lost = report.packets_lost
        self._statistics.fraction_lost = report.fraction_lost / 256
        for middle_bits, sent in self._reports:
            if middle_bits == report.last_report:
                round_trip = time.monotonic() - sent - report.delay / (1 << 16)
                self._statistics.round_trip_time = max(0.0, round_trip)

    @override
    def lost(self, sequences: list[int]) -> None:
        now = time.monotonic()
        if len(self._resent) > HISTORY_PACKETS:
            self._resent.clear()
        for sequence in sequences:
            sent = self._history[sequence % HISTORY_PACKETS]
            if sent is None or sent[0] != sequence:
                continue
            if now - self._resent.get(sequence, 0.0) >= RESEND_INTERVAL:
                self._resent[sequence] = now
                self._resend(*sent)

    @override
    def key_frame_requested(self) -> None:
        self._user.key_frame_requested()

    def _resend(
        self, sequence: int, entry: engine_room.NegotiatedCodec, content: rtp.Content
    ) -> None:
        self._statistics.retransmitted += 1
        payload_type = entry.retransmission_type
        if payload_type is None:
            packets = self._packets.packets(entry.payload_type, sequence, (content,))
        else:
            payload, timestamp, marker = content
            content = sequence.to_bytes(2) + payload, timestamp, marker
            sequence = self._resend_sequence
            self._resend_sequence = (sequence + 1) & 0xFFFF
            packets = self._resent_packets.packets(payload_type, sequence, (content,))
        self._raw.write(packets)

    def _entry(self, codec: Codec) -> engine_room.NegotiatedCodec | None:
        if self._negotiated is None:
            return None
        for entry in self._negotiated.codecs:
            if entry.codec is codec or same_codec(entry.codec, codec):
                return entry
        return None
