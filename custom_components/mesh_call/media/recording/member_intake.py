"""What one member of a recorded call sends, on the event loop."""

from collections.abc import Callable
from functools import partial
import time

from ..stream import Stream
from .intake import Backlog, Tap
from .member_files import MemberFiles
from .placement import Placement
from .readers import Reader, picture_reader, sound_reader

type MakeReader = Callable[[Stream, Placement], Reader | None]


class MemberIntake:
    """Attaches to the streams of a member as they come and go.

    Args:
        files: the member's, touched in the recording's thread only.
        backlog: what goes there.
        zero: `time.monotonic()` of the recording's start.
    """

    def __init__(self, files: MemberFiles, backlog: Backlog, zero: float) -> None:
        self._files = files
        self._backlog = backlog
        self._zero = zero
        self._taps: dict[Stream, Tap] = {}
        self._visit = 0

    def use(self, video: Stream | None, audio: Stream | None) -> Callable[[], None]:
        """Record these streams instead of any before; returns what ends it.

        Ending it does nothing once other streams are used.
        """
        self._visit += 1
        visit = self._visit
        self._close_all_but({video, audio})
        self._backlog.put(
            partial(
                self._files.expect,
                picture=self._tap(video, self._picture_reader),
                sound=self._tap(audio, self._sound_reader),
            )
        )

        def leave() -> None:
            if visit == self._visit:
                self.leave()

        return leave

    def settle(self) -> None:
        """Let pictures be written that none has followed for a while."""
        now = time.monotonic()
        for tap in self._taps.values():
            tap.settle(now)

    def leave(self) -> None:
        """End the member's part, for now."""
        self._visit += 1
        if self._taps:
            self._close_all_but(set())
            self._backlog.put(partial(self._files.leave, self._now))

    @property
    def _now(self) -> float:
        return time.monotonic() - self._zero

    def _close_all_but(self, kept: set[Stream | None]) -> None:
        for stream in [stream for stream in self._taps if stream not in kept]:
            self._taps.pop(stream).close()

    def _tap(self, stream: Stream | None, make: MakeReader) -> bool:
        """Make sure that a stream is recorded; tell whether it can be."""
        if stream is None:
            return False
        if stream not in self._taps:
            placement = Placement(stream.codec.clock_rate, self._zero)
            reader = make(stream, placement)
            if reader is None:
                return False
            self._taps[stream] = Tap(stream, reader, self._backlog)
        return True

    def _picture_reader(self, stream: Stream, placement: Placement) -> Reader | None:
        deliver = self._files.take_picture
        return picture_reader(stream.codec, placement, self._now, deliver)

    def _sound_reader(self, stream: Stream, placement: Placement) -> Reader | None:
        return sound_reader(stream.codec, placement, self._files.take_sound)
