"""Tracks of a camera: received packets become a stream, across reconnects."""

from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Sequence
from typing import override

from ..aac import AacDepacketizer, AacFormat
from ..audio import AudioForwarder, G711Forwarder, OpusForwarder
from ..audio_conversion import ConversionPump, Sound, SoundFormat
from ..h264 import H264Forwarder
from ..h265 import H265Forwarder
from ..source_clock import ClockReference
from ..stream import H264, H265, OPUS, PCMA, PCMU, Codec, Packet, Stream
from ..timeline import Timeline, elapsed
from .errors import ProtocolError
from .rtp import Reception, RtpPacket, SenderReport, parse_rtp, parse_sender_report
from .selection import Choice
from .session_clock import SessionClock

PICTURES_TO_TELL = 5
"""Pictures after which a stream that has B-frames has shown one."""

_VIDEO_PATIENCE = 1.0
_MUXED_CONTROL = range(200, 208)
_NO_CLOCK_BEFORE = 0.0


class Track(ABC):
    """One stream and what comes for it, in one session after the other."""

    def __init__(self, stream: Stream, clock_rate: int, timeline: Timeline) -> None:
        """Start before the first session."""
        self.stream = stream
        self.last_arrival: float | None = None
        self._timeline = timeline
        self._clock_rate = clock_rate
        self._reception = Reception(clock_rate)
        self._refused_types: frozenset[int] = frozenset()
        self._report: SenderReport | None = None
        self._session = SessionClock(1)
        self._origin: int | None = None
        self._begins = True
        self._fresh = True
        self._due: list[Packet] = []

    @property
    @abstractmethod
    def ready(self) -> bool:
        """Whether the present session has given something to play."""

    def start(self, choice: Choice, clock: SessionClock) -> None:
        """Begin a session: its source, sequence and time stamps are new.

        Args:
            choice: what comes.
            clock: of all tracks of the session.
        """
        self._session, self._origin = clock, None
        others = {f.payload_type for f in choice.media.formats}
        self._refused_types = frozenset(others - {choice.format.payload_type})
        self._reception = Reception(self._clock_rate)
        self.last_arrival = None
        self._forget_past()

    def begin_at(self, timestamp: int) -> None:
        """Take the RTP time stamp of the session's start, when PLAY is answered."""
        self._origin = timestamp

    def interrupt(self) -> None:
        """Note the end of a session: nothing old may be shown to those who join."""
        self._lose()
        self.stream.clock = None
        self.stream.forget()

    async def close(self) -> None:  # noqa: B027 - most have nothing to stop
        """Stop whatever works for this track."""

    def take(self, packets: Sequence[bytes], arrival: float) -> None:
        """Take packets from the RTP channel; those that are none are skipped."""
        for data in packets:
            if len(data) > 1 and data[1] in _MUXED_CONTROL:
                self._take_report(data, arrival)
            else:
                self._take(data, arrival)
        self._push()

    def take_control(self, packets: Sequence[bytes], arrival: float) -> None:
        """Take packets from the RTCP channel."""
        for data in packets:
            self._take_report(data, arrival)

    def receiver_report(self, own_source: int, name: bytes, now: float) -> bytes:
        """Give what the device is told about its packets."""
        return self._reception.receiver_report(own_source, name, now)

    @abstractmethod
    def _forward(self, packet: RtpPacket, timestamp: int) -> None:
        """Make ready for the stream what this packet brings."""

    @abstractmethod
    def _lose(self) -> None:
        """Note that packets are missing here."""

    def _take(self, data: bytes, arrival: float) -> None:
        try:
            packet = parse_rtp(data)
        except ProtocolError:
            return
        if packet.payload_type in self._refused_types or not packet.payload:
            return
        if packet.source != self._reception.source:
            if self.last_arrival is not None:
                self._session.distrust()
            self._forget_past()
        missing = self._reception.take(packet, arrival)
        if missing < 0:
            return
        if missing:
            self._lose()
            self._push()
            self.stream.forget()
        self.last_arrival = arrival
        place = self._place(packet, arrival)
        if self._report is None and self._origin is not None:
            self._place_start(packet, self._origin, arrival)
        self._forward(packet, place)
        self._begins = packet.marker

    def _take_report(self, data: bytes, arrival: float) -> None:
        report = parse_sender_report(data)
        if report is not None and report.wall > _NO_CLOCK_BEFORE:
            self._reception.take_report(report, arrival)
            self._report = report
            self._set_clock(arrival)

    def _push(self) -> None:
        """Give the stream what is ready, before what is to come changes it."""
        due, self._due = self._due, []
        self.stream.push(*due)

    def _forget_past(self) -> None:
        self._timeline.restart()
        self._report = None
        self._begins = self._fresh = True
        self._lose()

    def _place(self, packet: RtpPacket, arrival: float) -> int:
        timestamp = self._timeline.map(packet.timestamp, arrival, begins=self._begins)
        if self._timeline.rebased:
            self._push()
            self.stream.clock = None
            if not self._fresh:
                self._session.distrust()
                self._report = None
            elif self._report is not None:
                self._set_clock(arrival)
        self._fresh = False
        return timestamp

    def _place_start(self, packet: RtpPacket, origin: int, arrival: float) -> None:
        """Tie the stream to the session's start, until there is a report."""
        seconds = elapsed(origin, packet.timestamp) / self._clock_rate
        self._session.arrived(self, seconds, arrival)
        start = self._session.start
        if start is None:
            self.stream.clock = None
        elif self.stream.clock is None:
            self._tie(origin, start, start)

    def _set_clock(self, arrival: float) -> None:
        report = self._report
        assert report is not None
        expected, start = None, self._session.start
        if self._origin is not None and start is not None:
            ticks = elapsed(self._origin, report.timestamp)
            expected = start + ticks / self._clock_rate
        wall = self._session.wall(report.wall, expected)
        self._tie(report.timestamp, wall, arrival)

    def _tie(self, timestamp: int, wall: float, arrival: float) -> None:
        """Note that an RTP time stamp belongs to a moment."""
        place = self._timeline.locate(timestamp)
        if place is not None:
            scaled = place * self.stream.codec.clock_rate // self._clock_rate
            self.stream.clock = ClockReference(
                wall, scaled, arrival, self._session.source
            )


class VideoTrack(Track):
    """A picture."""

    _forwarder: H264Forwarder | H265Forwarder

    def __init__(self, codec: Codec, epoch: float) -> None:
        """Make the stream; `epoch` is the zero of all tracks of the source."""
        timeline = Timeline(codec.clock_rate, epoch, _VIDEO_PATIENCE)
        super().__init__(Stream(codec), codec.clock_rate, timeline)
        self._started = False

    @property
    @override
    def ready(self) -> bool:
        return self._started

    @property
    def settled(self) -> bool:
        """Whether it is known what kind of pictures come."""
        return True

    @override
    def _forward(self, packet: RtpPacket, timestamp: int) -> None:
        for ready in self._forwarder.feed(packet.payload, timestamp, packet.marker):
            if ready.key_frame:
                self._begin_key_frame()
            self._due.append(ready)

    def _begin_key_frame(self) -> None:
        self._push()
        self._started = True

    @override
    def _lose(self) -> None:
        self._forwarder.lose()


class H265Track(VideoTrack):
    """A picture in H265, to be converted."""

    def __init__(self, epoch: float) -> None:
        """Make the stream; `epoch` is the zero of all tracks of the source."""
        super().__init__(H265, epoch)
        self._forwarder = H265Forwarder()

    @override
    def start(self, choice: Choice, clock: SessionClock) -> None:
        self._started = False
        names = ("sprop-vps", "sprop-sps", "sprop-pps")
        sets = (sprop_sets(choice.format.parameters.get(name, "")) for name in names)
        self._forwarder = H265Forwarder(unit for units in sets for unit in units)
        super().start(choice, clock)


class H264Track(VideoTrack):
    """A picture in H264."""

    _forwarder: H264Forwarder

    def __init__(self, epoch: float) -> None:
        """Make the stream; `epoch` is the zero of all tracks of the source."""
        super().__init__(H264, epoch)
        self._forwarder = H264Forwarder()

    @property
    @override
    def ready(self) -> bool:
        sequence = self._forwarder.parameter_sets.sequence
        suspicious = sequence is not None and sequence.reorder_frames
        return self._started and (not suspicious or self.settled)

    @property
    @override
    def settled(self) -> bool:
        """Whether B-frames would have been seen by now."""
        return self._forwarder.pictures >= PICTURES_TO_TELL

    @override
    def start(self, choice: Choice, clock: SessionClock) -> None:
        self._started = False
        self._forwarder = H264Forwarder()
        sets = sprop_sets(choice.format.parameters.get("sprop-parameter-sets", ""))
        self._forwarder.take_parameter_sets(sets)
        super().start(choice, clock)

    @override
    def _forward(self, packet: RtpPacket, timestamp: int) -> None:
        super()._forward(packet, timestamp)
        if self.settled or self._forwarder.has_b_frames:
            self.stream.reordered = self._forwarder.has_b_frames
            self._timeline.reordered = self._forwarder.has_b_frames

    @override
    def _begin_key_frame(self) -> None:
        super()._begin_key_frame()
        self.stream.size = self._forwarder.size


class AudioTrack(Track):
    """Sound that passes through."""

    def __init__(self, stream: Stream, forwarder: AudioForwarder, epoch: float) -> None:
        """Take a stream in the codec the camera sends."""
        rate = stream.codec.clock_rate
        super().__init__(stream, rate, Timeline(rate, epoch))
        self._forwarder = forwarder

    @property
    @override
    def ready(self) -> bool:
        return self.last_arrival is not None

    @override
    def _forward(self, packet: RtpPacket, timestamp: int) -> None:
        self._due += self._forwarder.feed(packet.payload, timestamp, packet.marker)

    @override
    def _lose(self) -> None:
        self._forwarder.lose()


class ConvertedAudioTrack(Track):
    """Sound that becomes Opus."""

    def __init__(
        self, source: SoundFormat, layout: AacFormat | None, epoch: float
    ) -> None:
        """Take what is to be decoded; `layout` for AAC, None for plain samples."""
        rate = source.sample_rate
        super().__init__(Stream(OPUS), rate, Timeline(rate, epoch))
        self._source = source
        self._units = AacDepacketizer(layout) if layout else None
        self._pump: ConversionPump | None = None

    @property
    @override
    def ready(self) -> bool:
        return self.last_arrival is not None

    @override
    def start(self, choice: Choice, clock: SessionClock) -> None:
        super().start(choice, clock)
        if self._pump is None:
            self._pump = ConversionPump(self._source, self._deliver)

    @override
    async def close(self) -> None:
        pump, self._pump = self._pump, None
        if pump is not None:
            await pump.close()

    @override
    def _forward(self, packet: RtpPacket, timestamp: int) -> None:
        if self._pump is None:
            return
        if self._units is None:
            self._pump.put(Sound(packet.payload, timestamp))
            return
        for unit in self._units.feed(packet.payload, timestamp):
            self._pump.put(Sound(unit.data, unit.timestamp))

    @override
    def _lose(self) -> None:
        if self._units is not None:
            self._units.lose()

    def _deliver(self, packets: list[Packet]) -> None:
        self.stream.push(*packets)


def make_video_track(choice: Choice, epoch: float) -> VideoTrack:
    """Make the track for what a camera's picture is encoded in."""
    return H265Track(epoch) if choice.format.name == "H265" else H264Track(epoch)


def make_audio_track(choice: Choice, epoch: float) -> Track:
    """Make the track for what a camera's sound is encoded in."""
    offered = choice.format
    plain = (offered.clock_rate, offered.channels) == (8_000, 1)
    if offered.name == "OPUS":
        return AudioTrack(Stream(OPUS), OpusForwarder(), epoch)
    if offered.name in {"PCMU", "PCMA"} and plain:
        codec = PCMU if offered.name == "PCMU" else PCMA
        return AudioTrack(Stream(codec), G711Forwarder(), epoch)
    rate, channels = offered.clock_rate, offered.channels
    if offered.name == "MPEG4-GENERIC":
        layout = AacFormat.from_parameters(offered.parameters, rate, channels)
        assert layout is not None
        source = SoundFormat("aac", rate, channels, layout.config)
        return ConvertedAudioTrack(source, layout, epoch)
    decoder = {"PCMU": "pcm_mulaw", "PCMA": "pcm_alaw"}.get(offered.name, "pcm_s16be")
    return ConvertedAudioTrack(SoundFormat(decoder, rate, channels), None, epoch)


def sprop_sets(text: str) -> list[bytes]:
    """Read parameter sets in SDP (RFC 6184, 8.1; RFC 7798, 7.1); broken are skipped."""
    units: list[bytes] = []
    for part in text.split(","):
        try:
            unit = b64decode(part + "=" * (-len(part) % 4))
        except ValueError:
            continue
        if unit:
            units.append(unit)
    return units
