"""A camera that speaks no RTSP, from its web server to a page."""

from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Page

from tests.cameras.streams import Program, stream_server

from .browser import open_page, picture
from .homeassistant_process import running_home
from .household import has_colour
from .people import eventually, press

DOOR = "Front door"
GREEN = (40, 170, 60)

# The last picture in the list of parties, found in nested shadow roots.
THUMBNAIL = """
async () => {
  const found = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.matches('button.party img')) found.push(element);
      if (element.shadowRoot) walk(element.shadowRoot);
    }
  };
  walk(document);
  if (!found.length) return null;
  await found[0].decode();
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d');
  context.drawImage(found[0], 0, 0, 1, 1);
  return {colour: [...context.getImageData(0, 0, 1, 1).data].slice(0, 3)};
}
"""


async def thumbnail(page: Page) -> dict[str, Any] | None:
    """Return the colour of the door's picture in the list of parties."""
    found: dict[str, Any] | None = await page.evaluate(THUMBNAIL)
    return found


async def test_mjpeg_is_seen_and_remembered(
    tmp_path: Path, tablet: BrowserContext
) -> None:
    program = Program(color=GREEN, audio=None, video="mjpeg", size=(320, 240))
    async with (
        stream_server(tmp_path, program) as camera,
        running_home(tmp_path / "home", camera.url("live.mjpg")) as home,
    ):
        page = await open_page(tablet, f"{home.url}/front-door/home")
        await press(page, f"Call {DOOR}")
        seen = await eventually(
            lambda: picture(page, DOOR), lambda seen: has_colour(GREEN, seen)
        )
        assert seen is not None
        assert (seen["width"], seen["height"]) == (320, 240)
        assert await home.state("sensor.front_door_camera_source") == "stream"
        await press(page, "More")
        text = f"Camera of {DOOR}: other stream."
        await page.get_by_text(text).first.wait_for()
        await press(page, "Hang up")
        # What it showed last stands in the list from now on.
        await page.reload()
        await eventually(lambda: thumbnail(page), lambda seen: has_colour(GREEN, seen))
