"""The config flow: makes the home and accounts, hands on to what belongs to them."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import callback
import voluptuous as vol

from .accounts.config import AccountConfig
from .accounts.contact_flow import ContactFlow
from .accounts.form import (
    AccountRefusedError,
    account_schema,
    async_account_data,
    password_schema,
    suggested,
)
from .accounts.login import async_try_login
from .accounts.options_flow import AccountOptionsFlow
from .const import (
    CONF_DIALECT,
    DIALECT_CONNECTYCUBE,
    DOMAIN,
    HOME_UNIQUE_ID,
    SUBENTRY_CONTACT,
    SUBENTRY_STATION,
)
from .options_flow import HomeOptionsFlow
from .stations.flow import StationFlow


class MeshCallConfigFlow(ConfigFlow, domain=DOMAIN):
    """Makes the home, the built-in exchange of this Home Assistant, and accounts."""

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Let stations be added to the home, contacts to an account."""
        if config_entry.unique_id == HOME_UNIQUE_ID:
            return {SUBENTRY_STATION: StationFlow}
        return {SUBENTRY_CONTACT: ContactFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Offer the options of the home or of an account."""
        if config_entry.unique_id == HOME_UNIQUE_ID:
            return HomeOptionsFlow()
        return AccountOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to add."""
        return self.async_show_menu(
            step_id="user", menu_options=["home", DIALECT_CONNECTYCUBE]
        )

    async def async_step_home(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Make the home, once, without a question."""
        await self.async_set_unique_id(HOME_UNIQUE_ID)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(
            title=self.hass.config.location_name or "Home", data={}
        )

    async def async_step_system(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Make the home that an account needs."""
        return await self.async_step_home()

    async def async_step_connectycube(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add a ConnectyCube account that can log in."""
        if user_input is None:
            return self._form(DIALECT_CONNECTYCUBE, account_schema(), {})
        try:
            data = await self._async_tried(user_input, {})
        except AccountRefusedError as refused:
            return self._form(
                DIALECT_CONNECTYCUBE, account_schema(), user_input, refused
            )
        config = AccountConfig.from_data(data)
        return self.async_create_entry(
            title=f"ConnectyCube {config.user_id}",
            data={CONF_DIALECT: DIALECT_CONNECTYCUBE, **data},
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change how an account logs in; the home has nothing but its options."""
        entry = self._get_reconfigure_entry()
        if entry.unique_id == HOME_UNIQUE_ID:
            return self.async_abort(reason="nothing_to_change")
        schema = account_schema(changing=True)
        if user_input is None:
            return self._form("reconfigure", schema, suggested(entry.data))
        try:
            data = await self._async_tried(user_input, entry.data)
        except AccountRefusedError as refused:
            return self._form("reconfigure", schema, user_input, refused)
        return self._changed(entry, data)

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Ask for the password that the server wants now."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Take the password if it is the right one."""
        entry = self._get_reauth_entry()
        if user_input is None:
            return self._form("reauth_confirm", password_schema(), {})
        data = {**entry.data, CONF_PASSWORD: user_input[CONF_PASSWORD]}
        try:
            await async_try_login(self.hass, AccountConfig.from_data(data))
        except AccountRefusedError as refused:
            return self._form("reauth_confirm", password_schema(), {}, refused)
        return self._changed(entry, data)

    async def _async_tried(
        self, user_input: Mapping[str, Any], old: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the data of an account that can log in; raises AccountRefusedError."""
        data = await async_account_data(self.hass, user_input, old)
        config = AccountConfig.from_data(data)
        await self.async_set_unique_id(config.jid, raise_on_progress=False)
        if old:
            self._abort_if_unique_id_mismatch(reason="another_account")
        else:
            self._abort_if_unique_id_configured()
        await async_try_login(self.hass, config)
        return data

    def _form(
        self,
        step: str,
        schema: vol.Schema,
        values: Mapping[str, Any],
        refused: AccountRefusedError | None = None,
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, values),
            errors={refused.field: refused.key} if refused else None,
        )

    def _changed(self, entry: ConfigEntry, data: Mapping[str, Any]) -> ConfigFlowResult:
        """Store what changed: an account that runs follows it without a reload."""
        running = entry.state is ConfigEntryState.LOADED
        result = self.async_update_and_abort(entry, data_updates=data)
        if not running:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result
