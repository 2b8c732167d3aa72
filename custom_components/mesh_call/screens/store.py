"""What is remembered of screens: guests for a while, named ones for good.

A screen's id is bound to its user and to a secret that only its browser knows; of
the secret we keep a hash.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import hashlib
import hmac
import secrets
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from ..const import DOMAIN, SCREEN_PREFIX
from ..parties.settings import SCREEN_DEFAULTS, PartySettings

MAX_GUESTS: Final = 500
SAVE_DELAY: Final = 1.0
STORAGE_KEY: Final = f"{DOMAIN}.screens"
STORAGE_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class ScreenRecord:
    """What is remembered of a screen."""

    id: str
    user_id: str
    secret_hash: str
    name: str | None = None
    """None for a guest."""

    settings: PartySettings = SCREEN_DEFAULTS

    def proves(self, user: User, secret: str) -> bool:
        """Tell whether a page is the one that got this screen."""
        same_secret = hmac.compare_digest(self.secret_hash, _hash(secret))
        return same_secret and user.id == self.user_id


def new_screen(user: User) -> tuple[ScreenRecord, str]:
    """Make a guest screen; returns the secret for its browser, too."""
    secret = secrets.token_urlsafe(32)
    party_id = f"{SCREEN_PREFIX}{secrets.token_hex(8)}"
    return ScreenRecord(party_id, user.id, _hash(secret)), secret


def _hash(secret: str) -> str:
    """Return what is kept of a secret; it is random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ScreenStore:
    """The records of all screens; named ones are on disk."""

    def __init__(self, hass: HomeAssistant, guests: dict[str, ScreenRecord]) -> None:
        """Share the guests, who outlive the home's config entry."""
        self._store: Store[dict[str, Any]] = Store(hass, STORAGE_VERSION, STORAGE_KEY)
        self._guests = guests
        self._named: dict[str, ScreenRecord] = {}

    def __iter__(self) -> Iterator[ScreenRecord]:
        """Go through all records."""
        return iter((*self._guests.values(), *self._named.values()))

    @property
    def named(self) -> tuple[ScreenRecord, ...]:
        """The screens that have a name."""
        return tuple(self._named.values())

    async def load(self) -> None:
        """Read the named screens."""
        data = await self._store.async_load() or {"screens": []}
        self._named = {screen["id"]: _from_data(screen) for screen in data["screens"]}

    async def save_now(self) -> None:
        """Write what is due, before the store is let go."""
        await self._store.async_save(self._to_save())

    def get(self, party_id: str) -> ScreenRecord | None:
        """Return one record."""
        return self._named.get(party_id) or self._guests.get(party_id)

    def put(self, record: ScreenRecord) -> None:
        """Add or replace a record; a name makes it last."""
        if record.name is None:
            self._guests[record.id] = record
            return
        self._guests.pop(record.id, None)
        self._named[record.id] = record
        self._store.async_delay_save(self._to_save, SAVE_DELAY)

    def drop(self, party_id: str) -> None:
        """Forget a record for good."""
        self._guests.pop(party_id, None)
        if self._named.pop(party_id, None):
            self._store.async_delay_save(self._to_save, SAVE_DELAY)

    def drop_old_guests(self, keep: set[str]) -> None:
        """Forget the oldest guests beyond the limit, none that are to keep."""
        surplus = len(self._guests) - MAX_GUESTS
        old = [party_id for party_id in self._guests if party_id not in keep]
        for party_id in old[: max(surplus, 0)]:
            del self._guests[party_id]

    def _to_save(self) -> dict[str, Any]:
        return {"screens": [_as_data(record) for record in self._named.values()]}


def _as_data(record: ScreenRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "user_id": record.user_id,
        "secret_hash": record.secret_hash,
        "name": record.name,
        **record.settings.as_data(),
    }


def _from_data(data: dict[str, Any]) -> ScreenRecord:
    return ScreenRecord(
        data["id"],
        data["user_id"],
        data["secret_hash"],
        data["name"],
        PartySettings.from_data(data, SCREEN_DEFAULTS),
    )


async def remove_store(hass: HomeAssistant) -> None:
    """Delete what is on disk."""
    await Store[dict[str, Any]](hass, STORAGE_VERSION, STORAGE_KEY).async_remove()
