"""The logbook: what happens in calls, in words."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.event import DOMAIN as EVENT_DOMAIN
from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .calls.events import CallEventType
from .calls.model import EndReason
from .const import DOMAIN, EVENT_CALL, EVENT_CONNECTION_STATE

type CallBusEvent = Event[dict[str, Any]]
type Describe = Callable[[CallBusEvent], dict[str, str]]

CALL_MESSAGES = {
    CallEventType.OUTGOING: "started a call",
    CallEventType.INCOMING: "was called by {peer}",
    CallEventType.ACCEPTED: "call with {peer} was answered",
    CallEventType.REJECTED: "call with {peer} was rejected",
    CallEventType.BUSY: "call with {peer} was refused as busy",
    CallEventType.NOT_ANSWERED: "call with {peer} was not answered",
    CallEventType.REMOTE_STREAM: "saw or heard {peer}",
    CallEventType.LEFT: "call with {peer} is over, others go on",
    CallEventType.MISSED: "missed a call from {peer}",
    CallEventType.RECORDING_SAVED: "call recording was saved",
    CallEventType.ENDED: "call ended: {reason}",
}

REASONS = {
    EndReason.HUNG_UP: "hung up",
    EndReason.REJECTED: "rejected",
    EndReason.BUSY: "busy",
    EndReason.NOT_ANSWERED: "not answered",
    EndReason.CANCELLED: "cancelled by the caller",
    EndReason.ANSWERED_ELSEWHERE: "answered elsewhere",
    EndReason.FAILED: "failed",
    EndReason.STOPPED: "Home Assistant stopped or something was removed",
}


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Describe], None],
) -> None:
    """Describe both events of the bus."""

    @callback
    def describe_call(event: CallBusEvent) -> dict[str, str]:
        data = event.data
        message = CALL_MESSAGES[CallEventType(data["type"])].format(
            peer=data["peer_name"] or "somebody",
            reason=REASONS.get(data.get("reason", ""), "over"),
        )
        return _entry(hass, data, message)

    @callback
    def describe_connection(event: CallBusEvent) -> dict[str, str]:
        data = event.data
        message = f"connection to {data['peer_name']} is {data['state']}"
        return _entry(hass, data, message)

    async_describe_event(DOMAIN, EVENT_CALL, describe_call)
    async_describe_event(DOMAIN, EVENT_CONNECTION_STATE, describe_connection)


def _entry(hass: HomeAssistant, data: dict[str, Any], message: str) -> dict[str, str]:
    """A line that leads to the party's event entity, if it has one."""
    entry = {
        LOGBOOK_ENTRY_NAME: data["party_name"] or "Mesh Call",
        LOGBOOK_ENTRY_MESSAGE: message,
    }
    unique_id = f"{data['party']}-call"
    if entity_id := er.async_get(hass).async_get_entity_id(
        EVENT_DOMAIN, DOMAIN, unique_id
    ):
        entry[LOGBOOK_ENTRY_ENTITY_ID] = entity_id
    return entry
