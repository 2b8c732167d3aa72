"""Contacts are called, and call."""

import asyncio
from typing import Any

from homeassistant.core import (
    Context,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.quality import link_statistics, quality_of

from .accounts import (
    ACCOUNT_DATA,
    FakeLine,
    call_from_the_door,
    contact,
    make_account_entry,
)
from .conftest import FRONT_DOOR, OpenPage
from .entities import press, shown
from .fakes import FakePage, in_call

ANNA = "connectycube:102"
BEN = "connectycube:103"


async def refused(hass: HomeAssistant, **fields: Any) -> str | None:
    """Call from the front door in vain; returns the error's key."""
    with pytest.raises(HomeAssistantError) as error:
        await call_from_the_door(hass, **fields)
    assert "{" not in str(error.value)
    return error.value.translation_key


class TestCalling:
    """Calls from the home to contacts."""

    @pytest.mark.parametrize("name", ["Anna", " anna ", ANNA])
    async def test_by_name_or_address(
        self, hass: HomeAssistant, home: Home, line: FakeLine, name: str
    ) -> None:
        call_id = await call_from_the_door(hass, to=[name])
        await home.exchange.accept(call_id, ANNA)
        async with asyncio.timeout(5):
            while home.exchange.call_by_id(call_id).state != "in_call":
                await asyncio.sleep(0)

    @pytest.mark.parametrize("account", ["connectycube 101", "the entry's id"])
    async def test_by_a_named_account(
        self,
        hass: HomeAssistant,
        line: FakeLine,
        account_entry: MockConfigEntry,
        account: str,
    ) -> None:
        if account == "the entry's id":
            account = account_entry.entry_id
        assert await call_from_the_door(hass, to=["Anna"], account=account)

    async def test_what_makes_no_sense(
        self, hass: HomeAssistant, line: FakeLine
    ) -> None:
        assert await refused(hass, to=["Cleo"]) == "unknown_party"
        assert await refused(hass, to=["connectycube:7"]) == "not_a_contact"
        assert await refused(hass, to=["connectycube:abc"]) == "unknown_party"
        account = "unknown_account"
        assert await refused(hass, to=["Anna"], account="Work") == account
        assert await refused(hass, to=["screens"], **{"from": "Anna"}) == "not_ours"
        assert not line.dialect.invited

    async def test_the_account_itself_is_nobody(
        self, hass: HomeAssistant, home: Home, line: FakeLine
    ) -> None:
        [account] = home.accounts
        assert await refused(hass, to=[account.device_id()]) == "unknown_party"

    async def test_anyone_if_the_account_may(
        self, hass: HomeAssistant, line: FakeLine, account_entry: MockConfigEntry
    ) -> None:
        hass.config_entries.async_update_entry(
            account_entry, options={"call_anyone": True}
        )
        await hass.async_block_till_done()
        await call_from_the_door(hass, to=["connectycube:7"])
        assert line.dialect.invited == ["connectycube:7"]

    async def test_while_the_account_does_not_run(
        self, hass: HomeAssistant, line: FakeLine, account_entry: MockConfigEntry
    ) -> None:
        await hass.config_entries.async_unload(account_entry.entry_id)
        assert await refused(hass, to=["Anna"]) == "contact_unavailable"
        assert await refused(hass, to=[ANNA]) == "contact_unavailable"
        key = await refused(hass, to=["Anna"], account="ConnectyCube 101")
        assert key == "account_unavailable"

    async def test_nothing_is_done_for_a_contact(
        self, hass: HomeAssistant, line: FakeLine
    ) -> None:
        await call_from_the_door(hass, to=["Anna"])
        for action in ("accept", "reject", "hangup"):
            with pytest.raises(ServiceValidationError) as error:
                await hass.services.async_call(
                    DOMAIN, action, {"party": "Anna"}, blocking=True
                )
            assert error.value.translation_key == "not_ours"

    async def test_the_button_calls_from_the_page_of_who_presses_it(
        self,
        hass: HomeAssistant,
        home: Home,
        line: FakeLine,
        open_page: OpenPage,
        hass_admin_user: Any,
    ) -> None:
        page = await open_page()
        context = Context(user_id=hass_admin_user.id)
        await press(hass, "button.anna_call", context)
        [on] = home.exchange.calls
        assert on.caller == page.screen_id
        assert shown(hass, "event.anna_call").attributes["event_type"] == "outgoing"

    async def test_the_button_of_an_automation_calls_from_the_only_party(
        self, hass: HomeAssistant, home: Home, line: FakeLine
    ) -> None:
        await press(hass, "button.anna_call")
        [on] = home.exchange.calls
        assert on.caller == FRONT_DOOR

    async def test_a_doorbell_rings_contacts(
        self,
        hass: HomeAssistant,
        home: Home,
        line: FakeLine,
        account_entry: MockConfigEntry,
        tablet: FakePage,
    ) -> None:
        door = home.entry.subentries["front_door"]
        hass.config_entries.async_update_subentry(
            home.entry, door, data={**door.data, "ring": ["screens", "Anna", "Gone"]}
        )
        await hass.async_block_till_done()
        await press(hass, "button.front_door_call")
        await tablet.rings()
        assert line.dialect.invited == [ANNA]


class TestSeveralAccounts:
    """A user who is a contact of two accounts."""

    @pytest.fixture
    async def second(
        self, hass: HomeAssistant, line: FakeLine, lines: list[FakeLine]
    ) -> MockConfigEntry:
        """A second account that knows Anna under another name."""
        entry = make_account_entry(
            contact("other_anna", "Anna at work", "102"),
            unique_id="201-1@localhost",
            title="Work",
            data={**ACCOUNT_DATA, "user_id": 201},
            options={"call_anyone": True},
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        return entry

    async def test_the_account_decides(
        self,
        hass: HomeAssistant,
        lines: list[FakeLine],
        second: MockConfigEntry,
        call_events: list[Event],
    ) -> None:
        other = f"{ANNA}@{second.entry_id}"
        assert await refused(hass, to=[ANNA]) == "account_needed"
        call_id = await call_from_the_door(hass, to=[ANNA], account="Work")
        assert lines[1].dialect.invited == [other]
        await hass.services.async_call(
            DOMAIN, "hangup", {"call_id": call_id}, blocking=True
        )
        await call_from_the_door(hass, to=["Anna"])
        assert lines[0].dialect.invited == [ANNA]
        assert await refused(hass, to=["Anna"], account="Work") == "unknown_party"
        accounts = {event.data["account"] for event in call_events}
        assert second.entry_id in accounts
        assert len(accounts) == 2

    async def test_anyone_is_called_by_the_account_that_may(
        self, hass: HomeAssistant, lines: list[FakeLine], second: MockConfigEntry
    ) -> None:
        await call_from_the_door(hass, to=["connectycube:7"])
        assert lines[1].dialect.invited == ["connectycube:7"]


class TestBeingCalled:
    """Calls of contacts to the home."""

    async def test_screens_ring_and_the_contact_is_named(
        self, hass: HomeAssistant, home: Home, line: FakeLine, tablet: FakePage
    ) -> None:
        await line.dialect.calls(ANNA)
        ring = await tablet.rings()
        assert ring["members"][0]["name"] == "Anna"
        assert ring["members"][0]["kind"] == "contact"
        await tablet.command("accept", call_id=ring["call_id"])
        await tablet.wait_until(in_call)
        event = shown(hass, "event.anna_call").attributes
        assert event["event_type"] == "remote_stream"

    async def test_the_home_measures_for_the_contact(
        self, hass: HomeAssistant, home: Home, line: FakeLine, tablet: FakePage
    ) -> None:
        call = await line.dialect.calls(ANNA)
        await tablet.rings()
        await tablet.command("accept", call_id=call.id)
        await tablet.wait_until(in_call)
        opening = await tablet.wait_for("open", preview=False)
        numbers = dict.fromkeys(
            ("packet_loss", "width", "height", "frame_rate"), None
        ) | {"round_trip_time": 0.05, "bitrate_in": 900, "bitrate_out": 300}
        await tablet.command(
            "statistics", connection_id=opening["connection_id"], **numbers
        )
        [link] = home.exchange.call_by_id(call.id).links.values()
        told = link_statistics(home, link)
        assert told
        assert told["round_trip_time"] == 0.05
        by_contact = link.party == ANNA
        assert told["bitrate_out"] == (900 if by_contact else 300)
        assert quality_of(home, tablet.screen_id).bitrate == 300
        assert quality_of(home, ANNA).bitrate == 900

    async def test_many_screens_ring_but_the_contact_calls_once(
        self, hass: HomeAssistant, line: FakeLine, open_page: OpenPage
    ) -> None:
        pages = [await open_page() for _ in range(2)]
        told: list[Event[EventStateChangedData]] = []

        @callback
        def note(event: Event[EventStateChangedData]) -> None:
            told.append(event)

        async_track_state_change_event(hass, "event.anna_call", note)
        await line.dialect.calls(ANNA)
        for page in pages:
            await page.rings()
        await hass.async_block_till_done()
        assert len(told) == 1
        assert shown(hass, "event.anna_call").attributes["event_type"] == "incoming"

    async def test_options_say_who_rings(
        self,
        hass: HomeAssistant,
        line: FakeLine,
        account_entry: MockConfigEntry,
        tablet: FakePage,
    ) -> None:
        await tablet.command("screen/name", name="Kitchen")
        find = line.dialect.find_callees
        assert find(None) == ((), True)
        assert find("Kitchen") == ((tablet.screen_id,), False)
        assert find("Front door") == ((), True)
        assert find("nonsense") == ((), True)
        hass.config_entries.async_update_entry(
            account_entry, options={"ring": [FRONT_DOOR, "Kitchen", "Gone", "Ben"]}
        )
        await hass.async_block_till_done()
        assert find(None) == ((FRONT_DOOR, tablet.screen_id), False)
        assert find("Front door") == ((FRONT_DOOR,), False)
