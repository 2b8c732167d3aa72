"""Where packets are placed whose source has just come back."""

import pytest

from custom_components.mesh_call.media.recording.placement import Placement
from custom_components.mesh_call.media.recording.readers import (
    CLOCK_PATIENCE,
    Arrival,
    OpusReader,
)
from custom_components.mesh_call.media.source_clock import ClockReference, SourceClock
from custom_components.mesh_call.media.stream import Packet

RATE = 48_000


def arrival(at: float, captured: float, reference: ClockReference | None) -> Arrival:
    """Sound of one moment that came at another."""
    return [Packet(b"\xfc", round(captured * RATE))], at, reference


@pytest.fixture
def moments() -> list[float]:
    return []


@pytest.fixture
def reader(moments: list[float]) -> OpusReader:
    reader = OpusReader(Placement(RATE, 0.0), lambda moment, _: moments.append(moment))
    known = ClockReference(0.0, 0, 0.0, SourceClock())
    reader.take([arrival(1.1, 1.0, known)])
    assert moments.pop() == pytest.approx(1.0)
    return reader


def test_sound_waits_for_the_clock_of_a_source_that_came_back(
    reader: OpusReader, moments: list[float]
) -> None:
    # What came first was late on its way, what follows is not.
    reader.take([arrival(5.2, 5.0, None), arrival(5.25, 5.2, None)])
    assert not moments
    reader.take([arrival(5.45, 5.4, ClockReference(5.14, 5 * RATE, 5.14))])
    assert moments == pytest.approx([5.14, 5.34, 5.54])


def test_sound_does_not_wait_for_long(reader: OpusReader, moments: list[float]) -> None:
    reader.take([arrival(5.0, 5.0, None)])
    assert not moments
    reader.take([arrival(5.1 + CLOCK_PATIENCE, 5.1 + CLOCK_PATIENCE, None)])
    assert moments == pytest.approx([5.0, 5.1 + CLOCK_PATIENCE])
    reader.take([arrival(7.0, 7.0, None)])
    assert len(moments) == 3


def test_what_is_held_back_is_given_in_the_end(
    reader: OpusReader, moments: list[float]
) -> None:
    reader.take([arrival(5.0, 5.0, None)])
    reader.finish()
    assert moments == pytest.approx([5.0])
