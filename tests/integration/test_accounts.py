"""Accounts and contacts: they come, change while they are used, and go."""

import asyncio
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState, ConfigSubentry
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    Context,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.quality import link_statistics, quality_of

from .accounts import ACCOUNT_DATA, FakeLine, contact, make_account_entry
from .conftest import FRONT_DOOR, OpenPage
from .entities import press, shown, state
from .fakes import FakeEquipment, FakePage, in_call

ANNA = "connectycube:102"
BEN = "connectycube:103"


async def call(
    hass: HomeAssistant, context: Context | None = None, **fields: Any
) -> str:
    """Call from the front door."""
    answer = await hass.services.async_call(
        DOMAIN,
        "call",
        {"from": "Front door", **fields},
        blocking=True,
        return_response=True,
        context=context,
    )
    assert answer
    return str(answer["call_id"])


async def refused(hass: HomeAssistant, **fields: Any) -> str | None:
    """Call from the front door in vain; returns the error's key."""
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, **fields)
    assert "{" not in str(error.value)
    return error.value.translation_key


class TestEntry:
    """The config entry of an account."""

    async def test_it_logs_in_and_out(
        self, hass: HomeAssistant, line: FakeLine, account_entry: MockConfigEntry
    ) -> None:
        assert account_entry.state is ConfigEntryState.LOADED
        assert state(hass, "binary_sensor.connectycube_101_connected") == STATE_ON
        assert await hass.config_entries.async_unload(account_entry.entry_id)
        assert not line.connected

    @pytest.mark.parametrize(
        ("refusal", "state", "asks"),
        [
            ("invalid_auth", ConfigEntryState.SETUP_ERROR, True),
            ("cannot_connect", ConfigEntryState.SETUP_RETRY, False),
            ("invalid_certificate", ConfigEntryState.SETUP_RETRY, False),
        ],
    )
    async def test_a_login_that_fails(
        self,
        hass: HomeAssistant,
        home: Home,
        lines: list[FakeLine],
        account_entry: MockConfigEntry,
        refusal: str,
        state: ConfigEntryState,
        asks: bool,
    ) -> None:
        FakeLine.refusal = refusal
        await hass.config_entries.async_setup(account_entry.entry_id)
        await hass.async_block_till_done()
        assert account_entry.state is state
        assert bool(reauths(hass)) is asks
        assert ANNA not in home.exchange.parties

    async def test_a_password_that_is_refused_later(
        self, hass: HomeAssistant, line: FakeLine, account_entry: MockConfigEntry
    ) -> None:
        line.listener.login_refused()
        await hass.async_block_till_done()
        assert len(reauths(hass)) == 1
        assert account_entry.state is ConfigEntryState.LOADED

    async def test_settings_that_fail_later_begin_anew(
        self,
        hass: HomeAssistant,
        line: FakeLine,
        lines: list[FakeLine],
        account_entry: MockConfigEntry,
    ) -> None:
        FakeLine.refusal = "invalid_auth"
        line.listener.login_failed()
        await hass.async_block_till_done()
        assert account_entry.state is ConfigEntryState.SETUP_ERROR
        assert len(reauths(hass)) == 1

    async def test_an_account_brings_its_home_along(
        self,
        hass: HomeAssistant,
        lines: list[FakeLine],
        account_entry: MockConfigEntry,
        equipment: dict[str, FakeEquipment],
    ) -> None:
        await hass.config_entries.async_setup(account_entry.entry_id)
        await hass.async_block_till_done()
        entries = hass.config_entries.async_loaded_entries(DOMAIN)
        home = next(entry for entry in entries if entry.unique_id == "home")
        assert ANNA in home.runtime_data.exchange.parties

    async def test_a_home_may_come_after_its_accounts_and_go_before_them(
        self,
        hass: HomeAssistant,
        entry: MockConfigEntry,
        equipment: dict[str, FakeEquipment],
        lines: list[FakeLine],
        account_entry: MockConfigEntry,
    ) -> None:
        assert await async_setup_component(hass, "web_rtc", {})
        assert await hass.config_entries.async_setup(account_entry.entry_id)
        await hass.async_block_till_done()
        for _ in range(2):
            assert ANNA in entry.runtime_data.exchange.parties
            assert state(hass, "button.anna_call") == STATE_UNKNOWN
            await hass.config_entries.async_unload(entry.entry_id)
            assert state(hass, "button.anna_call") == STATE_UNAVAILABLE
            assert lines[-1].connected
            await hass.config_entries.async_setup(entry.entry_id)
        assert len(lines) == 1

    async def test_removal_leaves_nothing_behind(
        self,
        hass: HomeAssistant,
        home: Home,
        line: FakeLine,
        account_entry: MockConfigEntry,
        device_registry: dr.DeviceRegistry,
        entity_registry: er.EntityRegistry,
    ) -> None:
        await call(hass, to=["Anna"])
        entry_id = account_entry.entry_id
        await hass.config_entries.async_remove(entry_id)
        await hass.async_block_till_done()
        assert not home.exchange.calls
        assert home.exchange.parties.keys() == {FRONT_DOOR}
        assert not dr.async_entries_for_config_entry(device_registry, entry_id)
        assert not er.async_entries_for_config_entry(entity_registry, entry_id)

    async def test_home_assistants_stop_ends_calls_before_it_logs_out(
        self, hass: HomeAssistant, line: FakeLine
    ) -> None:
        await call(hass, to=["Anna"])
        dialect = line.dialect
        await hass.async_stop()
        assert dialect.dismissed == [(ANNA, "stopped")]
        assert not line.connected

    async def test_options_count_at_once(
        self,
        hass: HomeAssistant,
        home: Home,
        line: FakeLine,
        account_entry: MockConfigEntry,
    ) -> None:
        hass.config_entries.async_update_entry(
            account_entry, options={"answer_timeout": 20, "dialing_interval": 2}
        )
        await hass.async_block_till_done()
        assert home.exchange.parties[ANNA].answer_timeout == 20
        assert line.options.dialing_interval == 2

    async def test_another_login_drops_no_call(
        self,
        hass: HomeAssistant,
        home: Home,
        line: FakeLine,
        lines: list[FakeLine],
        account_entry: MockConfigEntry,
    ) -> None:
        call_id = await call(hass, to=["Anna"])
        hass.config_entries.async_update_entry(
            account_entry, data={**ACCOUNT_DATA, "password": "new"}
        )
        await hass.async_block_till_done()
        assert line.config.password == "new"
        assert lines == [line]
        assert home.exchange.call_by_id(call_id)


def reauths(hass: HomeAssistant) -> list[Any]:
    """Return the forms that ask for a password."""
    flows = hass.config_entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"source": SOURCE_REAUTH}
    )
    return list(flows)


class TestContacts:
    """The subentries of an account."""

    async def test_they_have_devices_below_the_account(
        self,
        hass: HomeAssistant,
        home: Home,
        line: FakeLine,
        account_entry: MockConfigEntry,
        device_registry: dr.DeviceRegistry,
    ) -> None:
        devices = {
            device.name: device
            for device in dr.async_entries_for_config_entry(
                device_registry, account_entry.entry_id
            )
        }
        assert devices.keys() == {"ConnectyCube 101", "Anna", "Ben"}
        assert devices["Anna"].via_device_id == devices["ConnectyCube 101"].id
        assert home.exchange.parties[ANNA].device_id == devices["Anna"].id
        assert await call(hass, to=[devices["Anna"].id])
        assert line.dialect.invited == [ANNA]

    async def test_they_come_change_and_go_without_disturbing_calls(
        self,
        hass: HomeAssistant,
        home: Home,
        line: FakeLine,
        account_entry: MockConfigEntry,
    ) -> None:
        call_id = await call(hass, to=["Anna"])
        new = contact("cleo", "Cleo", "104")
        hass.config_entries.async_add_subentry(
            account_entry,
            ConfigSubentry(**{**new, "data": MappingProxyType(new["data"])}),
        )
        await hass.async_block_till_done()
        assert home.exchange.parties["connectycube:104"].name == "Cleo"
        assert shown(hass, "button.cleo_call")
        assert line.asked == [104]
        ben = account_entry.subentries["ben"]
        hass.config_entries.async_update_subentry(
            account_entry,
            ben,
            title="Benjamin",
            data={**ben.data, "may_ring": False, "may_drop_in": False},
        )
        await hass.async_block_till_done()
        party = home.exchange.parties[BEN]
        assert (party.name, party.may_ring, party.may_drop_in) == (
            "Benjamin",
            False,
            False,
        )
        hass.config_entries.async_remove_subentry(account_entry, "cleo")
        await hass.async_block_till_done()
        assert "connectycube:104" not in home.exchange.parties
        assert hass.states.get("button.cleo_call") is None
        assert home.exchange.call_by_id(call_id)

    async def test_another_address_is_another_party(
        self,
        hass: HomeAssistant,
        home: Home,
        line: FakeLine,
        account_entry: MockConfigEntry,
    ) -> None:
        await call(hass, to=["Anna"])
        anna = account_entry.subentries["anna"]
        hass.config_entries.async_update_subentry(
            account_entry, anna, data={**anna.data, "address": "105"}
        )
        await hass.async_block_till_done()
        assert ANNA not in home.exchange.parties
        assert not home.exchange.calls
        await call(hass, to=["Anna"])
        assert line.dialect.invited == [ANNA, "connectycube:105"]

    async def test_online_is_what_the_server_tells(
        self, hass: HomeAssistant, line: FakeLine
    ) -> None:
        assert state(hass, "binary_sensor.anna_online") == STATE_UNKNOWN
        line.presence[102] = True
        line.listener.line_changed()
        assert state(hass, "binary_sensor.anna_online") == STATE_ON
        line.presence[102] = False
        line.listener.line_changed()
        assert state(hass, "binary_sensor.anna_online") == STATE_OFF
        line.lose()
        assert state(hass, "binary_sensor.anna_online") == STATE_UNAVAILABLE
        assert state(hass, "binary_sensor.connectycube_101_connected") == STATE_OFF
        assert state(hass, "button.anna_call") == STATE_UNKNOWN


class TestCalling:
    """Calls from the home to contacts."""

    @pytest.mark.parametrize("name", ["Anna", " anna ", ANNA])
    async def test_by_name_or_address(
        self, hass: HomeAssistant, home: Home, line: FakeLine, name: str
    ) -> None:
        call_id = await call(hass, to=[name])
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
        assert await call(hass, to=["Anna"], account=account)

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
        await call(hass, to=["connectycube:7"])
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
        await call(hass, to=["Anna"])
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
        call_id = await call(hass, to=[ANNA], account="Work")
        assert lines[1].dialect.invited == [other]
        await hass.services.async_call(
            DOMAIN, "hangup", {"call_id": call_id}, blocking=True
        )
        await call(hass, to=["Anna"])
        assert lines[0].dialect.invited == [ANNA]
        assert await refused(hass, to=["Anna"], account="Work") == "unknown_party"
        accounts = {event.data["account"] for event in call_events}
        assert second.entry_id in accounts
        assert len(accounts) == 2

    async def test_anyone_is_called_by_the_account_that_may(
        self, hass: HomeAssistant, lines: list[FakeLine], second: MockConfigEntry
    ) -> None:
        await call(hass, to=["connectycube:7"])
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
