"""A source as one of its users sees it."""

from collections.abc import Callable
import time

from .source import Source, SourceState, SourceStatus, SourceStreams, StatusListener
from .stream import Stream


class HeldSource:
    """A source that is acquired while it is wanted, and followed until `close`."""

    def __init__(self, source: Source | None, changed: StatusListener) -> None:
        self.source = source
        self.held = False
        """Whether it is acquired."""

        self._release: Callable[[], None] = lambda: None
        self._closed = False
        self._since = 0.0
        self._unfollow = source.subscribe(changed) if source is not None else None

    @property
    def status(self) -> SourceStatus | None:
        """How it is, None without one."""
        return self.source.status if self.source is not None else None

    @property
    def streams(self) -> SourceStreams:
        """What it carries."""
        return self.source.streams if self.source is not None else SourceStreams()

    @property
    def picture(self) -> Stream | None:
        """Its picture, None unless it is held and works."""
        works = self.status is not None and self.status.state is SourceState.READY
        return self.streams.video if works and self.held else None

    def is_awaited(self, timeout: float) -> bool:
        """Whether it may still get ready within this time of being held."""
        if not self.held or self.status is None or self.status.error is not None:
            return False
        connecting = self.status.state is SourceState.CONNECTING
        return connecting and time.monotonic() - self._since < timeout

    def hold(self, wanted: bool) -> None:
        """Acquire or release it."""
        if self.source is None or self._closed or wanted == self.held:
            return
        # Set before: what the source tells of itself meanwhile comes back here.
        self.held = wanted
        if wanted:
            self._since = time.monotonic()
            self._release = self.source.acquire()
        else:
            self._release()

    def close(self) -> None:
        """Release it for good and follow it no longer."""
        if self._unfollow is not None:
            self._unfollow()
            self._unfollow = None
        self.hold(False)
        self._closed = True
