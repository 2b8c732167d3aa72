"""What is done in a call between screens, as the other one sees and hears it."""

import re
from typing import Any

import pytest
import pytest_asyncio

from . import gadgets
from .browser import running_browser, write_tone
from .gadgets import COLOURS
from .household import House, Person, call_up, hang_up, sees_colour
from .people import eventually, press

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHARED = (2, 141, 1)
"""The colour of the screen that Chromium pretends to share."""


@pytest_asyncio.fixture(loop_scope="module")
async def kitchen(house: House) -> Person:
    """Somebody who looks and listens."""
    return await house.open("Kitchen")


@pytest_asyncio.fixture(loop_scope="module")
async def study(house: House) -> Person:
    """Somebody who has three cameras, microphones and speakers."""
    if "Study" not in house.residents:
        microphone = house.folder / "unheard.wav"
        write_tone(microphone, 100)
        await house.move_in(
            "Study", running_browser(microphone, None, gadgets.ARGUMENT)
        )
    return await house.open("Study", gadgets.APART)


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def tidied(house: House) -> Any:
    """Leave nothing for the next test."""
    yield
    await house.tidy()


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
