"""The mixer: who hears whom, how loud and how evenly."""

import asyncio
import time
from typing import override

import numpy as np
import pytest

from custom_components.mesh_call.media.mixer import Mixer, Voice
from custom_components.mesh_call.media.sinks.speaker import FRAME_SAMPLES, Samples

from .synthetic import power


class Sine(Voice):
    """A voice without end."""

    def __init__(self, frequency: float, level: int) -> None:
        self._frequency, self._level = frequency, level
        self._count = 0

    @override
    def read(self) -> Samples | None:
        at = np.arange(FRAME_SAMPLES) + self._count * FRAME_SAMPLES
        self._count += 1
        wave = np.sin(at * 2 * np.pi * self._frequency / 48_000) * self._level
        return wave.astype(np.int16)


class Listener:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.frames: list[Samples] = []

    def write(self, samples: Samples) -> None:
        assert samples.size == FRAME_SAMPLES
        self.frames.append(samples)

    def heard(self, last: int = 20) -> Samples:
        return np.concatenate(self.frames[-last:])


async def test_nobody_hears_himself() -> None:
    mixer = Mixer()
    one, two = Sine(500, 5000), Sine(900, 5000)
    ears = [Listener() for _ in range(3)]
    removals = [mixer.add(one), mixer.add(two)]
    removals += [
        mixer.listen(ears[0].write),
        mixer.listen(ears[1].write, without=(one,)),
        mixer.listen(ears[2].write, without=[one, two]),
    ]
    await asyncio.sleep(0.6)
    for remove in removals:
        remove()
        remove()

    assert power(ears[0].heard(), 500) == pytest.approx(5000, rel=0.05)
    assert power(ears[0].heard(), 900) == pytest.approx(5000, rel=0.05)
    assert power(ears[1].heard(), 500) < 100
    assert power(ears[1].heard(), 900) == pytest.approx(5000, rel=0.05)
    assert not ears[2].heard().any()


async def test_loud_voices_do_not_clip() -> None:
    mixer = Mixer()
    for frequency in (500, 600, 700):
        mixer.add(Sine(frequency, 30_000))
    ear = Listener()
    remove = mixer.listen(ear.write)
    await asyncio.sleep(0.8)
    remove()

    heard = ear.heard()
    assert np.abs(heard).max() <= 32_000
    for frequency in (500, 600, 700):
        assert power(heard, frequency) > 6000
    # Clipping would be heard as other tones.
    assert power(heard, 1000) < 300


async def test_real_time_without_drift() -> None:
    mixer = Mixer()
    ear = Listener()
    began = time.monotonic()
    remove = mixer.listen(ear.write)
    for _ in range(20):
        await asyncio.sleep(0.04)
        time.sleep(0.03)  # noqa: ASYNC251 - what a busy loop does
    elapsed = time.monotonic() - began
    remove()

    assert abs(len(ear.frames) - elapsed / 0.02) <= 3
    # Works only while somebody listens.
    count = len(ear.frames)
    await asyncio.sleep(0.1)
    assert len(ear.frames) == count
    assert len(asyncio.all_tasks()) == 1


async def test_a_long_hold_up_is_not_made_up_for() -> None:
    mixer = Mixer()
    ear = Listener()
    remove = mixer.listen(ear.write)
    await asyncio.sleep(0.05)
    time.sleep(0.6)  # noqa: ASYNC251
    count = len(ear.frames)
    await asyncio.sleep(0.05)
    remove()
    assert len(ear.frames) - count < 6
