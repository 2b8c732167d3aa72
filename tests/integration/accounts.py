"""A ConnectyCube account and its contacts, as tests need them."""

from typing import Any

from homeassistant.config_entries import ConfigSubentryDataWithId
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.const import DOMAIN, SUBENTRY_CONTACT

JID = "101-1@localhost"
PASSWORD = "s3cret of 101"
SERVER = {
    "host": "localhost",
    "port": 5222,
    "tls": "starttls",
    "api_url": "https://api.connectycube.com",
}
ACCOUNT_DATA: dict[str, Any] = {
    "dialect": "connectycube",
    "user_id": 101,
    "app_id": 1,
    "password": PASSWORD,
    "server": SERVER,
}


def contact(subentry_id: str, name: str, address: str, **data: Any) -> Any:
    """Return the subentry of a contact."""
    return ConfigSubentryDataWithId(
        data={"address": address, "may_ring": True, "may_drop_in": False, **data},
        subentry_id=subentry_id,
        subentry_type=SUBENTRY_CONTACT,
        title=name,
        unique_id=address,
    )


def account_entry(*contacts: Any, **fields: Any) -> MockConfigEntry:
    """Return the config entry of an account."""
    settings = {
        "domain": DOMAIN,
        "unique_id": JID,
        "title": "ConnectyCube 101",
        "data": ACCOUNT_DATA,
        "subentries_data": contacts,
    }
    return MockConfigEntry(**{**settings, **fields})
