"""Pages register as screens, get names, come back, and are forgotten."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    CLIENT_ID,
    MockUser,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.mesh_call.calls.events import Cause
from custom_components.mesh_call.calls.model import Call
from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.screens import store as screen_store
from custom_components.mesh_call.screens.pages import DATA_PAGES

from .conftest import FRONT_DOOR, OpenPage
from .fakes import FakePage, in_call


async def lose(hass: HomeAssistant, page: FakePage) -> None:
    """Let the connection of a page break."""
    pages = hass.data[DATA_PAGES]
    here = len(list(pages))
    await page.close()
    async with asyncio.timeout(2):
        while len(list(pages)) == here:
            await asyncio.sleep(0)


def wait_in_vain(hass: HomeAssistant) -> None:
    """Let the time go by that a screen has to come back."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=16))


def registry_device(hass: HomeAssistant, home: Home, party_id: str) -> Any:
    """Return the device of a screen."""
    return dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, party_id), home.entry.entry_id
    )


async def test_a_page_is_a_guest_without_a_trace(
    hass: HomeAssistant, home: Home, open_page: OpenPage
) -> None:
    page = await open_page()
    (welcome,) = page.of_type("welcome")
    assert welcome == {
        "type": "welcome",
        "screen_id": page.screen_id,
        "secret": page.secret,
        "name": None,
        "rings": True,
        "language": "en",
    }
    assert page.screen_id.startswith("screen:")
    assert registry_device(hass, home, page.screen_id) is None
    record = home.screens.record(page.screen_id)
    assert record
    assert page.secret not in repr(record)


class TestComingBack:
    """A browser proves who it is by id and secret."""

    async def test_in_time_it_is_the_same_screen(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage
    ) -> None:
        page = await open_page()
        await lose(hass, page)
        assert page.screen_id in home.exchange.parties
        back = await open_page(screen_id=page.screen_id, secret=page.secret)
        assert back.screen_id == page.screen_id
        wait_in_vain(hass)
        assert page.screen_id in home.exchange.parties

    async def test_too_late_the_party_is_gone_but_not_its_id(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage
    ) -> None:
        page = await open_page()
        await lose(hass, page)
        wait_in_vain(hass)
        assert page.screen_id not in home.exchange.parties
        back = await open_page(screen_id=page.screen_id, secret=page.secret)
        assert back.screen_id == page.screen_id
        assert page.screen_id in home.exchange.parties

    async def test_in_a_call_it_goes_on_over_a_fresh_connection(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage
    ) -> None:
        page = await open_page()
        answer = await page.command("call", to=[FRONT_DOOR])
        await page.wait_until(in_call)
        await lose(hass, page)
        back = await open_page(screen_id=page.screen_id, secret=page.secret)
        assert back.events[0]["type"] == "welcome"
        state = await back.wait_until(in_call)
        assert state["calls"][0]["call_id"] == answer["call_id"]
        before, after = page.of_type("open")[0], back.of_type("open")[0]
        assert before["connection_id"] != after["connection_id"]
        assert "join" in {event["type"] for event in page.events}

    async def test_who_does_not_come_back_leaves_the_call(
        self,
        hass: HomeAssistant,
        home: Home,
        open_page: OpenPage,
        call_events: list[Event],
    ) -> None:
        page = await open_page()
        await page.command("call", to=[FRONT_DOOR])
        await page.wait_until(in_call)
        await lose(hass, page)
        wait_in_vain(hass)
        await hass.async_block_till_done()
        assert call_events[-1].data["type"] == "ended"

    async def test_a_second_page_replaces_the_first(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage, ring: Call
    ) -> None:
        page = await open_page()
        await page.rings()
        second = await open_page(screen_id=page.screen_id, secret=page.secret)
        assert second.screen_id == page.screen_id
        await page.wait_for("replaced")
        told = len(page.events)
        call = await second.rings()
        assert await page.refused("ringing", call_id=call["call_id"]) == (
            "not_registered"
        )
        await lose(hass, page)
        await second.command("accept", call_id=call["call_id"])
        await second.wait_until(in_call)
        assert len(page.events) == told

    async def test_a_page_can_register_again_on_its_connection(
        self, home: Home, open_page: OpenPage
    ) -> None:
        page = await open_page()
        await page.command("screen", screen_id=page.screen_id, secret=page.secret)
        await page.command("call", to=[FRONT_DOOR])
        await page.wait_until(in_call)
        assert len(page.of_type("welcome")) == 2

    @pytest.mark.parametrize("change", [{"secret": "wrong"}, {"screen_id": "screen:x"}])
    async def test_a_wrong_pair_gets_a_new_one(
        self, home: Home, open_page: OpenPage, change: dict[str, str]
    ) -> None:
        page = await open_page()
        pair = {"screen_id": page.screen_id, "secret": page.secret}
        other = await open_page(**(pair | change))
        assert other.screen_id not in (page.screen_id, "screen:x")
        assert other.secret not in (page.secret, "wrong")
        assert not page.of_type("replaced")

    async def test_another_user_gets_a_new_pair(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage
    ) -> None:
        page = await open_page()
        group = await hass.auth.async_get_group(GROUP_ID_USER)
        assert group
        thief = MockUser(name="Thief", groups=[group]).add_to_hass(hass)
        token = await hass.auth.async_create_refresh_token(thief, CLIENT_ID)
        other = await open_page(
            hass.auth.async_create_access_token(token),
            screen_id=page.screen_id,
            secret=page.secret,
        )
        assert other.screen_id != page.screen_id
        assert not page.of_type("replaced")


class TestNames:
    """A screen with a name is remembered and is a device."""

    async def test_a_name_makes_a_device_with_entities(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage
    ) -> None:
        page = await open_page()
        answer = await page.command("screen/name", name=" Kitchen ")
        await hass.async_block_till_done()
        assert answer == {"screen_id": page.screen_id}
        assert registry_device(hass, home, page.screen_id).name == "Kitchen"
        assert hass.states.get("button.kitchen_answer")
        assert home.exchange.parties[page.screen_id].name == "Kitchen"
        await page.command("screen/name", name="Hall")
        await hass.async_block_till_done()
        assert registry_device(hass, home, page.screen_id).name == "Hall"
        assert home.exchange.parties[page.screen_id].name == "Hall"

    async def test_it_outlives_a_reload(
        self,
        hass: HomeAssistant,
        home: Home,
        open_page: OpenPage,
        hass_storage: dict[str, Any],
    ) -> None:
        page = await open_page()
        await page.command("screen/name", name="Kitchen")
        await lose(hass, page)
        await hass.config_entries.async_reload(home.entry.entry_id)
        stored = hass_storage[screen_store.STORAGE_KEY]["data"]
        assert [screen["name"] for screen in stored["screens"]] == ["Kitchen"]
        assert page.secret not in str(stored)
        home = home.entry.runtime_data
        assert home.names()[page.screen_id] == "Kitchen"
        assert hass.states.get("button.kitchen_answer")
        back = await open_page(screen_id=page.screen_id, secret=page.secret)
        assert back.of_type("welcome")[0]["name"] == "Kitchen"

    async def test_a_forgotten_screen_is_a_guest_again(
        self,
        hass: HomeAssistant,
        home: Home,
        open_page: OpenPage,
        entity_registry: er.EntityRegistry,
    ) -> None:
        page = await open_page()
        await page.command("screen/name", name="Kitchen")
        await hass.async_block_till_done()
        await page.command("screen/forget")
        await hass.async_block_till_done()
        assert registry_device(hass, home, page.screen_id) is None
        assert hass.states.get("button.kitchen_answer") is None
        welcome = page.of_type("welcome")[-1]
        assert welcome["screen_id"] != page.screen_id
        assert welcome["name"] is None
        assert welcome["screen_id"] in home.exchange.parties
        assert page.screen_id not in home.exchange.parties

    async def test_one_page_forgets_another(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage
    ) -> None:
        page, other = await open_page(), await open_page()
        await other.command("screen/name", name="Kitchen")
        await lose(hass, other)
        await page.command("screen/forget", screen_id=other.screen_id)
        assert home.screens.record(other.screen_id) is None
        wait_in_vain(hass)

    async def test_deleting_the_device_forgets_the_screen(
        self,
        hass: HomeAssistant,
        home: Home,
        open_page: OpenPage,
        hass_ws_client: WebSocketGenerator,
    ) -> None:
        assert await async_setup_component(hass, "config", {})
        page = await open_page()
        await page.command("screen/name", name="Kitchen")
        client = await hass_ws_client(hass)
        screen = registry_device(hass, home, page.screen_id)
        answer = await client.remove_device(screen.id)
        assert answer["success"]
        assert home.screens.record(page.screen_id) is None
        door = registry_device(hass, home, FRONT_DOOR)
        answer = await client.remove_device(door.id)
        assert not answer["success"]

    async def test_what_is_set_for_it_is_remembered(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage
    ) -> None:
        page = await open_page()
        await page.command("screen/name", name="Kitchen")
        await hass.async_block_till_done()
        for entity_id, action, data in (
            ("select.kitchen_auto_answer", "select_option", {"option": "home"}),
            ("switch.kitchen_do_not_disturb", "turn_on", {}),
            ("number.kitchen_maximum_bandwidth", "set_value", {"value": 800}),
        ):
            domain = entity_id.split(".", maxsplit=1)[0]
            fields: dict[str, Any] = {"entity_id": entity_id, **data}
            await hass.services.async_call(domain, action, fields, blocking=True)
        before = home.exchange.parties[page.screen_id]
        assert before.auto_answer == "home"
        assert (before.do_not_disturb, before.max_bandwidth) == (True, 800)
        await hass.config_entries.async_reload(home.entry.entry_id)
        assert home.entry.runtime_data.exchange.parties[page.screen_id] == before

    async def test_one_that_is_not_to_be_disturbed_comes_back_in_silence(
        self,
        hass: HomeAssistant,
        home: Home,
        open_page: OpenPage,
        call_events: list[Event],
    ) -> None:
        page = await open_page()
        await page.command("screen/name", name="Kitchen")
        await hass.async_block_till_done()
        await lose(hass, page)
        wait_in_vain(hass)
        data = {"entity_id": "switch.kitchen_do_not_disturb"}
        await hass.services.async_call("switch", "turn_on", data, blocking=True)
        await home.stations["front_door"].ring(Cause())
        back = await open_page(screen_id=page.screen_id, secret=page.secret)
        await hass.async_block_till_done()
        state = await back.wait_until(lambda state: True)
        assert state["calls"] == []
        assert [event.data["type"] for event in call_events] == ["outgoing"]

    async def test_one_page_names_another(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage
    ) -> None:
        page, other = await open_page(), await open_page()
        answer = await page.command(
            "screen/name", screen_id=other.screen_id, name="Hall"
        )
        assert answer == {"screen_id": other.screen_id}
        assert home.names()[other.screen_id] == "Hall"
        assert page.screen_id not in home.names()
        await lose(hass, other)
        await page.command("screen/name", screen_id=other.screen_id, name="Attic")
        assert registry_device(hass, home, other.screen_id).name == "Attic"
        code = await page.refused("screen/name", screen_id="screen:x", name="Attic")
        assert code == "unknown_party"
        wait_in_vain(hass)


async def test_guests_are_not_kept_for_ever(
    hass: HomeAssistant,
    home: Home,
    open_page: OpenPage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(screen_store, "MAX_GUESTS", 1)
    page = await open_page()
    await lose(hass, page)
    other = await open_page()
    assert home.screens.record(page.screen_id) is None
    assert home.screens.record(other.screen_id)
    wait_in_vain(hass)


async def test_a_flood_of_one_page_disturbs_no_other(
    home: Home, open_page: OpenPage
) -> None:
    page, other = await open_page(), await open_page()
    answers = [page.send("ringing", call_id="x") for _ in range(1000)]
    await other.command("call", to=[FRONT_DOOR])
    await other.wait_until(in_call)
    codes = [(await answer)["error"]["code"] for answer in answers]
    assert set(codes) == {"unknown_call", "too_many_messages"}
    assert 300 <= codes.count("unknown_call") < 500
    await asyncio.sleep(0.1)
    assert await page.refused("ringing", call_id="x") == "unknown_call"


async def test_states_are_pushed_once_a_turn(home: Home, open_page: OpenPage) -> None:
    page = await open_page()
    await page.wait_until(lambda state: True)
    before = len(page.of_type("state"))
    for _ in range(100):
        home.screen_links.push()
    await page.refused("ringing", call_id="x")
    assert len(page.of_type("state")) == before + 1
