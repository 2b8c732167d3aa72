"""Diagnostics and system health: useful, and silent about what is private."""

import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.media.source import (
    PassedOver,
    SourceError,
    SourceProblem,
    SourceState,
    SourceStatus,
    SourceWay,
)
from custom_components.mesh_call.media.station import StationStatus

from .accounts import ACCOUNT_DATA, PASSWORD, SERVER, FakeLine
from .conftest import FRONT_DOOR, OpenPage
from .fakes import FakeEquipment


@pytest.fixture
def station_data(station_data: dict[str, Any]) -> dict[str, Any]:
    """Let the front door ring somebody outside, too."""
    return {**station_data, "ring": ["screens", "xmpp:anna@example.org"]}


@pytest.fixture
def home_options() -> dict[str, Any]:
    """Let one user's pages ring; pages of others don't."""
    return {"ring_timeout": 30, "guest_screens": True}


async def diagnostics(
    hass: HomeAssistant, client: ClientSessionGenerator, entry: MockConfigEntry
) -> dict[str, Any]:
    """Download the diagnostics."""
    assert await async_setup_component(hass, "diagnostics", {})
    found = await get_diagnostics_for_config_entry(hass, client, entry)
    return dict(found)


async def test_diagnostics_in_a_call(
    hass: HomeAssistant,
    home: Home,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    open_page: OpenPage,
    equipment: dict[str, FakeEquipment],
) -> None:
    error = SourceError(SourceProblem.UNSUPPORTED_CODEC, "H266")
    over = (PassedOver(SourceWay.RTSP, error),)
    source = SourceStatus(SourceState.READY, None, SourceWay.STILLS, over)
    status = StationStatus(source, pictures=("JPEG → H264",))
    equipment[FRONT_DOOR].port.set_status(status)
    page = await open_page()
    await page.command("screen/name", name="Anna's tablet")
    await page.command("call", to=[FRONT_DOOR])
    await page.wait_until(
        lambda state: state["calls"] and state["calls"][0]["state"] == "in_call"
    )
    found = await diagnostics(hass, hass_client, entry)
    assert found["options"] == {
        "ring_timeout": 30,
        "guest_screens": True,
        "ring_users": 0,
        "notify": 0,
    }
    assert found["stations"] == [
        {
            "id": FRONT_DOOR,
            "problem": None,
            "pictures": ["JPEG → H264"],
            "voice": "idle",
            "greets": False,
            "stream_url": "**REDACTED**",
            "sub_stream_url": None,
            "ring": ["screens", "**REDACTED**"],
            "source": {
                "state": "ready",
                "error": None,
                "way": "stills",
                "passed_over": {"rtsp": "unsupported_codec H266"},
            },
        }
    ]
    assert found["named_screens"] == [
        {"id": page.screen_id, "auto_answer": "nobody", "here": True}
    ]
    assert {party["id"]: party["state"] for party in found["parties"]} == {
        FRONT_DOOR: "in_call",
        page.screen_id: "in_call",
    }
    [call] = found["calls"]
    assert [member["id"] for member in call["members"]] == [page.screen_id, FRONT_DOOR]
    assert [link["state"] for link in call["links"]] == ["connected"]
    await page.command("hangup", call_id=call["call_id"])
    found = await diagnostics(hass, hass_client, entry)
    assert found["calls"] == []
    assert [call["reason"] for call in found["past_calls"]] == ["hung_up"]


async def test_diagnostics_name_nobody(
    hass: HomeAssistant,
    home: Home,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    open_page: OpenPage,
    equipment: dict[str, FakeEquipment],
) -> None:
    error = SourceError(SourceProblem.UNSUPPORTED_CODEC, "H266")
    over = (PassedOver(SourceWay.RTSP, error),)
    source = SourceStatus(SourceState.READY, None, SourceWay.STILLS, over)
    status = StationStatus(source, pictures=("JPEG → H264",))
    equipment[FRONT_DOOR].port.set_status(status)
    page = await open_page()
    await page.command("screen/name", name="Anna's tablet")
    await page.command("call", to=[FRONT_DOOR])
    text = json.dumps(await diagnostics(hass, hass_client, entry))
    for secret in ("hidden", "127.0.0.1", "rtsp:", "anna", "Anna", "v=0", page.secret):
        assert secret not in text


async def test_system_health(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry
) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    info = await get_system_health_info(hass, DOMAIN)
    assert info["stations"] == 1
    assert info["screens"] == 0
    assert info["active_calls"] == 0
    assert info["aiortc"][0].isdigit()
    assert info["av"][0].isdigit()
    await hass.config_entries.async_unload(entry.entry_id)
    info = await get_system_health_info(hass, DOMAIN)
    assert set(info) == {
        "aiortc",
        "av",
        "slixmpp",
        "accounts",
        "accounts_connected",
    }


async def test_system_health_counts_accounts(
    hass: HomeAssistant, line: FakeLine
) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    info = await get_system_health_info(hass, DOMAIN)
    assert (info["stations"], info["accounts"], info["accounts_connected"]) == (1, 1, 1)
    line.lose()
    info = await get_system_health_info(hass, DOMAIN)
    assert info["accounts_connected"] == 0


async def test_diagnostics_of_an_account(
    hass: HomeAssistant,
    line: FakeLine,
    account_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    server = {**SERVER, "auth_key": "hidden", "turn_url": "turn:hidden"}
    hass.config_entries.async_update_entry(
        account_entry,
        data={**ACCOUNT_DATA, "server": server},
        options={"ring": ["screens", "Anna's tablet"], "push_payload": {"k": "hidden"}},
    )
    await hass.async_block_till_done()
    found = await diagnostics(hass, hass_client, account_entry)
    assert found["connected"]
    assert found["server"]["auth_key"] is True
    assert found["statistics"] == {"strangers": 2}
    assert found["contacts"] == [
        {
            "id": f"contact:{id_}",
            "may_ring": True,
            "may_drop_in": drop_in,
            "online": None,
        }
        for id_, drop_in in (("anna", False), ("ben", True))
    ]
    text = json.dumps(found)
    for secret in ("hidden", "Anna", "102", "101", "localhost", PASSWORD):
        assert secret not in text
