"""Several apps, devices and ways at once, on the real ConnectyCube SDK."""

import asyncio
import base64
from collections.abc import AsyncIterator
from functools import partial
import json
from typing import Any

import pytest
import pytest_asyncio

from .browser import picture, tones
from .conftest import DOOR_COLOUR, DOOR_FREQUENCY
from .household import House, Person, has_colour, sees_colour
from .outside import HOME, Outside, world_outside
from .people import control, does_not_see, eventually, press, sees
from .recordings import files_of, has_colour as shows, watch
from .rest_service import Request, RestService, running_service
from .sdk_app import SdkApp

pytestmark = pytest.mark.asyncio(loop_scope="module")

APP, NEIGHBOUR = 102, 103
UNKNOWN = (99, 100)
BLUE = (50, 60, 200)
DOOR = "Front door"
DOOR_RGB = (
    int(DOOR_COLOUR[0:2], 16),
    int(DOOR_COLOUR[2:4], 16),
    int(DOOR_COLOUR[4:6], 16),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service() -> AsyncIterator[RestService]:
    """What ConnectyCube does by HTTP."""
    async with running_service() as service:
        yield service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outside(house: House, service: RestService) -> AsyncIterator[Outside]:
    """The home has an account with a key for HTTP, and two contacts on it."""
    by_http = {"api_url": service.url, "auth_key": "the app's key"}
    async with world_outside(house.home, house.folder, **by_http) as outside:
        for user in (APP, NEIGHBOUR):
            await outside.add_contact(user, may_ring=True, may_drop_in=False)
        yield outside


@pytest_asyncio.fixture(loop_scope="module")
async def app(outside: Outside, house: House) -> AsyncIterator[SdkApp]:
    """The app of the family."""
    async with outside.app(APP, colour=(200, 40, 40), frequency=700) as app:
        yield app
        await house.tidy()


@pytest_asyncio.fixture(loop_scope="module")
async def neighbour(outside: Outside, app: SdkApp) -> AsyncIterator[SdkApp]:
    """The neighbour's app."""
    looks: dict[str, Any] = {"colour": (40, 170, 60), "frequency": 1300}
    async with outside.app(NEIGHBOUR, **looks) as app:
        yield app


async def call_from_the_door(house: House, *users: int, **fields: Any) -> str:
    """Let the door call some contacts; return the id of the call."""
    to = [f"User {user}" for user in users]
    answer = await house.home.call_action("call", **{"from": DOOR}, to=to, **fields)
    call_id: str = answer["call_id"]
    return call_id


async def members(house: House, call_id: str) -> dict[str, str]:
    """Return the members' states of a call, by name, also of one that is over."""
    calls = (await house.home.call_action("list_calls", past=True))["calls"]
    (call,) = (call for call in calls if call["call_id"] == call_id)
    return {member["name"]: member["state"] for member in call["members"]}


async def meets_the_door(app: SdkApp) -> None:
    """Wait until an app sees and hears the door."""
    await app.sees(HOME, DOOR_RGB)
    await app.hears(DOOR_FREQUENCY)


async def meets(person: Person, *apps: SdkApp) -> None:
    """Wait until somebody sees and hears apps, and each of them sees the person."""
    for app in apps:
        name = f"User {app.user}" if app.user not in UNKNOWN else str(app.user)
        look = partial(picture, person.page, name)
        await eventually(look, partial(has_colour, app.colour))
        await app.sees(HOME, person.colour)
        await app.hears(person.tone)
    listen = partial(tones, person.page, [app.frequency for app in apps])
    await eventually(listen, lambda heard: min(heard.values()) > -60)


async def hears_and_sees(person: Person, app: SdkApp) -> None:
    """Wait until somebody has an app's picture and voice."""
    look = partial(picture, person.page, f"User {app.user}")
    await eventually(look, partial(has_colour, app.colour))
    listen = partial(tones, person.page, [app.frequency])
    await eventually(listen, lambda heard: heard[app.frequency] > -60)


async def is_not_heard(person: Person, app: SdkApp) -> None:
    """Wait until an app plays somebody's tone no more, whatever else it plays."""
    listen = partial(tones, app.page, [person.tone])
    await eventually(listen, lambda heard: heard[person.tone] < -66)


async def link_states(house: House) -> set[str]:
    """Return the states of all links of the only call."""
    (call,) = (await house.home.call_action("list_calls"))["calls"]
    return {link["state"] for link in call["links"]}


async def all_is_closed(house: House) -> None:
    """Wait until no connection is left in Home Assistant."""

    async def connections() -> int:
        objects = (await house.home.introspect())["objects"]
        count: int = objects["RTCPeerConnection"]
        return count

    await eventually(connections, lambda count: count == 0)


async def test_an_app_calls_a_group_and_a_screen_answers(
    app: SdkApp, neighbour: SdkApp, outside: Outside, house: House
) -> None:
    await outside.let_ring("screens")
    kitchen = await house.open("Kitchen")
    session = await app.call(HOME, NEIGHBOUR)
    await sees(kitchen.page, "Answer")
    await neighbour.hears_of("call", session=session)
    # Of two callees the higher id offers, and it does so before we have answered.
    await neighbour.accept(session)
    await press(kitchen.page, "Answer")
    await meets(kitchen, app, neighbour)
    await neighbour.sees(APP, app.colour)
    assert len(await neighbour.events("accept", session=session, user=HOME)) == 1

    await neighbour.stop(session)
    await eventually(
        lambda: members(house, session),
        lambda states: states[f"User {NEIGHBOUR}"] == "left",
    )
    await meets(kitchen, app)
    await app.stop(session)
    await eventually(control(kitchen.page, "Hang up").is_hidden, bool)


async def test_four_meet_with_the_home_in_the_middle(
    app: SdkApp, neighbour: SdkApp, outside: Outside, house: House
) -> None:
    await outside.let_ring("screens")
    kitchen = await house.open("Kitchen")
    lowest = UNKNOWN[1]
    async with outside.app(lowest, colour=BLUE, frequency=1900) as friend:
        session = await app.call(lowest, HOME, NEIGHBOUR)
        await sees(kitchen.page, "Answer")
        await neighbour.hears_of("call", session=session)
        await friend.hears_of("call", session=session)
        await neighbour.accept(session)
        await press(kitchen.page, "Answer")
        await meets(kitchen, app, neighbour)
        await friend.accept(session)
        await meets(kitchen, app, neighbour, friend)
        await friend.sees(NEIGHBOUR, neighbour.colour)
        await friend.sees(APP, app.colour)
        await neighbour.sees(lowest, friend.colour)
        # Who began ends it for all.
        await app.stop(session)
        for guest in (neighbour, friend):
            await guest.hears_of("stop", session=session, user=APP)
        await does_not_see(kitchen.page, "Hang up")


async def test_the_home_offers_to_all_where_its_id_is_the_highest(
    app: SdkApp, outside: Outside, house: House
) -> None:
    await outside.let_ring("screens")
    kitchen = await house.open("Kitchen")
    five = await app.call(*UNKNOWN, HOME, NEIGHBOUR)
    await app.hears_of("reject", session=five, user=HOME)
    await app.stop(five)
    async with (
        outside.app(UNKNOWN[0]) as unwilling,
        outside.app(UNKNOWN[1], colour=BLUE, frequency=1900) as friend,
    ):
        session = await app.call(*UNKNOWN, HOME)
        await unwilling.hears_of("call", session=session)
        await unwilling.reject(session)
        await press(kitchen.page, "Answer")
        await meets(kitchen, app)
        states = await members(house, session)
        assert states[str(UNKNOWN[0])] == "rejected"
        await friend.accept(session)
        await meets(kitchen, app, friend)
        await press(kitchen.page, "Hang up")
        await app.hears_of("stop", session=session, user=HOME)
        await friend.sees(APP, app.colour)


async def test_the_door_calls_a_group(
    app: SdkApp, neighbour: SdkApp, house: House
) -> None:
    call_id = await call_from_the_door(house, APP, NEIGHBOUR, ring_mode="all")
    await app.hears_of("call", session=call_id, opponents=[APP, NEIGHBOUR])
    await app.accept(call_id)
    await meets_the_door(app)
    await neighbour.hears_of("call", session=call_id)
    await neighbour.accept(call_id)
    await meets_the_door(neighbour)
    await neighbour.sees(APP, app.colour)
    await app.sees(NEIGHBOUR, neighbour.colour)
    assert set((await members(house, call_id)).values()) == {"joined"}
    await house.home.act("mesh_call", "hangup", call_id=call_id)
    for guest in (app, neighbour):
        await guest.hears_of("stop", session=call_id, user=HOME)


async def test_the_first_to_answer_wins(
    app: SdkApp, neighbour: SdkApp, service: RestService, house: House
) -> None:
    """Apps that don't run are woken meanwhile, each by one push."""
    service.requests.clear()
    call_id = await call_from_the_door(house, APP, NEIGHBOUR)
    ring = await app.hears_of("call", opponents=[APP])
    other = await neighbour.hears_of("call", opponents=[NEIGHBOUR])
    assert ring["session"] != other["session"]
    await neighbour.accept(other["session"])
    await app.hears_of("stop", session=ring["session"], user=HOME)
    await meets_the_door(neighbour)
    await house.home.act("mesh_call", "hangup", call_id=call_id)
    await neighbour.hears_of("stop", session=other["session"], user=HOME)
    pushes = await service.gets("/events.json", 2)
    assert {push_of(request) for request in pushes} == {
        (APP, ring["session"], DOOR),
        (NEIGHBOUR, other["session"], DOOR),
    }
    assert {request.token for request in pushes} == {"a token"}


def push_of(request: Request) -> tuple[int, str, str]:
    """Return who is woken, by which session, and who calls."""
    event = request.body["event"]
    assert event["notification_type"] == "push"
    payload = json.loads(base64.b64decode(event["message"]))
    [user] = event["user"]["ids"]
    return user, payload["uuid"], payload["caller_name"]


async def test_a_call_that_only_a_push_told_of_is_rejected_by_http(
    outside: Outside, service: RestService, house: House
) -> None:
    service.requests.clear()
    await house.home.act(
        *("mesh_call", "reject"),
        account=outside.entry,
        recipient=f"User {APP}",
        call_id="from-a-push",
        extension={"why": "Grüße"},
    )
    [request] = await service.gets("/calls/reject.json")
    assert request.body == {
        "sessionID": "from-a-push",
        "recipientId": APP,
        "platform": "web",
        "userInfo": {"why": "Grüße"},
    }


async def test_of_two_devices_one_gets_the_call(
    app: SdkApp, outside: Outside, house: House
) -> None:
    async with outside.app(APP) as second:
        call_id = await call_from_the_door(house, APP)
        for device in (app, second):
            await device.hears_of("call", session=call_id)
        await app.accept(call_id)
        await meets_the_door(app)
        await second.reject(call_id)
        await asyncio.sleep(1)
        await meets_the_door(app)
        await house.home.act("mesh_call", "hangup", call_id=call_id)
        await app.hears_of("stop", session=call_id, user=HOME)


async def test_two_that_call_each_other_end_up_in_one_call(
    app: SdkApp, house: House
) -> None:
    call_id, session = await asyncio.gather(
        call_from_the_door(house, APP), app.call(HOME)
    )
    await app.hears_of("call", session=call_id)
    await app.hears_of("reject", session=session, user=HOME)
    await app.accept(call_id)
    await meets_the_door(app)
    calls = (await house.home.call_action("list_calls"))["calls"]
    assert [call["call_id"] for call in calls] == [call_id]


async def test_a_page_is_loaded_anew_in_the_call_it_began(
    app: SdkApp, house: House
) -> None:
    kitchen = await house.open("Kitchen")
    answer = await house.home.call_action(
        "call", **{"from": "Kitchen"}, to=[f"User {APP}"]
    )
    session = answer["call_id"]
    await app.hears_of("call", session=session)
    await app.accept(session)
    await meets(kitchen, app)
    await kitchen.page.reload()
    await sees(kitchen.page, "Hang up")
    await meets(kitchen, app)
    await press(kitchen.page, "Hang up")
    await app.hears_of("stop", session=session, user=HOME)


async def test_sound_alone(app: SdkApp, outside: Outside, house: House) -> None:
    await outside.let_ring("screens")
    kitchen = await house.open("Kitchen")
    session = await app.call(HOME, video=False)
    await press(kitchen.page, "Answer")
    await app.hears(kitchen.tone)
    listen = partial(tones, kitchen.page, [app.frequency])
    await eventually(listen, lambda heard: heard[app.frequency] > -60)
    await press(kitchen.page, "Hang up")
    await app.hears_of("stop", session=session, user=HOME)


async def test_a_screen_joins_the_door_and_an_app(app: SdkApp, house: House) -> None:
    kitchen = await house.open("Kitchen")
    call_id = await call_from_the_door(house, APP)
    await app.hears_of("call", session=call_id)
    await app.accept(call_id)
    await meets_the_door(app)
    signals = len(app.signals())

    await house.home.act("mesh_call", "add_party", call_id=call_id, to=["Kitchen"])
    await press(kitchen.page, "Answer")
    await hears_and_sees(kitchen, app)
    await sees_colour(kitchen, DOOR, DOOR_RGB)
    await app.hears(kitchen.tone)
    await meets_the_door(app)
    assert len(app.signals()) == signals
    assert await link_states(house) <= {"connected", "completed"}

    await press(kitchen.page, "Mute microphone")
    await is_not_heard(kitchen, app)
    await app.hears(DOOR_FREQUENCY)
    await press(kitchen.page, "Unmute microphone")
    await app.hears(kitchen.tone)

    await press(kitchen.page, "Hang up")
    await is_not_heard(kitchen, app)
    await meets_the_door(app)
    await app.stop(call_id)
    await all_is_closed(house)


async def test_a_screen_calls_an_app_and_is_recorded(app: SdkApp, house: House) -> None:
    kitchen, study = await house.open("Kitchen"), await house.open("Study")
    answer = await house.home.call_action(
        "call", **{"from": "Kitchen"}, to=[f"User {APP}"], record=True
    )
    call_id = answer["call_id"]
    await app.hears_of("call", session=call_id)
    await app.accept(call_id)
    await meets(kitchen, app)
    # What ends in Home Assistant has room for more.
    await house.home.act("mesh_call", "add_party", call_id=call_id, to=["Study"])
    await press(study.page, "Answer")
    await hears_and_sees(study, app)
    await app.hears(study.tone)
    await sees_colour(study, "Kitchen", kitchen.colour)
    # Of two it sees who spoke last, which is hard to say of tones.
    await press(study.page, "Hang up")
    await meets(kitchen, app)
    (call,) = (await house.home.call_action("list_calls"))["calls"]
    await press(kitchen.page, "Hang up")
    await app.hears_of("stop", session=call_id, user=HOME)
    await all_is_closed(house)

    for name, colour, frequency in (
        ("Kitchen", kitchen.colour, kitchen.tone),
        (f"User {APP}", app.colour, app.frequency),
    ):
        file, *_ = files_of(call["recording"], name)
        seen = await asyncio.to_thread(watch, file)
        assert shows(seen, colour), (name, seen)
        assert abs(seen.frequency - frequency) < 15, (name, seen)
