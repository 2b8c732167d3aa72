"""What one member sends over a connection of its own, made a stream to record."""

from collections.abc import Callable, Iterable
import time
from typing import Final, override

from ..source_clock import ClockReference, SourceClock
from ..stream import VP8, Codec, MediaKind, Packet, Stream, same_codec
from ..timeline import Timeline
from ..vp8 import Vp8Forwarder, begins_key_frame
from ..webrtc.reader import Feedback, RtpTaker
from ..webrtc.rtp import NTP_EPOCH, RtpPacket
from .h264_pictures import holds_parameters
from .sequence import Sequence

KEY_FRAME_INTERVAL: Final = 10.0
"""Seconds between key frames, to seek by; browsers send none unless asked."""

KEY_FRAME_PATIENCE: Final = 1.0
"""Seconds until a key frame that is needed is asked for once more."""


class ReceivedStream(RtpTaker):
    """Puts the packets of one m-line in order and pushes them into a stream.

    After a loss pictures are left out up to the next key frame, which is asked for.

    Args:
        epoch: `time.monotonic()` of the stream's zero, the same for a member's all.
        clock: the member's, the same, too.
        changed: called when `stream` is another one, or has its first packet.
    """

    def __init__(
        self, epoch: float, clock: SourceClock, changed: Callable[[], None]
    ) -> None:
        self.stream: Stream | None = None
        self.flows = False
        """Whether any packet came."""

        self._epoch = epoch
        self._clock = clock
        self._changed = changed
        self._feedback: Feedback | None = None
        self._ssrc: int | None = None
        self._sequence = Sequence()
        self._vp8: Vp8Forwarder | None = None
        self._timeline = Timeline(1, epoch)
        self._begins = True
        self._waiting = True
        self._key_time: int | None = None
        self._asked = 0.0

    @override
    def agreed(self, codec: Codec, feedback: Feedback) -> None:
        self._feedback = feedback
        self._start(codec)

    @override
    def packet(self, codec: Codec, packet: RtpPacket) -> None:
        if not packet.payload:
            # Nothing but padding, by which browsers probe the network.
            self._take(self._sequence.skip(packet.sequence))
            return
        if self.stream is None or codec.name != self.stream.codec.name:
            self._start(codec)
        if packet.ssrc != self._ssrc:
            self._ssrc = packet.ssrc
            self._sequence = Sequence()
            self._lose()
        self._take(self._sequence.put(packet, time.monotonic()))
        if missing := self._sequence.missing():
            assert self._feedback is not None
            self._feedback.request_again(packet.ssrc, missing)
        if not self.flows:
            self.flows = True
            self._changed()

    @override
    def sender_report(self, ntp: int, timestamp: int) -> None:
        place = self._timeline.locate(timestamp)
        if self.stream is not None and place is not None:
            wall = ntp / (1 << 32) - NTP_EPOCH
            now = time.monotonic()
            self.stream.clock = ClockReference(wall, place, now, self._clock)

    def _start(self, codec: Codec) -> None:
        self.stream = Stream(codec)
        self._vp8 = Vp8Forwarder() if same_codec(codec, VP8) else None
        if codec.kind is MediaKind.VIDEO:
            self.stream.want_key_frame = self._want_key_frame
        self._timeline = Timeline(codec.clock_rate, self._epoch)
        self._lose()
        self._changed()

    def _take(self, packets: Iterable[RtpPacket]) -> None:
        if self._sequence.take_loss():
            self._lose()
        for packet in packets:
            self._push(packet)

    def _push(self, packet: RtpPacket) -> None:
        stream, now = self.stream, time.monotonic()
        assert stream is not None
        timestamp = self._timeline.map(packet.timestamp, now, begins=self._begins)
        self._begins = packet.marker or stream.codec.kind is MediaKind.AUDIO
        key_frame = False
        if stream.codec.kind is MediaKind.VIDEO:
            key_frame = self._is_key_frame(stream.codec, packet.payload, timestamp)
            self._ask(packet.ssrc, now, key_frame)
            if self._waiting:
                return
        if self._vp8:
            stream.push(*self._vp8.feed(packet.payload, timestamp, packet.marker))
        else:
            stream.push(Packet(packet.payload, timestamp, packet.marker, key_frame))

    def _is_key_frame(self, codec: Codec, payload: bytes, timestamp: int) -> bool:
        """Whether a packet is the first of a key frame."""
        is_h264 = codec.name.upper() == "H264"
        begins = holds_parameters(payload) if is_h264 else begins_key_frame(payload)
        if not begins or timestamp == self._key_time:
            return False
        self._key_time = timestamp
        self._waiting = False
        return True

    def _ask(self, ssrc: int, now: float, key_frame: bool) -> None:
        if key_frame:
            self._asked = now
            return
        patience = KEY_FRAME_PATIENCE if self._waiting else KEY_FRAME_INTERVAL
        if self._feedback is not None and now - self._asked >= patience:
            self._asked = now
            self._feedback.request_key_frame(ssrc)

    def _want_key_frame(self) -> None:
        """Ask for a key frame that somebody needs, unless that was done just now."""
        now = time.monotonic()
        if self._ssrc is None or self._feedback is None:
            return
        if now - self._asked >= KEY_FRAME_PATIENCE:
            self._asked = now
            self._feedback.request_key_frame(self._ssrc)

    def _lose(self) -> None:
        """What comes next does not continue what came."""
        self._waiting = self._begins = True
        if self._vp8:
            self._vp8.lose()
        if self.stream is not None:
            self.stream.forget()
