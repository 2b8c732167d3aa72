"""Apps built on the real ConnectyCube SDK call the home and are called by it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from tests.prosody import DOMAIN

from .browser import next_picture, picture, tones
from .bus import listening
from .conftest import DOOR_COLOUR, DOOR_FREQUENCY
from .crowd import crowd
from .gadgets import received_frame_rate
from .homeassistant_process import HomeAssistantProcess
from .household import House, has_colour
from .outside import HOME, Outside, let_the_bell_ring, world_outside
from .people import control, does_not_see, eventually, press, sees
from .sdk_app import SdkApp
from .sounds import LoudspeakerFile

pytestmark = pytest.mark.asyncio(loop_scope="module")

APP, NEIGHBOUR, STRANGER, FLOODER = 102, 103, 104, 105
BLACK = (0, 0, 0)
CROWD = range(1000, 2000)
CONTACT = f"connectycube:{APP}"
MEMORY_NOISE = 30 * 1024 * 1024
EXTENSION = {
    "text": "<b>Grüße</b> & 'mehr' \"davon\" ]]> 👋",
    "deep": {"er": {"est": "x"}},
    "number": 7,
}
AS_TEXT = {**EXTENSION, "number": "7"}
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
    session = await app.call(HOME, extension={"hello": "ä", "maxBandwidth": 5000})
    await app.hears_of("accept", session=session, user=HOME)
    await meets_the_door(app, loudspeaker)
    [call] = (await house.home.call_action("list_calls"))["calls"]
    assert call["max_bandwidth"] == 5000
    await house.sees_statistics(320, 240)
    await app.resize(480, 360)
    await house.sees_statistics(480, 360)

    async with outside.app(NEIGHBOUR) as neighbour:
        refused = await neighbour.call(HOME)
        reject = await neighbour.hears_of("reject", session=refused, user=HOME)
        assert reject["extension"]["busy"] == "true"
    await app.mute(session, "audio")
    await is_silent(loudspeaker)
    await house.shows_muted(f"User {APP}", True)
    await app.unmute(session, "audio")
    await house.shows_muted(f"User {APP}", False)
    await app.restart(session, HOME)
    await meets_the_door(app, loudspeaker)

    await house.home.act("mesh_call", "hangup", extension={"bye": "<b>"})
    stop = await app.hears_of("stop", session=session, user=HOME)
    assert stop["extension"] == {"bye": "<b>"}
    assert (await last_call(house.home))["extension"] == {"hello": "ä"}


async def test_a_tap_on_a_notification_answers_the_app(
    app: SdkApp, outside: Outside, house: House
) -> None:
    await outside.let_ring("screens")
    kitchen = await house.open("Kitchen")
    session = await app.call(HOME)
    await sees(kitchen.page, "Answer")
    # As the notification's *Answer* opens it on a phone.
    await kitchen.page.goto(f"{house.home.url}/?mesh_call_answer={session}")
    await app.hears_of("accept", session=session)
    await app.sees(HOME, kitchen.colour)
    await app.hears(kitchen.tone)
    look = partial(picture, kitchen.page, f"User {APP}")
    await eventually(look, partial(has_colour, app.colour))
    await eventually(
        lambda: tones(kitchen.page, [app.frequency]),
        lambda heard: heard[app.frequency] > -60,
    )
    # Muting has no signal: it is seen and heard.
    await app.mute(session, "video")
    await app.mute(session, "audio")
    await eventually(look, partial(has_colour, BLACK))
    await house.shows_muted(f"User {APP}", True)
    await app.unmute(session, "video")
    await app.unmute(session, "audio")
    await house.shows_muted(f"User {APP}", False)
    await eventually(look, partial(has_colour, app.colour))
    await press(kitchen.page, "Turn camera off")
    await press(kitchen.page, "Mute microphone")
    await app.sees(HOME, BLACK)
    await app.hears_nothing_at(kitchen.tone)
    await press(kitchen.page, "Unmute microphone")
    await app.hears(kitchen.tone)
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


async def test_what_is_said_along_survives_both_ways(
    app: SdkApp, outside: Outside, house: House
) -> None:
    await outside.let_ring("screens")
    await house.open("Kitchen")
    act = partial(house.home.act, "mesh_call", extension=EXTENSION)
    out = {"from": DOOR, "to": [f"User {APP}"], "extension": EXTENSION}
    async with listening(house.home, "mesh_call_call") as bus:
        # Call and reject.
        await house.home.call_action("call", **out)
        ring = await app.hears_of("call", user=HOME)
        assert ring["extension"] == AS_TEXT
        await app.reject(ring["session"], {**EXTENSION, "busy": True})
        busy = await bus.hears_of(type="busy")
        assert busy["extension"] == {**AS_TEXT, "busy": "true"}
        assert (await bus.hears_of(type="ended"))["reason"] == "busy"
        # The other way.
        session = await app.call(HOME, extension=EXTENSION)
        incoming = await bus.hears_of(type="incoming", call_id=session)
        assert incoming["extension"] == AS_TEXT
        await act("reject", call_id=session)
        reject = await app.hears_of("reject", session=session)
        assert reject["extension"] == AS_TEXT
        # Accept and stop.
        session = (await house.home.call_action("call", **out))["call_id"]
        await app.hears_of("call", session=session)
        await app.accept(session, EXTENSION)
        accepted = await bus.hears_of(type="accepted", call_id=session)
        assert accepted["extension"] == AS_TEXT
        await bus.hears_of(type="remote_stream", call_id=session, peer=CONTACT)
        await act("hangup", call_id=session)
        stop = await app.hears_of("stop", session=session)
        assert stop["extension"] == AS_TEXT
        # The other way.
        session = await app.call(HOME)
        await bus.hears_of(type="incoming", call_id=session)
        await act("accept", call_id=session, party="Kitchen")
        accept = await app.hears_of("accept", session=session)
        assert accept["extension"] == AS_TEXT
        await app.hears_of("remote-stream", session=session)
        await app.stop(session, EXTENSION)
        ended = await bus.hears_of(type="ended", call_id=session)
        assert ended["extension"] == AS_TEXT
        assert ended["reason"] == "hung_up"


async def test_who_does_not_answer_is_given_up_on_both_sides(
    app: SdkApp, outside: Outside, house: House
) -> None:
    await outside.let_ring("screens", answer_timeout=5, dialing_interval=1)
    kitchen = await house.open("Kitchen")
    timers = {"answerTimeInterval": 5, "dialingTimeInterval": 2}
    async with (
        outside.app(NEIGHBOUR, videochat=timers) as neighbour,
        listening(house.home, "mesh_call_call") as bus,
    ):
        session = await neighbour.call(HOME)
        await sees(kitchen.page, "Answer")
        # A ring from outside doesn't keep the door from calling.
        answer = await house.home.call_action(
            "call", **{"from": DOOR}, to=[f"User {APP}"]
        )
        ours = answer["call_id"]
        await bus.hears_of(type="not_answered", call_id=ours, peer=CONTACT)
        await app.hears_of("stop", session=ours)
        await neighbour.hears_of("not-answer", session=session, user=HOME)
        for call_id in (ours, session):
            ended = await bus.hears_of(type="ended", call_id=call_id)
            assert ended["reason"] == "not_answered"
    await does_not_see(kitchen.page, "Answer")
    assert sum("<signalType>call<" in signal for signal in app.signals()) > 2
    assert len(await app.events("call")) == 1


async def test_the_bell_rings_the_app_while_the_account_is_in_another_call(
    app: SdkApp, outside: Outside, house: House, loudspeaker: LoudspeakerFile
) -> None:
    await outside.let_ring("screens")
    await let_the_bell_ring(house.home, f"User {APP}")
    kitchen = await house.open("Kitchen")
    async with outside.app(NEIGHBOUR) as neighbour:
        await neighbour.call(HOME)
        await press(kitchen.page, "Answer")
        await neighbour.sees(HOME, kitchen.colour)
        await house.home.act(
            "input_button", "press", entity_id="input_button.front_door_bell"
        )
        ring = await app.hears_of("call", user=HOME)
        await app.accept(ring["session"])
        await meets_the_door(app, loudspeaker)
        assert await next_picture(neighbour.page, f"User {HOME}")
        await neighbour.sees(HOME, kitchen.colour)
        assert len((await house.home.call_action("list_calls"))["calls"]) == 2
        await house.tidy()


async def test_an_app_that_vanishes_is_disconnected_and_given_up(
    app: SdkApp, outside: Outside, house: House
) -> None:
    await door_answers_contacts(house.home, outside)
    await outside.let_ring(DOOR, disconnect_timeout=5)
    async with listening(house.home, "mesh_call_connection_state") as bus:
        await app.call(HOME)
        await app.sees(HOME, DOOR_RGB)
        before = asyncio.get_running_loop().time()
        await app.vanish()
        lost = await bus.hears_of(state="disconnected")
        assert lost["at"] - before > 5
        closed = await bus.hears_of(state="closed")
        assert closed["previous_state"] == "disconnected"
        assert closed["at"] - lost["at"] > 4.5
        # ICE would not have given up yet.
        assert closed["at"] - before < 25
    assert (await last_call(house.home))["reason"] == "failed"


async def test_strangers_and_floods_disturb_no_call(
    app: SdkApp, outside: Outside, house: House, loudspeaker: LoudspeakerFile
) -> None:
    await door_answers_contacts(house.home, outside)
    kitchen = await house.open("Kitchen")
    await app.call(HOME)
    await meets_the_door(app, loudspeaker)
    await outside.let_ring("screens", DOOR)
    async with (
        outside.app(STRANGER) as stranger,
        crowd(outside.server) as anybody,
    ):
        await stranger.call(HOME)
        before = await received_frame_rate(app.page)
        memory = 0
        for senders in ([FLOODER], CROWD):
            flood = asyncio.create_task(_flood(anybody, senders))
            meanwhile = await received_frame_rate(app.page)
            assert meanwhile > 0.7 * before
            await flood
            memory = memory or house.home.memory()
        await meets_the_door(app, loudspeaker)
        assert house.home.memory() - memory < MEMORY_NOISE
        assert not await stranger.events("accept")
        assert not await stranger.events("reject")
    assert not await control(kitchen.page, "Answer").is_visible()
    assert len((await house.home.call_action("list_calls"))["calls"]) == 1
    assert house.home.log().count("floods an account") == 1


async def _flood(anybody: asyncio.StreamWriter, senders: Sequence[int]) -> None:
    """Send 2,000 stanzas a second, for two seconds."""
    for round_ in range(20):
        for number in range(200):
            sender = senders[(200 * round_ + number) % len(senders)]
            anybody.write(_call(sender, f"flood-{round_}-{number}").encode())
        await anybody.drain()
        await asyncio.sleep(0.1)


def _call(sender: int, session: str) -> str:
    return (
        f"<message from='{sender}-1@{DOMAIN}' to='{HOME}-1@{DOMAIN}' type='headline'>"
        f"<extraParams xmlns='jabber:client'>"
        f"<sessionID>{session}</sessionID><callType>1</callType>"
        f"<callerID>{sender}</callerID>"
        f"<opponentsIDs><opponentID>{HOME}</opponentID></opponentsIDs><sdp>v=0</sdp>"
        "<moduleIdentifier>WebRTCVideoChat</moduleIdentifier>"
        "<signalType>call</signalType></extraParams></message>"
    )


async def test_a_crash_of_home_assistant_ends_the_call_of_the_app(
    outside: Outside, house: House
) -> None:
    await door_answers_contacts(house.home, outside)
    # The app itself would wait for long.
    patient = {"disconnectTimeInterval": 300}
    async with outside.app(APP, videochat=patient) as app:
        session = await app.call(HOME)
        await app.sees(HOME, DOOR_RGB)

        async def kept() -> bool:
            storage = house.folder / "home" / ".storage"
            files = storage.glob("mesh_call.sessions.*")
            return any(session in file.read_text() for file in files)

        await eventually(kept, bool)
        await house.home.crash()
        assert not await app.events("close")
        await house.home.start()
        await app.hears_of("stop", session=session, user=HOME)
        await app.hears_of("close", session=session)
        await eventually(kept, lambda still: not still)
