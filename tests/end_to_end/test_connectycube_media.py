"""What apps on the real ConnectyCube SDK get of the home's media, and send to it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from .conftest import DOOR_COLOUR, DOOR_FREQUENCY
from .household import House
from .outside import HOME, Outside, world_outside
from .people import eventually, press
from .recordings import files_of, has_colour, watch
from .sdk_app import SdkApp
from .turn_server import running_turn_server

pytestmark = pytest.mark.asyncio(loop_scope="module")

APP = 102
DOOR = "Front door"
DOOR_RGB = (
    int(DOOR_COLOUR[0:2], 16),
    int(DOOR_COLOUR[2:4], 16),
    int(DOOR_COLOUR[4:6], 16),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outside(house: House) -> AsyncIterator[Outside]:
    """The home has an account with a TURN server, and one contact on it."""
    async with (
        running_turn_server(house.folder) as turn,
        world_outside(house.home, house.folder, **turn.of_account) as outside,
    ):
        await outside.add_contact(APP, may_ring=True, may_drop_in=True)
        yield outside


@pytest_asyncio.fixture(loop_scope="module")
async def app(outside: Outside, house: House) -> AsyncIterator[SdkApp]:
    """The app of the family."""
    async with outside.app(APP) as app:
        yield app
        await house.tidy()


async def answers(app: SdkApp, house: House, caller: str, **fields: Any) -> str:
    """Let a party of the home call the app, which accepts; return the call's id."""
    await house.home.call_action(
        "call", **{"from": caller}, to=[f"User {APP}"], **fields
    )
    ring = await app.hears_of("call", user=HOME)
    await app.accept(ring["session"])
    await app.hears_of("connection-state", state="connected")
    session: str = ring["session"]
    return session


async def test_what_an_app_sends_is_recorded(app: SdkApp, house: House) -> None:
    call_id = await answers(app, house, DOOR)
    await app.sees(HOME, DOOR_RGB)
    path = (await house.home.call_action("start_recording"))["path"]

    async def files() -> list[Path]:
        return files_of(path, f"User {APP}")

    await eventually(files, lambda found: len(found) == 1)
    await asyncio.sleep(4)
    await app.resize(480, 360)
    first, second = await eventually(files, lambda found: len(found) == 2)
    await asyncio.sleep(4)
    await app.stop(call_id)
    await eventually(
        lambda: house.home.state("sensor.front_door_call_state"), "idle".__eq__
    )

    for file, size in ((first, (320, 240)), (second, (480, 360))):
        seen = await asyncio.to_thread(watch, file)
        assert has_colour(seen, app.colour), seen
        assert abs(seen.frequency - app.frequency) < 15, seen
        assert seen.size == size
        assert seen.seconds > 3, seen
    [door] = files_of(path, DOOR)
    seen = await asyncio.to_thread(watch, door)
    assert has_colour(seen, DOOR_RGB), seen
    assert abs(seen.frequency - DOOR_FREQUENCY) < 15, seen


async def test_what_an_app_sends_to_a_screen_is_not_recorded(
    app: SdkApp, outside: Outside, house: House
) -> None:
    await outside.let_ring("screens")
    kitchen = await house.open("Kitchen")
    session = await app.call(HOME)
    await press(kitchen.page, "Answer")
    await app.sees(HOME, kitchen.colour)
    with pytest.raises(RuntimeError, match="goes straight to the screen"):
        await house.home.call_action("start_recording")
    await app.stop(session)
    with pytest.raises(RuntimeError, match="goes straight to the screen"):
        await house.home.call_action(
            "call", **{"from": "Kitchen"}, to=[f"User {APP}"], record=True
        )
