"""Calls are recorded: what everybody sends is found on the disk afterwards."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
import shutil
import statistics
import subprocess
import time

from playwright.async_api import Browser, BrowserContext, Page, expect
import pytest

from custom_components.mesh_call.media.recording.disk import MIN_FREE
from tests.cameras.launch import RunningCamera, gstreamer_camera

from .actors import Role, enter
from .browser import open_page, picture
from .claps import write_claps
from .conftest import DOOR_COLOUR, DOOR_FREQUENCY, MICROPHONE_FREQUENCY
from .homeassistant_process import HomeAssistantProcess, running_home
from .household import PEOPLE, Colour, sees_and_hears
from .people import TIMEOUT, eventually, press
from .recordings import Watched, describe, files_of, has_colour, watch
from .test_first_call import DOOR, sees_the_door, wait_for_state
from .traces import at_rest, leaves_nothing

DOOR_RGB: Colour = (0x20, 0x60, 0xC0)
assert bytes(DOOR_RGB).hex().upper() == DOOR_COLOUR


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
    wait = 1000 * TIMEOUT
    if on:
        await expect(chip).to_be_visible(timeout=wait)
    else:
        await expect(chip).to_have_count(0, timeout=wait)


@dataclass(frozen=True)
class Recorded:
    """A recording that is complete, and how long it may be in seconds."""

    path: str
    least: float
    most: float

    def lasts(self, seconds: float) -> bool:
        """Tell whether it may be as long as this, give or take half a second."""
        return self.least - 0.5 < seconds < self.most + 0.5


async def record(
    home: HomeAssistantProcess,
    seconds: float,
    meanwhile: Callable[[], Awaitable[object]] | None = None,
) -> Recorded:
    """Record the present call for a while, twice as long with something to do."""
    begins = time.monotonic()
    path = (await home.call_action("start_recording"))["path"]
    begun = time.monotonic()
    await asyncio.sleep(seconds)
    if meanwhile:
        await meanwhile()
        await asyncio.sleep(seconds)
    ends = time.monotonic()
    assert (await home.call_action("stop_recording"))["path"] == path
    return Recorded(path, ends - begun, time.monotonic() - begins)


def shows_the_door(path: Path, recorded: Recorded) -> None:
    """Check a file of the door: colour, tone and length."""
    seen = watch(path)
    assert has_colour(seen, DOOR_RGB), seen
    assert abs(seen.frequency - DOOR_FREQUENCY) < 15, seen
    assert recorded.lasts(seen.seconds), (seen, recorded)


def in_sync(seen: Watched, claps: int) -> None:
    """Check that what is seen and heard at once is so in a file, at least so often."""
    lips = seen.lips()
    assert len(lips) >= claps, seen
    assert abs(statistics.median(lips)) < 0.08, lips


async def test_a_call_with_the_door_is_recorded(
    home: HomeAssistantProcess, talking: Page
) -> None:
    recording = asyncio.create_task(record(home, 6))
    await shows_recording(talking)
    [call] = (await home.call_action("list_calls"))["calls"]
    recorded = await recording
    assert call["recording"] == recorded.path
    await shows_recording(talking, on=False)

    [file] = files_of(recorded.path, DOOR)
    shows_the_door(file, recorded)
    description = describe(recorded.path)
    assert len(description["members"]) == 2
    assert recorded.lasts(description["duration"])
    [other] = [f for f in description["files"] if f["name"] != file.name]
    heard = watch(Path(recorded.path) / other["name"])
    # The camera is off when nobody sees it: recording does not switch it on.
    assert heard.pictures == 0
    assert abs(heard.frequency - MICROPHONE_FREQUENCY) < 15
    assert recorded.lasts(other["offset"] + heard.seconds)


async def test_lips_stay_in_sync_though_the_camera_drops(
    tmp_path: Path, tablet: BrowserContext
) -> None:
    """A flash and a beep at once, before and after the camera's power is cut."""
    arguments = write_claps(tmp_path)
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(gstreamer_camera(*arguments))
        home = await stack.enter_async_context(
            running_home(tmp_path / "home", door.url)
        )
        page = await open_page(tablet, f"{home.url}/front-door/home")
        await press(page, f"Call {DOOR}")
        await eventually(lambda: picture(page, DOOR), bool)

        async def drop() -> None:
            await door.stop()
            await asyncio.sleep(2)
            again = gstreamer_camera(*arguments, "--port", str(door.port))
            await stack.enter_async_context(again)
            await moves(page, DOOR)

        recorded = await record(home, 7, drop)
        [file] = files_of(recorded.path, DOOR)
        seen = await asyncio.to_thread(watch, file)
        assert recorded.lasts(seen.seconds), (seen, recorded)
        in_sync(seen, 4)
        middle = seen.seconds / 2
        assert min(seen.flashes) < middle < max(seen.flashes)
        back = seen.lips(middle)
        assert back
        assert max(map(abs, back)) < 0.08, seen


async def test_a_call_of_two_screens_is_recorded(
    home: HomeAssistantProcess, chromium: Browser
) -> None:
    """One claps, and another size of picture comes in the middle."""
    kitchen, study = [
        await enter(chromium, home, role)
        for role in (
            Role("Kitchen", *PEOPLE["Kitchen"], claps=True),
            Role("Study", *PEOPLE["Study"]),
        )
    ]
    await press(kitchen.page, "Call Study")
    await press(study.page, "Answer")
    await sees_and_hears(kitchen, study)

    async def resize() -> None:
        await kitchen.page.evaluate("resizePicture(480, 360)")

    recording = asyncio.create_task(record(home, 8, resize))
    await shows_recording(kitchen.page)
    await shows_recording(study.page)
    recorded = await recording

    description = describe(recorded.path)
    names = {member["name"] for member in description["members"]}
    assert names == {"Kitchen", "Study"}
    [file] = files_of(recorded.path, "Study")
    seen = await asyncio.to_thread(watch, file)
    assert has_colour(seen, study.colour), seen
    assert abs(seen.frequency - study.tone) < 15, seen
    [offset] = [f["offset"] for f in description["files"] if f["name"] == file.name]
    assert recorded.lasts(offset + seen.seconds), (seen, recorded)
    assert seen.pictures > 5 * recorded.least

    first, second = files_of(recorded.path, "Kitchen")
    assert (first.name, second.name) == ("Kitchen.mp4", "Kitchen 2.mp4")
    for file, size in ((first, (320, 240)), (second, (480, 360))):
        seen = await asyncio.to_thread(watch, file)
        assert seen.size == size
        assert has_colour(seen, kitchen.colour), seen
        in_sync(seen, 2)
    # Both go on as if nothing had been.
    await sees_and_hears(kitchen, study)


async def test_four_are_recorded_at_once(
    home: HomeAssistantProcess, chromium: Browser
) -> None:
    people = [
        await enter(chromium, home, Role(name, colour, tone))
        for name, (colour, tone) in PEOPLE.items()
    ]
    called = [*(person.name for person in people[1:]), DOOR]
    caller = {"from": people[0].name}
    await home.call_action("call", **caller, to=called, ring_mode="all", record=True)
    for person in people[1:]:
        await press(person.page, "Answer")
    for person in people:
        await shows_recording(person.page)
        await sees_and_hears(person, *(other for other in people if other != person))
    await asyncio.sleep(5)
    [call] = (await home.call_action("list_calls"))["calls"]
    await press(people[0].page, "Hang up")
    await eventually(lambda: describe_end(call["recording"]), bool)

    expected = {person.name: (person.colour, person.tone) for person in people}
    expected[DOOR] = (DOOR_RGB, DOOR_FREQUENCY)
    for name, (colour, tone) in expected.items():
        file = files_of(call["recording"], name)[-1]
        seen = await asyncio.to_thread(watch, file)
        assert has_colour(seen, colour), (name, seen)
        assert abs(seen.frequency - tone) < 15, (name, seen)
        assert seen.seconds > 4, (name, seen)


async def describe_end(path: str) -> str | None:
    """Return when a recording ended, as far as it is known."""
    ended: str | None = describe(path)["ended"]
    return ended


async def moves(page: Page, label: str) -> None:
    """Wait until a member's picture goes on."""
    first = await picture(page, label) or {"time": None}
    await eventually(
        lambda: picture(page, label),
        lambda seen: seen is not None and seen["time"] != first["time"],
    )


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
    again = await record(home, 4)
    [file] = files_of(again.path, DOOR)
    await asyncio.to_thread(shows_the_door, file, again)


async def test_a_full_disk_ends_the_recording_only(
    tmp_path: Path, door: RunningCamera, tablet: BrowserContext
) -> None:
    media = tmp_path / "home" / "media"
    media.mkdir(parents=True)
    disk = on_a_disk_of(media, MIN_FREE + 15_000_000)
    url = door.url.replace(" ", "%20")
    async with running_home(tmp_path / "home", url, "repairs:\n", disk) as home:
        page = await open_page(tablet, f"{home.url}/front-door/home")
        await press(page, f"Call {DOOR}")
        await sees_the_door(page)
        assert home.process is not None
        folder = Path(f"/proc/{home.process.pid}/root")
        path = (await home.call_action("start_recording"))["path"]
        await shows_recording(page)
        await asyncio.sleep(4)
        filler = folder / media.relative_to("/") / "filler"
        await asyncio.to_thread(filler.write_bytes, bytes(20_000_000))

        await shows_recording(page, on=False)
        assert await repairs(page) == ["recording_disk_full"]
        await moves(page, DOOR)
        await sees_the_door(page)
        assert await refusal(page) == "disk_full"
        [file] = files_of(folder / path.lstrip("/"), DOOR)
        seen = await asyncio.to_thread(watch, file)
        assert has_colour(seen, DOOR_RGB), seen
        assert seen.seconds > 3

        await asyncio.to_thread(filler.unlink)
        await record(home, 1)
        assert await repairs(page) == []


def on_a_disk_of(folder: Path, size: int) -> tuple[str, ...]:
    """Give the command that runs another with a small disk at a folder."""
    own = ("unshare", "--mount", "--map-root-user")
    mount = f"mount -t tmpfs -o size={size} tmpfs '{folder}'"
    if subprocess.run([*own, "sh", "-c", mount], check=False).returncode:
        pytest.skip("no file system may be mounted here")
    return (*own, "sh", "-c", f'{mount} && exec "$@"', "sh")


async def repairs(page: Page) -> list[str]:
    """Return what the home shows to be repaired of ours."""
    found: list[str] = await page.evaluate(
        """
        async () => {
          const {hass} = document.querySelector('home-assistant');
          const {issues} = await hass.callWS({type: 'repairs/list_issues'});
          return issues.filter((issue) => issue.domain === 'mesh_call')
            .map((issue) => issue.translation_key);
        }
        """
    )
    return found


async def refusal(page: Page) -> str | None:
    """Try to record the present call; return the key of the error."""
    key: str | None = await page.evaluate(
        """
        async () => {
          const {hass} = document.querySelector('home-assistant');
          const action = {domain: 'mesh_call', service: 'start_recording'};
          try {
            await hass.callWS(
              {type: 'call_service', ...action, return_response: true});
            return null;
          } catch (error) {
            return error.translation_key;
          }
        }
        """
    )
    return key


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
    before = await at_rest(home)
    for _ in range(10):
        await call()
    await leaves_nothing(home, before)
