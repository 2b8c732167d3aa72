"""One voice that comes from a peer, ready to be mixed."""

from collections.abc import Callable
import logging
from typing import override

from .decoder import decoder
from .jitter import JitterBuffer
from .mixer import Voice
from .sinks.speaker import Samples
from .speaking import loudness
from .stream import Codec, same_codec
from .webrtc.reader import Feedback, RtpTaker
from .webrtc.rtp import RtpPacket

_LOGGER = logging.getLogger(__name__)


class ReceivedVoice(Voice, RtpTaker):
    """Takes a peer's sound packets and gives samples.

    Args:
        heard: called once, when the first packet comes.
    """

    def __init__(self, heard: Callable[[], None]) -> None:
        self._heard: Callable[[], None] | None = heard
        self._codec: Codec | None = None
        self._source: int | None = None
        self._buffer: JitterBuffer | None = None
        self._last: Samples | None = None

    @property
    def loudness(self) -> float:
        """Root mean square of what was read last, from 0 to 1."""
        return loudness(self._last)

    @override
    def agreed(self, codec: Codec, feedback: Feedback) -> None:
        """Nothing to be made ready."""

    @override
    def sender_report(self, ntp: int, timestamp: int) -> None:
        """Nothing is played in step with it."""

    @override
    def packet(self, codec: Codec, packet: RtpPacket) -> None:
        if self._heard is not None:
            self._heard()
            self._heard = None
        changed = self._codec is None or not same_codec(codec, self._codec)
        if changed or packet.ssrc != self._source:
            self._start(codec, packet.ssrc)
        if self._buffer is not None and packet.payload:
            self._buffer.put(packet.sequence, packet.timestamp, packet.payload)

    @override
    def read(self) -> Samples | None:
        self._last = None if self._buffer is None else self._buffer.read()
        return self._last

    def _start(self, codec: Codec, source: int) -> None:
        self._codec, self._source = codec, source
        decode = decoder(codec)
        if decode is None:
            _LOGGER.debug("A voice can't be decoded: %s", codec.name)
        self._buffer = decode and JitterBuffer(decode, codec.clock_rate)
