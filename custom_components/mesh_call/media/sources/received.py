"""Tracks that come by WebRTC: received packets become a stream, as RTSP's do."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
import time
from typing import override

from ..audio import AudioForwarder, G711Forwarder, OpusForwarder
from ..h264 import H264Forwarder
from ..recording.sequence import Sequence
from ..source_clock import ClockReference, SourceClock
from ..stream import H264, OPUS, VP8, Codec, Stream, same_codec
from ..timeline import Timeline
from ..vp8 import Vp8Forwarder
from ..webrtc.reader import Feedback, RtpTaker
from ..webrtc.rtp import NTP_EPOCH, RtpPacket

KEY_FRAME_INTERVAL = 5.0
"""Seconds between key frames: cameras send none unless asked, and who joins must
find one among the packets that are kept."""

KEY_FRAME_PATIENCE = 1.0
"""Seconds until a key frame that is needed is asked for once more."""

_PATIENCE = 1.0


class ReceivedTrack(RtpTaker, ABC):
    """One m-line's packets in order, in one session after the other."""

    def __init__(self, epoch: float, clock: SourceClock) -> None:
        """Begin before the first session.

        Args:
            epoch: `time.monotonic()` of the zero of all tracks of the source.
            clock: the source's.
        """
        self.stream: Stream | None = None
        self.last_arrival: float | None = None
        self.feedback: Feedback | None = None
        self.ssrc = 0
        self._epoch = epoch
        self._clock = clock
        self._timeline = Timeline(1, epoch)
        self._sequence = Sequence()
        self._begins = True

    def begin(self) -> None:
        """Begin a session."""
        self.last_arrival = None
        self.ssrc = 0
        self._timeline.restart()

    def interrupt(self) -> None:
        """Note the end of a session: nothing old may be shown to those who join."""
        self._lose()
        if self.stream is not None:
            self.stream.clock = None
            self.stream.forget()

    @property
    @abstractmethod
    def unusable(self) -> str | None:
        """The name of a codec that can't be forwarded."""

    @override
    def agreed(self, codec: Codec, feedback: Feedback) -> None:
        self.feedback = feedback

    @override
    def packet(self, codec: Codec, packet: RtpPacket) -> None:
        now = time.monotonic()
        if packet.ssrc != self.ssrc:
            self.ssrc = packet.ssrc
            self._sequence = Sequence()
            self._timeline.restart()
            self._lose()
        if not packet.payload:
            # Nothing but padding, by which senders probe the network.
            self._take(codec, self._sequence.skip(packet.sequence), now)
            return
        self._take(codec, self._sequence.put(packet, now), now)
        if self.feedback is not None and (missing := self._sequence.missing()):
            self.feedback.request_again(packet.ssrc, missing)

    @override
    def sender_report(self, ntp: int, timestamp: int) -> None:
        place = self._timeline.locate(timestamp)
        if self.stream is not None and place is not None:
            wall = ntp / (1 << 32) - NTP_EPOCH
            now = time.monotonic()
            self.stream.clock = ClockReference(wall, place, now, self._clock)

    def _take(self, codec: Codec, packets: Iterable[RtpPacket], now: float) -> None:
        if self._sequence.take_loss():
            self._lose()
        for packet in packets:
            self.last_arrival = now
            self._prepare(codec)
            begins, self._begins = self._begins, packet.marker
            timestamp = self._timeline.map(packet.timestamp, now, begins=begins)
            if self._timeline.rebased and self.stream is not None:
                self.stream.clock = None
            self._forward(packet, timestamp)

    @abstractmethod
    def _prepare(self, codec: Codec) -> None:
        """Be ready for packets of this codec."""

    @abstractmethod
    def _forward(self, packet: RtpPacket, timestamp: int) -> None:
        """Give the stream what this packet brings."""

    @abstractmethod
    def _lose(self) -> None:
        """Note that packets are missing here."""


class ReceivedVideo(ReceivedTrack):
    """A picture in H264 or VP8, whichever comes."""

    def __init__(self, epoch: float, clock: SourceClock) -> None:
        """Make no stream before it is known of what codec."""
        super().__init__(epoch, clock)
        self.ready = False
        self._timeline = Timeline(H264.clock_rate, epoch, _PATIENCE)
        self._forwarder: H264Forwarder | Vp8Forwarder = H264Forwarder()
        self._unusable: str | None = None
        self._waiting = True
        self._asked = 0.0

    @property
    @override
    def unusable(self) -> str | None:
        forwarder = self._forwarder
        if isinstance(forwarder, H264Forwarder) and forwarder.has_b_frames:
            return "H264 with B-frames"
        return self._unusable

    @override
    def begin(self) -> None:
        super().begin()
        if self.stream is not None:
            self._forwarder = _make_forwarder(self.stream.codec)
        self._unusable = None
        self._lose()
        self.ready = False

    @override
    def _prepare(self, codec: Codec) -> None:
        if self.stream is not None and same_codec(codec, self.stream.codec):
            return
        known = next((one for one in (H264, VP8) if same_codec(codec, one)), None)
        if known is None:
            self._unusable = codec.name
            return
        self._lose()
        self.ready = False
        self.stream = Stream(known)
        self.stream.want_key_frame = self._ask
        self._forwarder = _make_forwarder(known)

    @override
    def _forward(self, packet: RtpPacket, timestamp: int) -> None:
        if self.stream is None or self._unusable is not None:
            return
        for ready in self._forwarder.feed(packet.payload, timestamp, packet.marker):
            if ready.key_frame:
                self._begin_key_frame(self.stream)
            self.stream.push(ready)
        self._ask(KEY_FRAME_PATIENCE if self._waiting else KEY_FRAME_INTERVAL)

    def _begin_key_frame(self, stream: Stream) -> None:
        self.ready, self._waiting = True, False
        self._asked = time.monotonic()
        stream.size = self._forwarder.size

    def _ask(self, patience: float = KEY_FRAME_PATIENCE) -> None:
        """Ask for a key frame, unless that was done or one came just now."""
        now = time.monotonic()
        if self.feedback is not None and now - self._asked >= patience:
            self._asked = now
            self.feedback.request_key_frame(self.ssrc)

    @override
    def _lose(self) -> None:
        self._waiting = True
        self._forwarder.lose()
        if self.stream is not None:
            self.stream.forget()


class ReceivedAudio(ReceivedTrack):
    """Sound that passes through."""

    def __init__(self, epoch: float, clock: SourceClock) -> None:
        """Make no stream before it is known of what codec."""
        super().__init__(epoch, clock)
        self._forwarder: AudioForwarder = OpusForwarder()

    @property
    @override
    def unusable(self) -> str | None:
        return None

    @override
    def _prepare(self, codec: Codec) -> None:
        if self.stream is not None and same_codec(codec, self.stream.codec):
            return
        self.stream = Stream(codec)
        self._timeline = Timeline(codec.clock_rate, self._epoch)
        is_opus = codec.name.lower() == OPUS.name
        self._forwarder = OpusForwarder() if is_opus else G711Forwarder()

    @override
    def _forward(self, packet: RtpPacket, timestamp: int) -> None:
        if self.stream is not None:
            for ready in self._forwarder.feed(packet.payload, timestamp, packet.marker):
                self.stream.push(ready)

    @override
    def _lose(self) -> None:
        self._forwarder.lose()


def _make_forwarder(codec: Codec) -> H264Forwarder | Vp8Forwarder:
    return Vp8Forwarder() if codec == VP8 else H264Forwarder()
