"""System health: how much there is and which engines carry it."""

from importlib.metadata import version
from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback

from .accounts.running import DATA_ACCOUNTS
from .calls.errors import CallError
from .home import get_home

ENGINES = ("aiortc", "av", "slixmpp")


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register what the system information page shows."""
    register.async_register_info(async_system_health_info)


async def async_system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Count calls, stations and screens, and name the engines' versions."""
    engines = await hass.async_add_executor_job(engine_versions)
    known = hass.data[DATA_ACCOUNTS]
    accounts = list(known)
    info = {
        "accounts": len(accounts),
        "accounts_connected": sum(account.connected for account in accounts),
        **engines,
    }
    try:
        home = get_home(hass)
    except CallError:
        return info
    return {
        "active_calls": len(home.exchange.calls),
        "stations": len(home.stations),
        "screens": len(home.screens.named),
        **info,
    }


def engine_versions() -> dict[str, str]:
    """The versions of the media libraries; reads files."""
    return {name: version(name) for name in ENGINES}
