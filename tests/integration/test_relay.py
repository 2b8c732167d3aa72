"""Relayed calls, and which servers ends are told to use."""

from typing import Any

from homeassistant.components.web_rtc import async_register_ice_servers
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from webrtc_models import RTCIceServer

from custom_components.mesh_call.calls.model import BRIDGE, Connection
from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.ice import has_relay

from .accounts import ACCOUNT_DATA, SERVER, FakeLine
from .conftest import FRONT_DOOR, OpenPage
from .fakes import FakeEquipment, in_call

TURN = RTCIceServer(["turn:192.0.2.1"], "u", "c")


async def call(hass: HomeAssistant, page_id: str, **data: Any) -> None:
    """Let the front door call a page."""
    data = {"from": FRONT_DOOR, "to": page_id, **data}
    await hass.services.async_call(DOMAIN, "call", data, blocking=True)


async def test_a_relayed_call_tells_both_ends(
    hass: HomeAssistant,
    home: Home,
    open_page: OpenPage,
    equipment: dict[str, FakeEquipment],
) -> None:
    async_register_ice_servers(hass, lambda: [TURN])
    page = await open_page()
    await call(hass, page.screen_id, relay=True)
    ring = await page.rings()
    await page.command("accept", call_id=ring["call_id"])
    await page.wait_until(in_call)
    for opening in page.of_type("open"):
        assert opening["relay"] is True
        assert opening["ice_servers"] == [
            {"urls": ["turn:192.0.2.1"], "username": "u", "credential": "c"}
        ]
    station = equipment[FRONT_DOOR]
    assert station.port.connections
    for end in station.port.connections.values():
        assert end.relay
        assert station.ice_servers(end) == page.of_type("open")[0]["ice_servers"]


ACCOUNT_RELAY = {"turn_url": "turn:192.0.2.9", "turn_username": "x"}


async def test_the_relay_of_an_account_is_for_its_contacts(
    hass: HomeAssistant,
    home: Home,
    open_page: OpenPage,
    account_entry: MockConfigEntry,
    lines: list[FakeLine],
) -> None:
    server = {**SERVER, **ACCOUNT_RELAY, "turn_password": "y"}
    hass.config_entries.async_update_entry(
        account_entry, data={**ACCOUNT_DATA, "server": server}
    )
    assert await hass.config_entries.async_setup(account_entry.entry_id)
    page = await open_page()
    await lines[0].dialect.calls("connectycube:102")
    ring = await page.rings()
    await page.command("accept", call_id=ring["call_id"])
    with_contact = await page.wait_for("open", preview=False)
    assert with_contact["ice_servers"] == [
        {"urls": "turn:192.0.2.9", "username": "x", "credential": "y"}
    ]
    ends = ("connectycube:102", page.screen_id)
    assert home.ice_servers(Connection("seat", "call", *ends))
    assert not home.ice_servers(Connection("spoke", "call", *ends, bridge=BRIDGE))
    await page.command("hangup", call_id=ring["call_id"])
    at_home = await page.command("call", to=[FRONT_DOOR])
    opening = await page.wait_for("open", call_id=at_home["call_id"])
    assert opening["ice_servers"] == []
    await page.command("hangup", call_id=at_home["call_id"])
    await call(hass, page.screen_id, relay=True)
    ring = await page.rings()
    opening = await page.wait_for("open", call_id=ring["call_id"])
    assert opening["ice_servers"][0]["urls"] == "turn:192.0.2.9"


@pytest.mark.parametrize("servers", [[], [RTCIceServer("stun:192.0.2.1")]])
async def test_without_a_relay_server_there_is_no_call(
    hass: HomeAssistant, home: Home, open_page: OpenPage, servers: list[RTCIceServer]
) -> None:
    async_register_ice_servers(hass, lambda: servers)
    page = await open_page()
    with pytest.raises(ServiceValidationError) as error:
        await call(hass, page.screen_id, relay=True)
    assert error.value.translation_key == "no_relay"
    assert not home.exchange.calls
    assert not page.of_type("open")
    await call(hass, page.screen_id)
    await page.rings()
    assert (await page.wait_for("open"))["relay"] is False


def test_what_relays() -> None:
    assert not has_relay([])
    assert not has_relay([{"urls": "stun:a"}, {"urls": ["stuns:a"]}])
    assert has_relay([{"urls": "stun:a"}, {"urls": ["stun:a", "turns:b"]}])
    assert has_relay([{"urls": "turn:a"}])
