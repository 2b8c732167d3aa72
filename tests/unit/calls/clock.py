"""An event loop whose time passes only when nothing else is left to do."""

import asyncio
from collections.abc import Awaitable
from typing import Any, override


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs in virtual time: a wait of a minute takes no time at all."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._selector = self
        self.crashes: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _loop, context: self.crashes.append(context))

    @override
    def time(self) -> float:
        return self._now

    def select(self, timeout: float | None) -> list[Any]:
        """Stand in for a selector: no file is ever ready, so time passes at once."""
        if timeout is None:
            raise RuntimeError("Nothing is left that could happen")
        self._now += timeout
        return []

    def _process_events(self, _events: list[Any]) -> None: ...

    def _write_to_self(self) -> None: ...

    @property
    def timers(self) -> list[asyncio.TimerHandle]:
        """What would still happen by itself."""
        scheduled: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        return [timer for timer in scheduled if not timer.cancelled()]

    @property
    def tasks(self) -> set[asyncio.Task[Any]]:
        """What is still being done."""
        return asyncio.all_tasks(self)

    def finish[T](self, work: Awaitable[T]) -> T:
        """Run something to its end and what it sets off until all is quiet."""

        async def run() -> T:
            try:
                return await work
            finally:
                await quiet()

        return self.run_until_complete(run())


async def quiet() -> None:
    """Let everything happen that needs no time to pass."""
    for _ in range(20):
        await asyncio.sleep(0)
