"""An exchange and a speaker that only keep what they get."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
import time
from typing import override

from aiortc import MediaStreamTrack
import av
import numpy as np

from custom_components.mesh_call.calls.model import (
    Call,
    Candidate,
    Connection,
    ConnectionState,
    Description,
    Direction,
)
from custom_components.mesh_call.media.sinks.speaker import Samples, SpeakerError
from tests.waiting import until

from .synthetic import FRAME_RATE, Colour


@dataclass(slots=True)
class FakeExchange:
    """Keeps what a station reports, by connection."""

    descriptions: dict[str, asyncio.Queue[Description]] = field(default_factory=dict)
    states: dict[str, list[ConnectionState]] = field(default_factory=dict)
    media: list[str] = field(default_factory=list)
    silence: list[bool] = field(default_factory=list)

    def descriptions_of(self, connection_id: str) -> asyncio.Queue[Description]:
        return self.descriptions.setdefault(connection_id, asyncio.Queue())

    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        await self.descriptions_of(connection_id).put(description)

    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None:
        raise AssertionError("all candidates are in the description")

    def report_state(
        self, connection_id: str, party_id: str, state: ConnectionState
    ) -> None:
        self.states.setdefault(connection_id, []).append(state)

    def report_media(self, connection_id: str, party_id: str) -> None:
        self.media.append(connection_id)

    def report_silence(
        self, connection_id: str, party_id: str, *, silent: bool
    ) -> None:
        self.silence.append(silent)

    async def connected(self, connection_id: str) -> None:
        await until(
            lambda: ConnectionState.CONNECTED in self.states.get(connection_id, [])
        )


class FakeSpeaker:
    """Keeps what is played, and when."""

    late = False
    cancels_echo = False

    def __init__(self, error: SpeakerError | None = None, delay: float = 0.0) -> None:
        self.lost = asyncio.Event()
        self.played: list[Samples] = []
        self.times: list[float] = []
        self.is_open = False
        self._error = error
        self.next_error = error
        self._delay = delay

    async def open(self) -> None:
        await asyncio.sleep(self._delay)
        if self._error:
            error, self._error = self._error, self.next_error
            raise error
        self.lost.clear()
        self.is_open = True

    async def wait_lost(self) -> None:
        await self.lost.wait()

    def write(self, samples: Samples) -> None:
        assert self.is_open
        self.played.append(samples)
        self.times.append(time.monotonic())

    async def close(self) -> None:
        self.is_open = False

    async def hear(self, seconds: float = 0.4) -> Samples:
        """What is played from now on."""
        start, count = len(self.played), round(seconds * 50)
        await until(lambda: len(self.played) - start >= count)
        return np.concatenate(self.played[start : start + count])


class ToneTrack(MediaStreamTrack):
    """What a stock peer says: one frequency."""

    kind = "audio"

    def __init__(self, frequency: float, level: int = 8000) -> None:
        super().__init__()
        self.level = level
        self._frequency = frequency
        self._count = 0
        self._start = 0.0

    @override
    async def recv(self) -> av.AudioFrame:
        self._start = self._start or time.monotonic()
        due = self._start + self._count * 0.02
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        at = np.arange(960) + self._count * 960
        wave = np.sin(at * 2 * np.pi * self._frequency / 48_000) * self.level
        frame = av.AudioFrame.from_ndarray(
            wave.astype(np.int16).reshape(1, -1), format="s16", layout="mono"
        )
        frame.sample_rate = 48_000
        frame.pts = self._count * 960
        frame.time_base = Fraction(1, 48_000)
        self._count += 1
        return frame


def make_call(call_id: str = "call") -> Call:
    return Call(call_id, "station", Direction.OUTGOING, True, datetime.now(UTC), {})


def make_connection(
    connection_id: str = "connection",
    *,
    offers: bool = True,
    preview: bool = False,
    video: bool = True,
    call_id: str = "call",
) -> Connection:
    ends = ("station", "screen") if offers else ("screen", "station")
    return Connection(connection_id, call_id, *ends, video, preview)


class ColourTrack(MediaStreamTrack):
    """What a stock peer shows: one colour."""

    kind = "video"

    def __init__(
        self,
        colour: Colour,
        size: tuple[int, int] = (320, 240),
        rate: int = FRAME_RATE,
    ) -> None:
        super().__init__()
        self._rate = rate
        plain = np.full((size[1], size[0], 3), colour, np.uint8)
        self._frame = av.VideoFrame.from_ndarray(plain, format="rgb24").reformat(
            format="yuv420p"
        )
        self._count = 0

    @override
    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(1 / self._rate)
        self._frame.pts = self._count * 90_000 // self._rate
        self._frame.time_base = Fraction(1, 90_000)
        self._count += 1
        return self._frame
