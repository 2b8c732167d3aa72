"""The form of an account, and whether what was entered makes sense."""

from collections.abc import Mapping
import re
import ssl
from typing import Any, Final

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol
from yarl import URL

from ..const import (
    CONF_API_LOGIN,
    CONF_API_URL,
    CONF_APP_ID,
    CONF_AUTH_KEY,
    CONF_AUTH_SECRET,
    CONF_CA_CERTIFICATE,
    CONF_SERVER,
    CONF_TLS,
    CONF_TURN_PASSWORD,
    CONF_TURN_URL,
    CONF_TURN_USERNAME,
    CONF_USER_ID,
)
from .config import DEFAULT_API_URL, DEFAULT_HOST, DEFAULT_PORT, Tls

HIGHEST_ID: Final = 2**53 - 1
"""The highest whole number that the SDK can hold (ECMA-262: MAX_SAFE_INTEGER)."""

SECRETS: Final = {
    CONF_TURN_PASSWORD: CONF_TURN_URL,
    CONF_AUTH_SECRET: CONF_AUTH_KEY,
}
"""What is never shown again, and without what each is of no use."""

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.(?!-)[A-Za-z0-9-]{1,63})*\.?")
_TURN_URL: Final = re.compile(r"turns?:[^\s/?#@]+(\?transport=(udp|tcp))?")
"""RFC 7065."""


class AccountRefusedError(Exception):
    """An account can't be like this; `key` names the error of the form."""

    def __init__(self, key: str, field: str = "base") -> None:
        """Name the error and where it shows."""
        super().__init__(key)
        self.key = key
        self.field = field


def account_schema(*, changing: bool = False) -> vol.Schema:
    """Return the fields of an account; the password may be left out while changing."""
    password = vol.Optional if changing else vol.Required
    return vol.Schema(
        {
            vol.Required(CONF_USER_ID): _ID,
            vol.Required(CONF_APP_ID): _ID,
            password(CONF_PASSWORD): _SECRET,
            vol.Required(CONF_SERVER): section(_SERVER, {"collapsed": True}),
        }
    )


def password_schema() -> vol.Schema:
    """Return the one field that logging in again needs."""
    return vol.Schema({vol.Required(CONF_PASSWORD): _SECRET})


def suggested(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form shows of an account: everything but secrets."""
    server = data.get(CONF_SERVER, {})
    shown = {key: value for key, value in server.items() if key not in SECRETS}
    others = {key: value for key, value in data.items() if key != CONF_PASSWORD}
    return {**others, CONF_SERVER: shown}


async def async_account_data(
    hass: HomeAssistant, user_input: Mapping[str, Any], old: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the data of an account from what was entered.

    Args:
        hass: Home Assistant.
        user_input: What the form brought.
        old: The data so far; secrets that were left empty are taken from there.

    Raises:
        AccountRefusedError: Something makes no sense.
    """
    server = _server_data(user_input[CONF_SERVER], old.get(CONF_SERVER, {}))
    if pem := server.get(CONF_CA_CERTIFICATE):
        await hass.async_add_executor_job(_check_certificate, pem)
    return {
        CONF_USER_ID: _whole(user_input, CONF_USER_ID),
        CONF_APP_ID: _whole(user_input, CONF_APP_ID),
        CONF_PASSWORD: user_input.get(CONF_PASSWORD) or old[CONF_PASSWORD],
        CONF_SERVER: server,
    }


def _server_data(entered: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    stripped = {
        key: value.strip() if isinstance(value, str) else value
        for key, value in entered.items()
    }
    server = {key: value for key, value in stripped.items() if value != ""}
    for secret, owner in SECRETS.items():
        if owner not in server:
            server.pop(secret, None)
        elif secret in old and old.get(owner) == server[owner]:
            server.setdefault(secret, old[secret])
    server[CONF_HOST] = server[CONF_HOST].lower() if CONF_HOST in server else ""
    server[CONF_PORT] = _whole(server, CONF_PORT)
    server.setdefault(CONF_API_URL, DEFAULT_API_URL)
    _check_addresses(server)
    return server


def _check_addresses(server: Mapping[str, Any]) -> None:
    if not _HOST.fullmatch(server[CONF_HOST]):
        raise AccountRefusedError("invalid_host")
    if (turn := server.get(CONF_TURN_URL)) and not _TURN_URL.fullmatch(turn):
        raise AccountRefusedError("invalid_turn_url")
    try:
        api = URL(server[CONF_API_URL])
    except ValueError:
        raise AccountRefusedError("invalid_api_url") from None
    encrypted = api.scheme == "https" or api.host in _LOOPBACK
    if not api.host or api.user or api.query_string or not encrypted:
        raise AccountRefusedError("invalid_api_url")


def _check_certificate(pem: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except ssl.SSLError, ValueError:
        raise AccountRefusedError("invalid_ca_certificate") from None


def _whole(values: Mapping[str, Any], key: str) -> int:
    number: float = values[key]
    if number != int(number):
        raise AccountRefusedError("not_a_whole_number")
    return int(number)


_SECRET: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="new-password")
)
_TEXT: Final = TextSelector(TextSelectorConfig(autocomplete="off"))
_ID: Final = NumberSelector(
    NumberSelectorConfig(min=1, max=HIGHEST_ID, mode=NumberSelectorMode.BOX)
)
_PORT: Final = NumberSelector(
    NumberSelectorConfig(min=1, max=65535, mode=NumberSelectorMode.BOX)
)
_TLS: Final = SelectSelector(
    SelectSelectorConfig(
        options=[tls.value for tls in Tls],
        mode=SelectSelectorMode.DROPDOWN,
        translation_key=CONF_TLS,
    )
)
_SERVER: Final = vol.Schema(
    {
        vol.Required(CONF_HOST, default=DEFAULT_HOST): _TEXT,
        vol.Required(CONF_PORT, default=DEFAULT_PORT): _PORT,
        vol.Required(CONF_TLS, default=Tls.STARTTLS.value): _TLS,
        vol.Optional(CONF_CA_CERTIFICATE): TextSelector(
            TextSelectorConfig(multiline=True)
        ),
        vol.Optional(CONF_TURN_URL): _TEXT,
        vol.Optional(CONF_TURN_USERNAME): _TEXT,
        vol.Optional(CONF_TURN_PASSWORD): _SECRET,
        vol.Optional(CONF_API_URL, default=DEFAULT_API_URL): _TEXT,
        vol.Optional(CONF_API_LOGIN): _TEXT,
        vol.Optional(CONF_AUTH_KEY): _TEXT,
        vol.Optional(CONF_AUTH_SECRET): _SECRET,
    }
)
