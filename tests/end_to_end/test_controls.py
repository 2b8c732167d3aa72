"""What is done in a call between screens, as the other one sees and hears it."""

from functools import partial
import re
from typing import Any

from playwright.async_api import Page
import pytest
import pytest_asyncio

from . import gadgets
from .browser import KEEP_CONNECTIONS, negotiated, tones
from .gadgets import (
    CAMERAS,
    COLOURS,
    MICROPHONES,
    SHARED,
    SPEAKERS,
    TONES,
    received_bitrate,
)
from .household import House, Person, call_up, hang_up, sees_colour
from .people import eventually, press

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAP = 200


@pytest_asyncio.fixture(loop_scope="module")
async def kitchen(house: House) -> Person:
    """Somebody who looks and listens."""
    return await house.open("Kitchen", KEEP_CONNECTIONS)


@pytest_asyncio.fixture(loop_scope="module")
async def study(house: House) -> Person:
    """Somebody who has three cameras, microphones and speakers."""
    return await gadgets.open_with_choice(house)


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def tidied(house: House) -> Any:
    """Leave nothing for the next test."""
    yield
    await house.tidy()


async def hears(person: Person, *wanted: int) -> None:
    """Wait until somebody hears these of the tones, and no others."""
    await eventually(
        partial(tones, person.page, list(TONES)),
        lambda heard: {tone for tone in heard if heard[tone] > -60} == set(wanted),
    )


async def choose(page: Page, kind: str, device: str) -> None:
    """Choose a device in the call's menu."""
    await page.get_by_role("combobox", name=kind).select_option(label=device)


async def test_devices_are_switched_without_new_negotiation(
    kitchen: Person, study: Person, house: House
) -> None:
    act = partial(house.home.act, "mesh_call")
    await call_up(kitchen, study)
    await sees_colour(kitchen, "Study", COLOURS[0])
    await hears(kitchen, TONES[0])
    before = [await negotiated(person.page) for person in (kitchen, study)]

    await press(study.page, "More")
    await choose(study.page, "Camera", CAMERAS[1])
    await sees_colour(kitchen, "Study", COLOURS[1])
    await choose(study.page, "Microphone", MICROPHONES[1])
    await hears(kitchen, TONES[1])

    await press(study.page, "Mute microphone")
    await press(study.page, "Turn camera off")
    await hears(kitchen)
    await act("switch_microphone", party="Study", microphone=MICROPHONES[2])
    await act("switch_camera", party="Study", camera=CAMERAS[2])
    assert await house.home.state("select.study_camera") == CAMERAS[2]
    await hears(kitchen)
    await press(study.page, "Unmute microphone")
    await press(study.page, "Turn camera on")
    await hears(kitchen, TONES[2])
    await sees_colour(kitchen, "Study", COLOURS[2])

    await choose(study.page, "Speaker", SPEAKERS[1])
    await eventually(partial(speakers_in_use, study.page), [SPEAKERS[1]].__eq__)
    await act("switch_speaker", party="Study", speaker=SPEAKERS[2])
    assert await speakers_in_use(study.page) == [SPEAKERS[2]]

    after = [await negotiated(person.page) for person in (kitchen, study)]
    assert after == before


async def speakers_in_use(page: Page) -> list[str]:
    """Return the names of the speakers that voices come from."""
    names: list[str] = await page.evaluate(
        """
        async () => {
          const known = await navigator.mediaDevices.enumerateDevices();
          return [...document.querySelectorAll('audio')].map(({sinkId}) =>
            known.find((each) => each.kind === 'audiooutput'
              && each.deviceId === sinkId)?.label);
        }
        """
    )
    return names


async def test_the_screen_is_shared_after_a_tap(
    kitchen: Person, study: Person, house: House
) -> None:
    await call_up(kitchen, study)
    await sees_colour(kitchen, "Study", COLOURS[0])
    await press(study.page, "More")
    await press(study.page, "Share screen")
    await sees_colour(kitchen, "Study", SHARED)
    await kitchen.page.get_by_text("Shared screen").first.wait_for()
    await press(study.page, "Stop sharing")
    await sees_colour(kitchen, "Study", COLOURS[0])

    # Home Assistant can only ask.
    await press(study.page, "Close the menu")
    await house.home.act("mesh_call", "share", party="Study", source="screen")
    await study.page.get_by_text("Home Assistant asks to share").first.wait_for()
    await sees_colour(kitchen, "Study", COLOURS[0])
    await press(study.page, "Share screen")
    await sees_colour(kitchen, "Study", SHARED)
    await house.home.act("mesh_call", "share", party="Study", source="stop")
    await sees_colour(kitchen, "Study", COLOURS[0])


async def test_the_picture_is_capped_from_the_start_and_in_the_call(
    kitchen: Person, house: House
) -> None:
    attic = await house.open("Attic", gadgets.NOISY)
    rate = partial(received_bitrate, kitchen.page)
    call = await house.home.call_action(
        "call", **{"from": "Kitchen"}, to=["Attic"], max_bandwidth=CAP
    )
    await press(attic.page, "Answer")
    await eventually(rate, lambda seen: seen > CAP / 3)
    # Without a cap it would grow in this time.
    assert all([await rate() < 1.5 * CAP for _ in range(4)])

    limit = partial(
        house.home.act,
        "mesh_call",
        "set_max_bandwidth",
        call_id=call["call_id"],
        party="Attic",
    )
    await limit(max_bandwidth=0)
    await eventually(rate, lambda seen: seen > 2 * CAP, 40)
    await limit(max_bandwidth=CAP)
    await eventually(rate, lambda seen: seen < 1.5 * CAP)


OWN_PICTURE = """
() => {
  const find = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.matches('video[aria-label="Study (you)"]')) return element;
      const inside = element.shadowRoot && find(element.shadowRoot);
      if (inside) return inside;
    }
  };
  const video = find(document);
  return video?.videoWidth && {
    muted: video.muted,
    mirrored: new DOMMatrix(getComputedStyle(video).transform).a < 0,
  };
}
"""


async def test_one_sees_oneself_as_in_a_mirror(kitchen: Person, study: Person) -> None:
    await call_up(kitchen, study)
    own = await eventually(lambda: study.page.evaluate(OWN_PICTURE), bool)
    assert own == {"muted": True, "mirrored": True}
    asked = await study.page.evaluate("window.asked")
    [video] = [each["video"] for each in asked if "video" in each]
    assert (video["width"], video["height"]) == ({"ideal": 1280}, {"ideal": 720})


async def test_the_picture_grows_and_leaves_the_page(
    kitchen: Person, study: Person
) -> None:
    await call_up(kitchen, study)
    await sees_colour(kitchen, "Study", COLOURS[0])
    await press(kitchen.page, "Full screen")
    shown = kitchen.page.get_by_role(
        "group", name=re.compile("^Call with Study")
    ).locator("visible=true")
    size = kitchen.page.viewport_size
    assert size

    async def box() -> Any:
        return await shown.first.bounding_box()

    await eventually(box, lambda seen: seen and seen["width"] == size["width"])
    await sees_colour(kitchen, "Study", COLOURS[0])
    await press(kitchen.page, "Leave full screen")
    await eventually(box, lambda seen: seen and seen["width"] < size["width"])

    await press(kitchen.page, "More")
    await press(kitchen.page, "Small picture")
    outside = "document.pictureInPictureElement?.videoWidth > 0"
    await kitchen.page.wait_for_function(outside)
    await press(kitchen.page, "Close small picture")
    await kitchen.page.wait_for_function("!document.pictureInPictureElement")
    await hang_up(kitchen, study)
