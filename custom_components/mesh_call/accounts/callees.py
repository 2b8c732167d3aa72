"""Who rings when an account is called."""

from typing import TYPE_CHECKING

from ..calls.errors import CallError
from ..calls.model import Party, PartyKind
from ..const import ALL_SCREENS, LOGGER
from ..parties.find import find_own_party
from .line import Callees

if TYPE_CHECKING:
    from ..home import Home


def callees_of(home: Home | None, ring: tuple[str, ...], wanted: str | None) -> Callees:
    """Return who rings: one that the caller names, if it is among `ring`, else all.

    A tablet that is off must not silence the rest.
    """
    if home is None:
        return (), False
    everyone = ALL_SCREENS in ring
    named = [party for name in ring if (party := _find(home, name))]
    if party := _find(home, wanted) if wanted else None:
        among = party in named or (everyone and _is_ringing_screen(party))
        if among:
            return (party.id,), False
    return tuple(dict.fromkeys(party.id for party in named)), everyone


def _find(home: Home, name: str) -> Party | None:
    if name == ALL_SCREENS:
        return None
    try:
        return find_own_party(home, name)
    except CallError as error:
        LOGGER.debug("An account can't ring %s: %s", name, error.key)
        return None


def _is_ringing_screen(party: Party) -> bool:
    return party.kind is PartyKind.SCREEN and party.rings
