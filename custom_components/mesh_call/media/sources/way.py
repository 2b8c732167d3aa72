"""A way by which sound and picture come: one session with a camera at a time."""

from collections.abc import Callable
from typing import Protocol

from ..source import PassedOver, SourceStreams, SourceWay


class Way(Protocol):
    """Knows how to read one camera; when to is its source's matter."""

    @property
    def kind(self) -> SourceWay:
        """Which one the present session takes."""

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """Better ways that can't be taken."""

    @property
    def streams(self) -> SourceStreams:
        """What it carries; the same stream objects in one session after the other."""

    async def session(self, on_ready: Callable[[], None]) -> None:
        """Connect, read; raise SourceError in the end.

        `on_ready` is called when there is something to play, and again whenever
        `streams` are others.
        """

    async def close(self) -> None:
        """Free what outlives sessions; it may be used again."""
