"""An encoded stream: one source, many sinks, a cache since the last key frame.

What travels is the payload of RTP packets, never decoded frames: a camera's
picture is packed once and every sink only puts its own header in front.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
import time
from typing import Protocol

from .source_clock import ClockReference

MAX_PAYLOAD_SIZE = 1180
"""Bytes; with headers, SRTP and TURN it stays below every usual MTU."""

MAX_CACHE_BYTES = 4_000_000
MAX_CACHE_SECONDS = 10.0


class MediaKind(StrEnum):
    """What a stream carries."""

    AUDIO = "audio"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Codec:
    """An RTP payload format as in the rtpmap and fmtp lines of SDP (RFC 8866)."""

    kind: MediaKind
    name: str
    clock_rate: int
    channels: int = 1
    parameters: str = ""


H264 = Codec(MediaKind.VIDEO, "H264", 90_000)
VP8 = Codec(MediaKind.VIDEO, "VP8", 90_000)
H265 = Codec(MediaKind.VIDEO, "H265", 90_000)
JPEG = Codec(MediaKind.VIDEO, "JPEG", 90_000)
"""Its packets are whole pictures: files, not what RFC 2435 makes of them."""
PCMU = Codec(MediaKind.AUDIO, "PCMU", 8_000)
PCMA = Codec(MediaKind.AUDIO, "PCMA", 8_000)
OPUS = Codec(MediaKind.AUDIO, "opus", 48_000, 2)


def same_codec(one: Codec, other: Codec) -> bool:
    """Whether two are the same payload format, whatever their parameters."""
    return one.name.lower() == other.name.lower() and one.clock_rate == other.clock_rate


@dataclass(frozen=True, slots=True)
class Packet:
    """The payload of one RTP packet (RFC 3550) with what its header must say.

    `timestamp` counts in the codec's clock rate, never wraps and goes on across
    reconnects of the source. `marker` is RTP's: the last packet of a picture, the
    first of a talk spurt. `key_frame` marks the first packet of a picture that can
    be decoded by itself; its parameter sets come with it.
    """

    payload: bytes
    timestamp: int
    marker: bool = False
    key_frame: bool = False


class Sink(Protocol):
    """Takes what a stream carries."""

    def packets(self, packets: Sequence[Packet], *, cached: bool) -> None:
        """Take packets in order; `cached` ones are a replay since the key frame."""


class Stream:
    """Hands the packets of one source to any number of sinks.

    A sink that joins a video stream gets the packets since the last key frame at
    once, so that its picture starts without waiting for the camera's next one.
    """

    def __init__(self, codec: Codec) -> None:
        """Start empty."""
        self.codec = codec
        self.clock: ClockReference | None = None
        self.size: tuple[int, int] | None = None
        """Width and height of the picture in pixels, once they are known."""

        self.reordered = False
        """Whether pictures come in another order than they are shown (B-frames):
        WebRTC's receivers can't put that right."""

        self.bandwidth: float | None = None
        """kbit/s of the last group of pictures, None before there was a whole one."""

        self.want_key_frame: Callable[[], None] | None = None
        """Asks the source for a key frame, where it makes them when asked."""
        self._sinks: list[Sink] = []
        self._cache: deque[Packet] = deque()
        self._still: tuple[Packet, ...] = ()
        self._cache_bytes = 0
        self._last_arrival: float | None = None

    @property
    def last_arrival(self) -> float | None:
        """`time.monotonic()` of the newest packet, None before the first."""
        return self._last_arrival

    @property
    def has_key_frame(self) -> bool:
        """Whether a new sink could start at once."""
        return bool(self._cache)

    @property
    def cached_seconds(self) -> float:
        """How long the pictures since the last key frame last."""
        if not self._cache:
            return 0.0
        span = self._cache[-1].timestamp - self._cache[0].timestamp
        return span / self.codec.clock_rate

    @property
    def is_taken(self) -> bool:
        """Whether there is any sink."""
        return bool(self._sinks)

    def attach(self, sink: Sink) -> Callable[[], None]:
        """Send to `sink` from now on, the cache first; returns the detaching."""
        self._sinks.append(sink)
        self.replay(sink)

        def detach() -> None:
            if sink in self._sinks:
                self._sinks.remove(sink)

        return detach

    def replay(self, sink: Sink) -> None:
        """Give `sink` everything since the last key frame once more."""
        if self._cache:
            sink.packets(tuple(self._cache), cached=True)

    def push(self, *packets: Packet) -> None:
        """Take what came together from the source, and hand it on together.

        Of several packets only the first may begin a key frame.
        """
        if not packets:
            return
        self._last_arrival = time.monotonic()
        if self.codec.kind is MediaKind.VIDEO:
            for packet in packets:
                self._remember(packet)
        for sink in tuple(self._sinks):
            sink.packets(packets, cached=False)

    @property
    def still(self) -> tuple[Packet, ...]:
        """The newest key frame that is complete, also after the stream has stopped."""
        return self._first_picture() or self._still

    def forget(self) -> None:
        """Drop the cache: what comes next does not continue it."""
        self._still = self.still
        self._cache.clear()
        self._cache_bytes = 0

    def _first_picture(self) -> tuple[Packet, ...]:
        packets: list[Packet] = []
        for packet in self._cache:
            packets.append(packet)
            if packet.marker:
                return tuple(packets)
        return ()

    def _remember(self, packet: Packet) -> None:
        if packet.key_frame:
            self._measure(packet.timestamp)
            self.forget()
        elif not self._cache:
            return
        self._cache.append(packet)
        self._cache_bytes += len(packet.payload)
        span = packet.timestamp - self._cache[0].timestamp
        too_long = span > MAX_CACHE_SECONDS * self.codec.clock_rate
        if too_long or self._cache_bytes > MAX_CACHE_BYTES:
            self.forget()

    def _measure(self, end: int) -> None:
        if self._cache and (span := end - self._cache[0].timestamp) > 0:
            bits = self._cache_bytes * 8
            self.bandwidth = bits * self.codec.clock_rate / span / 1000
