"""Screens call each other: every pair sees and hears each other, directly."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from playwright.async_api import Page
import pytest

from .browser import (
    open_page,
    picture,
    running_browser,
    tones,
    write_picture,
    write_tone,
)
from .homeassistant_process import HomeAssistantProcess
from .people import does_not_see, eventually, press, sees

type Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Person:
    """Somebody with a browser: known by the colour seen and the tone heard of them."""

    name: str
    colour: Colour
    tone: int
    page: Page


PEOPLE: dict[str, tuple[Colour, int]] = {
    "Kitchen": ((200, 40, 40), 600),
    "Study": ((40, 170, 60), 1000),
    "Attic": ((50, 60, 200), 1600),
}


@pytest.fixture
async def people(
    home: HomeAssistantProcess, tmp_path: Path
) -> AsyncIterator[dict[str, Person]]:
    """Three people in front of three browsers that have a name."""
    async with AsyncExitStack() as stack:
        found = {}
        for name, (colour, tone) in PEOPLE.items():
            microphone, camera = tmp_path / f"{name}.wav", tmp_path / f"{name}.y4m"
            write_tone(microphone, tone)
            write_picture(camera, colour)
            browser = await stack.enter_async_context(
                running_browser(microphone, camera)
            )
            context = await browser.new_context(permissions=["microphone", "camera"])
            page = await open_page(context, f"{home.url}/front-door/home")
            await give_name(page, name)
            found[name] = Person(name, colour, tone, page)
        yield found


async def give_name(page: Page, name: str) -> None:
    """Name a browser in the card's settings."""
    await press(page, "Settings of this browser")
    await page.get_by_label("This browser's name").fill(name)
    await press(page, "Save")
    await page.get_by_text(f"This browser: {name}").wait_for()


async def sees_and_hears(person: Person, *others: Person) -> None:
    """Wait until somebody has the pictures and voices of all the others."""
    for other in others:
        await eventually(
            partial(picture, person.page, other.name), partial(has_colour, other.colour)
        )
    every = [tone for _, tone in PEOPLE.values()]
    wanted = {other.tone for other in others}
    await eventually(
        partial(tones, person.page, every),
        lambda heard: wanted == {tone for tone, level in heard.items() if level > -60},
    )


def has_colour(colour: Colour, seen: dict[str, Any] | None) -> bool:
    """Tell whether a picture is of one colour, as far as encoders keep it."""
    if seen is None:
        return False
    return all(abs(a - b) < 40 for a, b in zip(seen["colour"], colour, strict=True))


async def test_two_screens_see_and_hear_each_other(
    people: dict[str, Person], home: HomeAssistantProcess
) -> None:
    kitchen, study = people["Kitchen"], people["Study"]
    await press(kitchen.page, "Call Study")
    await press(study.page, "Answer")
    await sees_and_hears(kitchen, study)
    await sees_and_hears(study, kitchen)

    await press(study.page, "Mute microphone")
    await eventually(
        lambda: tones(kitchen.page, [study.tone]), lambda heard: heard[study.tone] < -70
    )
    await press(study.page, "Unmute microphone")
    await sees_and_hears(kitchen, study)

    await press(study.page, "Hang up")
    await does_not_see(kitchen.page, "Hang up")
    [call] = (await home.call_action("list_calls", past=True))["calls"]
    assert call["reason"] == "hung_up"


async def test_three_screens_and_the_door_are_in_one_mesh(
    people: dict[str, Person], home: HomeAssistantProcess
) -> None:
    kitchen, study, attic = people.values()
    await home.call_action(
        "call",
        **{"from": "Kitchen"},
        to=["Study", "Attic", "Front door"],
        ring_mode="all",
    )
    await press(study.page, "Answer")
    await press(attic.page, "Answer")
    for person in people.values():
        others = [other for other in people.values() if other is not person]
        await sees_and_hears(person, *others)
        await eventually(partial(picture, person.page, "Front door"), bool)
    [call] = (await home.call_action("list_calls"))["calls"]
    assert len(call["links"]) == 6
    assert {link["state"] for link in call["links"]} <= {"connected", "completed"}

    await press(attic.page, "Hang up")
    await does_not_see(attic.page, "Hang up")
    await sees_and_hears(kitchen, study)

    await press(kitchen.page, "Hang up")
    await does_not_see(study.page, "Hang up")
    await sees(study.page, "Call Kitchen")


async def test_a_call_goes_on_when_pages_reload_or_vanish(
    people: dict[str, Person], home: HomeAssistantProcess
) -> None:
    kitchen, study, attic = people.values()
    await home.call_action(
        "call", **{"from": "Kitchen"}, to=["Study", "Attic"], ring_mode="all"
    )
    await press(study.page, "Answer")
    await press(attic.page, "Answer")
    await sees_and_hears(kitchen, study, attic)

    await study.page.reload()
    await sees(study.page, "Hang up")
    await sees_and_hears(study, kitchen, attic)
    await sees_and_hears(kitchen, study, attic)

    await attic.page.context.close()
    await eventually(
        partial(joined, home),
        lambda names: names == {"Kitchen", "Study"},
        timeout=40,
    )
    await sees_and_hears(kitchen, study)
    await sees_and_hears(study, kitchen)


# Headless pages are never really hidden; to the page it is the same.
SET_HIDDEN = """
(hidden) => {
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  Object.defineProperty(document, 'visibilityState',
    {value: hidden ? 'hidden' : 'visible', configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}
"""


async def test_a_hidden_page_keeps_its_voice_and_turns_its_camera_off(
    people: dict[str, Person],
) -> None:
    kitchen, study = people["Kitchen"], people["Study"]
    await press(kitchen.page, "Call Study")
    await press(study.page, "Answer")
    await sees_and_hears(kitchen, study)

    await study.page.evaluate(SET_HIDDEN, True)
    await eventually(
        partial(shown_members, kitchen.page), lambda n: study.name not in n
    )
    heard = await tones(kitchen.page, [study.tone])
    assert heard[study.tone] > -60

    await study.page.evaluate(SET_HIDDEN, False)
    await sees_and_hears(kitchen, study)


async def shown_members(page: Page) -> list[str]:
    """Return whose picture shows anything: neither black nor covered."""
    shown = []
    for name, (colour, _) in PEOPLE.items():
        if has_colour(colour, await picture(page, name)):
            shown.append(name)
    return shown


async def joined(home: HomeAssistantProcess) -> set[str]:
    """Return the names of who is in the only call."""
    [call] = (await home.call_action("list_calls"))["calls"]
    return {m["name"] for m in call["members"] if m["state"] == "joined"}
