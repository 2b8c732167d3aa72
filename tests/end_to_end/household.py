"""People of one home: each is known by the colour seen and the tone heard of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, StorageState

from .browser import (
    CHROMIUM,
    open_page,
    picture,
    running_browser,
    tones,
    write_picture,
    write_tone,
)
from .homeassistant_process import HomeAssistantProcess
from .people import TIMEOUT, does_not_see, eventually, press

type Colour = tuple[int, int, int]

PEOPLE: dict[str, tuple[Colour, int]] = {
    "Kitchen": ((200, 40, 40), 600),
    "Study": ((40, 170, 60), 1000),
    "Attic": ((50, 60, 200), 1600),
}
DASHBOARD = "/front-door/home"


@dataclass(frozen=True)
class Person:
    """Somebody in front of a page."""

    name: str
    colour: Colour
    tone: int
    page: Page


@dataclass
class Resident:
    """Somebody whose browser stays open; a page of it begins with what it remembers."""

    name: str
    browser: Browser
    storage: StorageState | None = None

    async def open(self, url: str, *scripts: str) -> Person:
        """Open a page, with scripts in it, that is a screen of the resident's name."""
        context = await self.browser.new_context(
            permissions=["microphone", "camera"], storage_state=self.storage
        )
        for script in scripts:
            await context.add_init_script(script)
        page = await open_page(context, url + DASHBOARD)
        if self.storage is None:
            await give_name(page, self.name)
            self.storage = await context.storage_state()
        await page.get_by_text(f"This browser: {self.name}").wait_for()
        colour, tone = PEOPLE[self.name]
        return Person(self.name, colour, tone, page)


@dataclass
class House:
    """A home whose people stay for several tests."""

    home: HomeAssistantProcess
    folder: Path
    stack: AsyncExitStack
    residents: dict[str, Resident] = field(default_factory=dict)

    async def open(self, name: str, *scripts: str) -> Person:
        """Let somebody open a page; the browser is started with the first one."""
        if name not in self.residents:
            await self.move_in(name, browser_of(name, self.folder))
        return await self.residents[name].open(self.home.url, *scripts)

    async def move_in(
        self, name: str, browser: AbstractAsyncContextManager[Browser]
    ) -> None:
        """Give somebody a browser."""
        running = await self.stack.enter_async_context(browser)
        self.residents[name] = Resident(name, running)

    async def open_as_guest(self, name: str) -> Page:
        """Let somebody's browser open a page in a profile that has no name."""
        context = await self.residents[name].browser.new_context(
            permissions=["microphone", "camera"]
        )
        page = await open_page(context, self.home.url + DASHBOARD)
        await page.get_by_text("This browser has no name").wait_for()
        return page

    async def open_all(self) -> dict[str, Person]:
        """Let everybody open a page."""
        people = await asyncio.gather(*map(self.open, PEOPLE))
        return {person.name: person for person in people}

    async def shows_muted(self, name: str, muted: bool) -> None:
        """Wait until the only call shows whether a member's microphone is muted."""

        async def shown() -> bool:
            [call] = (await self.home.call_action("list_calls"))["calls"]
            [member] = [m for m in call["members"] if m["name"] == name]
            return bool(member["muted_audio"])

        await eventually(shown, muted.__eq__, 60)

    async def sees_statistics(self, *size: int) -> None:
        """Wait until all is measured of the only link, and its end gets such pictures.

        They come at 15 a second or, from a busy machine, at fewer.
        """

        async def measured() -> Any:
            [call] = (await self.home.call_action("list_calls"))["calls"]
            [link] = call["links"]
            return link["statistics"]

        def fits(seen: dict[str, Any] | None) -> bool:
            return (
                seen is not None
                and (seen["width"], seen["height"]) == size
                and None not in seen.values()
                and 5 < seen["frame_rate"] < 40
                and 0 <= seen["round_trip_time"] < 5
                and 0 <= seen["packet_loss"] < 1
                and seen["bitrate_in"] > 0
                and seen["bitrate_out"] > 0
            )

        await eventually(measured, fits, 60)

    async def tidy(self) -> None:
        """End all calls and close all pages."""
        for call in (await self.home.call_action("list_calls"))["calls"]:
            await self.home.act("mesh_call", "hangup", call_id=call["call_id"])
        for resident in self.residents.values():
            for context in resident.browser.contexts:
                await context.close()


@asynccontextmanager
async def browser_of(
    name: str, folder: Path, *arguments: str, program: str = CHROMIUM
) -> AsyncIterator[Browser]:
    """Run a browser that sees and hears what one of the people is known by."""
    colour, tone = PEOPLE[name]
    microphone, camera = folder / f"{name}.wav", folder / f"{name}.y4m"
    write_tone(microphone, tone)
    write_picture(camera, colour)
    async with running_browser(
        microphone, camera, *arguments, program=program
    ) as browser:
        yield browser


@asynccontextmanager
async def somebody(
    name: str, url: str, folder: Path, *arguments: str, program: str = CHROMIUM
) -> AsyncIterator[Person]:
    """Somebody whose browser runs as long as this."""
    async with browser_of(name, folder, *arguments, program=program) as browser:
        yield await Resident(name, browser).open(url)


async def give_name(page: Page, name: str) -> None:
    """Name a browser in the card's settings."""
    await press(page, "Settings of this browser")
    await page.get_by_label("This browser's name").fill(name)
    await press(page, "Save")
    await page.get_by_text(f"This browser: {name}").wait_for()


async def call_up(caller: Person, called: Person) -> None:
    """Let one call the other, who answers."""
    await press(caller.page, f"Call {called.name}")
    await press(called.page, "Answer")


async def hang_up(one: Person, other: Person) -> None:
    """Let one end the call with the other."""
    await press(one.page, "Hang up")
    await does_not_see(one.page, "Hang up")
    await does_not_see(other.page, "Hang up")


async def sees_and_hears(
    person: Person, *others: Person, timeout: float = TIMEOUT
) -> None:
    """Wait until somebody has the pictures and voices of all the others."""
    for other in others:
        await sees_colour(person, other.name, other.colour, timeout)
    every = [tone for _, tone in PEOPLE.values()]
    wanted = {other.tone for other in others}
    await eventually(
        partial(tones, person.page, every),
        lambda heard: wanted == {tone for tone, level in heard.items() if level > -60},
        timeout,
    )


async def sees_colour(
    person: Person, name: str, colour: Colour, timeout: float = TIMEOUT
) -> None:
    """Wait until somebody sees a member's picture in one colour."""
    await eventually(
        partial(picture, person.page, name), partial(has_colour, colour), timeout
    )


def has_colour(colour: Colour, seen: dict[str, Any] | None) -> bool:
    """Tell whether a picture is of one colour, as far as encoders keep it."""
    if seen is None:
        return False
    return all(abs(a - b) < 40 for a, b in zip(seen["colour"], colour, strict=True))
