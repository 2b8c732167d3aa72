"""Conditions of automations: a party rings, is in a call or is muted."""

from typing import override

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.components.switch import DOMAIN as SWITCH_DOMAIN
from homeassistant.const import CONF_OPTIONS, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import (
    ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL,
    Condition,
    ConditionConfig,
    EntityStateConditionBase,
)
import voluptuous as vol

from .calls.model import PartyState
from .entity import own_entities

CONF_MEDIUM = "medium"
MUTE_SWITCHES = {"audio": "mute_microphone", "video": "mute_camera"}
"""Translation keys of the switches that show whether a medium is muted."""

SENSORS = {SENSOR_DOMAIN: DomainSpec()}
SWITCHES = {SWITCH_DOMAIN: DomainSpec()}
ON: set[str | bool] = {STATE_ON}


def call_state_condition(state: PartyState) -> type[Condition]:
    """Make a condition that holds while a party stands in a certain way."""
    states: set[str | bool] = {state}

    class CallStateCondition(EntityStateConditionBase):
        """Holds while a party stands like this."""

        _domain_specs = SENSORS
        _states = states

        @override
        def entity_filter(self, entities: set[str]) -> set[str]:
            """Keep the sensors that show where a party stands."""
            sensors = super().entity_filter(entities)
            return own_entities(self._hass, sensors, "call_state")

    return CallStateCondition


class IsMuted(EntityStateConditionBase):
    """Holds while a party's microphone or camera is muted."""

    _domain_specs = SWITCHES
    _states = ON
    _schema = ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL.extend(
        {
            vol.Required(CONF_OPTIONS, default={}): {
                vol.Optional(CONF_MEDIUM): vol.In(MUTE_SWITCHES)
            }
        }
    )

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Look at the chosen medium, or at both."""
        super().__init__(hass, config)
        medium = (config.options or {}).get(CONF_MEDIUM)
        self._keys = [MUTE_SWITCHES[medium]] if medium else MUTE_SWITCHES.values()

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Keep the switches that mute."""
        return own_entities(self._hass, super().entity_filter(entities), *self._keys)


CONDITIONS: dict[str, type[Condition]] = {
    "is_in_call": call_state_condition(PartyState.IN_CALL),
    "is_muted": IsMuted,
    "is_ringing": call_state_condition(PartyState.RINGING),
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
