"""The options of the home: how long it rings and on whose pages."""

from collections.abc import Mapping
from typing import Any

from homeassistant.auth.models import User
from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .const import (
    CONF_GUEST_SCREENS,
    CONF_RING_TIMEOUT,
    CONF_RING_USERS,
    DEFAULT_RING_TIMEOUT,
)

MIN_RING_TIMEOUT = 5
MAX_RING_TIMEOUT = 600


class HomeOptionsFlow(OptionsFlow):
    """Asks for the options of the home."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the options and take them; they count from the next ring on."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        users = await _async_user_options(self.hass)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                _schema(users), _current(self.config_entry.options, users)
            ),
        )


def _current(
    options: Mapping[str, Any], users: list[SelectOptionDict]
) -> dict[str, Any]:
    """The options in force, without users who are gone."""
    known = {user["value"] for user in users}
    ring_users = [user for user in options.get(CONF_RING_USERS, ()) if user in known]
    return {**options, CONF_RING_USERS: ring_users}


def _schema(ring_users: list[SelectOptionDict]) -> vol.Schema:
    users = SelectSelectorConfig(
        options=ring_users, multiple=True, mode=SelectSelectorMode.DROPDOWN
    )
    seconds = NumberSelectorConfig(
        min=MIN_RING_TIMEOUT,
        max=MAX_RING_TIMEOUT,
        mode=NumberSelectorMode.BOX,
        unit_of_measurement="s",
    )
    return vol.Schema(
        {
            vol.Required(
                CONF_RING_TIMEOUT, default=DEFAULT_RING_TIMEOUT
            ): NumberSelector(seconds),
            vol.Optional(CONF_RING_USERS, default=list): SelectSelector(users),
            vol.Required(CONF_GUEST_SCREENS, default=True): BooleanSelector(),
        }
    )


async def _async_user_options(hass: HomeAssistant) -> list[SelectOptionDict]:
    """Everybody with a page of the frontend, by name."""
    users = filter(_has_pages, await hass.auth.async_get_users())
    return [
        SelectOptionDict(value=user.id, label=user.name or user.id)
        for user in sorted(users, key=lambda user: user.name or "")
    ]


def _has_pages(user: User) -> bool:
    return user.is_active and not user.system_generated
