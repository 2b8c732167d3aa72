"""The form of a contact: asked when one is added and when it is changed."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_ADDRESS, CONF_NAME
from homeassistant.helpers.selector import BooleanSelector, TextSelector
import voluptuous as vol

from ..const import ALL_SCREENS, CONF_MAY_DROP_IN, CONF_MAY_RING
from ..parties.names import home_names, is_valid_name
from .config import USER_ID, AccountConfig
from .form import AccountRefusedError


class ContactFlow(ConfigSubentryFlow):
    """Adds a contact or changes one."""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Add a contact."""
        if user_input is None:
            return self._form("user", {})
        try:
            name, data = self._checked(user_input)
        except AccountRefusedError as refused:
            return self._form("user", user_input, refused)
        return self.async_create_entry(
            title=name, data=data, unique_id=data[CONF_ADDRESS]
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Change a contact."""
        contact = self._get_reconfigure_subentry()
        if user_input is None:
            return self._form("reconfigure", {**contact.data, CONF_NAME: contact.title})
        try:
            name, data = self._checked(user_input)
        except AccountRefusedError as refused:
            return self._form("reconfigure", user_input, refused)
        return self.async_update_and_abort(
            self._get_entry(),
            contact,
            title=name,
            data=data,
            unique_id=data[CONF_ADDRESS],
        )

    def _form(
        self,
        step: str,
        values: Mapping[str, Any],
        refused: AccountRefusedError | None = None,
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(_SCHEMA, values),
            errors={refused.field: refused.key} if refused else None,
        )

    def _checked(self, user_input: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return name and data of the contact; raises AccountRefusedError."""
        name = user_input[CONF_NAME].strip()
        address = user_input[CONF_ADDRESS].strip()
        self._check_name(name)
        self._check_address(address)
        data = {key: value for key, value in user_input.items() if key != CONF_NAME}
        return name, {**data, CONF_ADDRESS: address}

    def _check_name(self, name: str) -> None:
        if not is_valid_name(name):
            raise AccountRefusedError("invalid_name", CONF_NAME)
        taken = {ALL_SCREENS, *home_names(self.hass).values()}
        taken |= {contact.title for contact in self._others()}
        if name.casefold() in {other.casefold() for other in taken}:
            raise AccountRefusedError("name_taken", CONF_NAME)

    def _check_address(self, address: str) -> None:
        if not USER_ID.fullmatch(address):
            raise AccountRefusedError("invalid_address", CONF_ADDRESS)
        if int(address) == AccountConfig.from_data(self._get_entry().data).user_id:
            raise AccountRefusedError("own_address", CONF_ADDRESS)
        if address in {contact.unique_id for contact in self._others()}:
            raise AccountRefusedError("address_taken", CONF_ADDRESS)

    def _others(self) -> Iterator[ConfigSubentry]:
        """All contacts of the account but this one."""
        own = None
        if self.source == SOURCE_RECONFIGURE:
            own = self._get_reconfigure_subentry().subentry_id
        for contact in self._get_entry().subentries.values():
            if contact.subentry_id != own:
                yield contact


_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Required(CONF_ADDRESS): TextSelector(),
        vol.Required(CONF_MAY_RING, default=True): BooleanSelector(),
        vol.Required(CONF_MAY_DROP_IN, default=False): BooleanSelector(),
    }
)
