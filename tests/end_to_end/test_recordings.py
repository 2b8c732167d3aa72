"""Calls are recorded: what everybody sends is found on the disk afterwards."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
import shutil
import time

from playwright.async_api import BrowserContext, Page, expect
import pytest

from .browser import open_page
from .conftest import DOOR_COLOUR, DOOR_FREQUENCY, MICROPHONE_FREQUENCY
from .homeassistant_process import HomeAssistantProcess
from .household import Colour, Person, sees_and_hears, somebody
from .people import eventually, press
from .recordings import describe, files_of, has_colour, watch
from .test_first_call import DOOR, quiet, sees_the_door, wait_for_state

DOOR_RGB: Colour = (0x20, 0x60, 0xC0)
assert bytes(DOOR_RGB).hex().upper() == DOOR_COLOUR


@pytest.fixture
async def couple(
    home: HomeAssistantProcess, tmp_path: Path
) -> AsyncIterator[tuple[Person, Person]]:
    """Two people in front of two browsers that have a name."""
    async with (
        somebody("Kitchen", home.url, tmp_path) as kitchen,
        somebody("Study", home.url, tmp_path) as study,
    ):
        yield kitchen, study


@pytest.fixture
async def talking(home: HomeAssistantProcess, tablet: BrowserContext) -> Page:
    """A page that is in a call with the door."""
    page = await open_page(tablet, f"{home.url}/front-door/home")
    await press(page, f"Call {DOOR}")
    await sees_the_door(page)
    return page


async def shows_recording(page: Page, *, on: bool = True) -> None:
    """Wait until the page tells that it is recorded, or no longer."""
    chip = page.get_by_text("Recording", exact=True).locator("visible=true")
    await (expect(chip).to_be_visible() if on else expect(chip).to_have_count(0))


async def record(home: HomeAssistantProcess, seconds: float) -> tuple[str, float]:
    """Record the present call for a while; return the folder and how long it took."""
    path = (await home.call_action("start_recording"))["path"]
    started = time.monotonic()
    await asyncio.sleep(seconds)
    duration = time.monotonic() - started
    assert (await home.call_action("stop_recording"))["path"] == path
    return path, duration


def shows_the_door(path: Path, duration: float) -> None:
    """Check a file of the door: colour, tone and length."""
    seen = watch(path)
    assert has_colour(seen, DOOR_RGB), seen
    assert abs(seen.frequency - DOOR_FREQUENCY) < 15, seen
    assert abs(seen.seconds - duration) < 1, (seen, duration)


async def test_a_call_with_the_door_is_recorded(
    home: HomeAssistantProcess, talking: Page
) -> None:
    recording = asyncio.create_task(record(home, 6))
    await shows_recording(talking)
    [call] = (await home.call_action("list_calls"))["calls"]
    path, duration = await recording
    assert call["recording"] == path
    await shows_recording(talking, on=False)

    [file] = files_of(path, DOOR)
    shows_the_door(file, duration)
    description = describe(path)
    assert len(description["members"]) == 2
    assert abs(description["duration"] - duration) < 1
    [other] = [f["name"] for f in description["files"] if f["name"] != file.name]
    heard = watch(Path(path) / other)
    # The camera is off when nobody sees it: recording does not switch it on.
    assert heard.pictures == 0
    assert abs(heard.frequency - MICROPHONE_FREQUENCY) < 15
    assert abs(heard.seconds - duration) < 1


async def test_a_call_of_two_screens_is_recorded(
    home: HomeAssistantProcess, couple: tuple[Person, Person]
) -> None:
    kitchen, study = couple
    await press(kitchen.page, "Call Study")
    await press(study.page, "Answer")
    await sees_and_hears(kitchen, study)
    recording = asyncio.create_task(record(home, 8))
    await shows_recording(kitchen.page)
    await shows_recording(study.page)
    path, duration = await recording

    description = describe(path)
    assert {member["name"] for member in description["members"]} == {
        person.name for person in couple
    }
    for person in couple:
        [file] = files_of(path, person.name)
        seen = watch(file)
        assert has_colour(seen, person.colour), seen
        assert abs(seen.frequency - person.tone) < 15, seen
        assert abs(seen.seconds - duration) < 1, (seen, duration)
        assert seen.pictures > 5 * duration
    # Both go on as if nothing had been.
    await sees_and_hears(kitchen, study)


async def test_a_crash_leaves_files_that_play(
    home: HomeAssistantProcess, talking: Page
) -> None:
    path = (await home.call_action("start_recording"))["path"]
    await asyncio.sleep(8)
    assert home.process is not None
    home.process.kill()
    await home.process.wait()
    [file] = files_of(path, DOOR)
    seen = watch(file)
    assert has_colour(seen, DOOR_RGB), seen
    assert seen.seconds > 3


async def test_a_folder_that_vanishes_ends_the_recording_only(
    home: HomeAssistantProcess, talking: Page
) -> None:
    path = (await home.call_action("start_recording"))["path"]
    await shows_recording(talking)
    await asyncio.to_thread(shutil.rmtree, path)

    async def recorded() -> bool:
        [call] = (await home.call_action("list_calls"))["calls"]
        return call["recording"] is not None

    await eventually(recorded, lambda on: not on)
    await shows_recording(talking, on=False)
    await sees_the_door(talking)
    again, duration = await record(home, 4)
    [file] = files_of(again, DOOR)
    await asyncio.to_thread(partial(shows_the_door, file, duration))


@pytest.mark.timeout(300)
async def test_nothing_is_left_after_ten_recorded_calls(
    home: HomeAssistantProcess, tablet: BrowserContext
) -> None:
    page = await open_page(tablet, f"{home.url}/front-door/home")

    async def call() -> None:
        await press(page, f"Call {DOOR}")
        await wait_for_state(home, "in_call")
        await home.call_action("start_recording")
        await asyncio.sleep(1)
        await press(page, "Hang up")
        await wait_for_state(home, "idle")

    for _ in range(2):
        await call()
    before = await quiet(home)
    for _ in range(10):
        await call()
    after = await quiet(home)
    assert after["tasks"] == before["tasks"]
    assert after["objects"] == before["objects"]
    assert after["sockets"] <= before["sockets"]
    assert sum(after["threads"].values()) <= sum(before["threads"].values()) + 2
