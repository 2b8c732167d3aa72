"""The actions, as automations without a user run them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
import voluptuous as vol

from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home

from .conftest import FRONT_DOOR, OpenPage
from .fakes import FakeEquipment, FakePage, in_call

type Act = Callable[..., Awaitable[Any]]


@pytest.fixture
def act(hass: HomeAssistant) -> Act:
    """Return what runs an action of ours."""

    async def act_(name: str, **data: Any) -> Any:
        wants_answer = name in ("call", "list_calls")
        # `from` is a word of Python's.
        fields = {key.rstrip("_"): value for key, value in data.items()}
        return await hass.services.async_call(
            DOMAIN, name, fields, blocking=True, return_response=wants_answer
        )

    return act_


@pytest.fixture
async def kitchen(home: Home, open_page: OpenPage) -> FakePage:
    """Return the page of a named screen."""
    page = await open_page()
    await page.command("screen/name", name="Kitchen")
    await page.wait_until(lambda state: True)
    return page


@pytest.fixture
async def call_id(kitchen: FakePage) -> str:
    """Return a call between the kitchen and the door."""
    answer = await kitchen.command("call", to=[FRONT_DOOR])
    await kitchen.wait_until(in_call)
    return str(answer["call_id"])


async def test_call_answer_and_hang_up_by_name(
    act: Act, home: Home, kitchen: FakePage
) -> None:
    answer = await act(
        "call",
        from_="front door",
        to=["Kitchen"],
        video=False,
        ring_timeout=20,
        max_bandwidth=500,
        extension={"why": "parcel"},
    )
    await kitchen.rings()
    (call,) = home.exchange.calls
    assert answer == {"call_id": call.id}
    assert (call.caller, call.video, call.max_bandwidth) == (FRONT_DOOR, False, 500)
    await act("accept", extension={"a": 1})
    await kitchen.wait_until(in_call)
    await act("hangup", party="Kitchen", extension={"b": 2})
    await kitchen.wait_until(lambda state: not state["calls"])


async def test_the_only_party_calls_by_itself(
    act: Act, home: Home, open_page: OpenPage
) -> None:
    page = await open_page()
    await act("call", to="screens")
    assert (await page.rings())["caller"] == FRONT_DOOR


async def test_a_device_id_names_a_party(
    act: Act, home: Home, kitchen: FakePage, device_registry: dr.DeviceRegistry
) -> None:
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, kitchen.screen_id), home.entry.entry_id
    )
    assert device
    await act("call", from_=FRONT_DOOR, to=device.id)
    assert await kitchen.rings()


async def test_a_foreign_device_is_nobody(
    act: Act, home: Home, device_registry: dr.DeviceRegistry
) -> None:
    device = device_registry.async_get_or_create(
        config_entry_id=home.entry.entry_id, identifiers={("other", "x")}
    )
    with pytest.raises(ServiceValidationError) as error:
        await act("call", to=device.id)
    assert error.value.translation_key == "unknown_party"


async def test_reject(act: Act, home: Home, kitchen: FakePage) -> None:
    await act("call", from_=FRONT_DOOR, to="Kitchen")
    await kitchen.rings()
    await act("reject", reason="busy", extension={"later": True})
    assert home.exchange.past_calls[-1].reason == "busy"


async def test_mute_and_cap(
    act: Act,
    home: Home,
    kitchen: FakePage,
    call_id: str,
    equipment: dict[str, FakeEquipment],
) -> None:
    await act("mute", party=FRONT_DOOR, audio=True)
    assert equipment[FRONT_DOOR].port.muted == [(True, False)]
    await act("mute", party=FRONT_DOOR, video=True)
    assert equipment[FRONT_DOOR].port.muted[-1] == (True, True)
    await act("set_max_bandwidth", call_id=call_id, party="Kitchen", max_bandwidth=300)
    assert kitchen.of_type("limit")[-1]["max_bandwidth"] == 300


async def test_add_a_party(
    act: Act, home: Home, kitchen: FakePage, call_id: str, open_page: OpenPage
) -> None:
    third = await open_page()
    await act("add_party", to="screens")
    await third.rings()
    await third.command("accept", call_id=call_id)
    assert len(home.exchange.call_by_id(call_id).joined) == 3


async def test_hang_up_of_all(act: Act, home: Home, call_id: str) -> None:
    await act("hangup")
    assert not home.exchange.calls


async def test_list_calls(
    act: Act, home: Home, kitchen: FakePage, call_id: str
) -> None:
    (call,) = (await act("list_calls"))["calls"]
    assert call.pop("started")
    assert call.pop("answered")
    (link,) = call.pop("links")
    assert link["statistics"]["packets_sent"] == 7
    assert link["state"] == "connected"
    members = call.pop("members")
    assert call == {
        "call_id": call_id,
        "state": "in_call",
        "direction": "outgoing",
        "video": True,
        "ended": None,
        "reason": None,
        "extension": {},
        "max_bandwidth": 0,
        "recording": None,
        "viewers": 0,
    }
    assert members[1] == {
        "id": FRONT_DOOR,
        "name": "Front door",
        "kind": "station",
        "state": "joined",
        "muted_audio": False,
        "muted_video": False,
        "sharing": False,
        "problem": None,
        "source": {
            "state": "closed",
            "error": None,
            "way": None,
            "passed_over": {},
        },
    }
    await act("hangup")
    assert (await act("list_calls")) == {"calls": []}
    (past,) = (await act("list_calls", past=True))["calls"]
    assert past["call_id"] == call_id
    assert past["ended"]
    assert past["reason"] == "hung_up"


@pytest.mark.parametrize(
    ("action", "data", "key"),
    [
        ("call", {"from_": FRONT_DOOR, "to": "Nobody"}, "unknown_party"),
        ("call", {"to": "Kitchen"}, "party_needed"),
        ("call", {"from_": FRONT_DOOR, "to": FRONT_DOOR}, "call_yourself"),
        (
            "call",
            {"from_": FRONT_DOOR, "to": "Kitchen", "extension": {"a": [1]}},
            "invalid_extension",
        ),
        (
            "call",
            {"from_": FRONT_DOOR, "to": "Kitchen", "extension": {"a b": 1}},
            "invalid_extension",
        ),
        (
            "call",
            {"from_": FRONT_DOOR, "to": "Kitchen", "extension": {"a": "x" * 9000}},
            "invalid_extension",
        ),
        ("accept", {}, "no_call"),
        ("accept", {"call_id": "x"}, "unknown_call"),
        ("accept", {"call_id": "x", "party": FRONT_DOOR}, "unknown_call"),
        ("reject", {}, "no_call"),
        ("hangup", {}, "no_call"),
        ("hangup", {"call_id": "x"}, "unknown_call"),
        ("hangup", {"party": FRONT_DOOR}, "no_call"),
        ("mute", {"audio": True}, "no_call"),
        ("add_party", {"to": "screens"}, "no_call"),
        ("set_max_bandwidth", {"max_bandwidth": 1}, "no_call"),
        ("start_recording", {}, "no_call"),
        ("stop_recording", {"call_id": "x"}, "unknown_call"),
    ],
)
async def test_bad_input_is_said_in_words(
    act: Act, kitchen: FakePage, action: str, data: dict[str, Any], key: str
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await act(action, **data)
    assert error.value.translation_key == key
    assert str(error.value) != key


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("call", {}),
        ("call", {"to": []}),
        ("call", {"to": "Kitchen", "ring_mode": "some"}),
        ("call", {"to": "Kitchen", "ring_timeout": 0}),
        ("call", {"to": "Kitchen", "max_bandwidth": -1}),
        ("call", {"to": "Kitchen", "extension": "text"}),
        ("call", {"to": "Kitchen", "record": "perhaps"}),
        ("reject", {"reason": "lazy"}),
        ("mute", {}),
        ("set_max_bandwidth", {}),
    ],
)
async def test_what_makes_no_sense_is_not_even_tried(
    act: Act, home: Home, action: str, data: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await act(action, **data)


async def test_an_ended_call_is_an_error(act: Act, home: Home, call_id: str) -> None:
    await act("hangup")
    for action in ("accept", "reject", "hangup"):
        with pytest.raises(ServiceValidationError) as error:
            await act(action, call_id=call_id)
        assert error.value.translation_key == "call_ended"


async def test_a_name_of_two_is_an_error_that_lists_both(
    act: Act, kitchen: FakePage, open_page: OpenPage
) -> None:
    twin = await open_page()
    await twin.command("screen/name", name="kitchen")
    with pytest.raises(ServiceValidationError) as error:
        await act("call", from_=FRONT_DOOR, to="Kitchen")
    assert error.value.translation_key == "ambiguous_party"
    assert kitchen.screen_id in str(error.value)
    assert twin.screen_id in str(error.value)


async def test_a_screen_that_is_away_is_an_error_of_its_own(
    hass: HomeAssistant, act: Act, home: Home, kitchen: FakePage
) -> None:
    home.exchange.return_timeout = 0
    await kitchen.close()
    async with asyncio.timeout(2):
        while home.party(kitchen.screen_id):
            await asyncio.sleep(0)
    for name in ("Kitchen", kitchen.screen_id):
        with pytest.raises(ServiceValidationError) as error:
            await act("call", from_=FRONT_DOOR, to=name)
        assert error.value.translation_key == "party_unavailable"


async def test_two_calls_that_fit_are_listed(
    act: Act, home: Home, kitchen: FakePage, open_page: OpenPage, call_id: str
) -> None:
    page, other = await open_page(), await open_page()
    second = await page.command("call", to=[other.screen_id])
    with pytest.raises(ServiceValidationError) as error:
        await act("hangup")
    assert error.value.translation_key == "call_needed"
    assert call_id in str(error.value)
    assert second["call_id"] in str(error.value)


async def test_several_parties_that_fit_are_listed(
    act: Act, home: Home, call_id: str
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await act("mute", call_id=call_id, audio=True)
    assert error.value.translation_key == "party_needed"


async def test_what_is_not_the_callers_fault_is_another_error(
    act: Act, home: Home, kitchen: FakePage, equipment: dict[str, FakeEquipment]
) -> None:
    equipment[FRONT_DOOR].port.refuse_join = "screen_not_responding"
    with pytest.raises(HomeAssistantError) as error:
        await act("call", from_=FRONT_DOOR, to="Kitchen")
    assert error.value.translation_key == "screen_not_responding"
    assert not isinstance(error.value, ServiceValidationError)


async def test_without_a_home_there_is_an_error(hass: HomeAssistant, act: Act) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    with pytest.raises(HomeAssistantError) as error:
        await act("list_calls")
    assert error.value.translation_key == "not_loaded"
