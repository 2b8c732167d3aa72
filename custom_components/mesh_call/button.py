"""Buttons: a party calls, answers, rejects, hangs up."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .accounts.account import Account
from .accounts.contact_button import CALL_CONTACT, ContactButton
from .accounts.contact_entity import async_add_contacts
from .calls.events import Cause
from .calls.model import CallRequest
from .entity import PartyEntity, async_add_parties
from .exceptions import translate_errors
from .home import Home
from .parties.find import find_own_party
from .parties.targets import Target, choose, is_joined, is_pending

PARALLEL_UPDATES = 0

type Press = Callable[[Home, str, Cause], Awaitable[None]]


async def _call(home: Home, party_id: str, cause: Cause) -> None:
    """Call whom a doorbell would ring; a screen calls all the others."""
    if station := home.station(party_id):
        await station.ring(cause)
        return
    screen = find_own_party(home, party_id)
    await home.exchange.call(CallRequest(screen.id, ring_everyone=True), cause)


async def _answer(home: Home, party_id: str, cause: Cause) -> None:
    call_id, _ = choose(home, None, Target(party=party_id), is_pending)
    await home.exchange.accept(call_id, party_id, cause=cause)


async def _reject(home: Home, party_id: str, cause: Cause) -> None:
    call_id, _ = choose(home, None, Target(party=party_id), is_pending)
    home.exchange.reject(call_id, party_id, cause=cause)


async def _hang_up(home: Home, party_id: str, cause: Cause) -> None:
    call_id, _ = choose(home, None, Target(party=party_id), is_joined)
    home.exchange.hang_up(call_id, party_id, cause=cause)


@dataclass(frozen=True, kw_only=True)
class PartyButtonDescription(ButtonEntityDescription):
    """A button and what it does."""

    press: Press


BUTTONS = (
    PartyButtonDescription(key="call", translation_key="call", press=_call),
    PartyButtonDescription(key="answer", translation_key="answer", press=_answer),
    PartyButtonDescription(key="reject", translation_key="reject", press=_reject),
    PartyButtonDescription(key="hang_up", translation_key="hang_up", press=_hang_up),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of every party, or of every contact of an account."""
    if isinstance(entry.runtime_data, Account):
        async_add_contacts(
            entry, async_add_entities, lambda c: [ContactButton(c, CALL_CONTACT)]
        )
        return
    async_add_parties(
        entry,
        async_add_entities,
        lambda home, party: [PartyButton(home, party, button) for button in BUTTONS],
    )


class PartyButton(PartyEntity, ButtonEntity):
    """Does one thing for its party; without a call that fits it is an error."""

    entity_description: PartyButtonDescription

    @override
    async def async_press(self) -> None:
        """Do it."""
        with translate_errors():
            await self.entity_description.press(self.home, self.party_id, self.cause)
