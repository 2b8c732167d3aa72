"""Who outside is meant: contacts by address, and addresses that are no contact."""

from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry, ConfigEntryState

from ..calls.errors import CallError
from ..const import DIALECT_CONNECTYCUBE
from ..parties.names import account_entries, known_contacts
from .config import USER_ID

if TYPE_CHECKING:
    from ..home import Home
    from .account import Account


def find_account(home: Home, text: str) -> Account:
    """Return the account a user names by entry id or title.

    Raises:
        CallError: `unknown_account`, `ambiguous_account` or `account_unavailable`.
    """
    entries = account_entries(home.hass)
    wanted = text.strip().casefold()
    fits = [entry for entry in entries if entry.entry_id == text] or [
        entry for entry in entries if entry.title.casefold() == wanted
    ]
    if not fits:
        raise CallError("unknown_account", account=text)
    if len(fits) > 1:
        raise CallError("ambiguous_account", account=text, fits=_list(fits))
    return _running(home, fits[0])


def contact_of_address(home: Home, text: str, account: Account | None) -> str | None:
    """Return the party id of the contact with an address; None if there is none.

    Raises:
        CallError: `account_needed`, if it is a contact of several accounts.
    """
    contacts = known_contacts(home.hass)
    fits = [
        contact
        for contact in contacts
        if text in (contact.address, contact.party_id)
        and account in (None, home.accounts.get(contact.entry_id))
    ]
    if len(fits) > 1:
        ids = {contact.entry_id for contact in fits}
        entries = [e for e in account_entries(home.hass) if e.entry_id in ids]
        raise CallError("account_needed", party=text, fits=_list(entries))
    return fits[0].party_id if fits else None


def is_address(text: str) -> bool:
    """Tell whether a text is the address of somebody outside."""
    dialect, _, address = text.partition(":")
    return dialect == DIALECT_CONNECTYCUBE and bool(USER_ID.fullmatch(address))


def user_of(party_id: str) -> int:
    """Return the user id of a contact or of an address that is none."""
    return int(party_id.partition(":")[2].partition("@")[0])


def account_for(home: Home, address: str, account: Account | None) -> Account:
    """Return the account by which an address that is no contact can be called.

    Raises:
        CallError: `not_a_contact` or `account_needed`.
    """
    accounts = [account] if account else list(home.accounts)
    fits = [one for one in accounts if one.options.call_anyone]
    if not fits:
        raise CallError("not_a_contact", party=address)
    if len(fits) > 1:
        entries = [one.entry for one in fits]
        raise CallError("account_needed", party=address, fits=_list(entries))
    return fits[0]


def _running(home: Home, entry: ConfigEntry) -> Account:
    account = home.accounts.get(entry.entry_id)
    if account is None or entry.state is not ConfigEntryState.LOADED:
        raise CallError("account_unavailable", account=entry.title)
    return account


def _list(entries: list[ConfigEntry]) -> str:
    return ", ".join(f"{entry.title} ({entry.entry_id})" for entry in entries)
