"""Sending and receiving through aiortc's public interface only.

It costs more: aiortc packs and reports by itself, and decodes sound behind a
jitter buffer of its own. Key frame requests stay unanswered. Used when the
engine room's self-test fails.
"""

import asyncio
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, override

from aiortc import MediaStreamError, MediaStreamTrack, RTCRtpTransceiver
import av
import numpy as np

from ..byte_stream import annex_b
from ..decoder import SAMPLES
from ..sinks.speaker import FRAME_SAMPLES, SAMPLE_RATE
from ..stream import Codec, MediaKind
from .rtp import Content, RtpPacket
from .writer import Output, OutputUser, SendStatistics

_MAX_QUEUED = 1000


class PacketTrack(MediaStreamTrack):
    """A track whose packets come encoded."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self._packets: asyncio.Queue[av.Packet[Any]] = asyncio.Queue(_MAX_QUEUED)

    def put(self, data: bytes, timestamp: int, clock_rate: int) -> None:
        """Queue one encoded frame."""
        packet = av.Packet(data)
        packet.pts = packet.dts = timestamp
        packet.time_base = Fraction(1, clock_rate)
        if not self._packets.full():
            self._packets.put_nowait(packet)

    @override
    async def recv(self) -> av.Packet[Any]:
        return await self._packets.get()


class TrackOutput(Output):
    """Feeds one m-line through a track; frames are put together again.

    aiortc packs for the first agreed codec whatever comes, so only that one is
    offered to the stream.
    """

    def __init__(
        self, transceiver: RTCRtpTransceiver, user: OutputUser, codec: Codec
    ) -> None:
        self._user = user
        self._codec = codec
        self._track = PacketTrack(transceiver.kind)
        self._started = False
        self._payloads: list[bytes] = []
        self._statistics = SendStatistics()
        self._origin: int | None = None
        transceiver.sender.replaceTrack(self._track)

    @property
    @override
    def codecs(self) -> tuple[Codec, ...]:
        return (self._codec,) if self._started else ()

    @property
    @override
    def statistics(self) -> SendStatistics:
        return self._statistics

    def start(self) -> None:
        """The peer connection is connected."""
        if not self._started:
            self._started = True
            self._user.output_started()

    def stop(self) -> None:
        """The peer connection is closing."""
        self._started = False
        self._user.output_stopped()
        self._track.stop()

    @override
    def send(self, codec: Codec, contents: Sequence[Content]) -> None:
        for payload, timestamp, marker in contents:
            self._take(codec, payload, timestamp, marker)

    def _take(self, codec: Codec, payload: bytes, timestamp: int, marker: bool) -> None:
        if self._origin is None:
            self._origin = timestamp
        self._statistics.packets += 1
        self._statistics.octets += len(payload)
        timestamp -= self._origin
        if codec.kind is MediaKind.AUDIO:
            self._track.put(payload, timestamp, codec.clock_rate)
            return
        self._payloads.append(payload)
        if marker:
            frame = annex_b(self._payloads)
            self._payloads.clear()
            self._track.put(frame, timestamp, codec.clock_rate)

    @override
    def report(self, timestamp: int) -> None:
        """Nothing: aiortc sends reports of its own."""


async def read_voice(
    track: MediaStreamTrack, take: Callable[[Codec, RtpPacket], None]
) -> None:
    """Read decoded sound until the track ends, 20 ms at a time."""
    resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE, FRAME_SAMPLES)
    sequence = 0
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:
            return
        assert isinstance(frame, av.AudioFrame)
        for part in resampler.resample(frame):
            samples = part.to_ndarray().reshape(-1).astype(np.int16).tobytes()
            timestamp = sequence * FRAME_SAMPLES & 0xFFFFFFFF
            take(SAMPLES, RtpPacket(0, sequence & 0xFFFF, timestamp, 0, False, samples))
            sequence += 1
