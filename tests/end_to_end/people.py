"""What a person does and waits for in front of a page."""

import asyncio
from collections.abc import Awaitable, Callable
import re
import time
from typing import Any

from playwright.async_api import Locator, Page, expect

TIMEOUT = 20


def control(page: Page, name: str) -> Locator:
    """Find the visible control whose accessible name starts so."""
    return (
        page.get_by_role("button", name=re.compile(f"^{name}")).locator("visible=true")
    ).first


async def press(page: Page, name: str) -> None:
    """Press the control whose accessible name starts so."""
    await control(page, name).click(timeout=TIMEOUT * 1000)


async def sees(page: Page, name: str) -> None:
    """Wait until the control is there."""
    await expect(control(page, name)).to_be_visible(timeout=TIMEOUT * 1000)


async def does_not_see(page: Page, name: str, timeout: float = TIMEOUT) -> None:
    """Wait until the control is gone."""
    await expect(control(page, name)).to_be_hidden(timeout=timeout * 1000)


async def eventually[T](
    look: Callable[[], Awaitable[T]],
    fits: Callable[[T], Any],
    timeout: float = TIMEOUT,
) -> T:
    """Look again and again until what is seen fits; fails with what was seen last."""
    deadline = time.monotonic() + timeout
    while True:
        seen = await look()
        if fits(seen):
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"After {timeout} s still: {seen!r}")
        await asyncio.sleep(0.1)
