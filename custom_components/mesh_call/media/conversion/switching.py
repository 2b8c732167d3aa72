"""From one stream to the next without a gap."""

from collections.abc import Callable, Sequence
from typing import override

from ..stream import Packet, Sink, Stream

type Release = Callable[[], None]

FRESH_SECONDS = 1.0
"""Of pictures since a key frame, which a receiver makes up for at once."""


class StreamSwitch(Sink):
    """Changes to another stream where that begins: with a key frame.

    Args:
        use: takes the stream that is to be used now.
    """

    def __init__(self, use: Callable[[Stream | None], None]) -> None:
        self._use = use
        self._stream: Stream | None = None
        self._release: Release | None = None
        self._next: tuple[Stream, Release] | None = None
        self._detach: Release | None = None

    def switch(self, stream: Stream | None, release: Release) -> None:
        """Use this stream as soon as it can be seen.

        Where key frames are made when asked for, an old one is no beginning.

        Args:
            stream: the new one, None for none.
            release: called when it is not used any more.
        """
        self._forget_next()
        if stream is None or self._stream in (None, stream) or _can_begin(stream):
            self._change(stream, release)
        else:
            self._next = stream, release
            self._ask_for_key_frame()
            self._detach = stream.attach(self)

    def close(self) -> None:
        """Let go of all streams."""
        self._forget_next()
        self._stream = None
        release, self._release = self._release, None
        if release is not None:
            release()

    @override
    def packets(self, packets: Sequence[Packet], *, cached: bool) -> None:
        if self._next is None or cached:
            return
        if not any(packet.key_frame for packet in packets):
            self._ask_for_key_frame()
            return
        following, self._next = self._next, None
        self._forget_next()
        self._change(*following)

    def _ask_for_key_frame(self) -> None:
        """Ask again and again: who is asked sees to it that it isn't too often."""
        if self._next and (want := self._next[0].want_key_frame):
            want()

    def _change(self, stream: Stream | None, release: Release) -> None:
        earlier, self._release = self._release, release
        self._stream = stream
        self._use(stream)
        if earlier is not None:
            earlier()

    def _forget_next(self) -> None:
        if self._detach is not None:
            self._detach()
            self._detach = None
        if self._next is not None:
            _, release = self._next
            self._next = None
            release()


def _can_begin(stream: Stream) -> bool:
    """Whether a stream can be begun with what there is of it."""
    if stream.want_key_frame is None:
        return stream.has_key_frame
    return stream.has_key_frame and stream.cached_seconds < FRESH_SECONDS
