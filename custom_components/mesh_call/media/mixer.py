"""Mixes voices for listeners, 20 ms at a time, in real time."""

import asyncio
from collections.abc import Callable, Collection
import time
from typing import Protocol

import numpy as np

from .sinks.speaker import FRAME_SAMPLES, Samples

FRAME_SECONDS = 0.02

_MAX_BACKLOG = 0.2
_CEILING = 32_000
_RECOVERY = 1.02


class Voice(Protocol):
    """Anything that gives samples when asked."""

    def read(self) -> Samples | None:
        """The next FRAME_SAMPLES samples, None for silence."""


class Mixer:
    """Adds voices up; works only while somebody listens."""

    def __init__(self) -> None:
        self._voices: list[Voice] = []
        self._listeners: list[_Listener] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, voice: Voice) -> Callable[[], None]:
        """Let a voice be heard; returns the removal."""
        self._voices.append(voice)

        def remove() -> None:
            if voice in self._voices:
                self._voices.remove(voice)

        return remove

    def listen(
        self, write: Callable[[Samples], None], without: Collection[Voice] = ()
    ) -> Callable[[], None]:
        """Give `write` FRAME_SAMPLES samples every 20 ms; returns the removal.

        Args:
            write: must not block; silence is written, too.
            without: voices left out, for nobody hears himself. A live collection.
        """
        listener = _Listener(write, without)
        self._listeners.append(listener)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

        def remove() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task = None

        return remove

    async def _run(self) -> None:
        due = time.monotonic()
        while True:
            self._mix()
            due += FRAME_SECONDS
            now = time.monotonic()
            if now - due > _MAX_BACKLOG:
                # After a long hold-up the sound goes on now, not later.
                due = now
            await asyncio.sleep(max(0.0, due - now))

    def _mix(self) -> None:
        heard = [
            (voice, samples)
            for voice in self._voices
            if (samples := voice.read()) is not None
        ]
        for listener in tuple(self._listeners):
            listener.hear(heard)


class _Listener:
    """One mix, kept below clipping by a gain that comes back slowly."""

    def __init__(
        self, write: Callable[[Samples], None], without: Collection[Voice]
    ) -> None:
        self._write = write
        self._without = without
        self._gain = 1.0

    def hear(self, heard: list[tuple[Voice, Samples]]) -> None:
        voices = [samples for voice, samples in heard if voice not in self._without]
        if not voices:
            self._write(np.zeros(FRAME_SAMPLES, np.int16))
        elif len(voices) == 1 and self._gain >= 1:
            self._write(voices[0])
        else:
            self._write(self._limit(np.sum(voices, axis=0, dtype=np.int32)))

    def _limit(self, mixed: np.ndarray[tuple[int], np.dtype[np.int32]]) -> Samples:
        peak = int(np.abs(mixed).max())
        before = self._gain
        self._gain = min(1.0, before * _RECOVERY, _CEILING / max(1, peak))
        # Down at once, up along a slope: a step would be heard.
        slope = np.linspace(min(before, self._gain), self._gain, FRAME_SAMPLES)
        return (mixed * slope).astype(np.int16)
