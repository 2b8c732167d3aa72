"""Whether an account can log in."""

from homeassistant.core import HomeAssistant

from .account_config import AccountConfig
from .account_form import AccountRefusedError


async def async_try_login(hass: HomeAssistant, config: AccountConfig) -> None:
    """Log in once and out again.

    Raises:
        AccountRefusedError: `invalid_auth`, `cannot_connect` or `invalid_certificate`.
    """
    raise AccountRefusedError("cannot_connect")
