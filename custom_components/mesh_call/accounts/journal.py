"""The journal of an account's live sessions, for the next start after a crash.

Whoever is in a call with a Home Assistant that crashed sees nothing but silence. The
next start tells them that the call is over.
"""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ..const import DOMAIN
from .line import Record

SAVE_DELAY: Final = 0.5
STORAGE_VERSION: Final = 1


class SessionJournal:
    """Keeps on disk what ends the sessions of now."""

    def __init__(
        self, hass: HomeAssistant, entry_id: str, live: Callable[[], list[Record]]
    ) -> None:
        """Know nothing yet; `live` gives the records of now."""
        self._store = _store(hass, entry_id)
        self._live = live
        self._earlier: list[Record] = []
        self._noted = False

    async def load(self) -> None:
        """Read what was live when Home Assistant ended, if it crashed."""
        data = await self._store.async_load()
        self._earlier = data["sessions"] if data else []

    @callback
    def take_earlier(self) -> list[Record]:
        """Hand over, once, what was live before the start."""
        earlier, self._earlier = self._earlier, []
        if earlier:
            self.note()
        return earlier

    @callback
    def note(self) -> None:
        """Take note that sessions have begun or ended."""
        self._noted = True
        self._store.async_delay_save(self._to_save, SAVE_DELAY)

    async def close(self) -> None:
        """Write what is due."""
        if self._noted:
            await self._store.async_save(self._to_save())

    def _to_save(self) -> dict[str, Any]:
        return {"sessions": [*self._earlier, *self._live()]}


async def remove_journal(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what is on disk of an account."""
    await _store(hass, entry_id).async_remove()


def _store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    return Store(hass, STORAGE_VERSION, f"{DOMAIN}.sessions.{entry_id}")
