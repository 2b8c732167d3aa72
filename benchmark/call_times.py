"""How long people wait in a call: from the bell to Answer, picture and voice.

A real Chromium shows a page of a real Home Assistant; pictures count when they are
decoded, sound when it arrives in the camera's loudspeaker.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
import time

from playwright.async_api import Browser, Page
from tests.end_to_end.browser import (
    CHROMIUM,
    open_page,
    running_browser,
    write_tone,
)
from tests.end_to_end.homeassistant_process import HomeAssistantProcess, running_home
from tests.end_to_end.people import TIMEOUT, control, eventually, press
from tests.end_to_end.sounds import LoudspeakerFile

from .camera_process import measured_camera

_BELL = "input_button.front_door_bell"
_CALL_STATE = "sensor.front_door_call_state"
_TONE = 1000
_LOUD = 0.05
_COLD = 7.0
"""Seconds after which the camera is let go of."""

_PREVIEW = 2.0
_SILENCE = 1.0

# The page's own elements tell when they show a picture of a stream that is new, and
# its microphone stays within reach.
_WATCH = """
window.benchmarkPictures = [];
const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
  ...source,
  set(stream) {
    source.set.call(this, stream);
    if (!stream || !this.requestVideoFrameCallback) return;
    const picture = {set: Date.now(), shown: null};
    window.benchmarkPictures.push(picture);
    this.requestVideoFrameCallback(() => { picture.shown = Date.now(); });
  },
});
const capture = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wishes) => {
  const stream = await capture(wishes);
  if (stream.getAudioTracks().length) window.benchmarkMicrophone = stream;
  return stream;
};
"""
_IS_SCREEN = """
() => Object.keys(localStorage).some((key) => /mesh.call.*screen/.test(key))
"""
_SHOWN_SINCE = """
(since) => {
  const shown = window.benchmarkPictures
    .filter((picture) => picture.set >= since && picture.shown)
    .map((picture) => picture.shown);
  return shown.length ? Math.min(...shown) : null;
}
"""
_SPEAK = """
(speak) => {
  for (const track of window.benchmarkMicrophone.getAudioTracks()) track.enabled = speak;
  return Date.now();
}
"""


@dataclass(slots=True)
class CallTimes:
    """Milliseconds, one number for each try."""

    ring_to_screen: list[float] = field(default_factory=list)
    accept_to_picture_cold: list[float] = field(default_factory=list)
    accept_to_picture_warm: list[float] = field(default_factory=list)
    accept_to_voice: list[float] = field(default_factory=list)
    voice: list[float] = field(default_factory=list)


def missing() -> str | None:
    """Name what has to be installed first."""
    return None if Path(CHROMIUM).exists() else "Chromium"


async def measure_call_times(folder: Path, rounds: int) -> CallTimes:
    """Let the bell ring and answer it, twice in each round."""
    times = CallTimes()
    async with _scene(folder) as scene:
        for _ in range(rounds):
            await asyncio.sleep(_COLD)
            times.ring_to_screen.append(await scene.ring())
            picture, voice = await scene.answer()
            times.accept_to_picture_cold.append(picture)
            times.accept_to_voice.append(voice)
            times.voice.append(await scene.speak())
            await scene.hang_up()

            times.ring_to_screen.append(await scene.ring())
            await asyncio.sleep(_PREVIEW)
            picture, voice = await scene.answer()
            times.accept_to_picture_warm.append(picture)
            times.accept_to_voice.append(voice)
            await scene.hang_up()
    return times


@dataclass(slots=True)
class _Scene:
    """A door, a home and somebody in front of a page."""

    home: HomeAssistantProcess
    page: Page
    loudspeaker: LoudspeakerFile

    async def ring(self) -> float:
        """Press the bell; gives the time until Answer can be pressed."""
        pressed = time.monotonic()
        button = control(self.page, "Answer")
        waiting = asyncio.create_task(
            button.wait_for(state="visible", timeout=TIMEOUT * 1000)
        )
        await self.home.act("input_button", "press", entity_id=_BELL)
        await waiting
        return (time.monotonic() - pressed) * 1000

    async def answer(self) -> tuple[float, float]:
        """Press Answer; gives the times until picture and voice have come through."""
        heard = self.loudspeaker.samples
        pressed = time.time() * 1000
        waiting = asyncio.create_task(self._first_sound(heard))
        await press(self.page, "Answer")
        shown = await eventually(
            lambda: self.page.evaluate(_SHOWN_SINCE, pressed), bool
        )
        return shown - pressed, await waiting - pressed

    async def speak(self) -> float:
        """Be silent, then speak; gives the time until the loudspeaker plays it."""
        await self.page.evaluate(_SPEAK, False)
        await eventually(self._is_silent, bool)
        heard = self.loudspeaker.samples
        waiting = asyncio.create_task(self._first_sound(heard))
        began = await self.page.evaluate(_SPEAK, True)
        return await waiting - float(began)

    async def hang_up(self) -> None:
        """End the call."""
        await press(self.page, "Hang up")
        await eventually(
            lambda: self.home.state(_CALL_STATE), lambda state: state == "idle"
        )

    async def _first_sound(self, heard: int) -> float:
        """Wait for sound behind so many samples; gives the moment in ms."""
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            if (abs(self.loudspeaker.played(heard)) > _LOUD).any():
                return time.time() * 1000
            heard = max(heard, self.loudspeaker.samples - 1)
            await asyncio.sleep(0.005)
        raise TimeoutError("nothing is heard at the door")

    async def _is_silent(self) -> bool:
        heard = self.loudspeaker.samples
        await asyncio.sleep(_SILENCE)
        return bool((abs(self.loudspeaker.played(heard)) < _LOUD).all())


@asynccontextmanager
async def _scene(folder: Path) -> AsyncIterator[_Scene]:
    loudspeaker = LoudspeakerFile(folder / "loudspeaker.wav")
    microphone = folder / "microphone.wav"
    await asyncio.to_thread(write_tone, microphone, _TONE)
    async with (
        measured_camera(folder, loudspeaker.path) as camera,
        running_home(folder / "calls", camera.url) as home,
        running_browser(microphone) as browser,
    ):
        page = await _open(browser, home)
        yield _Scene(home, page, loudspeaker)


async def _open(browser: Browser, home: HomeAssistantProcess) -> Page:
    context = await browser.new_context(permissions=["microphone", "camera"])
    await context.add_init_script(_WATCH)
    page = await open_page(context, f"{home.url}/history")
    # It logs in meanwhile and loads once more.
    await page.wait_for_function(_IS_SCREEN)
    return page
