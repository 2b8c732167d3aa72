"""Screens call each other: every pair sees and hears each other, directly."""

import asyncio
from functools import partial
from typing import Any

from playwright.async_api import Page
import pytest

from .browser import Holdings, holdings, picture, tones
from .homeassistant_process import HomeAssistantProcess
from .household import (
    PEOPLE,
    House,
    Person,
    call_up,
    hang_up,
    has_colour,
    sees_and_hears,
)
from .people import does_not_see, eventually, press, sees

MEGABYTE = 1 << 20
WORKING = {"connected", "completed"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_two_screens_see_and_hear_each_other(
    people: dict[str, Person], house: House
) -> None:
    kitchen, study = people["Kitchen"], people["Study"]
    await call_up(kitchen, study)
    await sees_and_hears(kitchen, study)
    await sees_and_hears(study, kitchen)
    held = (await house.home.introspect())["objects"]
    assert not held["RTCPeerConnection"], "it doesn't go directly"

    await press(study.page, "Mute microphone")
    await eventually(
        lambda: tones(kitchen.page, [study.tone]), lambda heard: heard[study.tone] < -70
    )
    await press(study.page, "Unmute microphone")
    await sees_and_hears(kitchen, study)

    await hang_up(study, kitchen)
    *_, call = (await house.home.call_action("list_calls", past=True))["calls"]
    assert call["reason"] == "hung_up"


async def test_three_screens_and_the_door_are_in_one_mesh(
    people: dict[str, Person], house: House
) -> None:
    kitchen, study, attic = people.values()
    guest = await house.open_as_guest("Attic")
    await house.home.call_action(
        "call", **{"from": "Kitchen"}, to=["screens", "Front door"], ring_mode="all"
    )
    await press(study.page, "Answer")
    await press(attic.page, "Answer")
    for person in people.values():
        others = [other for other in people.values() if other is not person]
        await sees_and_hears(person, *others)
        await eventually(partial(picture, person.page, "Front door"), bool)
    [call] = (await house.home.call_action("list_calls"))["calls"]
    assert len(call["links"]) == 6
    assert {link["state"] for link in call["links"]} <= WORKING

    await press(guest, "Answer")
    await guest.get_by_text("The call is full").first.wait_for()

    await press(attic.page, "Hang up")
    await does_not_see(attic.page, "Hang up")
    await sees_and_hears(kitchen, study)

    await press(kitchen.page, "Hang up")
    await does_not_see(study.page, "Hang up")
    await sees(study.page, "Call Kitchen")


async def test_a_call_goes_on_when_pages_come_reload_or_vanish(
    people: dict[str, Person], house: House
) -> None:
    kitchen, study, attic = people.values()
    await call_up(kitchen, study)
    await press(study.page, "More")
    await press(study.page, "Attic")
    await press(attic.page, "Answer")
    await sees_and_hears(kitchen, study, attic)

    await study.page.reload()
    await sees(study.page, "Hang up")
    await sees_and_hears(study, kitchen, attic)
    await sees_and_hears(kitchen, study, attic)

    await attic.page.context.close()
    await eventually(
        partial(joined, house.home),
        lambda names: names == {"Kitchen", "Study"},
        timeout=40,
    )
    await sees_and_hears(kitchen, study)
    await sees_and_hears(study, kitchen)


async def test_nothing_is_left_after_a_hundred_calls(
    people: dict[str, Person], house: House
) -> None:
    home = house.home
    automatic = {"entity_id": "select.study_auto_answer"}
    await home.act("select", "select_option", **automatic, option="home")

    async def call() -> None:
        await home.call_action("call", **{"from": "Kitchen"}, to=["Study"])
        await eventually(partial(link_states, home), WORKING.issuperset)
        await home.act("mesh_call", "hangup", party="Kitchen")

    async def held() -> tuple[dict[str, Any], int, list[Holdings]]:
        # The last picture fades, and answers are waited for some seconds more.
        await asyncio.sleep(8)
        pages = [await holdings(person.page) for person in people.values()]
        return await home.introspect(), home.memory(), pages

    try:
        # The first ones fill caches.
        for _ in range(10):
            await call()
        inside, memory, pages = await held()
        for _ in range(100):
            await call()
        inside_after, memory_after, pages_after = await held()
    finally:
        await home.act("select", "select_option", **automatic, option="nobody")

    # Browsers fetch files over more or fewer connections as they like.
    fetching, fetching_after = [
        seen["tasks"].pop("RequestHandler.start") for seen in (inside, inside_after)
    ]
    assert inside_after["tasks"] == inside["tasks"]
    assert inside_after["objects"] == inside["objects"]
    assert inside_after["sockets"] - fetching_after <= inside["sockets"] - fetching
    assert memory_after < memory + 20 * MEGABYTE
    for before, after in zip(pages, pages_after, strict=True):
        assert after.in_use == 0
        # Browsers free some of them late.
        assert after.objects < before.objects + 50
        assert after.heap < before.heap + 2 * MEGABYTE


async def link_states(home: HomeAssistantProcess) -> list[str]:
    """Return the state of each link of the only call."""
    [call] = (await home.call_action("list_calls"))["calls"]
    return [link["state"] for link in call["links"]] or ["none"]


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
    await call_up(kitchen, study)
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
