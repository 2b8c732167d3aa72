"""What the other end of a connection sends, as it comes: for whoever asks for it."""

from collections.abc import Callable, Sequence
import time
from typing import override

from .recording.received import ReceivedStream
from .source import SourceStreams
from .source_clock import SourceClock
from .stream import Codec, MediaKind
from .webrtc.reader import Feedback, RtpTaker
from .webrtc.rtp import RtpPacket

type UseReceived = Callable[[SourceStreams], None]
"""Takes the streams that come now; called again when they are others."""


class ReceivedMedia:
    """Makes streams of received packets while somebody uses them.

    Nothing is decoded. Key frames are asked for while the picture is used only.

    Args:
        voice: takes all sound besides.
    """

    def __init__(self, voice: RtpTaker) -> None:
        self._epoch, self._clock = time.monotonic(), SourceClock()
        self._users: list[UseReceived] = []
        self._sound = _Gate(self._changed, (voice,))
        self._picture = _Gate(self._changed)
        self.takers = {
            MediaKind.AUDIO: self._sound,
            MediaKind.VIDEO: self._picture,
        }
        """By kind, for a `Peer`."""

    def add(self, use: UseReceived) -> Callable[[], None]:
        """Give the streams, now and when they are others; returns what ends that."""
        if not self._users:
            for gate in self.takers.values():
                gate.open(self._epoch, self._clock)
        self._users.append(use)
        use(self._streams)

        def end() -> None:
            if use in self._users:
                self._users.remove(use)
                self._close_unused()

        return end

    @property
    def _streams(self) -> SourceStreams:
        picture, sound = self._picture.received, self._sound.received
        return SourceStreams(
            video=picture.stream if picture else None,
            audio=sound.stream if sound else None,
        )

    def _changed(self) -> None:
        for use in tuple(self._users):
            use(self._streams)

    def _close_unused(self) -> None:
        if not self._users:
            for gate in self.takers.values():
                gate.close()


class _Gate(RtpTaker):
    """Passes one m-line's packets on while it is open, and always to `others`."""

    def __init__(
        self, changed: Callable[[], None], others: Sequence[RtpTaker] = ()
    ) -> None:
        self.received: ReceivedStream | None = None
        self._changed = changed
        self._others = others
        self._agreed: tuple[Codec, Feedback] | None = None

    def open(self, epoch: float, clock: SourceClock) -> None:
        self.received = ReceivedStream(epoch, clock, self._changed)
        if self._agreed is not None:
            self.received.agreed(*self._agreed)

    def close(self) -> None:
        self.received = None

    @override
    def agreed(self, codec: Codec, feedback: Feedback) -> None:
        self._agreed = codec, feedback
        for taker in self._takers:
            taker.agreed(codec, feedback)

    @override
    def packet(self, codec: Codec, packet: RtpPacket) -> None:
        for taker in self._takers:
            taker.packet(codec, packet)

    @override
    def sender_report(self, ntp: int, timestamp: int) -> None:
        for taker in self._takers:
            taker.sender_report(ntp, timestamp)

    @property
    def _takers(self) -> Sequence[RtpTaker]:
        return self._others if self.received is None else (*self._others, self.received)
