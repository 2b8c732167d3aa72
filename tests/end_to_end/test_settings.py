"""What users set, of a station, a browser and the card, as it works then."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import pytest_asyncio

from .browser import picture, tones
from .conftest import DOOR_FREQUENCY, running_house
from .household import House, Person
from .outside import add_station, change_the_door
from .people import control, eventually, press, sees
from .sounds import LoudspeakerFile

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOOR = "Front door"


SPEAKER = "Loft speaker"
CONFIGURATION = """
media_player:
  - platform: tape_recorder
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A home with a door, and a media player that keeps what it plays."""
    folder = tmp_path_factory.mktemp("house")
    async with running_house(folder, CONFIGURATION) as house:
        yield house


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


async def test_a_speaker_without_a_camera(house: House, kitchen: Person) -> None:
    """A video call with it has sound only, which a media player plays."""
    await add_station(house.home, SPEAKER, speaker="media_player.tape_recorder")
    tape = house.folder / "home" / "tape.mp3"
    await sees(kitchen.page, f"Call {SPEAKER}")
    await house.home.call_action("call", **{"from": "Kitchen"}, to=[SPEAKER])
    await sees(kitchen.page, "Hang up")
    await eventually(
        partial(asyncio.to_thread, _frequency_on, tape),
        lambda tone: abs(tone - kitchen.tone) < 15,
    )
    view = kitchen.page.get_by_role("group", name=f"Call with {SPEAKER}")
    await view.get_by_text(SPEAKER).nth(1).wait_for()
    assert await picture(kitchen.page, SPEAKER) is None
    assert await house.home.state("media_player.tape_recorder") == "playing"
    [call] = (await house.home.call_action("list_calls"))["calls"]
    assert call["video"]
    assert [link["state"] for link in call["links"]] == ["connected"]

    await press(kitchen.page, "Hang up")
    await eventually(
        partial(house.home.state, "media_player.tape_recorder"), "idle".__eq__
    )


def _frequency_on(tape: Path) -> float:
    """Return the loudest frequency of the newest second on a tape, 0 without one."""
    if not tape.exists() or tape.stat().st_size < 20_000:
        return 0.0
    with av.open(BytesIO(tape.read_bytes()[-16_000:]), "r", format="mp3") as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    samples = np.concatenate(frames)
    if np.abs(samples).max() < 0.01:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * 48_000 / len(samples)


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
