"""What apps on the real ConnectyCube SDK get of the home's media, and send to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
import re
from typing import Any

import numpy as np
from PIL import Image
import pytest
import pytest_asyncio

from tests.cameras.launch import gstreamer_camera

from .browser import negotiated, next_picture
from .conftest import DOOR_COLOUR, DOOR_FREQUENCY
from .gadgets import (
    CAMERAS,
    COLOURS,
    MICROPHONES,
    SHARED,
    TONES,
    open_with_choice,
    received_bitrate,
    sender_clock,
)
from .household import House
from .outside import HOME, Outside, add_station, world_outside
from .people import eventually, press
from .recordings import files_of, has_colour, watch
from .sdk_app import SdkApp
from .turn_server import TurnServer, running_turn_server

pytestmark = pytest.mark.asyncio(loop_scope="module")

APP = 102
DOOR = "Front door"
DOOR_RGB = (
    int(DOOR_COLOUR[0:2], 16),
    int(DOOR_COLOUR[2:4], 16),
    int(DOOR_COLOUR[4:6], 16),
)

GREEN = (40, 170, 60)
BLACK = (0, 0, 0)
CAP = 300


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def turn(house: House) -> AsyncIterator[TurnServer]:
    """What relays."""
    async with running_turn_server(house.folder) as turn:
        yield turn


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outside(house: House, turn: TurnServer) -> AsyncIterator[Outside]:
    """The home has an account with a TURN server, and one contact on it."""
    relayed = turn.of_account
    async with world_outside(house.home, house.folder, **relayed) as outside:
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


async def test_a_screen_that_meets_an_app_directly_changes_what_it_sends(
    app: SdkApp, outside: Outside, house: House
) -> None:
    await outside.let_ring("screens")
    study = await open_with_choice(house)
    session = await app.call(HOME)
    await press(study.page, "Answer")
    await app.sees(HOME, COLOURS[0])
    await app.hears(TONES[0])
    with pytest.raises(RuntimeError, match="straight to a screen"):
        await house.home.call_action("start_recording")
    signals, agreed = len(app.signals()), await negotiated(study.page)

    act = partial(house.home.act, "mesh_call")
    await act("switch_camera", party="Study", camera=CAMERAS[1])
    await app.sees(HOME, COLOURS[1])
    await act("switch_microphone", party="Study", microphone=MICROPHONES[1])
    await app.hears(TONES[1])
    # What is muted stays muted.
    await act("mute", party="Study", audio=True, video=True)
    await app.sees(HOME, BLACK)
    await app.hears_nothing_at(TONES[1])
    await act("switch_camera", party="Study", camera=CAMERAS[2])
    await act("switch_microphone", party="Study", microphone=MICROPHONES[2])
    await app.hears_nothing_at(TONES[2])
    await app.sees(HOME, BLACK)
    await act("mute", party="Study", audio=False, video=False)
    await app.sees(HOME, COLOURS[2])
    await app.hears(TONES[2])

    await press(study.page, "More")
    await press(study.page, "Share screen")
    await app.sees(HOME, SHARED)
    await press(study.page, "Stop sharing")
    await app.sees(HOME, COLOURS[2])
    await house.sees_statistics(320, 240)
    assert len(app.signals()) == signals
    assert await negotiated(study.page) == agreed
    await app.stop(session)


@pytest.mark.parametrize("who", ["home", "app"])
async def test_only_relayed_candidates_leave(
    app: SdkApp, outside: Outside, house: House, who: str
) -> None:
    """Per call when the home calls, by the account's option when it is called."""
    if who == "home":
        await answers(app, house, DOOR, relay=True)
    else:
        await outside.let_ring(DOOR, relay=True)
        await house.home.act(
            "select",
            "select_option",
            entity_id="select.front_door_auto_answer",
            option="contacts",
        )
        await app.call(HOME)
    await app.sees(HOME, DOOR_RGB)
    await app.hears(DOOR_FREQUENCY)
    signals = " ".join(app.signals())
    assert set(re.findall(r"candidate:[^\r\n<]*? typ (\w+)", signals)) == {"relay"}
    await outside.let_ring(DOOR, relay=False)


async def test_a_way_that_is_lost_is_replaced_by_a_restart_of_ours(
    app: SdkApp, turn: TurnServer, house: House
) -> None:
    await answers(app, house, DOOR, relay=True)
    await app.sees(HOME, DOOR_RGB)

    async def state() -> str:
        [call] = (await house.home.call_action("list_calls"))["calls"]
        [link] = call["links"]
        found: str = link["state"]
        return found

    assert not [s for s in app.signals() if "<signalType>iceRestart<" in s]
    await turn.stop()
    await eventually(state, "disconnected".__eq__)
    await turn.start()
    # What was relayed before leads nowhere now.
    await eventually(state, "connected".__eq__, 40)
    assert [s for s in app.signals() if "<signalType>iceRestart<" in s]
    await eventually(lambda: next_picture(app.page, f"User {HOME}"), bool)
    await app.sees(HOME, DOOR_RGB)
    await app.hears(DOOR_FREQUENCY)


@asynccontextmanager
async def running_camera(
    house: House, name: str, size: tuple[int, int], colour: str, *arguments: str
) -> AsyncIterator[None]:
    """Run a camera that is a station of the home."""
    width, height = map(str, size)
    async with gstreamer_camera(
        *("--width", width, "--height", height, "--fps", "10", "--gop", "20"),
        *("--color", colour, "--tone", str(DOOR_FREQUENCY), *arguments),
    ) as camera:
        await add_station(house.home, name, stream_url=camera.url)
        yield


async def test_hd_cameras_and_shared_pictures_come_without_another_signal(
    app: SdkApp, house: House
) -> None:
    media = house.folder / "home" / "media"
    media.mkdir(exist_ok=True)
    Image.new("RGB", (640, 480), GREEN).save(media / "shared.png")
    async with (
        running_camera(house, "Gate", (1280, 720), "C81414"),
        running_camera(house, "Yard", (1920, 1080), "C8C814"),
    ):
        await answers(app, house, DOOR)
        await app.sees(HOME, DOOR_RGB)
        before = len(app.signals())
        began = await sender_clock(app.page)
        switch = partial(house.home.act, "mesh_call", "switch_camera", party=DOOR)
        share = partial(house.home.act, "mesh_call", "share", party=DOOR)
        await switch(camera="Gate")
        seen = await app.sees(HOME, (200, 20, 20))
        assert (seen["width"], seen["height"]) == (1280, 720)
        # What is muted stays muted.
        mute = partial(house.home.act, "mesh_call", "mute", party=DOOR)
        await mute(audio=True, video=True)
        await app.sees(HOME, BLACK)
        await app.hears_nothing_at(DOOR_FREQUENCY)
        await switch(camera="Yard")
        await asyncio.sleep(1)
        await app.sees(HOME, BLACK)
        await mute(audio=False, video=False)
        seen = await app.sees(HOME, (200, 200, 20))
        assert (seen["width"], seen["height"]) == (1920, 1080)
        await share(source="media-source://media_source/local/shared.png")
        await app.sees(HOME, GREEN)
        await share(source="stop")
        await app.sees(HOME, (200, 200, 20))
        await app.hears(DOOR_FREQUENCY)
        assert len(app.signals()) == before
        now = await sender_clock(app.page)
        assert now.source == began.source
        assert abs(now.media_since(began) - now.seconds_since(began)) < 3
        assert now.has_reports


async def test_what_the_app_gets_keeps_within_a_cap(app: SdkApp, house: House) -> None:
    rate = partial(received_bitrate, app.page)
    noise = np.random.default_rng(1).integers(0, 255, (10, 180, 320, 3), np.uint8)
    for number, pixels in enumerate(noise):
        Image.fromarray(pixels).save(house.folder / f"noise{number:02}.png")
    pictures = ("--pictures", str(house.folder / "noise%02d.png"))
    async with running_camera(house, "Noise", (320, 180), "000000", *pictures):
        call_id = await answers(app, house, "Noise", max_bandwidth=CAP)
        [ring] = [s for s in app.signals() if "<signalType>call<" in s][:1]
        assert f"<maxBandwidth>{CAP}</maxBandwidth>" in ring
        await eventually(rate, lambda seen: CAP / 4 < seen < 1.3 * CAP)
        assert all([await rate() < 1.5 * CAP for _ in range(2)])
        act = partial(house.home.act, "mesh_call")
        limit = partial(act, "set_max_bandwidth", call_id=call_id, party="Noise")
        await limit(max_bandwidth=0)
        await eventually(rate, lambda seen: seen > 2 * CAP)
        await limit(max_bandwidth=CAP)
        await eventually(rate, lambda seen: CAP / 4 < seen < 1.3 * CAP)
