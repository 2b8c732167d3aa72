"""Triggers of automations: a party rings, is connected or free again, or missed a call.

They follow the entities that show it, so that everything a target can name works:
entities, devices, areas, floors and labels.
"""

from typing import override

from homeassistant.components.event import DOMAIN as EVENT_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    EntityTargetStateTriggerBase,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
)

from .calls.events import CallEventType
from .calls.model import PartyState
from .entity import own_entities

SENSORS = {SENSOR_DOMAIN: DomainSpec()}
EVENTS = {EVENT_DOMAIN: DomainSpec()}


def call_state_trigger(state: PartyState) -> type[Trigger]:
    """Make a trigger that fires when a party comes to stand in a certain way."""
    states: set[str] = {state}

    class CallStateTrigger(EntityTargetStateTriggerBase):
        """Fires when a party comes to stand like this."""

        _domain_specs = SENSORS
        _to_states = states

        @override
        def entity_filter(self, entities: set[str]) -> set[str]:
            """Keep the sensors that show where a party stands."""
            sensors = super().entity_filter(entities)
            return own_entities(self._hass, sensors, "call_state")

    return CallStateTrigger


class Missed(StatelessEntityTriggerBase):
    """Fires when nobody answered a call: once per call, however many parties rang."""

    _domain_specs = EVENTS
    _told: str | None = None
    """The call it fired for last."""

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Keep the entities that tell what happens in calls."""
        return own_entities(self._hass, super().entity_filter(entities), "call")

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Check what happened last."""
        return state.attributes.get("event_type") == CallEventType.MISSED

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Check that it has just happened, and was not told of another party.

        The state is a time, which several events of one moment have in common, and an
        entity that is renamed shows its last event again.
        """
        call_id = to_state.attributes.get("call_id")
        if call_id == self._told or _happened(from_state) == _happened(to_state):
            return False
        self._told = call_id
        return True


def _happened(state: State) -> tuple[object, object]:
    return state.attributes.get("event_type"), state.attributes.get("call_id")


TRIGGERS: dict[str, type[Trigger]] = {
    "connected": call_state_trigger(PartyState.IN_CALL),
    "ended": call_state_trigger(PartyState.IDLE),
    "missed": Missed,
    "started_ringing": call_state_trigger(PartyState.RINGING),
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
