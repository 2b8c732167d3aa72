"""What a station sends: its source, held while it is used, and who takes it."""

from collections.abc import Callable

from .source import Source, SourceState, SourceStatus, SourceStreams

type UseStreams = Callable[[SourceStreams], None]
"""Takes the streams that a station sends now."""


class Feed:
    """Gives a source's streams to any number of takers.

    The source is acquired with the first taker and released with the last.

    Args:
        source: the camera or microphone, None for none.
        changed: called when `status` is another one.
    """

    def __init__(self, source: Source | None, changed: Callable[[], None]) -> None:
        self._source = source
        self._changed = changed
        self._takers: list[UseStreams] = []
        self._release: Callable[[], None] | None = None
        self._unfollow: Callable[[], None] | None = None
        self._follow()

    @property
    def source(self) -> Source | None:
        """Where the streams come from."""
        return self._source

    @property
    def status(self) -> SourceStatus | None:
        """How the source is, None without one."""
        return self._source.status if self._source else None

    @property
    def streams(self) -> SourceStreams:
        """What the source carries."""
        return self._source.streams if self._source else SourceStreams()

    def set_source(self, source: Source | None) -> None:
        """Take the streams from another source from now on."""
        self.close()
        self._source = source
        self._follow()
        self._settle()
        self._give()
        self._changed()

    def add(self, use: UseStreams) -> Callable[[], None]:
        """Hold the source and give its streams, now and when they are others.

        Returns what ends that.
        """
        self._takers.append(use)
        self._settle()
        use(self.streams)

        def end() -> None:
            if use in self._takers:
                self._takers.remove(use)
                self._settle()

        return end

    def close(self) -> None:
        """Follow and hold the source no longer."""
        self._let_go()
        if self._unfollow:
            self._unfollow()
            self._unfollow = None

    def _follow(self) -> None:
        if self._source:
            self._unfollow = self._source.subscribe(self._source_changed)

    def _source_changed(self, status: SourceStatus) -> None:
        if status.state is SourceState.READY:
            self._give()
        self._changed()

    def _give(self) -> None:
        streams = self.streams
        for use in tuple(self._takers):
            use(streams)

    def _settle(self) -> None:
        if not self._takers:
            self._let_go()
        elif self._source is not None and self._release is None:
            self._release = self._source.acquire()

    def _let_go(self) -> None:
        if self._release:
            self._release()
            self._release = None
