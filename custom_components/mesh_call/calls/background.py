"""What goes on without being waited for: timers and tasks, each under a key."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any

from .outbox import Outbox


class Background:
    """Keeps timers and tasks, so that none outlives what it is for."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._timers: dict[Hashable, asyncio.TimerHandle] = {}
        self._tasks: dict[asyncio.Task[None], Hashable] = {}

    def start_timer(
        self, key: Hashable, seconds: float, expired: Callable[[], None]
    ) -> None:
        """Call `expired` in a transaction of its own; a running timer runs on."""
        if key in self._timers:
            return

        def expire() -> None:
            del self._timers[key]
            with self._outbox.transaction():
                expired()

        loop = asyncio.get_running_loop()
        self._timers[key] = loop.call_later(seconds, expire)

    def cancel_timer(self, key: Hashable) -> None:
        """Stop a timer; safe if it doesn't run."""
        if timer := self._timers.pop(key, None):
            timer.cancel()

    def timer_runs(self, key: Hashable) -> bool:
        """Whether a timer has neither expired nor been stopped."""
        return key in self._timers

    def start_task(self, key: Hashable, work: Coroutine[Any, Any, None]) -> None:
        """Do something that waits."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = key
        task.add_done_callback(self._tasks.pop)

    def cancel_tasks(self, key: Hashable) -> None:
        """Stop what goes on under a key, except whoever asks; safe if nothing does."""
        for task, of_task in self._tasks.items():
            if of_task == key and task is not asyncio.current_task():
                task.cancel()

    async def close(self) -> None:
        """Stop all tasks and wait until they have stopped; timers end with calls."""
        tasks = self._tasks.keys() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
