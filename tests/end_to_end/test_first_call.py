"""The doorbell rings, a screen answers: the whole way, on real parts."""

import asyncio
import re
from typing import Any

from playwright.async_api import BrowserContext, Page
import pytest

from .browser import open_page, picture, sound
from .conftest import DOOR_COLOUR, DOOR_FREQUENCY, MICROPHONE_FREQUENCY
from .homeassistant_process import HomeAssistantProcess
from .people import control, does_not_see, eventually, press, sees
from .sounds import LoudspeakerFile
from .traces import at_rest, leaves_nothing

DOOR = "Front door"
SILENCE = 0.005


def shows_the_door(seen: dict[str, Any] | None) -> bool:
    """Tell whether a picture has the door's colour."""
    if seen is None:
        return False
    wanted = [int(DOOR_COLOUR[i : i + 2], 16) for i in (0, 2, 4)]
    return all(abs(a - b) < 30 for a, b in zip(seen["colour"], wanted, strict=True))


async def sees_the_door(page: Page) -> dict[str, Any]:
    """Wait until the page shows the door's picture."""
    seen = await eventually(lambda: picture(page, DOOR), shows_the_door)
    assert seen is not None
    return seen


async def hears_the_door(page: Page) -> None:
    """Wait until the page plays the door's tone."""
    await eventually(
        lambda: sound(page),
        lambda heard: (
            heard["decibels"] > -60 and abs(heard["frequency"] - DOOR_FREQUENCY) < 15
        ),
    )


async def is_heard_at_the_door(loudspeaker: LoudspeakerFile) -> None:
    """Wait until the loudspeaker plays the tone of the browser's microphone."""

    async def listen() -> float:
        start = loudspeaker.samples
        await asyncio.sleep(1.5)
        return loudspeaker.frequency(start)

    await eventually(listen, lambda heard: abs(heard - MICROPHONE_FREQUENCY) < 15)


async def is_silent_at_the_door(loudspeaker: LoudspeakerFile) -> None:
    """Wait until the loudspeaker plays nothing to be heard."""

    async def listen() -> float:
        start = loudspeaker.samples
        await asyncio.sleep(1.5)
        return loudspeaker.loudness(start)

    await eventually(listen, lambda loudness: loudness < SILENCE)


async def ring(home: HomeAssistantProcess) -> None:
    """Press the bell at the door."""
    await home.act("input_button", "press", entity_id="input_button.front_door_bell")


async def call_state(home: HomeAssistantProcess) -> str:
    """Return the door's call state."""
    return await home.state("sensor.front_door_call_state")


async def wait_for_state(home: HomeAssistantProcess, state: str) -> None:
    """Wait for the door's call state."""
    await eventually(lambda: call_state(home), lambda seen: seen == state)


async def test_the_bell_rings_everywhere_and_one_screen_answers(
    home: HomeAssistantProcess,
    tablet: BrowserContext,
    laptop: BrowserContext,
    loudspeaker: LoudspeakerFile,
) -> None:
    """The path of a newcomer, from the bell to the end of the call."""
    dashboard = await open_page(tablet, f"{home.url}/front-door/home")
    history = await open_page(laptop, f"{home.url}/history")
    await sees(dashboard, f"Call {DOOR}")
    await becomes_a_screen(history)

    await press(dashboard, "Press the bell")
    for page in (dashboard, history):
        await sees(page, "Answer")
        await sees(page, "Reject")
        await sees_the_door(page)
    assert await call_state(home) == "calling"
    assert loudspeaker.samples == 0, "the back channel is open while it rings"

    await press(history, "Answer")
    await does_not_see(dashboard, "Answer")
    await wait_for_state(home, "in_call")
    seen = await sees_the_door(history)
    assert (seen["width"], seen["height"]) == (640, 360)
    await hears_the_door(history)
    await is_heard_at_the_door(loudspeaker)

    await press(history, "Mute microphone")
    await is_silent_at_the_door(loudspeaker)
    await press(history, "Unmute microphone")
    await is_heard_at_the_door(loudspeaker)

    await press(history, "Hang up")
    await wait_for_state(home, "idle")
    await does_not_see(history, "Hang up")
    [call] = (await home.call_action("list_calls", past=True))["calls"]
    assert call["reason"] == "hung_up"


async def becomes_a_screen(page: Page) -> None:
    """Wait until the page is registered, whatever it navigates to meanwhile."""
    await page.wait_for_function(
        "Object.keys(localStorage).some((key) => key.startsWith('mesh_call.screen'))"
    )


async def test_reject_by_the_only_screen_ends_the_call(
    home: HomeAssistantProcess, tablet: BrowserContext
) -> None:
    page = await open_page(tablet, f"{home.url}/history")
    await becomes_a_screen(page)
    await ring(home)
    await press(page, "Reject")
    await wait_for_state(home, "idle")
    [call] = (await home.call_action("list_calls", past=True))["calls"]
    assert call["reason"] == "rejected"


async def test_a_call_survives_views_and_reloads(
    home: HomeAssistantProcess, tablet: BrowserContext, loudspeaker: LoudspeakerFile
) -> None:
    page = await open_page(tablet, f"{home.url}/front-door/home")
    await press(page, f"Call {DOOR}")
    await sees_the_door(page)
    await is_heard_at_the_door(loudspeaker)

    await page.get_by_role("link", name=re.compile("^Settings")).first.click()
    await page.wait_for_url("**/config/**")
    await sees(page, "Hang up")
    await hears_the_door(page)
    assert await call_state(home) == "in_call"

    await page.reload()
    await sees(page, "Hang up")
    await sees_the_door(page)
    await is_heard_at_the_door(loudspeaker)
    await press(page, "Hang up")
    await wait_for_state(home, "idle")


async def test_only_one_page_of_a_browser_rings(
    home: HomeAssistantProcess, tablet: BrowserContext
) -> None:
    first = await open_page(tablet, f"{home.url}/front-door/home")
    await sees(first, f"Call {DOOR}")
    second = await open_page(tablet, f"{home.url}/history")
    await becomes_a_screen(second)
    await asyncio.sleep(1)
    await ring(home)
    await wait_for_state(home, "calling")
    await asyncio.sleep(2)
    ringing = [await control(page, "Answer").is_visible() for page in (first, second)]
    assert ringing.count(True) == 1


async def test_a_page_that_is_closed_leaves_the_call(
    home: HomeAssistantProcess, tablet: BrowserContext
) -> None:
    page = await open_page(tablet, f"{home.url}/front-door/home")
    await press(page, f"Call {DOOR}")
    await wait_for_state(home, "in_call")
    await page.close()
    await eventually(lambda: call_state(home), lambda s: s == "idle", timeout=40)


@pytest.mark.timeout(600)
async def test_nothing_is_left_after_fifty_calls(
    home: HomeAssistantProcess, tablet: BrowserContext
) -> None:
    page = await open_page(tablet, f"{home.url}/front-door/home")

    async def call() -> None:
        await press(page, f"Call {DOOR}")
        await wait_for_state(home, "in_call")
        await press(page, "Hang up")
        await wait_for_state(home, "idle")

    for _ in range(3):
        await call()
    before = await at_rest(home)
    for _ in range(50):
        await call()
    await leaves_nothing(home, before)
