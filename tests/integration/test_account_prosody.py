"""An account against a real XMPP server, through Home Assistant's own flows."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.signaling.xmpp.login import Login
from custom_components.mesh_call.signaling.xmpp.stream import Stream, tls_context

from ..certificates import PrivateCa
from ..ports import free_port
from ..prosody import PASSWORD, Prosody, running_prosody
from .fakes import FakeEquipment

CONNECTED = "binary_sensor.connectycube_101_connected"

type Add = Callable[..., Awaitable[ConfigFlowResult]]


@pytest.fixture
async def prosody(tmp_path: Path, socket_enabled: None) -> AsyncGenerator[Prosody]:
    """Run the server."""
    async with running_prosody(tmp_path) as server:
        yield server


@pytest.fixture
def add(
    hass: HomeAssistant, prosody: Prosody, equipment: dict[str, FakeEquipment]
) -> Add:
    """Return what adds an account with settings that may differ from the right ones."""

    async def add_(password: str = PASSWORD, **server: Any) -> ConfigFlowResult:
        right = {
            "host": "localhost",
            "port": prosody.port,
            "ca_certificate": prosody.ca.certificate,
        }
        flows = hass.config_entries.flow
        menu = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
        form = await flows.async_configure(
            menu["flow_id"], {"next_step_id": "connectycube"}
        )
        return await flows.async_configure(
            form["flow_id"],
            {
                "user_id": 101,
                "app_id": 1,
                "password": password,
                "server": {**right, **server},
            },
        )

    return add_


async def wait_for(hass: HomeAssistant, state: str, entity_id: str = CONNECTED) -> None:
    """Wait until the account is connected, or is not, or another entity is so."""
    async with asyncio.timeout(30):
        while not hass.states.is_state(entity_id, state):
            await asyncio.sleep(0.05)


async def test_three_different_errors(
    hass: HomeAssistant, prosody: Prosody, add: Add
) -> None:
    for wrong, error in (
        ({"password": "wrong"}, "invalid_auth"),
        ({"port": free_port()}, "cannot_connect"),
        ({"ca_certificate": PrivateCa().certificate}, "invalid_certificate"),
        ({"ca_certificate": ""}, "invalid_certificate"),
    ):
        result = await add(**wrong)
        assert result["type"] is FlowResultType.FORM
        assert result["errors"] == {"base": error}


async def test_an_account_from_its_first_login_to_its_removal(
    hass: HomeAssistant, prosody: Prosody, add: Add
) -> None:
    result = await add(port=prosody.direct_tls_port, tls="direct")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    account: ConfigEntry = result["result"]
    await wait_for(hass, STATE_ON)
    await prosody.stop()
    await wait_for(hass, STATE_OFF)
    await prosody.start()
    await wait_for(hass, STATE_ON)
    homes = [
        entry
        for entry in hass.config_entries.async_loaded_entries(DOMAIN)
        if isinstance(entry.runtime_data, Home)
    ]
    assert len(homes) == 1
    await hass.config_entries.async_remove(account.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(CONNECTED) is None


async def test_another_login_counts_at_once(
    hass: HomeAssistant, prosody: Prosody, add: Add
) -> None:
    account: ConfigEntry = (await add())["result"]
    await wait_for(hass, STATE_ON)
    server = {**account.data["server"], "port": prosody.direct_tls_port}
    hass.config_entries.async_update_entry(
        account, data={**account.data, "server": {**server, "tls": "direct"}}
    )
    await hass.async_block_till_done()
    await wait_for(hass, STATE_ON)
    hass.config_entries.async_update_entry(
        account, data={**account.data, "password": "wrong"}
    )
    async with asyncio.timeout(30):
        while account.state is not ConfigEntryState.SETUP_ERROR:
            await asyncio.sleep(0.05)
    await hass.async_block_till_done()
    assert list(account.async_get_active_flows(hass, {"reauth"}))


async def test_a_contact_that_agrees_shows_when_it_is_there(
    hass: HomeAssistant, prosody: Prosody, add: Add
) -> None:
    account: ConfigEntry = (await add())["result"]
    await wait_for(hass, STATE_ON)
    login = Login(
        jid="102-1@localhost",
        password=PASSWORD,
        host="localhost",
        port=prosody.port,
        ca_certificate=prosody.ca.certificate,
    )
    app = Stream(login, await hass.async_add_executor_job(tls_context, login))

    def agree(presence: Element) -> None:
        if presence.get("type") == "subscribe":
            app.send_presence(pto="101-1@localhost", ptype="subscribed")

    app.presence = agree
    await app.log_in()
    app.begin()
    try:
        flow = await hass.config_entries.subentries.async_init(
            (account.entry_id, "contact"), context={"source": SOURCE_USER}
        )
        await hass.config_entries.subentries.async_configure(
            flow["flow_id"], {"name": "Anna", "address": "102"}
        )
        await wait_for(hass, STATE_ON, "binary_sensor.anna_online")
    finally:
        await app.close()
    await wait_for(hass, STATE_OFF, "binary_sensor.anna_online")
