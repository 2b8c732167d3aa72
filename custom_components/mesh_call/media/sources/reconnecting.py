"""A source that is shared, lingers after its last user and comes back when lost."""

import asyncio
from collections.abc import Callable
import logging
import time
from typing import override

from ..source import (
    Source,
    SourceError,
    SourceProblem,
    SourceState,
    SourceStatus,
    SourceStreams,
    StatusListener,
)
from .way import Way

_LOGGER = logging.getLogger(__name__)

LINGER = 5.0
"""Seconds a source stays open after its last user left."""

FIRST_DELAY = 0.5
LONGEST_DELAY = 15.0
HOPELESS_DELAY = 60.0
"""Seconds between attempts where only the user can help: some devices lock up after
a few wrong passwords."""

STEADY = 5.0
"""Seconds a source must have worked for the next delay to be short again."""

_HOPELESS = frozenset({SourceProblem.INVALID_AUTH, SourceProblem.UNSUPPORTED_CODEC})


class ReconnectingSource(Source):
    """The life of a source; how it is read, its way knows.

    Nothing is asked or sent before the first `acquire`.
    """

    def __init__(self, way: Way) -> None:
        """Start closed."""
        self._way = way
        self._status = SourceStatus(SourceState.CLOSED)
        self._listeners: list[StatusListener] = []
        self._users = 0
        self._closed = False
        self._task: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._linger: asyncio.TimerHandle | None = None
        self._ready_since: float | None = None

    @property
    @override
    def status(self) -> SourceStatus:
        """Where it stands now."""
        return self._status

    @property
    @override
    def streams(self) -> SourceStreams:
        """What it carries; empty before it was ready for the first time."""
        return self._way.streams

    @override
    def acquire(self) -> Callable[[], None]:
        """Use it, connecting if need be; returns the release. Does not wait."""
        self._users += 1
        self._stop_lingering()
        if self._task is None and not self._closed:
            self._start()
        released = False

        def release() -> None:
            nonlocal released
            if not released:
                released = True
                self._release()

        return release

    @override
    async def ready(self, timeout: float) -> SourceStreams:
        """Wait until it is ready.

        Raises:
            SourceError: nobody uses it, only the user can help, or `timeout`
                seconds have passed; then it tells what went wrong last.
        """
        changed = asyncio.Event()
        remove = self.subscribe(lambda _: changed.set())
        try:
            async with asyncio.timeout(timeout):
                while not self._is_decided():
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            pass
        finally:
            remove()
        if self._status.state is SourceState.READY:
            return self.streams
        error = self._status.error
        if error is None:
            raise SourceError(SourceProblem.CANNOT_CONNECT, "no answer")
        raise SourceError(error.problem, error.detail)

    @override
    def subscribe(self, listener: StatusListener) -> Callable[[], None]:
        """Call on every change of status; returns the removal."""
        self._listeners.append(listener)

        def remove() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return remove

    @override
    async def close(self) -> None:
        """Close for good, whoever still uses it."""
        self._closed = True
        self._stop_lingering()
        self._stop()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))

    def _is_decided(self) -> bool:
        """Whether waiting longer for it to get ready makes no sense."""
        state, error = self._status.state, self._status.error
        hopeless = error is not None and error.problem in _HOPELESS
        return hopeless or state in {SourceState.READY, SourceState.CLOSED}

    def _start(self) -> None:
        self._set(SourceStatus(SourceState.CONNECTING))
        others = tuple(self._tasks)
        self._task = asyncio.create_task(
            self._supervise(others), name="mesh_call source"
        )
        self._tasks.add(self._task)
        self._task.add_done_callback(self._tasks.discard)

    def _release(self) -> None:
        self._users -= 1
        if self._users == 0 and self._task is not None:
            self._stop_lingering()
            self._linger = asyncio.get_running_loop().call_later(LINGER, self._stop)

    def _stop_lingering(self) -> None:
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._set(SourceStatus(SourceState.CLOSED))

    async def _supervise(self, earlier: tuple[asyncio.Task[None], ...]) -> None:
        # A device that takes one session must be rid of the last one first.
        if earlier:
            await asyncio.wait(earlier)
        delay = FIRST_DELAY
        lost = False
        try:
            while True:
                self._ready_since = None
                error = await self._attempt()
                lost = lost or self._ready_since is not None
                state = SourceState.LOST if lost else SourceState.CONNECTING
                self._set(SourceStatus(state, error))
                if self._was_steady():
                    delay = FIRST_DELAY
                hopeless = error.problem in _HOPELESS
                await asyncio.sleep(HOPELESS_DELAY if hopeless else delay)
                delay = min(2 * delay, LONGEST_DELAY)
        finally:
            await self._way.close()

    async def _attempt(self) -> SourceError:
        """Run one session to its end and tell why it ended."""
        try:
            await self._way.session(self._become_ready)
        except SourceError as error:
            return error
        except Exception:
            _LOGGER.exception("Unexpected end of a source")
        return SourceError(SourceProblem.CANNOT_CONNECT)

    def _become_ready(self) -> None:
        """Tell that it is ready, or that its streams have become others."""
        self._ready_since = self._ready_since or time.monotonic()
        way, passed_over = self._way.kind, self._way.passed_over
        self._status = SourceStatus(SourceState.READY, None, way, passed_over)
        self._tell()

    def _was_steady(self) -> bool:
        since = self._ready_since
        return since is not None and time.monotonic() - since > STEADY

    def _set(self, status: SourceStatus) -> None:
        if status == self._status:
            return
        self._status = status
        self._tell()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(self._status)
            except Exception:
                _LOGGER.exception("A listener of a source failed")
