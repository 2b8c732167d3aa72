"""The speakers of one station: once however many peers, opened late, always closed."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
import logging

from .mixer import Mixer
from .sinks.speaker import Samples, Speaker, SpeakerError

_LOGGER = logging.getLogger(__name__)

RETRY_DELAY = 3.0
"""Seconds until a speaker that is busy, away or lost is tried again."""

RETRIED = frozenset({"busy", "cannot_connect", "player_unavailable"})
"""What passes; no device learns to talk, or a password, in the middle of a call."""

OPEN_TIMEOUT = 10.0
CLOSE_TIMEOUT = 5.0

type SpeakerFactory = Callable[[], Speaker]

type TakePlayed = Callable[[Samples, Speaker], None]
"""Takes FRAME_SAMPLES samples that a speaker is given."""


def ignore_played(_samples: Samples, _speaker: Speaker) -> None:
    """Nobody needs to know what is played."""


class SpeakerState(StrEnum):
    """Where a station's speaker stands."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SpeakerStatus:
    """A speaker's state and, when it failed, the key of what users are told."""

    state: SpeakerState = SpeakerState.CLOSED
    error: str | None = None
    late: bool = False
    """Whether what is said is heard some seconds late."""


class Loudspeaker:
    """Opens a speaker and plays what a mixer gives, until it is closed.

    Devices take one talker at a time, so closing is never left out.

    Args:
        factory: makes the speaker.
        mixer: what is heard.
        changed: called when `status` has changed.
        played: is told of all that is played.
    """

    def __init__(
        self,
        factory: SpeakerFactory,
        mixer: Mixer,
        changed: Callable[[], None],
        played: TakePlayed,
    ) -> None:
        self._mixer = mixer
        self._changed = changed
        self._played = played
        self._stop = asyncio.Event()
        self.status = SpeakerStatus()
        self._task = asyncio.create_task(self._run(factory))

    async def close(self) -> None:
        """Close it and wait until it is closed."""
        self._stop.set()
        await asyncio.wait((self._task,))

    async def _run(self, factory: SpeakerFactory) -> None:
        if not self._stop.is_set():
            await self._use(factory)
        self._set(SpeakerState.CLOSED)

    async def _use(self, factory: SpeakerFactory) -> None:
        """Keep a speaker open until it is to be closed, then close it."""
        self._set(SpeakerState.OPENING)
        speaker = factory()
        try:
            while not self._stop.is_set():
                if await self._opened(speaker):
                    await self._play(speaker)
                retried = self.status.error in RETRIED
                await self._until_stopped(RETRY_DELAY if retried else None)
        finally:
            await self._close(speaker)

    async def _play(self, speaker: Speaker) -> None:
        """Play until it is to be closed, or lost."""
        self._set(SpeakerState.OPEN, late=speaker.late)

        def play(samples: Samples) -> None:
            self._played(samples, speaker)
            speaker.write(samples)

        remove = self._mixer.listen(play)
        lost = asyncio.ensure_future(speaker.wait_lost())
        try:
            await self._until_stopped(None, lost)
            if lost.done():
                self._set(SpeakerState.FAILED, "cannot_connect")
        finally:
            remove()
            await _cancelled(lost)

    async def _opened(self, speaker: Speaker) -> bool:
        """Whether it could be opened before it was to be closed."""
        opening = asyncio.ensure_future(speaker.open())
        try:
            await self._until_stopped(OPEN_TIMEOUT, opening)
        finally:
            await _cancelled(opening)
        return self._result(opening)

    async def _until_stopped(
        self, timeout: float | None, other: asyncio.Future[None] | None = None
    ) -> None:
        """Wait until it is to be closed, `other` is done or time is up."""
        stopping = asyncio.ensure_future(self._stop.wait())
        waited = (stopping,) if other is None else (stopping, other)
        try:
            await asyncio.wait(
                waited, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            stopping.cancel()

    def _result(self, opening: asyncio.Future[None]) -> bool:
        if opening.cancelled():
            if not self._stop.is_set():
                self._set(SpeakerState.FAILED, "cannot_connect")
            return False
        error = opening.exception()
        if error is None:
            return True
        if isinstance(error, SpeakerError):
            self._set(SpeakerState.FAILED, error.key)
        else:
            _LOGGER.error("A speaker failed: %s", type(error).__name__)
            self._set(SpeakerState.FAILED, "cannot_connect")
        return False

    async def _close(self, speaker: Speaker) -> None:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await speaker.close()
        except SpeakerError, TimeoutError, OSError:
            _LOGGER.warning("A speaker could not be closed in time")

    def _set(
        self, state: SpeakerState, error: str | None = None, *, late: bool = False
    ) -> None:
        status = SpeakerStatus(state, error, late)
        if status != self.status:
            self.status = status
            self._changed()


class Loudspeakers:
    """The speakers of one station: each is opened, lost and tried again by itself.

    Args:
        mixer: what is heard by all.
        changed: called when `status` has changed.
        played: is told of all that is played.
    """

    def __init__(
        self,
        mixer: Mixer,
        changed: Callable[[], None],
        played: TakePlayed = ignore_played,
    ) -> None:
        self._open = partial(Loudspeaker, mixer=mixer, changed=changed, played=played)
        self._speakers: dict[SpeakerFactory, Loudspeaker] = {}
        self._wanted: tuple[SpeakerFactory, ...] = ()
        self._task: asyncio.Task[None] | None = None

    @property
    def status(self) -> SpeakerStatus:
        """How they are: one that fails counts first, then one that is open."""
        statuses = [speaker.status for speaker in self._speakers.values()]
        for state in (SpeakerState.FAILED, SpeakerState.OPEN, SpeakerState.OPENING):
            for status in statuses:
                if status.state is state:
                    late = any(one.late for one in statuses)
                    return SpeakerStatus(state, status.error, late)
        return SpeakerStatus()

    def want(self, factories: Collection[SpeakerFactory]) -> None:
        """Use these speakers from now on, and no others; does not wait.

        Those that are left are closed first: the device may be the same.
        """
        self._wanted = tuple(factories)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._settle())

    async def close(self) -> None:
        """Close them and wait until they are closed."""
        self.want(())
        assert self._task is not None
        await asyncio.wait((self._task,))

    async def _settle(self) -> None:
        settled: tuple[SpeakerFactory, ...] | None = None
        while settled != self._wanted:
            settled = self._wanted
            left = [factory for factory in self._speakers if factory not in settled]
            await asyncio.gather(*(self._speakers[one].close() for one in left))
            for factory in left:
                del self._speakers[factory]
            if settled == self._wanted:
                self._start(settled)

    def _start(self, factories: Collection[SpeakerFactory]) -> None:
        for factory in factories:
            if factory not in self._speakers:
                self._speakers[factory] = self._open(factory)


async def _cancelled(task: asyncio.Future[None]) -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait((task,))
