"""A ConnectyCube account and its contacts, as tests need them."""

from typing import Any, override

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import Context, HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.accounts.config import AccountConfig, AccountOptions
from custom_components.mesh_call.accounts.form import AccountRefusedError
from custom_components.mesh_call.accounts.line import (
    FindCallees,
    LineListener,
    Record,
    Remove,
)
from custom_components.mesh_call.calls.exchange import Exchange
from custom_components.mesh_call.calls.model import (
    NO_EXTENSION,
    Call,
    CallRequest,
    EndReason,
    Extension,
    Party,
    PartyKind,
)
from custom_components.mesh_call.calls.ports import Channel
from custom_components.mesh_call.const import DOMAIN, SUBENTRY_CONTACT

from .fakes import FakePort

JID = "101-1@localhost"
PASSWORD = "s3cret of 101"
SERVER = {
    "host": "localhost",
    "port": 5222,
    "tls": "starttls",
    "api_url": "https://api.connectycube.com",
}
ACCOUNT_DATA: dict[str, Any] = {
    "dialect": "connectycube",
    "user_id": 101,
    "app_id": 1,
    "password": PASSWORD,
    "server": SERVER,
}


def contact(subentry_id: str, name: str, address: str, **data: Any) -> Any:
    """Return the subentry of a contact."""
    return ConfigSubentryDataWithId(
        data={"address": address, "may_ring": True, "may_drop_in": False, **data},
        subentry_id=subentry_id,
        subentry_type=SUBENTRY_CONTACT,
        title=name,
        unique_id=address,
    )


def make_account_entry(*contacts: Any, **fields: Any) -> MockConfigEntry:
    """Return the config entry of an account."""
    settings = {
        "domain": DOMAIN,
        "unique_id": JID,
        "title": "ConnectyCube 101",
        "data": ACCOUNT_DATA,
        "subentries_data": contacts,
    }
    return MockConfigEntry(**{**settings, **fields})


class FakeContacts(Channel):
    """A dialect whose contacts ring at once and answer when a test says so."""

    def __init__(self, exchange: Exchange, find_callees: FindCallees) -> None:
        self.exchange = exchange
        self.find_callees = find_callees
        self.invited: list[str] = []
        self.dismissed: list[tuple[str, str]] = []
        self.refused: list[tuple[str, int, Extension]] = []
        self.live: list[Record] = []
        self.crashed: list[Record] = []

    def add_contact(self, user_id: int, party: Party) -> Remove:
        """Register a contact."""
        return self.exchange.register(party, FakePort(party.id, self.exchange), self)

    def reach(self, user_id: int) -> Party:
        """Register somebody who is no contact."""
        party_id = f"connectycube:{user_id}"
        party = Party(party_id, str(user_id), PartyKind.CONTACT, account="account")
        self.add_contact(user_id, party)
        return party

    def refuse(self, session_id: str, user_id: int, extension: Extension) -> None:
        """Take note of a rejected session."""
        self.refused.append((session_id, user_id, extension))

    def records(self) -> list[Record]:
        """Return what a test has set."""
        return self.live

    def end_recorded(self, records: list[Record]) -> None:
        """Take note of sessions that a crash has ended."""
        self.crashed += records

    @override
    def invite(self, call: Call, party_id: str) -> None:
        self.invited.append(party_id)
        self.exchange.ringing(call.id, party_id)

    @override
    def dismiss(
        self,
        call: Call,
        party_id: str,
        reason: EndReason,
        extension: Extension = NO_EXTENSION,
    ) -> None:
        self.dismissed.append((party_id, reason))

    async def calls(self, party_id: str, wanted: str | None = None) -> Call:
        """Let a contact call."""
        to, everyone = self.find_callees(wanted)
        return await self.exchange.call(
            CallRequest(party_id, to=to, ring_everyone=everyone)
        )


class FakeLine:
    """An account's line without a server."""

    refusal: str | None = None
    """Why nobody can log in."""

    made: list[FakeLine] = []  # noqa: RUF012  # emptied by its fixture

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        config: AccountConfig,
        options: AccountOptions,
        listener: LineListener,
    ) -> None:
        self.config = config
        self.options = options
        self.listener = listener
        self.connected = False
        self.presence: dict[int, bool] = {}
        self.asked: list[int] = []
        self.contacts: FakeContacts | None = None
        self.statistics = {"strangers": 2}
        self.changes = 0
        self.made.append(self)

    @property
    def dialect(self) -> FakeContacts:
        """The dialect that must be in use."""
        assert self.contacts
        return self.contacts

    def online(self, user_id: int) -> bool | None:
        """Tell what a test has set."""
        return self.presence.get(user_id)

    def ask_presence(self, user_id: int) -> None:
        """Take note of whom it asks."""
        self.asked.append(user_id)

    async def start(self) -> None:
        """Log in, unless nobody can."""
        if self.refusal:
            raise AccountRefusedError(self.refusal)
        self.connected = True

    async def change(self, config: AccountConfig) -> None:
        """Take note of other settings."""
        self.config = config
        self.changes += 1

    def configure(self, options: AccountOptions) -> None:
        """Take note of other options."""
        self.options = options

    def join(self, exchange: Exchange, find_callees: FindCallees) -> FakeContacts:
        """Carry the calls of an exchange."""
        self.contacts = FakeContacts(exchange, find_callees)
        return self.contacts

    def leave(self) -> None:
        """Carry no calls any more."""
        if self.contacts:
            for party in self.contacts.exchange.parties.values():
                if party.kind is PartyKind.CONTACT:
                    self.contacts.exchange.unregister(party.id, EndReason.STOPPED)
        self.contacts = None

    async def close(self) -> None:
        """Log out."""
        self.leave()
        self.connected = False

    def lose(self) -> None:
        """Lose the connection."""
        self.connected = False
        self.listener.line_changed()


async def call_from_the_door(
    hass: HomeAssistant, context: Context | None = None, **fields: Any
) -> str:
    """Call from the front door."""
    answer = await hass.services.async_call(
        DOMAIN,
        "call",
        {"from": "Front door", **fields},
        blocking=True,
        return_response=True,
        context=context,
    )
    assert answer
    return str(answer["call_id"])
