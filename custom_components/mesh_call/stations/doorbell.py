"""A doorbell entity whose ring starts a call."""

from collections.abc import Callable
from typing import Final

from homeassistant.components.event import (
    ATTR_EVENT_TYPE,
    DOMAIN as EVENT_DOMAIN,
    DoorbellEventType,
    EventDeviceClass,
)
from homeassistant.components.input_button import DOMAIN as INPUT_BUTTON_DOMAIN
from homeassistant.const import (
    ATTR_DEVICE_CLASS,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import (
    Context,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
    split_entity_id,
)
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

MAX_AGE: Final = 30
"""Seconds; a ring may reach us late when the internet is down, a restored one or
one told again after a reconnect is older."""

_NOT_KNOWN: Final = (STATE_UNAVAILABLE, STATE_UNKNOWN)


def watch(
    hass: HomeAssistant, entity_id: str, ring: Callable[[Context], None]
) -> Callable[[], None]:
    """Call `ring` whenever the doorbell is pressed; returns the end of it."""

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if _rang(entity_id, event.data["old_state"], event.data["new_state"]):
            ring(event.context)

    return async_track_state_change_event(hass, entity_id, changed)


def _rang(entity_id: str, old: State | None, new: State | None) -> bool:
    if old is None or new is None or old.state == new.state:
        return False
    if split_entity_id(entity_id)[0] in (EVENT_DOMAIN, INPUT_BUTTON_DOMAIN):
        return _pressed_now(old, new)
    return old.state == STATE_OFF and new.state == STATE_ON


def _pressed_now(old: State, new: State) -> bool:
    """Tell whether a new time of the last press is one of now.

    The state is that time. Before its first press ever a doorbell's is unknown, so
    from there only a fresh time counts; from unavailable nothing does.
    """
    if new.state in _NOT_KNOWN or old.state == STATE_UNAVAILABLE:
        return False
    if not _is_ring(new):
        return False
    pressed = dt_util.parse_datetime(new.state)
    if pressed is None:
        return False
    return abs((dt_util.utcnow() - pressed).total_seconds()) < MAX_AGE


def _is_ring(new: State) -> bool:
    """Tell a doorbell's ring from what else it reports, such as motion."""
    if new.attributes.get(ATTR_DEVICE_CLASS) != EventDeviceClass.DOORBELL:
        return True
    return bool(new.attributes.get(ATTR_EVENT_TYPE) == DoorbellEventType.RING)
