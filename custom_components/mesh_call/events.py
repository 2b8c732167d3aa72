"""What happens in calls as events on Home Assistant's bus.

`Home` calls `fire` last of all, after every entity has written its state: an
automation that an event triggers finds states that fit.
"""

from typing import Any

from homeassistant.core import Context, HomeAssistant, callback

from .calls.events import CallEvent, LinkEvent
from .calls.model import Call, Link, Party
from .const import EVENT_CALL, EVENT_CONNECTION_STATE


@callback
def fire(hass: HomeAssistant, event: CallEvent | LinkEvent) -> None:
    """Fire the bus event for what happened."""
    context = event.context if isinstance(event.context, Context) else None
    if isinstance(event, CallEvent):
        hass.bus.async_fire(EVENT_CALL, call_event_data(event), context=context)
    else:
        hass.bus.async_fire(
            EVENT_CONNECTION_STATE, connection_event_data(event), context=context
        )


def call_event_data(event: CallEvent) -> dict[str, Any]:
    """Return the data of a `mesh_call_call` event."""
    call = event.call
    party, peer = _party(call, event.party), _party(call, event.peer)
    data: dict[str, Any] = {
        "call_id": call.id,
        "type": event.type.value,
        "party": event.party,
        "peer": event.peer,
        "party_name": party.name if party else None,
        "peer_name": peer.name if peer else None,
        "by": event.by,
        "device_id": party.device_id if party else None,
        "account": _account(call),
        "video": call.video,
        "extension": dict(event.extension),
        "members": list(call.members),
    }
    if event.reason:
        data["reason"] = event.reason.value
    if event.path:
        data["path"] = event.path
    return data


def connection_event_data(event: LinkEvent) -> dict[str, Any]:
    """Return the data of a `mesh_call_connection_state` event."""
    party, peer = _ours_first(event.call, event.link)
    return {
        "call_id": event.call.id,
        "party": party.id,
        "peer": peer.id,
        "party_name": party.name,
        "peer_name": peer.name,
        "device_id": party.device_id,
        "state": event.link.state.value,
        "previous_state": event.previous.value,
    }


def _ours_first(call: Call, link: Link) -> tuple[Party, Party]:
    """Return both ends, the one with a device of ours first."""
    party, peer = call.members[link.party].party, call.members[link.peer].party
    if party.device_id is None and (peer.device_id or not party.ours):
        return peer, party
    return party, peer


def _account(call: Call) -> str | None:
    """Return the account that carries a call; None inside the home."""
    accounts = (member.party.account for member in call.members.values())
    return next((account for account in accounts if account), None)


def _party(call: Call, party_id: str | None) -> Party | None:
    member = call.members.get(party_id) if party_id else None
    return member.party if member else None
