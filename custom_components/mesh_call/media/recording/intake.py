"""Where the event loop hands packets to the recording's thread."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
import logging
from typing import override

from ..stream import MediaKind, Packet, Sink, Stream
from .readers import Arrival, Reader

_LOGGER = logging.getLogger(__name__)

MAX_WAITING = 16_000_000
"""Bytes of pictures that may wait for the disk, for all members of a call."""

GROUP_DELAY = 0.25
"""Seconds from a key frame on until the group of pictures before it can be written:
libav waits for the picture after it, and for sound as late as that.
"""

_SOUND_EXTRA = 1.25
_RESUME_SHARE = 0.5

type Job = Callable[[], None]
"""Something to be done in the recording's thread."""


class Backlog:
    """The jobs that wait, with a limit to the memory they hold."""

    def __init__(self) -> None:
        """Start with none."""
        self.dropped_groups = 0
        """Groups of pictures of which some or all were left out."""

        self.chapter = 0
        """Counts up whenever what comes must be done later than what is there."""

        self.due = asyncio.Event()
        """Set when a group of pictures has ended, which a crash shall not cost."""

        self._jobs: list[Job] = []
        self._waiting = 0
        self._in_work = 0

    @property
    def bytes(self) -> int:
        """How much media waits or is being written."""
        return self._waiting + self._in_work

    def put(self, job: Job) -> None:
        """Add a job that is done between those before and those after it."""
        self._jobs.append(job)
        self.chapter += 1

    def put_media(self, job: Job) -> None:
        """Add a job that may do more of the same as long as the chapter lasts."""
        self._jobs.append(job)

    def begin_chapter(self) -> None:
        """Let all that comes now be done later than what is there."""
        self.chapter += 1

    def hold(self, size: int) -> None:
        """Count bytes of media that a job has."""
        self._waiting += size

    def take(self) -> list[Job]:
        """Give all jobs; those of the call before are done."""
        jobs, self._jobs = self._jobs, []
        self.due.clear()
        self.chapter += 1
        self._in_work, self._waiting = self._waiting, 0
        return jobs

    def done(self) -> None:
        """Note that the jobs which were taken are done."""
        self._in_work = 0

    def drop_group(self) -> None:
        """Count a group of pictures for which there is no room."""
        if not self.dropped_groups:
            _LOGGER.warning("The disk is too slow for a recording: pictures get lost")
        self.dropped_groups += 1


class Tap(Sink):
    """Takes the packets of one stream off the event loop.

    Where there is no room, a picture is left out with all that follow it up to the
    next key frame.
    """

    def __init__(self, stream: Stream, reader: Reader, backlog: Backlog) -> None:
        """Attach to `stream`."""
        self._stream = stream
        self._reader = reader
        self._backlog = backlog
        self._is_sound = stream.codec.kind is MediaKind.AUDIO
        self._limit = MAX_WAITING * (_SOUND_EXTRA if self._is_sound else 1)
        self._dropping = False
        self._group_due: int | None = None
        self._delay = round(GROUP_DELAY * stream.codec.clock_rate)
        self._chapter = -1
        self._arrivals: list[Arrival] = []
        self._detach = stream.attach(self)

    @override
    def packets(self, packets: Sequence[Packet], *, cached: bool) -> None:
        size = sum([len(packet.payload) for packet in packets])
        if not self._has_room(packets[0], size):
            return
        backlog, stream = self._backlog, self._stream
        arrival = stream.last_arrival
        assert arrival is not None
        backlog.hold(size)
        # A file that begins with this picture has no sound from before it.
        if packets[0].key_frame:
            backlog.begin_chapter()
        if self._chapter != backlog.chapter:
            self._chapter = backlog.chapter
            self._arrivals = []
            backlog.put_media(partial(self._reader.take, self._arrivals))
        self._arrivals.append((packets, arrival, stream.clock))
        self._watch_groups(packets)

    def settle(self, now: float) -> None:
        """Let a picture be written that none has followed for a while.

        Args:
            now: `time.monotonic()`.
        """
        self._backlog.put(partial(self._reader.settle, now))

    def close(self) -> None:
        """Take nothing more; what is held back is written."""
        self._detach()
        self._backlog.put(self._reader.finish)

    def _watch_groups(self, packets: Sequence[Packet]) -> None:
        """Let a group of pictures be written soon after the next one has begun."""
        first, last = packets[0], packets[-1]
        if self._group_due is not None and last.timestamp >= self._group_due:
            self._group_due = None
            self._backlog.due.set()
        elif self._group_due is None and first.key_frame:
            self._group_due = first.timestamp + self._delay

    def _has_room(self, first: Packet, size: int) -> bool:
        if self._dropping:
            begins = first.key_frame or self._is_sound
            if not begins:
                return False
            if self._backlog.bytes + size <= self._limit * _RESUME_SHARE:
                self._dropping = False
                return True
        elif self._backlog.bytes + size <= self._limit:
            return True
        else:
            self._dropping = True
            self._backlog.put(self._reader.lose)
        if not self._is_sound:
            self._backlog.drop_group()
        return False
