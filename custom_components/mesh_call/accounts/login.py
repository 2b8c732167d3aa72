"""Whether an account can log in."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module

from .config import AccountConfig


async def async_try_login(hass: HomeAssistant, config: AccountConfig) -> None:
    """Log in once and out again.

    Raises:
        AccountRefusedError: `invalid_auth`, `cannot_connect` or `invalid_certificate`.
    """
    line = await async_import_module(hass, f"{__package__}.connectycube")
    await line.async_try_login(config)
