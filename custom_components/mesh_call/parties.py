"""Who is meant: by name, device or id, or because only one fits."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from .calls.errors import CallError
from .calls.model import Party
from .const import ALL_SCREENS, DOMAIN
from .permissions import may_control

if TYPE_CHECKING:
    from .home import Home


def find_party(home: Home, text: str) -> Party:
    """Return the party a user names by id, device id or name.

    Raises:
        CallError: `unknown_party`, `ambiguous_party`, or `party_unavailable` for a
            screen that is known but has no page open.
    """
    party_id = text
    if home.party(text) is None and text not in home.names():
        party_id = _of_device(home.hass, text) or _by_name(home, text)
    if party := home.party(party_id):
        return party
    raise CallError("party_unavailable", party=home.names()[party_id])


def find_callees(home: Home, texts: Iterable[str]) -> tuple[list[Party], bool]:
    """Return who is to ring, and whether every screen is; raises CallError."""
    names = list(dict.fromkeys(texts))
    parties = [find_party(home, name) for name in names if name != ALL_SCREENS]
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


def _of_device(hass: HomeAssistant, device_id: str) -> str | None:
    device = dr.async_get(hass).async_get(device_id)
    if device is None:
        return None
    return next((id_ for domain, id_ in device.identifiers if domain == DOMAIN), None)


def _by_name(home: Home, text: str) -> str:
    wanted = text.strip().casefold()
    names = home.names()
    fits = [id_ for id_, name in names.items() if name.casefold() == wanted]
    if not fits:
        raise CallError("unknown_party", party=text)
    if len(fits) > 1:
        listed = ", ".join(f"{names[id_]} ({id_})" for id_ in fits)
        raise CallError("ambiguous_party", party=text, fits=listed)
    return fits[0]


def _list(parties: Iterable[Party]) -> str:
    return ", ".join(f"{party.name} ({party.id})" for party in parties)
