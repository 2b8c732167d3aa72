"""Event entities: what happens in the calls of a party."""

from dataclasses import replace
from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .accounts.account import Account
from .accounts.contact_entity import ContactEntity, async_add_contacts
from .calls.events import CallEvent, CallEventType, LinkEvent
from .calls.model import Call, MemberState
from .entity import PartyEntity, async_add_parties
from .events import call_event_data
from .home import Home
from .parties.own_party import OwnParty
from .stations.doorbell_event import Doorbells

PARALLEL_UPDATES = 0

CALL = EventEntityDescription(
    key="call",
    translation_key="call",
    event_types=[event_type.value for event_type in CallEventType],
)
"""Of parties of the home and of contacts."""

SHARED = frozenset(
    {
        CallEventType.ACCEPTED,
        CallEventType.REJECTED,
        CallEventType.BUSY,
        CallEventType.NOT_ANSWERED,
        CallEventType.LEFT,
    }
)
"""What happens between two parties and is shown by both."""

ATTRIBUTES = ("call_id", "peer", "peer_name", "by", "video", "reason", "extension")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entities of every party, or of every contact of an account."""
    if isinstance(entry.runtime_data, Account):
        async_add_contacts(entry, async_add_entities, lambda c: [ContactEvent(c, CALL)])
        return

    def make(home: Home, party: OwnParty) -> list[EventEntity]:
        return [CallEventEntity(home, party, CALL)]

    async_add_parties(entry, async_add_entities, make)
    doorbells = Doorbells(hass, entry, async_add_entities)
    doorbells.update()
    entry.async_on_unload(entry.add_update_listener(doorbells.async_update))


class CallEventEntity(PartyEntity, EventEntity):
    """Tells what happens in the calls of a party."""

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the calls of the party."""
        await super().async_added_to_hass()
        self.async_on_remove(self.home.on_event(self._async_event))

    @callback
    def _async_event(self, event: CallEvent | LinkEvent) -> None:
        if not isinstance(event, CallEvent):
            return
        if (seen := _seen_by(self.party_id, event)) is None:
            return
        if isinstance(event.context, Context):
            self.async_set_context(event.context)
        self._trigger_event(seen.type, _attributes(seen))
        self.async_write_ha_state()


class ContactEvent(ContactEntity, EventEntity):
    """Tells what happens between the home and a contact, as the home sees it."""

    _ringing: str | None = None
    """The call that rings: of several parties that ring only the first is told."""

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the calls with the contact."""
        await super().async_added_to_hass()
        self.async_on_remove(self.account.on_event(self._async_event))

    @callback
    def _async_event(self, event: CallEvent | LinkEvent) -> None:
        if not isinstance(event, CallEvent) or not self._concerns(event):
            return
        if event.type is CallEventType.INCOMING:
            if self._ringing == event.call.id:
                return
            self._ringing = event.call.id
        if isinstance(event.context, Context):
            self.async_set_context(event.context)
        self._trigger_event(event.type, _attributes(event))
        self.async_write_ha_state()

    def _concerns(self, event: CallEvent) -> bool:
        party_id = self.contact.party_id
        if party_id in (event.party, event.peer):
            return True
        if event.type is CallEventType.ENDED:
            return _took_part(party_id, event.call)
        called = event.type is CallEventType.OUTGOING and event.peer is None
        return called and party_id in event.call.members


def _seen_by(party_id: str, event: CallEvent) -> CallEvent | None:
    """The event from the party's side; None if it doesn't concern the party."""
    if event.party == party_id:
        return event
    if event.peer == party_id and event.type in SHARED:
        return replace(event, party=party_id, peer=event.party)
    if event.type is CallEventType.ENDED and _took_part(party_id, event.call):
        peer = event.party if event.peer == party_id else event.peer
        return replace(event, party=party_id, peer=peer)
    return None


def _took_part(party_id: str, call: Call) -> bool:
    """Whether a party was in the call or, if nobody answered, was called."""
    member = call.members.get(party_id)
    if member is None:
        return False
    return call.answered is None or member.state in (
        MemberState.JOINED,
        MemberState.LEFT,
    )


def _attributes(event: CallEvent) -> dict[str, Any]:
    data = call_event_data(event)
    return {key: data[key] for key in ATTRIBUTES if key in data}
