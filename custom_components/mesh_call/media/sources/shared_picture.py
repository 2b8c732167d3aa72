"""Another picture in place of a camera's, whose sound goes on unless it has its own."""

from collections.abc import Callable
from typing import override

from ..source import Source, SourceStatus, SourceStreams, StatusListener


class SharedPicture(Source):
    """Two sources as one: the picture of one, the sound of the other.

    Its status is the picture's. It owns neither: whoever made them closes them.
    With `own_sound` the picture's own sound is taken as far as there is any.
    """

    def __init__(
        self, picture: Source, sound: Source, *, own_sound: bool = False
    ) -> None:
        self._picture = picture
        self._sound = sound
        self._own_sound = own_sound

    @property
    @override
    def status(self) -> SourceStatus:
        return self._picture.status

    @property
    @override
    def streams(self) -> SourceStreams:
        picture, sound = self._picture.streams, self._sound.streams
        own = picture.audio if self._own_sound else None
        return SourceStreams(picture.video, own or sound.audio)

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
