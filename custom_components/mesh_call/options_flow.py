"""The options of the home: how it rings and where recordings go."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homeassistant.auth.models import User
from homeassistant.components.notify import DOMAIN as NOTIFY
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
    TextSelector,
)
import voluptuous as vol

from .const import (
    CONF_GUEST_SCREENS,
    CONF_NOTIFY,
    CONF_RECORDINGS_FOLDER,
    CONF_RING_TIMEOUT,
    CONF_RING_USERS,
    DEFAULT_RING_TIMEOUT,
)
from .recordings import folder_error

APPS = "mobile_app_"
MIN_RING_TIMEOUT = 5
MAX_RING_TIMEOUT = 600


class HomeOptionsFlow(OptionsFlow):
    """Asks for the options of the home."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the options and take them; they count from the next ring on."""
        error = await self._async_check(user_input) if user_input else None
        if user_input is not None and error is None:
            return self.async_create_entry(data=_without_blanks(user_input))
        users = await _async_user_options(self.hass)
        actions = _notify_actions(self.hass)
        values = user_input or self.config_entry.options
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                _schema(users, actions), _current(values, users)
            ),
            errors={CONF_RECORDINGS_FOLDER: error} if error else None,
        )

    async def _async_check(self, user_input: dict[str, Any]) -> str | None:
        """Return the key of what is wrong with the folder for recordings."""
        if not (folder := user_input.get(CONF_RECORDINGS_FOLDER, "").strip()):
            return None
        return await self.hass.async_add_executor_job(
            folder_error, self.hass, Path(folder)
        )


def _current(
    options: Mapping[str, Any], users: list[SelectOptionDict]
) -> dict[str, Any]:
    """The options in force, without users who are gone."""
    known = {user["value"] for user in users}
    ring_users = [user for user in options.get(CONF_RING_USERS, ()) if user in known]
    return {**options, CONF_RING_USERS: ring_users}


def _without_blanks(user_input: dict[str, Any]) -> dict[str, Any]:
    """The options without a folder that was emptied: the default counts then."""
    folder = user_input.get(CONF_RECORDINGS_FOLDER, "").strip()
    others = {k: v for k, v in user_input.items() if k != CONF_RECORDINGS_FOLDER}
    return {**others, CONF_RECORDINGS_FOLDER: folder} if folder else others


def _notify_actions(hass: HomeAssistant) -> list[str]:
    """The notify actions of companion apps; others understand no buttons."""
    names = hass.services.async_services_for_domain(NOTIFY)
    return [f"{NOTIFY}.{name}" for name in sorted(names) if name.startswith(APPS)]


def _schema(
    ring_users: list[SelectOptionDict], notify_actions: list[str]
) -> vol.Schema:
    users = SelectSelectorConfig(
        options=ring_users, multiple=True, mode=SelectSelectorMode.DROPDOWN
    )
    actions = SelectSelectorConfig(
        options=notify_actions,
        multiple=True,
        custom_value=True,
        mode=SelectSelectorMode.DROPDOWN,
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
            vol.Optional(CONF_NOTIFY, default=list): SelectSelector(actions),
            vol.Optional(CONF_RECORDINGS_FOLDER): TextSelector(),
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
