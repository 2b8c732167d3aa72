"""The pages of the frontend that are connected now.

They outlive the home: a page that registered stays known while the home's config
entry is reloaded or not there yet, so that nobody has to reload the browser.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
import time
from typing import TYPE_CHECKING, Any, Final

from homeassistant.auth import EVENT_USER_REMOVED, EVENT_USER_UPDATED
from homeassistant.auth.models import User
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..calls.devices import NO_DEVICES, Devices
from ..const import DOMAIN

if TYPE_CHECKING:
    from ..home import Home
    from .store import ScreenRecord

MESSAGES_PER_SECOND: Final = 50.0
MESSAGES_AT_ONCE: Final = 300.0
"""A page that offers to three others trickles some hundred candidates at once."""


@dataclass(slots=True)
class TokenBucket:
    """Lets bursts through and bounds what comes for long."""

    tokens: float = MESSAGES_AT_ONCE
    filled: float = field(default_factory=time.monotonic)

    def take(self) -> bool:
        """Tell whether one more message is fine now."""
        now = time.monotonic()
        gained = (now - self.filled) * MESSAGES_PER_SECOND
        self.tokens = min(MESSAGES_AT_ONCE, self.tokens + gained)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True, eq=False)
class Page:
    """One open page: a websocket connection and the screen it stands for."""

    connection: ActiveConnection
    subscription: int
    wanted_id: str | None = None
    secret: str | None = None
    screen_id: str | None = None
    """None while there is no home, after losing the right to it or the place."""

    replaced: bool = False
    devices: Devices = NO_DEVICES
    """What its browser can switch between, as far as it has told."""

    @property
    def user(self) -> User:
        """Whose page it is."""
        return self.connection.user

    def send(self, message: dict[str, Any]) -> None:
        """Send one of the events of the protocol."""
        self.connection.send_event(self.subscription, message)


class Pages:
    """Every open page, and the guest screens they stand for."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Know no page yet."""
        self.home: Home | None = None
        self.guests: dict[str, ScreenRecord] = {}
        self._pages: dict[ActiveConnection, Page] = {}
        self._buckets: dict[ActiveConnection, TokenBucket] = {}
        hass.bus.async_listen(EVENT_USER_UPDATED, self._user_changed)
        hass.bus.async_listen(EVENT_USER_REMOVED, self._user_removed)

    def __iter__(self) -> Iterator[Page]:
        """Go through the pages of now."""
        return iter(tuple(self._pages.values()))

    def of(self, connection: ActiveConnection) -> Page | None:
        """Return the page behind a websocket connection."""
        return self._pages.get(connection)

    def take_message(self, connection: ActiveConnection) -> bool:
        """Count a message, of a connection without a page, too; tell if it is fine."""
        if (bucket := self._buckets.get(connection)) is None:
            bucket = self._buckets[connection] = TokenBucket()
            # Home Assistant calls what is in here when the connection closes.
            forget = partial(self._buckets.pop, connection)
            connection.subscriptions[f"{DOMAIN}/messages"] = forget
        return bucket.take()

    def add(self, page: Page) -> None:
        """Take in a page; it becomes a screen as soon as there is a home."""
        if old := self._pages.pop(page.connection, None):
            self._gone(old)
            page.devices = old.devices
        self._pages[page.connection] = page
        if self.home:
            self.home.screens.register(page)

    def remove(self, page: Page) -> None:
        """Forget a page that is closed; its screen may come back for a while."""
        if self._pages.get(page.connection) is page:
            del self._pages[page.connection]
            self._gone(page)

    def attach(self, home: Home) -> None:
        """Make every page a screen of this home."""
        self.home = home
        for page in self:
            home.screens.register(page)

    def detach(self, home: Home) -> None:
        """Let pages wait for the next home."""
        if self.home is home:
            self.home = None

    def _gone(self, page: Page) -> None:
        if self.home:
            self.home.screens.page_gone(page)

    @callback
    def _user_changed(self, event: Event) -> None:
        if self.home:
            self.home.screens.user_changed(event.data["user_id"])

    @callback
    def _user_removed(self, event: Event) -> None:
        if self.home:
            self.home.screens.user_removed(event.data["user_id"])


DATA_PAGES: HassKey[Pages] = HassKey(f"{DOMAIN}_pages")
