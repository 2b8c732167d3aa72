"""Settings and contacts of an account change while it is used."""

from types import MappingProxyType

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.home import Home

from .accounts import ACCOUNT_DATA, FakeLine, call_from_the_door, contact
from .entities import shown, state

ANNA = "connectycube:102"
BEN = "connectycube:103"


async def test_options_count_at_once(
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
    hass: HomeAssistant,
    home: Home,
    line: FakeLine,
    lines: list[FakeLine],
    account_entry: MockConfigEntry,
) -> None:
    call_id = await call_from_the_door(hass, to=["Anna"])
    hass.config_entries.async_update_entry(
        account_entry, data={**ACCOUNT_DATA, "password": "new"}
    )
    await hass.async_block_till_done()
    assert line.config.password == "new"
    assert lines == [line]
    assert home.exchange.call_by_id(call_id)


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
        assert await call_from_the_door(hass, to=[devices["Anna"].id])
        assert line.dialect.invited == [ANNA]

    async def test_they_come_change_and_go_without_disturbing_calls(
        self,
        hass: HomeAssistant,
        home: Home,
        line: FakeLine,
        account_entry: MockConfigEntry,
    ) -> None:
        call_id = await call_from_the_door(hass, to=["Anna"])
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
        await call_from_the_door(hass, to=["Anna"])
        anna = account_entry.subentries["anna"]
        hass.config_entries.async_update_subentry(
            account_entry, anna, data={**anna.data, "address": "105"}
        )
        await hass.async_block_till_done()
        assert ANNA not in home.exchange.parties
        assert not home.exchange.calls
        await call_from_the_door(hass, to=["Anna"])
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
