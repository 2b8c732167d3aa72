"""The accounts that run, and the home they are in.

An account's config entry and the home's come and go on their own. An account that
runs stays logged in without a home; whichever home there is has its contacts as
parties.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..ice import IceServer, relay_server
from .account import Account
from .contacts import Contact

if TYPE_CHECKING:
    from ..home import Home


class Accounts:
    """The accounts that run, and the home that they are in."""

    def __init__(self) -> None:
        """Know no account yet."""
        self._accounts: dict[str, Account] = {}
        self._home: Home | None = None

    def __iter__(self) -> Iterator[Account]:
        """Go through the accounts of now."""
        return iter(tuple(self._accounts.values()))

    def get(self, entry_id: str) -> Account | None:
        """Return the account of a config entry, if it runs."""
        return self._accounts.get(entry_id)

    def contact(self, party_id: str) -> Contact | None:
        """Return the contact with a party id."""
        return next((c for c in self.contacts() if c.party_id == party_id), None)

    def contacts(self) -> Iterator[Contact]:
        """Go through the contacts of all accounts."""
        for account in self:
            yield from account.contacts.values()

    def ice_servers(self, party_ids: set[str] | None = None) -> list[IceServer]:
        """Return the TURN servers of the accounts of some parties, or of all."""
        return [
            server
            for account in self
            if party_ids is None or account.reaches(party_ids)
            if (server := relay_server(account.config.server))
        ]

    def add(self, account: Account) -> None:
        """Take in an account that runs now."""
        self._accounts[account.entry.entry_id] = account
        if self._home:
            account.attach(self._home)

    def remove(self, account: Account) -> None:
        """Forget an account that stops."""
        self._accounts.pop(account.entry.entry_id, None)

    def attach(self, home: Home) -> None:
        """Let all contacts take part in the calls of a home."""
        self._home = home
        for account in self:
            account.attach(home)

    def detach(self, home: Home) -> None:
        """Let the accounts wait for the next home."""
        if self._home is not home:
            return
        self._home = None
        for account in self:
            account.detach()


DATA_ACCOUNTS: HassKey[Accounts] = HassKey(f"{DOMAIN}_accounts")
