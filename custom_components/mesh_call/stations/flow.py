"""The form of a station: asked when one is added and when it is changed."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME, CONF_VERIFY_SSL, UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    MediaSelector,
    MediaSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..calls.model import AutoAnswer, RingMode
from ..const import (
    ALL_SCREENS,
    CONF_AUTO_ANSWER,
    CONF_CAMERA,
    CONF_DO_NOT_DISTURB,
    CONF_DOORBELL,
    CONF_DUPLEX,
    CONF_GREETING,
    CONF_MAX_BANDWIDTH,
    CONF_RECORD,
    CONF_RING,
    CONF_RING_MODE,
    CONF_SPEAKER,
    CONF_SPEAKER_DELAY,
    CONF_STREAM_URL,
    CONF_SUB_STREAM_URL,
    CONF_TALK_BACK,
    STATION_PREFIX,
)
from ..parties.names import contact_names, home_names
from ..parties.selector import ring_selector
from .check import StationRefusedError, async_check_source
from .choice import own_entities
from .config import Duplex, Record, StationConfig

DOORBELL_DOMAINS = ["binary_sensor", "event", "input_button"]
SET_ELSEWHERE = (CONF_DO_NOT_DISTURB, CONF_MAX_BANDWIDTH)
"""What entities set and no form asks for."""

LONGEST_DELAY = 10
"""Seconds that a speaker may be late."""

EXAMPLE_URL = "rtsp://user:password@camera:554/stream"


class StationFlow(ConfigSubentryFlow):
    """Adds a station or changes one; both try whether it works."""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Add a station."""
        if user_input is None:
            return self._form("user", {})
        try:
            name, data = await self._async_check(user_input)
        except StationRefusedError as refused:
            return self._form("user", user_input, refused)
        return self.async_create_entry(title=name, data=data)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Change a station."""
        station = self._get_reconfigure_subentry()
        if user_input is None:
            current = {**station.data, CONF_NAME: station.title}
            return self._form("reconfigure", current)
        try:
            name, data = await self._async_check(user_input)
        except StationRefusedError as refused:
            return self._form("reconfigure", user_input, refused)
        kept = {key: station.data[key] for key in SET_ELSEWHERE if key in station.data}
        return self.async_update_and_abort(
            self._get_entry(), station, title=name, data={**kept, **data}
        )

    def _form(
        self,
        step: str,
        values: Mapping[str, Any],
        refused: StationRefusedError | None = None,
    ) -> SubentryFlowResult:
        schema = _schema(self._other_parties(), own_entities(self.hass))
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, values),
            errors={refused.field: refused.key} if refused else None,
            description_placeholders={
                "detail": refused.detail if refused else "",
                "example": EXAMPLE_URL,
            },
        )

    async def _async_check(
        self, user_input: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """The name and the data of the station; raises StationRefusedError."""
        data = {key: value for key, value in user_input.items() if value != ""}
        name = data.pop(CONF_NAME, "").strip()
        self._check_name(name)
        await async_check_source(self.hass, StationConfig.from_data(data).source)
        return name, data

    def _check_name(self, name: str) -> None:
        if not name:
            raise StationRefusedError("name_missing", field=CONF_NAME)
        taken = {ALL_SCREENS, *self._other_parties().values()}
        if name.casefold() in {other.casefold() for other in taken}:
            raise StationRefusedError("name_taken", field=CONF_NAME)

    def _other_parties(self) -> dict[str, str]:
        """Names of all parties but this station, by id."""
        names = home_names(self.hass) | contact_names(self.hass)
        if self.source == SOURCE_RECONFIGURE:
            own = self._get_reconfigure_subentry().subentry_id
            names.pop(STATION_PREFIX + own, None)
        return names


def _schema(parties: Mapping[str, str], own: Iterable[str]) -> vol.Schema:
    return vol.Schema(
        {
            vol.Required(CONF_NAME): TextSelector(),
            vol.Optional(CONF_CAMERA): _entity("camera", own),
            vol.Optional(CONF_STREAM_URL): _url(),
            vol.Optional(CONF_SUB_STREAM_URL): _url(),
            vol.Required(CONF_TALK_BACK, default=True): BooleanSelector(),
            vol.Optional(CONF_SPEAKER): _entity("media_player", own),
            vol.Required(CONF_DUPLEX, default=Duplex.HALF): _choice(
                CONF_DUPLEX, Duplex
            ),
            vol.Optional(CONF_SPEAKER_DELAY): _seconds(LONGEST_DELAY),
            vol.Optional(CONF_DOORBELL): EntitySelector(
                EntitySelectorConfig(domain=DOORBELL_DOMAINS)
            ),
            vol.Required(CONF_RING, default=[ALL_SCREENS]): ring_selector(parties),
            vol.Required(CONF_RING_MODE, default=RingMode.FIRST): _choice(
                CONF_RING_MODE, RingMode
            ),
            vol.Required(CONF_AUTO_ANSWER, default=AutoAnswer.HOME): _choice(
                CONF_AUTO_ANSWER, AutoAnswer
            ),
            vol.Optional(CONF_GREETING): MediaSelector(
                MediaSelectorConfig(accept=["audio/*"])
            ),
            vol.Required(CONF_RECORD, default=Record.NEVER): _choice(
                CONF_RECORD, Record
            ),
            vol.Required(CONF_VERIFY_SSL, default=True): BooleanSelector(),
        }
    )


def _entity(domain: str, own: Iterable[str]) -> EntitySelector:
    """Offer entities of a domain, but for the station's own."""
    return EntitySelector(
        EntitySelectorConfig(domain=domain, exclude_entities=sorted(own))
    )


def _seconds(longest: float) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            min=0,
            max=longest,
            step=0.1,
            unit_of_measurement=UnitOfTime.SECONDS,
            mode=NumberSelectorMode.BOX,
        )
    )


def _url() -> TextSelector:
    return TextSelector(
        TextSelectorConfig(type=TextSelectorType.URL, autocomplete="off")
    )


def _choice(key: str, values: type[StrEnum]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[value.value for value in values],
            mode=SelectSelectorMode.DROPDOWN,
            translation_key=key,
        )
    )
