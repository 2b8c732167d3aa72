"""What a forwarder looks like to the benchmark."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from pathlib import Path

type Answer = Callable[[str], Awaitable[str]]
"""Gives a receiver's answer to a forwarder's offer."""


class Forwarder(ABC):
    """Takes the camera once and sends it to any number of receivers."""

    name: str
    passes_through = True
    """Whether pictures arrive as the camera encoded them."""

    does_more = False
    """Whether its process has other work, too, which does not count."""

    @classmethod
    @abstractmethod
    async def missing(cls) -> str | None:
        """Name what has to be installed first, None if nothing."""

    @abstractmethod
    async def start(self, camera_url: str, folder: Path) -> None:
        """Start it; `folder` is for its files."""

    @property
    @abstractmethod
    def pid(self) -> int:
        """Process that does the work."""

    @abstractmethod
    async def add_peers(self, answers: list[Answer]) -> None:
        """Send to more receivers."""

    @abstractmethod
    async def stop(self) -> None:
        """End it, wherever it stands."""
