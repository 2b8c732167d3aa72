"""What a station is set to, as somebody in a call with it hears and sees it."""

from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from .browser import tones
from .conftest import DOOR_FREQUENCY
from .household import House, Person
from .outside import change_the_door
from .people import eventually, press
from .sounds import LoudspeakerFile

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOOR = "Front door"


@pytest_asyncio.fixture(loop_scope="module")
async def kitchen(house: House) -> Any:
    """Somebody who calls."""
    yield await house.open("Kitchen")
    await house.tidy()


async def hears_the_door(person: Person, expected: bool) -> None:
    """Wait until somebody hears the door's microphone, or nothing of it."""
    await eventually(
        partial(tones, person.page, [DOOR_FREQUENCY]),
        lambda heard: (heard[DOOR_FREQUENCY] > -60) is expected,
    )


async def test_half_duplex(house: House, kitchen: Person) -> None:
    """The door's microphone is silent while its loudspeaker plays a voice."""
    loudspeaker = LoudspeakerFile(house.folder / "loudspeaker.wav")
    await press(kitchen.page, f"Call {DOOR}")
    await hears_the_door(kitchen, True)

    await change_the_door(house.home, duplex="half")
    await hears_the_door(kitchen, False)
    await eventually(
        partial(_heard_lately, loudspeaker), lambda tone: abs(tone - kitchen.tone) < 15
    )
    await press(kitchen.page, "Mute microphone")
    await hears_the_door(kitchen, True)
    await press(kitchen.page, "Unmute microphone")
    await hears_the_door(kitchen, False)

    await change_the_door(house.home, duplex="full")
    await hears_the_door(kitchen, True)


async def _heard_lately(loudspeaker: LoudspeakerFile) -> float:
    """Return the frequency of the last second that the door's loudspeaker played."""
    return loudspeaker.frequency(max(0, loudspeaker.samples - 8_000))
