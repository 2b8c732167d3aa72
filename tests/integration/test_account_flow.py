"""The flows of accounts and contacts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import AsyncMock, patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigFlowResult,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.accounts.config import AccountConfig
from custom_components.mesh_call.accounts.form import AccountRefusedError
from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home

from .accounts import ACCOUNT_DATA, JID, PASSWORD, SERVER, contact, make_account_entry
from .forms import fields

LOGIN = "custom_components.mesh_call.config_flow.async_try_login"
SETUP = "custom_components.mesh_call.async_setup_entry"
ENTERED = {key: value for key, value in ACCOUNT_DATA.items() if key != "dialect"}


@pytest.fixture
def login() -> Iterator[AsyncMock]:
    """Let every login succeed."""
    with patch(LOGIN) as mock:
        yield mock


@pytest.fixture
def setup() -> Iterator[AsyncMock]:
    """Take note of entries instead of setting them up."""
    with patch(SETUP, return_value=True) as mock:
        yield mock


@pytest.fixture
def account(hass: HomeAssistant) -> MockConfigEntry:
    """Return an account with a contact, not set up."""
    entry = make_account_entry(contact("anna", "Anna", "102"))
    entry.add_to_hass(hass)
    return entry


async def open_form(hass: HomeAssistant) -> ConfigFlowResult:
    """Choose the account in the menu."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    return await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "connectycube"}
    )


async def add(hass: HomeAssistant, **entered: Any) -> ConfigFlowResult:
    """Add an account."""
    form = await open_form(hass)
    return await hass.config_entries.flow.async_configure(
        form["flow_id"], {**ENTERED, **entered}
    )


async def add_contact(
    hass: HomeAssistant, account: MockConfigEntry, **entered: Any
) -> SubentryFlowResult:
    """Add a contact."""
    form = await hass.config_entries.subentries.async_init(
        (account.entry_id, "contact"), context={"source": SOURCE_USER}
    )
    return await hass.config_entries.subentries.async_configure(
        form["flow_id"], {"name": "Ben", "address": "103", **entered}
    )


def certificate() -> str:
    """Return PEM text of a certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


async def test_the_menu_offers_what_there_is(hass: HomeAssistant) -> None:
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["home", "connectycube"]


async def test_an_account_is_added_after_a_login(
    hass: HomeAssistant, login: AsyncMock, setup: AsyncMock
) -> None:
    pem = certificate()
    result = await add(hass, user_id="101", server={**SERVER, "ca_certificate": pem})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "ConnectyCube 101"
    assert result["result"].unique_id == JID
    data = {**ACCOUNT_DATA, "server": {**SERVER, "ca_certificate": pem.strip()}}
    assert result["data"] == data
    login.assert_awaited_once_with(hass, AccountConfig.from_data(data))


async def test_the_defaults_are_the_real_service(
    hass: HomeAssistant, login: AsyncMock, setup: AsyncMock
) -> None:
    result = await add(hass, server={})
    assert result["result"].unique_id == "101-1@chat.connectycube.com"
    assert result["data"]["server"] == {
        "host": "chat.connectycube.com",
        "port": 5222,
        "tls": "starttls",
        "api_url": "https://api.connectycube.com",
    }


@pytest.mark.parametrize(
    "error", ["invalid_auth", "cannot_connect", "invalid_certificate"]
)
async def test_a_refused_login_is_told_and_can_be_mended(
    hass: HomeAssistant, login: AsyncMock, setup: AsyncMock, error: str
) -> None:
    login.side_effect = AccountRefusedError(error)
    result = await add(hass)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": error}
    login.side_effect = None
    result = await hass.config_entries.flow.async_configure(result["flow_id"], ENTERED)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("server", "error"),
    [
        ({"host": "xmpp://localhost"}, "invalid_host"),
        ({"host": "localhost:5222"}, "invalid_host"),
        ({"host": ""}, "invalid_host"),
        ({"ca_certificate": "no PEM"}, "invalid_ca_certificate"),
        ({"turn_url": "https://turn.example.org"}, "invalid_turn_url"),
        ({"turn_url": "turn:user@turn.example.org"}, "invalid_turn_url"),
        ({"api_url": "http://api.example.org"}, "invalid_api_url"),
        ({"api_url": "https://user:password@api.example.org"}, "invalid_api_url"),
        ({"api_url": "https://[api"}, "invalid_api_url"),
        ({"port": 5222.5}, "not_a_whole_number"),
    ],
)
async def test_nonsense_is_refused_without_a_login(
    hass: HomeAssistant, login: AsyncMock, server: dict[str, Any], error: str
) -> None:
    result = await add(hass, server={**SERVER, **server})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": error}
    login.assert_not_awaited()


@pytest.mark.parametrize("user_id", [0, -1, "Anna", 2**53])
async def test_a_user_id_is_a_number_the_sdk_can_hold(
    hass: HomeAssistant, login: AsyncMock, user_id: Any
) -> None:
    with pytest.raises(InvalidData):
        await add(hass, user_id=user_id)


async def test_an_account_exists_once(
    hass: HomeAssistant, account: MockConfigEntry, login: AsyncMock
) -> None:
    result = await add(hass, password="another")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    login.assert_not_awaited()


async def test_reauth_takes_a_password_that_works(
    hass: HomeAssistant, account: MockConfigEntry, login: AsyncMock, setup: AsyncMock
) -> None:
    form = await account.start_reauth_flow(hass)
    assert form["step_id"] == "reauth_confirm"
    login.side_effect = AccountRefusedError("invalid_auth")
    form = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"password": "wrong"}
    )
    assert form["errors"] == {"base": "invalid_auth"}
    assert account.data["password"] == PASSWORD
    login.side_effect = None
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"password": "right"}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert account.data == {**ACCOUNT_DATA, "password": "right"}
    await hass.async_block_till_done()
    assert not hass.config_entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"source": SOURCE_REAUTH}
    )


async def test_reconfigure_shows_no_secret_and_keeps_what_is_left_empty(
    hass: HomeAssistant, login: AsyncMock, setup: AsyncMock
) -> None:
    server = {
        **SERVER,
        "turn_url": "turn:localhost",
        "turn_password": "relay secret",
        "auth_key": "key",
        "auth_secret": "push secret",
    }
    account = make_account_entry(data={**ACCOUNT_DATA, "server": server})
    account.add_to_hass(hass)
    form = await account.start_reconfigure_flow(hass)
    assert "secret" not in str(suggestions(fields(form)))
    changed = {"port": 5223, "tls": "direct", "api_url": "http://127.0.0.1:1"}
    entered = {**SERVER, **changed, "turn_url": "turn:127.0.0.1", "auth_key": "key"}
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"user_id": 101, "app_id": 1, "server": entered}
    )
    assert result["reason"] == "reconfigure_successful"
    assert account.data == {
        **ACCOUNT_DATA,
        "server": {**entered, "auth_secret": "push secret"},
    }


def suggestions(schema: Any) -> list[Any]:
    """All values that a form is filled with."""
    found = []
    for key, value in schema.items():
        found.append((key.description or {}).get("suggested_value"))
        if hasattr(value, "schema"):
            found += suggestions(value.schema.schema)
    return found


async def test_reconfigure_makes_no_other_account_of_it(
    hass: HomeAssistant, account: MockConfigEntry, login: AsyncMock
) -> None:
    form = await account.start_reconfigure_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {**ENTERED, "user_id": 7}
    )
    assert result["reason"] == "another_account"


async def test_a_failed_reconfigure_changes_nothing(
    hass: HomeAssistant, account: MockConfigEntry, login: AsyncMock
) -> None:
    login.side_effect = AccountRefusedError("cannot_connect")
    form = await account.start_reconfigure_flow(hass)
    form = await hass.config_entries.flow.async_configure(
        form["flow_id"], {**ENTERED, "password": "another"}
    )
    assert form["errors"] == {"base": "cannot_connect"}
    assert account.data == ACCOUNT_DATA


async def test_the_home_has_nothing_to_reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    result = await entry.start_reconfigure_flow(hass)
    assert result["reason"] == "nothing_to_change"


async def test_options_of_an_account(
    hass: HomeAssistant, home: Home, account: MockConfigEntry
) -> None:
    form = await hass.config_entries.options.async_init(account.entry_id)
    assert form["step_id"] == "account"
    offered = fields(form)["ring"].config["options"]
    assert [option["label"] for option in offered] == ["screens", "Front door"]
    result = await hass.config_entries.options.async_configure(form["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert account.options == {
        "ring": ["screens"],
        "ring_mode": "first",
        "relay": False,
        "answer_timeout": 60,
        "dialing_interval": 5,
        "disconnect_timeout": 30,
        "call_anyone": False,
        "push_environment": "production",
    }


async def test_a_contact_is_added(
    hass: HomeAssistant, account: MockConfigEntry
) -> None:
    result = await add_contact(hass, account, name=" Ben ", address=" 103 ")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    added = next(s for s in account.subentries.values() if s.title == "Ben")
    assert added.unique_id == "103"
    assert added.data == {"address": "103", "may_ring": True, "may_drop_in": False}


@pytest.mark.parametrize(
    ("entered", "errors"),
    [
        ({"name": " "}, {"name": "invalid_name"}),
        ({"name": "A\nB"}, {"name": "invalid_name"}),
        ({"name": "x" * 65}, {"name": "invalid_name"}),
        ({"name": "anna"}, {"name": "name_taken"}),
        ({"name": "front DOOR"}, {"name": "name_taken"}),
        ({"name": "Screens"}, {"name": "name_taken"}),
        ({"address": ""}, {"address": "invalid_address"}),
        ({"address": "0102"}, {"address": "invalid_address"}),
        ({"address": "-5"}, {"address": "invalid_address"}),
        ({"address": "103-1@localhost"}, {"address": "invalid_address"}),
        ({"address": "\N{FULLWIDTH DIGIT ONE}03"}, {"address": "invalid_address"}),
        ({"address": "101"}, {"address": "own_address"}),
        ({"address": "102"}, {"address": "address_taken"}),
    ],
)
async def test_a_contact_that_makes_no_sense(
    hass: HomeAssistant,
    home: Home,
    account: MockConfigEntry,
    entered: dict[str, Any],
    errors: dict[str, str],
) -> None:
    result = await add_contact(hass, account, **entered)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    assert len(account.subentries) == 1


async def test_a_contact_is_changed(
    hass: HomeAssistant, account: MockConfigEntry
) -> None:
    form: Any = await account.start_subentry_reconfigure_flow(hass, "anna")
    entered = {
        "name": "Anna",
        "address": "0",
        "may_ring": False,
        "may_drop_in": False,
    }
    form = await hass.config_entries.subentries.async_configure(
        form["flow_id"], entered
    )
    assert form["errors"] == {"address": "invalid_address"}
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"], {**entered, "address": "104"}
    )
    assert result["reason"] == "reconfigure_successful"
    changed = account.subentries["anna"]
    assert (changed.title, changed.unique_id) == ("Anna", "104")
    assert changed.data["may_ring"] is False


async def test_a_doorbell_may_ring_contacts(
    hass: HomeAssistant, home: Home, account: MockConfigEntry
) -> None:
    form = await hass.config_entries.subentries.async_init(
        (home.entry.entry_id, "station"), context={"source": SOURCE_USER}
    )
    offered = fields(form)["ring"].config["options"]
    assert {"value": "connectycube:102", "label": "Anna"} in offered
