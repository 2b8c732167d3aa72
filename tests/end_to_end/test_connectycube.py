"""Apps built on the real ConnectyCube SDK call the home and are called by it."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from custom_components.mesh_call.signaling.xmpp.login import Login
from custom_components.mesh_call.signaling.xmpp.stream import Stream, tls_context
from tests.prosody import DOMAIN, PASSWORD

from .browser import picture, tones
from .conftest import DOOR_COLOUR, DOOR_FREQUENCY
from .gadgets import received_frame_rate
from .homeassistant_process import HomeAssistantProcess
from .household import House, has_colour
from .outside import HOME, Outside, let_the_bell_ring, world_outside
from .people import control, eventually, press
from .sdk_app import SdkApp
from .sounds import LoudspeakerFile

pytestmark = pytest.mark.asyncio(loop_scope="module")

APP, NEIGHBOUR, STRANGER, FLOODER = 102, 103, 104, 105
DOOR = "Front door"
DOOR_RGB = (
    int(DOOR_COLOUR[0:2], 16),
    int(DOOR_COLOUR[2:4], 16),
    int(DOOR_COLOUR[4:6], 16),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outside(house: House) -> AsyncIterator[Outside]:
    """The home has an account, and two contacts on it."""
    async with world_outside(house.home, house.folder) as outside:
        await outside.add_contact(APP, may_ring=True, may_drop_in=True)
        await outside.add_contact(NEIGHBOUR, may_ring=True, may_drop_in=False)
        yield outside


@pytest_asyncio.fixture(loop_scope="module")
async def app(outside: Outside, house: House) -> AsyncIterator[SdkApp]:
    """The app of the family."""
    async with outside.app(APP) as app:
        yield app
        await house.tidy()


@pytest.fixture
def loudspeaker(house: House) -> LoudspeakerFile:
    """What the loudspeaker at the door plays."""
    return LoudspeakerFile(house.folder / "loudspeaker.wav")


async def meets_the_door(app: SdkApp, loudspeaker: LoudspeakerFile) -> None:
    """Wait until the app sees and hears the door, and is heard there."""
    await app.sees(HOME, DOOR_RGB)
    await app.hears(DOOR_FREQUENCY)

    async def listen() -> float:
        start = loudspeaker.samples
        await asyncio.sleep(1.5)
        return loudspeaker.frequency(start)

    await eventually(listen, lambda heard: abs(heard - app.frequency) < 15)


async def is_silent(loudspeaker: LoudspeakerFile) -> None:
    """Wait until the loudspeaker plays nothing to be heard."""

    async def listen() -> float:
        start = loudspeaker.samples
        await asyncio.sleep(1.5)
        return loudspeaker.loudness(start)

    await eventually(listen, lambda loudness: loudness < 0.005)


async def last_call(home: HomeAssistantProcess) -> dict[str, Any]:
    """Wait until no call goes on; return the one that ended last."""

    async def running() -> Any:
        return (await home.call_action("list_calls"))["calls"]

    await eventually(running, lambda calls: not calls)
    *_, call = (await home.call_action("list_calls", past=True))["calls"]
    ended: dict[str, Any] = call
    return ended


async def door_answers_contacts(home: HomeAssistantProcess, outside: Outside) -> None:
    """Let the door answer by itself when the account is called."""
    await outside.let_ring(DOOR)
    await home.act(
        "select",
        "select_option",
        entity_id="select.front_door_auto_answer",
        option="contacts",
    )


async def test_the_bell_rings_the_app_and_the_app_answers(
    app: SdkApp, house: House, loudspeaker: LoudspeakerFile
) -> None:
    await let_the_bell_ring(house.home, f"User {APP}")
    await house.home.act(
        "input_button", "press", entity_id="input_button.front_door_bell"
    )
    ring = await app.hears_of("call", user=HOME, video=True)
    assert loudspeaker.samples == 0, "the back channel is open while it rings"
    await app.accept(ring["session"], {"name": "Grüße"})
    await app.hears_of("connection-state", state="connected")
    await meets_the_door(app, loudspeaker)
    await app.stop(ring["session"], {"why": "<done>"})
    call = await last_call(house.home)
    assert call["reason"] == "hung_up"
    assert call["call_id"] == ring["session"]


async def test_the_app_drops_in_at_the_door_and_others_find_it_busy(
    app: SdkApp, outside: Outside, house: House, loudspeaker: LoudspeakerFile
) -> None:
    await door_answers_contacts(house.home, outside)
    session = await app.call(HOME, extension={"hello": "ä"})
    await app.hears_of("accept", session=session, user=HOME)
    await meets_the_door(app, loudspeaker)

    async with outside.app(NEIGHBOUR) as neighbour:
        refused = await neighbour.call(HOME)
        reject = await neighbour.hears_of("reject", session=refused, user=HOME)
        assert reject["extension"]["busy"] == "true"
    await app.mute(session, "audio")
    await is_silent(loudspeaker)
    await app.unmute(session, "audio")
    await app.restart(session, HOME)
    await meets_the_door(app, loudspeaker)

    await house.home.act("mesh_call", "hangup", extension={"bye": "<b>"})
    stop = await app.hears_of("stop", session=session, user=HOME)
    assert stop["extension"] == {"bye": "<b>"}
    assert (await last_call(house.home))["extension"] == {"hello": "ä"}


async def test_a_screen_answers_the_app(
    app: SdkApp, outside: Outside, house: House
) -> None:
    await outside.let_ring("screens")
    kitchen = await house.open("Kitchen")
    session = await app.call(HOME)
    await press(kitchen.page, "Answer")
    await app.hears_of("accept", session=session)
    await app.sees(HOME, kitchen.colour)
    await app.hears(kitchen.tone)
    look = partial(picture, kitchen.page, f"User {APP}")
    await eventually(look, partial(has_colour, app.colour))
    await eventually(
        lambda: tones(kitchen.page, [app.frequency]),
        lambda heard: heard[app.frequency] > -60,
    )
    await press(kitchen.page, "Hang up")
    await app.hears_of("stop", session=session, user=HOME)
    await last_call(house.home)


async def test_a_call_outlives_its_chat(
    app: SdkApp, outside: Outside, house: House, loudspeaker: LoudspeakerFile
) -> None:
    await door_answers_contacts(house.home, outside)
    session = await app.call(HOME)
    await meets_the_door(app, loudspeaker)
    await outside.server.stop()
    await app.hears_of("chat-disconnected")
    await meets_the_door(app, loudspeaker)
    await outside.server.start()
    await app.comes_back()
    await house.home.act("mesh_call", "hangup")
    await app.hears_of("stop", session=session, user=HOME)
    await last_call(house.home)


async def test_the_app_rejects_with_what_it_has_to_say(
    app: SdkApp, house: House
) -> None:
    await house.home.call_action(
        "call", **{"from": DOOR}, to=[f"User {APP}"], extension={"at": {"the": "door"}}
    )
    ring = await app.hears_of("call", user=HOME)
    assert ring["extension"] == {"at": {"the": "door"}}
    await app.reject(ring["session"], {"busy": True})
    assert (await last_call(house.home))["reason"] == "busy"


async def test_strangers_and_floods_disturb_no_call(
    app: SdkApp, outside: Outside, house: House, loudspeaker: LoudspeakerFile
) -> None:
    await door_answers_contacts(house.home, outside)
    kitchen = await house.open("Kitchen")
    await app.call(HOME)
    await meets_the_door(app, loudspeaker)
    await outside.let_ring("screens", DOOR)
    server = outside.server
    login = Login(
        f"{FLOODER}-1@{DOMAIN}",
        PASSWORD,
        DOMAIN,
        server.port,
        ca_certificate=server.ca.certificate,
    )
    flooder = Stream(login, tls_context(login))
    await flooder.log_in()
    try:
        async with outside.app(STRANGER) as stranger:
            await stranger.call(HOME)
            before = await received_frame_rate(app.page)
            flood = asyncio.create_task(_flood(flooder))
            meanwhile = await received_frame_rate(app.page)
            assert meanwhile > 0.7 * before
            await flood
            await meets_the_door(app, loudspeaker)
            assert not await stranger.events("accept")
            assert not await stranger.events("reject")
    finally:
        await flooder.close()
    assert not await control(kitchen.page, "Answer").is_visible()
    assert len((await house.home.call_action("list_calls"))["calls"]) == 1
    assert house.home.log().count("floods the account") == 1


async def _flood(flooder: Stream) -> None:
    for round_ in range(20):
        for number in range(200):
            flooder.send_raw(_call(f"flood-{round_}-{number}"))
        await asyncio.sleep(0.1)


def _call(session: str) -> str:
    return (
        f"<message to='{HOME}-1@{DOMAIN}' type='headline'>"
        f"<extraParams><sessionID>{session}</sessionID><callType>1</callType>"
        f"<callerID>{FLOODER}</callerID>"
        f"<opponentsIDs><opponentID>{HOME}</opponentID></opponentsIDs><sdp>v=0</sdp>"
        "<moduleIdentifier>WebRTCVideoChat</moduleIdentifier>"
        "<signalType>call</signalType></extraParams></message>"
    )
