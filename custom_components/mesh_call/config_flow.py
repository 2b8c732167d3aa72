"""The config flow: makes the home and hands on to its options and stations."""

from typing import Any, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.core import callback

from .const import DOMAIN, HOME_UNIQUE_ID, SUBENTRY_STATION
from .options_flow import HomeOptionsFlow
from .station_flow import StationFlow


class MeshCallConfigFlow(ConfigFlow, domain=DOMAIN):
    """Makes the home, the built-in exchange of this Home Assistant."""

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Let stations be added to the home."""
        return {SUBENTRY_STATION: StationFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Offer the options of the home."""
        return HomeOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Go straight to the home: there is nothing else to choose."""
        return await self.async_step_home()

    async def async_step_home(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Make the home, once, without a question."""
        await self.async_set_unique_id(HOME_UNIQUE_ID)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(
            title=self.hass.config.location_name or "Home", data={}
        )
