"""What a station is set to, as somebody in a call with it hears and sees it."""

import asyncio
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from .browser import tones
from .conftest import DOOR_FREQUENCY
from .household import House, Person
from .outside import change_the_door
from .people import control, eventually, press, sees
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
        partial(_plays, loudspeaker), lambda tone: abs(tone - kitchen.tone) < 15
    )
    await press(kitchen.page, "Mute microphone")
    await hears_the_door(kitchen, True)
    await press(kitchen.page, "Unmute microphone")
    await hears_the_door(kitchen, False)

    await change_the_door(house.home, duplex="full")
    await hears_the_door(kitchen, True)


async def test_push_to_talk(house: House, kitchen: Person) -> None:
    """The door hears a browser only while its button is held."""
    loudspeaker = LoudspeakerFile(house.folder / "loudspeaker.wav")
    page = kitchen.page
    await press(page, "Settings")
    await page.get_by_label("Push to talk").check()
    await press(page, "Close")
    await press(page, f"Call {DOOR}")
    await hears_the_door(kitchen, True)
    await eventually(partial(_is_muted, house, "Kitchen"), bool)
    assert await _plays(loudspeaker) == 0

    await control(page, "Unmute microphone").hover()
    await page.mouse.down()
    await sees(page, "Mute microphone")
    await eventually(
        partial(_plays, loudspeaker), lambda tone: abs(tone - kitchen.tone) < 15
    )
    assert not await _is_muted(house, "Kitchen")
    await page.mouse.up()
    await sees(page, "Unmute microphone: hold to talk")
    await eventually(partial(_is_muted, house, "Kitchen"), bool)
    await eventually(partial(_plays, loudspeaker), (0.0).__eq__)


async def _is_muted(house: House, name: str) -> bool:
    """Tell whether Home Assistant knows of a member's microphone that it is off."""
    [call] = (await house.home.call_action("list_calls"))["calls"]
    [member] = [one for one in call["members"] if one["name"] == name]
    muted: bool = member["muted_audio"]
    return muted


async def _plays(loudspeaker: LoudspeakerFile) -> float:
    """Return the frequency that the door's loudspeaker plays now, 0 for silence."""
    start = loudspeaker.samples
    await asyncio.sleep(1)
    return loudspeaker.frequency(start)
