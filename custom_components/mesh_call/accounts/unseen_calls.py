"""Calls that never rang here: known from a push, and rejected all the same."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.auth.models import User

from ..calls.errors import CallError
from ..calls.extension import validated
from ..calls.model import Extension, Party, RejectReason
from ..const import DIALECT_CONNECTYCUBE
from ..parties.find import find_party
from ..permissions import require_call
from .outsiders import (
    account_for,
    contact_of_address,
    find_account,
    is_address,
    user_of,
)

if TYPE_CHECKING:
    from ..home import Home
    from .account import Account


@dataclass(frozen=True, slots=True)
class UnseenCall:
    """A call that the exchange doesn't know."""

    session_id: str
    account: str
    recipient: str
    """Who calls, by name, device, id or address."""


async def reject_unseen(
    home: Home,
    user: User | None,
    call: UnseenCall,
    reason: RejectReason,
    extension: Extension,
) -> None:
    """Reject by HTTP if the account has a key, else by a signal.

    Raises:
        CallError: Nobody fits, the account doesn't run, `invalid_extension`, or
            `rest_failed`.
        Unauthorized: The user may not call the recipient.
    """
    sent = dict(validated(extension))
    if reason is RejectReason.BUSY:
        sent["busy"] = "true"
    account = find_account(home, call.account)
    recipient = _recipient(home, account, call.recipient)
    require_call(home, user, recipient)
    user_id = user_of(recipient.id)
    if account.rest.usable:
        await account.rest.reject(call.session_id, user_id, sent)
    else:
        account.refuse(call.session_id, user_id, sent)


def _recipient(home: Home, account: Account, text: str) -> Party:
    """Return who is meant; numbers are user ids."""
    address = text if is_address(text) else f"{DIALECT_CONNECTYCUBE}:{text}"
    if not is_address(address):
        party = find_party(home, text, account)
        if party.account != account.entry.entry_id:
            raise CallError("unknown_party", party=text)
        return party
    if contact_of_address(home, address, account) is None:
        return account_for(home, address, account).reach(address)
    return find_party(home, address, account)
