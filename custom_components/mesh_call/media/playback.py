"""One thing that a station plays into its calls."""

import asyncio
from collections.abc import Callable
import contextlib
from typing import override

from .libav.sound_reader import SoundReader
from .mixer import Voice
from .playing import MicrophoneUse
from .sinks.speaker import Samples
from .source import SourceError, SourceProblem

OPEN_TIMEOUT = 25.0
"""Seconds until something must be heard; libav's own limits leave out names."""

START_FRAMES = 15
"""Frames (0.3 s) that must be ready before it begins, or goes on after a gap."""


class Playback(Voice):
    """Reads and decodes ahead of time; whoever mixes it sets the pace.

    Args:
        address: a path or a URL, with credentials.
        verify_ssl: whether a certificate must be trusted.
        microphone: what becomes of the microphone meanwhile.
    """

    def __init__(
        self, address: str, *, verify_ssl: bool, microphone: MicrophoneUse
    ) -> None:
        """Read nothing yet."""
        self.microphone = microphone
        self.over = False
        """Whether its last sample was read."""

        loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[SourceError | None] = loop.create_future()
        self._ended = asyncio.Event()
        self._starting = True
        self._reader = SoundReader(
            address,
            verify_ssl=verify_ssl,
            opened=lambda error: _call(loop, self._opened.set_result, error),
            ended=lambda: _call(loop, self._ended.set),
        )

    async def open(self) -> None:
        """Begin to read and wait until there is something to hear.

        Raises:
            SourceError: there is nothing, or it can't be reached.
        """
        self._reader.start()
        await asyncio.wait((self._opened,), timeout=OPEN_TIMEOUT)
        if not self._opened.done():
            raise SourceError(SourceProblem.CANNOT_CONNECT, "no answer")
        if error := self._opened.result():
            raise SourceError(error.problem, error.detail)

    @override
    def read(self) -> Samples | None:
        # Asked before: what is put in the meantime must not be missed.
        complete = self._reader.complete
        if self._starting and not complete and self._reader.waiting < START_FRAMES:
            return None
        samples = self._reader.next_frame()
        self._starting = samples is None
        self.over = samples is None and complete
        return samples

    def stop(self) -> None:
        """Read nothing more; does not wait."""
        self._reader.stop()

    async def wait_ended(self) -> None:
        """Wait until nothing of it is open."""
        await self._ended.wait()


def _call[*Ts](
    loop: asyncio.AbstractEventLoop, take: Callable[[*Ts], object], *arguments: *Ts
) -> None:
    # A thread that hangs in a look-up of a name may outlive the loop.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(take, *arguments)
