"""Another picture in place of a camera's, whose sound goes on."""

from collections.abc import Callable
from typing import override

from ..source import Source, SourceStatus, SourceStreams, StatusListener


class SharedPicture(Source):
    """Two sources as one: the picture of one, the sound of the other.

    Its status is the picture's. It owns neither: whoever made them closes them.
    """

    def __init__(self, picture: Source, sound: Source) -> None:
        self._picture = picture
        self._sound = sound

    @property
    @override
    def status(self) -> SourceStatus:
        return self._picture.status

    @property
    @override
    def streams(self) -> SourceStreams:
        return SourceStreams(self._picture.streams.video, self._sound.streams.audio)

    @override
    def acquire(self) -> Callable[[], None]:
        releases = (self._picture.acquire(), self._sound.acquire())

        def release() -> None:
            for one in releases:
                one()

        return release

    @override
    async def ready(self, timeout: float) -> SourceStreams:
        await self._picture.ready(timeout)
        return self.streams

    @override
    def subscribe(self, listener: StatusListener) -> Callable[[], None]:
        removals = (
            self._picture.subscribe(listener),
            self._sound.subscribe(lambda _: listener(self.status)),
        )

        def remove() -> None:
            for one in removals:
                one()

        return remove

    @override
    async def close(self) -> None:
        """Nothing of its own is open."""
