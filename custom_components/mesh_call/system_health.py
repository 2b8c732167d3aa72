"""System health: how much there is and which engines carry it."""

from importlib.metadata import version
from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .home import Home

ENGINES = ("aiortc", "av")


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register what the system information page shows."""
    register.async_register_info(async_system_health_info)


async def async_system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Count calls, stations and screens, and name the engines' versions."""
    engines = await hass.async_add_executor_job(engine_versions)
    entries = hass.config_entries.async_loaded_entries(DOMAIN)
    if not entries:
        return dict(engines)
    home: Home = entries[0].runtime_data
    return {
        "active_calls": len(home.exchange.calls),
        "stations": len(home.stations),
        "screens": len(home.screens.named),
        **engines,
    }


def engine_versions() -> dict[str, str]:
    """The versions of the media libraries; reads files."""
    return {name: version(name) for name in ENGINES}
