"""Who is meant: by name, device or id, or because only one fits."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from homeassistant.auth.models import User
from homeassistant.helpers import device_registry as dr

from ..accounts.outsiders import account_for, contact_of_address, is_address
from ..calls.errors import CallError
from ..calls.model import Party
from ..const import ALL_SCREENS, DOMAIN
from ..permissions import may_control
from .names import known_contacts

if TYPE_CHECKING:
    from ..accounts.account import Account
    from ..home import Home


def find_party(home: Home, text: str, account: Account | None = None) -> Party:
    """Return the party a user names by id, device id, name or address.

    Args:
        home: Whose parties are searched.
        text: What the user says.
        account: By which contacts are to be reached; None takes the one that fits.

    Raises:
        CallError: `unknown_party`, `ambiguous_party`, `account_needed`,
            `not_a_contact`, `contact_unavailable` while a contact's account doesn't
            run, or `party_unavailable` for a screen that has no page open.
    """
    party_id = _find_id(home, text, account)
    if party := home.party(party_id):
        return party
    names = home.names()
    if party_id in names:
        raise CallError("party_unavailable", party=names[party_id])
    raise CallError("contact_unavailable", party=home.contact_names()[party_id])


def find_own_party(home: Home, text: str) -> Party:
    """Return the station or screen a user names.

    Raises:
        CallError: Like `find_party`, and `not_ours` for a contact.
    """
    party = find_party(home, text)
    if not party.ours:
        raise CallError("not_ours", party=party.name)
    return party


def find_callees(
    home: Home, texts: Iterable[str], account: Account | None = None
) -> tuple[list[Party], bool]:
    """Return who is to ring, and whether every screen is; raises like `find_party`.

    Addresses that are no contact become parties where the account lets them be called.
    """
    names = list(dict.fromkeys(texts))
    parties = [_callee(home, name, account) for name in names if name != ALL_SCREENS]
    return parties, ALL_SCREENS in names


def only_party(home: Home, user: User | None, parties: Iterable[Party]) -> Party:
    """Return the only one of these parties that a user may act for.

    Raises:
        CallError: `no_party`, or `party_needed` with those that fit.
    """
    fits = [party for party in parties if may_control(home, user, party.id)]
    if not fits:
        raise CallError("no_party")
    if len(fits) > 1:
        raise CallError("party_needed", fits=_list(fits))
    return fits[0]


def _callee(home: Home, text: str, account: Account | None) -> Party:
    if is_address(text) and contact_of_address(home, text, account) is None:
        return account_for(home, text, account).reach(text)
    return find_party(home, text, account)


def _find_id(home: Home, text: str, account: Account | None) -> str:
    names = home.names()
    own = home.party(text)
    if text in names or (own and own.ours):
        return text
    if found := contact_of_address(home, text, account):
        return found
    if is_address(text):
        raise CallError("not_a_contact", party=text)
    return _of_device(home, text) or _by_name(home, text, account)


def _of_device(home: Home, device_id: str) -> str | None:
    device = dr.async_get(home.hass).async_get(device_id)
    if device is None:
        return None
    names = home.names() | home.contact_names()
    keys = [id_ for domain, id_ in device.identifiers if domain == DOMAIN]
    contacts = {contact.key: contact.party_id for contact in known_contacts(home.hass)}
    found = (contacts.get(key, key) for key in keys)
    return next((id_ for id_ in found if id_ in names), None)


def _by_name(home: Home, text: str, account: Account | None) -> str:
    wanted = text.strip().casefold()
    names = home.names() | {
        contact.party_id: contact.name
        for contact in known_contacts(home.hass)
        if account in (None, home.accounts.get(contact.entry_id))
    }
    fits = [id_ for id_, name in names.items() if name.casefold() == wanted]
    if not fits:
        raise CallError("unknown_party", party=text)
    if len(fits) > 1:
        listed = ", ".join(f"{names[id_]} ({id_})" for id_ in fits)
        raise CallError("ambiguous_party", party=text, fits=listed)
    return fits[0]


def _list(parties: Iterable[Party]) -> str:
    return ", ".join(f"{party.name} ({party.id})" for party in parties)
