"""Work that is done in the order in which it came."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
import logging

_LOGGER = logging.getLogger(__name__)

type Job = Callable[[], Awaitable[None]]

MAX_JOBS = 64


class Sequence:
    """Does one job after the other; what is too much is dropped."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._task: asyncio.Task[None] | None = None

    def add(self, job: Job) -> None:
        """Do a job when all before it are done."""
        if len(self._jobs) >= MAX_JOBS:
            _LOGGER.debug("A session has too much to do")
            return
        self._jobs.append(job)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    def stop(self) -> None:
        """Forget what isn't done yet; a job may stop its own sequence."""
        self._jobs.clear()
        if self._task and self._task is not asyncio.current_task():
            self._task.cancel()

    async def _work(self) -> None:
        try:
            while self._jobs:
                await self._jobs.popleft()()
        except Exception:
            _LOGGER.exception("A session failed")
        finally:
            self._task = None
