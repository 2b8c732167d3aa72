"""The jitter buffer against simulated networks; time is made up."""

from collections.abc import Iterable
from dataclasses import dataclass
import random

import numpy as np
import pytest

from custom_components.mesh_call.media.jitter import JitterBuffer
from custom_components.mesh_call.media.sinks.speaker import FRAME_SAMPLES, Samples

from .synthetic import loudest

FRAME = 0.02


def decode(payload: bytes) -> Samples:
    return np.frombuffer(payload, np.int16)


def payload(number: int, frequency: float = 400) -> bytes:
    at = np.arange(FRAME_SAMPLES) + number * FRAME_SAMPLES
    wave = np.sin(at * 2 * np.pi * frequency / 48_000) * 8000
    return wave.astype(np.int16).tobytes()


@dataclass(slots=True)
class Arrival:
    """Packet `number` arrives at `time`."""

    time: float
    number: int


@dataclass(slots=True)
class Run:
    """What came out."""

    frames: list[Samples | None]
    levels: list[float]
    buffer: JitterBuffer

    @property
    def silent(self) -> int:
        return sum(frame is None for frame in self.frames)

    def heard(self, start: int = 0) -> Samples:
        silence = np.zeros(FRAME_SAMPLES, np.int16)
        return np.concatenate(
            [silence if f is None else f for f in self.frames[start:]]
        )


def simulate(
    arrivals: Iterable[Arrival],
    *,
    reads: int,
    first_sequence: int = 65_500,
    read_interval: float = FRAME,
    offset: float = 0.007,
) -> Run:
    buffer = JitterBuffer(decode, 48_000)
    waiting = sorted(arrivals, key=lambda arrival: arrival.time)
    run = Run([], [], buffer)
    for read in range(reads):
        now = read * read_interval + offset
        while waiting and waiting[0].time <= now:
            arrival = waiting.pop(0)
            buffer.put(
                first_sequence + arrival.number & 0xFFFF,
                arrival.number * FRAME_SAMPLES + 4_294_900_000 & 0xFFFFFFFF,
                payload(arrival.number),
                arrival.time,
            )
        frame = buffer.read()
        assert frame is None or frame.size == FRAME_SAMPLES
        run.frames.append(frame)
        run.levels.append(buffer.level)
    return run


def steady(count: int) -> list[Arrival]:
    return [Arrival(number * FRAME, number) for number in range(count)]


def test_even_packets_come_out_unchanged() -> None:
    run = simulate(steady(500), reads=500)

    assert run.silent <= 3
    first = next(i for i, frame in enumerate(run.frames) if frame is not None)
    expected = np.concatenate([decode(payload(n)) for n in range(400)])
    assert (run.heard(first)[: expected.size] == expected).mean() > 0.95
    assert run.levels[-1] <= 0.06
    assert run.buffer.lost == run.buffer.late == 0


@pytest.mark.parametrize("lost", [{100}, {100, 101}, set(range(50, 300, 7))])
def test_loss_is_concealed_and_costs_no_delay(lost: set[int]) -> None:
    arrivals = [a for a in steady(500) if a.number not in lost]
    run = simulate(arrivals, reads=500)

    assert run.buffer.lost == len(lost)
    assert run.silent <= 3
    assert run.levels[-1] <= 0.06
    assert loudest(run.heard(5)) == pytest.approx(400, abs=5)


def test_long_loss_is_jumped_over() -> None:
    arrivals = [a for a in steady(400) if not 100 <= a.number < 130]
    run = simulate(arrivals, reads=400)

    assert run.levels[-1] <= 0.06
    assert loudest(run.heard(200)) == pytest.approx(400, abs=5)


def test_reordered_packets_are_put_in_order() -> None:
    arrivals = steady(500)
    for number in range(100, 400, 10):
        # Each tenth is overtaken by the next one.
        arrivals[number].time = (number + 1) * FRAME + 0.003
    run = simulate(arrivals, reads=500)

    assert run.buffer.lost <= 2
    assert run.levels[-1] <= 0.08
    assert loudest(run.heard(150)) == pytest.approx(400, abs=5)


def test_jitter_raises_the_delay_and_calm_lowers_it() -> None:
    chance = random.Random(1)
    arrivals = [
        Arrival(a.time + (chance.uniform(0, 0.08) if a.number < 500 else 0), a.number)
        for a in steady(2000)
    ]
    run = simulate(arrivals, reads=2000)

    assert 0.05 < max(run.levels[300:500]) < 0.2
    assert run.buffer.lost + run.silent < 15
    assert run.levels[-1] <= 0.06


def test_a_stall_is_caught_up_with() -> None:
    arrivals = [
        Arrival(max(a.time, 4.4) if a.time >= 4.0 else a.time, a.number)
        for a in steady(1200)
    ]
    run = simulate(arrivals, reads=1200)

    assert max(run.levels[220:240]) > 0.2
    assert run.levels[-1] <= 0.1
    assert loudest(run.heard(600)) == pytest.approx(400, abs=8)


def test_late_packets_are_dropped() -> None:
    arrivals = steady(300)
    arrivals[100].time += 0.25
    run = simulate(arrivals, reads=300)

    assert run.buffer.late == run.buffer.lost == 1
    assert run.levels[-1] <= 0.3


@pytest.mark.parametrize("drift", [0.999, 1.001, 0.995, 1.005])
def test_drift_neither_grows_nor_starves(drift: float) -> None:
    run = simulate(steady(6000), reads=5900, read_interval=FRAME * drift)

    assert max(run.levels[1000:]) <= 0.1
    # With a slower sender now and then a frame has to be made up.
    assert run.silent < 80
    assert loudest(run.heard(3000)) == pytest.approx(400, abs=3)


def test_a_pause_is_silence_and_nothing_old_is_heard() -> None:
    arrivals = [
        Arrival(a.time + (3 if a.number >= 100 else 0), a.number) for a in steady(300)
    ]
    run = simulate(arrivals, reads=450)

    assert all(frame is None for frame in run.frames[110:245])
    assert loudest(run.heard(260)) == pytest.approx(400, abs=5)
    assert run.levels[-1] <= 0.1


def test_restart_of_the_sender() -> None:
    buffer = JitterBuffer(decode, 48_000)
    for number in range(50):
        buffer.put(number, number * 960, payload(number), number * FRAME)
        buffer.read()
    for number in range(50):
        sequence = 30_000 + number
        buffer.put(sequence, 77 + number * 960, payload(number), 1 + number * FRAME)
        last = buffer.read()
    assert last is not None
    assert buffer.level <= 0.06


def test_nobody_reads() -> None:
    buffer = JitterBuffer(decode, 48_000)
    for number in range(1000):
        buffer.put(number, number * 960, payload(number), number * FRAME)
    assert buffer.level <= 2.1
    for _ in range(200):
        buffer.read()
    assert buffer.level <= 0.2


def test_other_packet_lengths() -> None:
    buffer = JitterBuffer(decode, 48_000)
    long = [payload(n) + payload(n + 1) + payload(n + 2) for n in range(0, 300, 3)]
    frames = []
    for number, data in enumerate(long):
        buffer.put(number, number * 2880, data, number * 0.06)
        frames += [buffer.read() for _ in range(3)]
    silent = sum(frame is None for frame in frames)
    assert silent < 8
    assert buffer.level <= 0.2
