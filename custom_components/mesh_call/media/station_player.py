"""What a station says in its calls besides its microphone: media and announcements."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import override

import numpy as np

from ..calls.errors import CallError
from .mixer import Voice
from .overlay import Overlay
from .playback import Playback
from .playing import MicrophoneUse, PlayerState
from .sinks.speaker import Samples
from .source import SourceError, SourceProblem, SourceStreams
from .stream import Codec

DUCKED = 0.2
"""What is left of the microphone in the background: 14 dB less."""

_GAINS = {
    MicrophoneUse.MIXED: 1.0,
    MicrophoneUse.DUCKED: DUCKED,
    MicrophoneUse.OFF: 0.0,
}
ERRORS = {
    SourceProblem.INVALID_AUTH: "media_refused",
    SourceProblem.NO_MEDIA: "media_not_playable",
    SourceProblem.UNSUPPORTED_CODEC: "media_not_playable",
    SourceProblem.CANNOT_CONNECT: "media_unreachable",
}
"""Keys of what users are told."""


class StationPlayer(Voice):
    """Plays one medium at a time; announcements interrupt it, one after the other.

    Args:
        changed: called when what is to be sent, or anything it shows, is another.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._overlay = Overlay(self)
        self._medium: Playback | None = None
        self._announcements: deque[Playback] = deque()
        self._paused = False
        self._stops = 0
        self._ending: set[asyncio.Task[None]] = set()
        self._volume = 1.0
        self._muted = False

    @property
    def state(self) -> PlayerState:
        """What it does now."""
        if self._current is not None:
            return PlayerState.PLAYING
        return PlayerState.IDLE if self._medium is None else PlayerState.PAUSED

    @property
    def volume(self) -> float:
        """How loud it plays, from 0 to 1."""
        return self._volume

    @property
    def muted(self) -> bool:
        """Whether what it plays is not heard for now."""
        return self._muted

    def over(self, streams: SourceStreams, codecs: tuple[Codec, ...]) -> SourceStreams:
        """Give what is to be sent in place of a source's streams.

        Args:
            streams: of the source.
            codecs: of sound that the receiver takes, none if that isn't known yet.
        """
        return self._overlay.over(streams, codecs)

    async def play(
        self,
        address: str,
        *,
        verify_ssl: bool = True,
        microphone: MicrophoneUse = MicrophoneUse.MIXED,
        announce: bool = False,
    ) -> None:
        """Play something as soon as it can be heard; ends with `stop`.

        Args:
            address: a path or a URL, with credentials.
            verify_ssl: whether a certificate must be trusted.
            microphone: what becomes of the microphone meanwhile.
            announce: whether what plays goes on afterwards.

        Raises:
            CallError: `media_unreachable`, `media_refused` or `media_not_playable`.
        """
        stops = self._stops
        playback = Playback(address, verify_ssl=verify_ssl, microphone=microphone)
        self._expect_end(playback)
        try:
            await playback.open()
        except SourceError as error:
            playback.stop()
            raise CallError(ERRORS[error.problem]) from None
        except BaseException:
            playback.stop()
            raise
        if stops != self._stops:
            playback.stop()
        elif announce:
            self._announcements.append(playback)
        else:
            self._drop(self._medium)
            self._medium, self._paused = playback, False
        self._settle()

    def pause(self) -> None:
        """Hold the medium, not an announcement; the microphone is heard as usual."""
        self._paused = self._medium is not None
        self._settle()

    def resume(self) -> None:
        """Go on with the medium."""
        self._paused = False
        self._settle()

    def stop(self) -> None:
        """Play nothing any more, nor what is being opened."""
        self._stops += 1
        for playback in (self._medium, *self._announcements):
            self._drop(playback)
        self._medium, self._paused = None, False
        self._announcements.clear()
        self._settle()

    def add_voice(self, voice: Voice) -> Callable[[], None]:
        """Let somebody be heard wherever the microphone is; returns what ends it."""
        remove = self._overlay.add(voice)
        self._settle()

        def end() -> None:
            remove()
            self._settle()

        return end

    def set_volume(self, volume: float) -> None:
        """Play as loud as this, from 0 to 1."""
        self._volume = volume
        self._changed()

    def mute(self, muted: bool) -> None:
        """Go on without being heard, or be heard again."""
        self._muted = muted
        self._changed()

    async def close(self) -> None:
        """Stop for good and wait until nothing of it is open."""
        self.stop()
        if self._ending:
            await asyncio.wait(tuple(self._ending))
        await self._overlay.wait_closed()

    @override
    def read(self) -> Samples | None:
        playback = self._current
        if playback is None:
            return None
        samples = playback.read()
        if playback.over:
            asyncio.get_running_loop().call_soon(self._finish, playback)
        if samples is None or self._muted:
            return None
        if self._volume == 1:
            return samples
        quieter: Samples = (samples * self._volume).astype(np.int16)
        return quieter

    @property
    def _current(self) -> Playback | None:
        """What is heard."""
        if self._announcements:
            return self._announcements[0]
        return None if self._paused else self._medium

    def _finish(self, playback: Playback) -> None:
        """Go on with what comes next."""
        if playback is self._medium:
            self._medium, self._paused = None, False
        elif playback in self._announcements:
            self._announcements.remove(playback)
        self._settle()

    def _settle(self) -> None:
        """Let be heard what is to be heard now."""
        current = self._current
        if current is None and not self._overlay.has_voices:
            self._overlay.close()
        else:
            use = current.microphone if current else MicrophoneUse.MIXED
            self._overlay.microphone.gain = _GAINS[use]
            self._overlay.open()
        self._changed()

    def _drop(self, playback: Playback | None) -> None:
        if playback is not None:
            playback.stop()

    def _expect_end(self, playback: Playback) -> None:
        task = asyncio.create_task(playback.wait_ended(), name="mesh_call playback")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
