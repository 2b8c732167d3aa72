"""Sends one stream to one peer: the end of the way of an encoded frame."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
import math
import time
from typing import override

from . import black
from .stream import H264, VP8, Codec, MediaKind, Packet, Sink, Stream, same_codec
from .webrtc.rtp import Content
from .webrtc.timeline import CaptureClock, Timeline
from .webrtc.writer import Output, OutputUser, SendStatistics

BURST_SECONDS = 0.1
"""The cached packets are spread over this time; networks drop what comes at once."""

REPLAY_INTERVAL = 1.0
"""Seconds between two answers to key frame requests."""

BLACK_INTERVAL = 0.5
BLACK_AFTER = 12.0
"""Seconds without a picture until black is sent: receivers take a silent track for a
broken one, and a picture that stands still for what there is to see."""

SILENCE_INTERVAL = 0.02

_SLOT_SECONDS = 0.005
_MAX_SLOT_PACKETS = 26
_SQUEEZED_SECONDS = 0.01


class StreamSender(Sink, OutputUser):
    """Writes a stream into one m-line, whatever happens to the stream.

    Timestamps go on when the stream is switched, muted or comes back, so that the
    receiver notices nothing but the new picture.

    Args:
        kind: of the m-line.
        fill: whether black is sent while there is no picture.
    """

    def __init__(self, kind: MediaKind, *, fill: bool = False) -> None:
        self.kind = kind
        self._fill = fill and kind is MediaKind.VIDEO
        self.agreed: Callable[[tuple[Codec, ...]], None] = lambda codecs: None
        """Called when it is known which codecs the receiver takes."""

        self._output: Output | None = None
        self._stream: Stream | None = None
        self._capture: CaptureClock | None = None
        self._timeline = Timeline(H264.clock_rate)
        self._rate = H264.clock_rate
        self._muted = False
        self._running = False
        self._resumed = 0.0
        self._codec = H264
        self._detach: Callable[[], None] | None = None
        self._filler: asyncio.Task[None] | None = None
        self._queue: deque[Content] = deque()
        self._slot: asyncio.TimerHandle | None = None
        self._slots = 1
        self._last_replay = 0.0

    def write_to(self, output: Output) -> None:
        """Set where packets go; what is sent begins when the output has started."""
        self._output = output

    @property
    def stream(self) -> Stream | None:
        """What is sent, muted or not."""
        return self._stream

    @property
    def statistics(self) -> SendStatistics:
        """What was sent so far."""
        return SendStatistics() if self._output is None else self._output.statistics

    def use(self, stream: Stream | None) -> None:
        """Send this stream from now on, from its last key frame."""
        if stream is self._stream:
            return
        self._halt()
        self._stream = stream
        if stream is not None:
            self._change_rate(stream.codec.clock_rate)
            self._capture = CaptureClock(self._rate)
        self._resume()

    def mute(self, muted: bool) -> None:
        """Send black or silence instead, or the stream again."""
        if muted == self._muted:
            return
        self._halt()
        self._muted = muted
        self._resume()

    def report(self) -> None:
        """Send a sender report; the first makes sense once something was sent."""
        if self._fill and self._detach is not None and self._stands_still():
            self._begin_black()
        timestamp = self._timestamp_now()
        if timestamp is not None and self._output is not None:
            self._output.report(timestamp)

    def close(self) -> None:
        """Send nothing more."""
        self._running = False
        self._halt()

    @override
    def output_started(self) -> None:
        # What is agreed on may bring another stream, and that must not begin twice.
        if self._output is not None:
            self.agreed(self._output.codecs)
        self._running = True
        self._resume()

    @override
    def output_stopped(self) -> None:
        self.close()

    @override
    def key_frame_requested(self) -> None:
        if self._detach is None or self._stream is None or self._queue:
            return
        if self._stream.want_key_frame is not None:
            self._stream.want_key_frame()
        elif time.monotonic() - self._last_replay >= REPLAY_INTERVAL:
            self._stream.replay(self)

    @override
    def packets(self, packets: Sequence[Packet], *, cached: bool) -> None:
        self._end_filling()
        if cached:
            self._burst(packets)
            return
        contents = self._place(packets, time.monotonic())
        if self._queue:
            self._queue.extend(contents)
        else:
            self._send(contents)

    def _place(self, packets: Sequence[Packet], now: float) -> list[Content]:
        """Give live packets their outgoing timestamps."""
        contents = []
        source = timestamp = None
        for packet in packets:
            if timestamp is None or packet.timestamp != source:
                source = packet.timestamp
                timestamp = self._map(source, now)
            contents.append((packet.payload, timestamp, packet.marker))
        return contents

    def _map(self, source: int, now: float) -> int:
        stream, capture = self._stream, self._capture
        assert stream is not None
        assert capture is not None
        capture.arrived(source, now)
        captured = capture.time(source, stream.clock)
        self._timeline.join(source, now if captured is None else captured)
        return self._timeline.map(source)

    def _burst(self, packets: Sequence[Packet]) -> None:
        """Queue what a joining receiver needs, as fast forward to the live picture."""
        stream, capture = self._stream, self._capture
        assert stream is not None
        assert capture is not None
        self._last_replay = now = time.monotonic()
        newest = packets[-1].timestamp
        capture.arrived(newest, stream.last_arrival or now)
        captured = capture.time(newest, stream.clock)
        self._timeline.join(newest, now if captured is None else captured)
        pictures = list(dict.fromkeys(packet.timestamp for packet in packets))
        span = round(_SQUEEZED_SECONDS * self._rate)
        timestamps = self._timeline.squeeze(pictures, span)
        self._queue.extend(
            (packet.payload, timestamps[packet.timestamp], packet.marker)
            for packet in packets
        )
        self._slots = round(BURST_SECONDS / _SLOT_SECONDS)
        self._send_slot()

    def _send_slot(self) -> None:
        # Live packets join the queue meanwhile: the share grows until it is empty.
        share = math.ceil(len(self._queue) / self._slots)
        count = min(share, _MAX_SLOT_PACKETS)
        self._slots = max(1, self._slots - 1)
        self._send([self._queue.popleft() for _ in range(count)])
        self._slot = None
        if self._queue:
            loop = asyncio.get_running_loop()
            self._slot = loop.call_later(_SLOT_SECONDS, self._send_slot)

    def _send(self, contents: Sequence[Content]) -> None:
        if self._output is not None:
            self._output.send(self._codec, contents)

    def _halt(self) -> None:
        """Stop whatever is being sent."""
        if self._detach is not None:
            self._detach()
            self._detach = None
        self._end_filling()
        if self._slot is not None:
            self._slot.cancel()
            self._slot = None
        self._queue.clear()
        self._timeline.leave()

    def _resume(self) -> None:
        """Begin to send what is to be sent now."""
        if not self._running:
            return
        self._resumed = time.monotonic()
        stream = self._agreed_stream()
        if stream is not None:
            self._codec = stream.codec
        if stream is not None and not self._muted:
            self._detach = stream.attach(self)
        elif self.kind is MediaKind.VIDEO:
            if stream is not None or self._fill:
                self._begin_black()
        elif stream is not None:
            self._filler = asyncio.create_task(self._send_silence(stream.codec))

    def _agreed_stream(self) -> Stream | None:
        """The stream, if the receiver understands its codec."""
        if self._output is None or self._stream is None:
            return None
        codec = self._stream.codec
        agreed = any(same_codec(one, codec) for one in self._output.codecs)
        return self._stream if agreed else None

    def _stands_still(self) -> bool:
        newest = self._stream.last_arrival if self._stream is not None else None
        last = max(self._resumed, newest or 0.0)
        return self._filler is None and time.monotonic() - last > BLACK_AFTER

    def _begin_black(self) -> None:
        stream = self._agreed_stream()
        if stream is None and self._output is not None:
            agreed = self._output.codecs
            spoken = (c for c in (H264, VP8) if any(same_codec(a, c) for a in agreed))
            self._codec = next(spoken, H264)
        self._filler = asyncio.create_task(self._send_black(stream))

    def _end_filling(self) -> None:
        if self._filler is not None:
            self._filler.cancel()
            self._filler = None

    def _change_rate(self, clock_rate: int) -> None:
        if clock_rate != self._rate:
            # Another payload type with another clock: nothing can go on (RFC 7160).
            self._rate = clock_rate
            self._timeline = Timeline(clock_rate)

    async def _send_black(self, stream: Stream | None) -> None:
        size = _size(stream) if stream is not None else None
        payloads = await asyncio.to_thread(
            black.picture, self._codec, size or black.DEFAULT_SIZE
        )
        while True:
            timestamp = self._timeline.at(time.monotonic())
            self._send([(p, timestamp, p is payloads[-1]) for p in payloads])
            await asyncio.sleep(BLACK_INTERVAL)

    async def _send_silence(self, codec: Codec) -> None:
        payload = black.silence(codec.name)
        if payload is None:
            return
        due = time.monotonic()
        while True:
            self._send(((payload, self._timeline.at(due), False),))
            # A loop that was held up does not make up for it.
            due = max(due + SILENCE_INTERVAL, time.monotonic() - SILENCE_INTERVAL)
            await asyncio.sleep(due - time.monotonic())

    def _timestamp_now(self) -> int | None:
        """The outgoing timestamp of this moment."""
        now = time.monotonic()
        if self._capture is not None and self._stream is not None:
            source = self._capture.timestamp(now, self._stream.clock)
            if source is not None:
                sent = self._timeline.sent(source)
                if sent is not None:
                    return sent
        return self._timeline.planned(now) if self._filler is not None else None


def _size(stream: Stream) -> tuple[int, int] | None:
    if stream.size is not None or stream.codec != H264:
        return stream.size
    collector = _Collector()
    stream.replay(collector)
    return black.size_of(collector.collected)


class _Collector(Sink):
    """Takes a replay as it is."""

    def __init__(self) -> None:
        self.collected: Sequence[Packet] = ()

    @override
    def packets(self, packets: Sequence[Packet], *, cached: bool) -> None:
        self.collected = packets
