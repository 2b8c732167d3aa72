"""The options of an account: who rings, how long, and by which way."""

from enum import StrEnum
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..calls.model import RingMode
from ..const import (
    CONF_ANSWER_TIMEOUT,
    CONF_CALL_ANYONE,
    CONF_DIALING_INTERVAL,
    CONF_DISCONNECT_TIMEOUT,
    CONF_PUSH_ENVIRONMENT,
    CONF_PUSH_PAYLOAD,
    CONF_RELAY,
    CONF_RING,
    CONF_RING_MODE,
)
from ..parties.names import home_names
from ..parties.selector import ring_selector
from .config import AccountOptions, PushEnvironment

DEFAULTS: Final = AccountOptions()


class AccountOptionsFlow(OptionsFlow):
    """Asks for the options of an account; they count from the next call on."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask under a name of its own: the home's options are texts of `init`."""
        return await self.async_step_account(user_input)

    async def async_step_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the options and take them."""
        errors = None
        if user_input is not None:
            if isinstance(user_input.get(CONF_PUSH_PAYLOAD, {}), dict):
                return self.async_create_entry(data=user_input)
            errors = {CONF_PUSH_PAYLOAD: "not_an_object"}
        schema = _schema(home_names(self.hass))
        values = user_input or self.config_entry.options
        return self.async_show_form(
            step_id="account",
            data_schema=self.add_suggested_values_to_schema(schema, values),
            errors=errors,
        )


def _schema(parties: dict[str, str]) -> vol.Schema:
    return vol.Schema(
        {
            vol.Required(CONF_RING, default=list(DEFAULTS.ring)): ring_selector(
                parties
            ),
            vol.Required(CONF_RING_MODE, default=DEFAULTS.ring_mode.value): _choice(
                CONF_RING_MODE, RingMode
            ),
            vol.Required(CONF_RELAY, default=DEFAULTS.relay): BooleanSelector(),
            vol.Required(
                CONF_ANSWER_TIMEOUT, default=DEFAULTS.answer_timeout
            ): _seconds(5, 600),
            vol.Required(
                CONF_DIALING_INTERVAL, default=DEFAULTS.dialing_interval
            ): _seconds(1, 60),
            vol.Required(
                CONF_DISCONNECT_TIMEOUT, default=DEFAULTS.disconnect_timeout
            ): _seconds(5, 600),
            vol.Required(
                CONF_CALL_ANYONE, default=DEFAULTS.call_anyone
            ): BooleanSelector(),
            vol.Required(
                CONF_PUSH_ENVIRONMENT, default=DEFAULTS.push_environment.value
            ): _choice(CONF_PUSH_ENVIRONMENT, PushEnvironment),
            vol.Optional(CONF_PUSH_PAYLOAD): ObjectSelector(),
        }
    )


def _choice(key: str, options: type[StrEnum]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[option.value for option in options],
            mode=SelectSelectorMode.DROPDOWN,
            translation_key=key,
        )
    )


def _seconds(lowest: int, highest: int) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            min=lowest,
            max=highest,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement="s",
        )
    )
