"""Which pages stand for which screens, and how screens come, stay and go."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_call_later

from ..calls.devices import Devices
from ..calls.errors import CallError
from ..calls.events import NO_CAUSE, Cause
from ..calls.model import EndReason, Party, PartyKind
from ..const import CONF_GUEST_SCREENS, CONF_RING_USERS, DOMAIN
from ..parties.names import is_valid_name
from ..parties.own_party import OwnParty
from ..parties.settings import PartySettings
from ..permissions import may_act, may_call, may_control, may_see
from ..signaling.screen_state import Sight
from .store import ScreenRecord, ScreenStore, new_screen

if TYPE_CHECKING:
    from ..home import Home
    from .pages import Page, Pages


def own_screen(record: ScreenRecord) -> OwnParty:
    """Return what the entities of a named screen need to know."""
    return OwnParty(record.id, record.name or "", PartyKind.SCREEN)


class ScreenRegistry:
    """The screens of a home."""

    def __init__(self, home: Home, pages: Pages) -> None:
        """Know no screen yet."""
        self._home = home
        self._pages = pages
        self._store = ScreenStore(home.hass, pages.guests)
        self._shown: dict[str, Page] = {}
        self._leaving: dict[str, Callable[[], None]] = {}

    async def load(self) -> None:
        """Read the named screens and make sure of their devices."""
        await self._store.load()
        for record in self._store.named:
            self._device_id(record)

    async def close(self) -> None:
        """Let every page wait for the next home."""
        for cancel in self._leaving.values():
            cancel()
        self._leaving.clear()
        for page in self._shown.values():
            page.screen_id = None
        self._shown.clear()
        await self._store.save_now()

    @property
    def named(self) -> tuple[ScreenRecord, ...]:
        """The screens that have a name and a device."""
        return self._store.named

    def of_user(self, user_id: str) -> list[Party]:
        """Return the screens that stand for a user's open pages."""
        parties = self._home.exchange.parties
        return [
            parties[party_id]
            for party_id, page in self._shown.items()
            if page.user.id == user_id and party_id in parties
        ]

    def record(self, party_id: str) -> ScreenRecord | None:
        """Return what is remembered of a screen."""
        return self._store.get(party_id)

    def admits(self, page: Page) -> bool:
        """Tell whether a page's user may take part in calls with it."""
        return self._may_be(page, self._proved(page))

    @callback
    def register(self, page: Page) -> None:
        """Make a page a screen, unless its user may not take part in calls."""
        record = self._proved(page)
        if not self._may_be(page, record):
            return
        if record is None:
            record, page.secret = new_screen(page.user)
        self._store.put(record)
        self._show(page, record)
        self._store.drop_old_guests(keep=set(self._shown))

    @callback
    def page_gone(self, page: Page) -> None:
        """Give the screen of a lost page some time to come back."""
        party_id = page.screen_id
        if party_id is None or self._shown.get(party_id) is not page:
            return
        del self._shown[party_id]
        page.screen_id = None
        if not page.user.is_active:
            self._unregister(party_id, EndReason.STOPPED)
            return
        self._home.screen_links.detach(party_id)
        self._home.exchange.suspend(party_id)
        self._leaving[party_id] = async_call_later(
            self._home.hass,
            self._home.exchange.return_timeout,
            partial(self._left, party_id),
        )

    @callback
    def user_removed(self, user_id: str) -> None:
        """Forget the screens of a user who is no more."""
        for record in self._store:
            if record.user_id == user_id:
                self._drop(record.id)

    @callback
    def user_changed(self, user_id: str) -> None:
        """Follow what a user may do now: screens go, come and ring accordingly."""
        for page in self._pages:
            if page.user.id == user_id:
                self._check(page)

    @callback
    def apply_options(self) -> None:
        """Follow the home's options: they decide who rings."""
        for party_id, page in tuple(self._shown.items()):
            if record := self._store.get(party_id):
                self._update(record, page)

    @callback
    def set_name(self, party_id: str, name: str) -> ScreenRecord:
        """Give a screen a name, so that it is remembered; raises CallError."""
        old = self._existing(party_id)
        record = replace(old, name=self._valid_name(name))
        self._store.put(record)
        device_id = self._device_id(record)
        dr.async_get(self._home.hass).async_update_device(device_id, name=record.name)
        if page := self._shown.get(party_id):
            self._update(record, page)
        if old.name is None:
            self._home.party_added(own_screen(record))
        return record

    @callback
    def forget(self, party_id: str) -> None:
        """Forget a screen; if its page is open it becomes a guest again."""
        self._existing(party_id)
        page = self._shown.get(party_id)
        self._drop(party_id)
        if page:
            self.register(page)

    @callback
    def configure(self, party_id: str, settings: PartySettings, cause: Cause) -> None:
        """Change what is set for a screen; raises CallError."""
        record = replace(self._existing(party_id), settings=settings)
        self._store.put(record)
        if page := self._shown.get(party_id):
            self._update(record, page, cause)

    @callback
    def set_devices(self, party_id: str, devices: Devices, cause: Cause) -> None:
        """Take what the page of a screen can switch between."""
        page = self._shown[party_id]
        page.devices = devices
        self._update(self._existing(party_id), page, cause)

    def _proved(self, page: Page) -> ScreenRecord | None:
        """Return the screen that a page rightly claims to be."""
        if page.wanted_id is None or page.secret is None:
            return None
        record = self._store.get(page.wanted_id)
        return record if record and record.proves(page.user, page.secret) else None

    def _may_be(self, page: Page, record: ScreenRecord | None) -> bool:
        if record is None or record.name is None:
            return may_act(self._home.hass, page.user)
        return may_control(self._home, page.user, record.id)

    def _show(self, page: Page, record: ScreenRecord) -> None:
        self._take_over(record.id)
        page.screen_id = page.wanted_id = record.id
        self._shown[record.id] = page
        party = self._party(record, page)
        page.send(
            {
                "type": "welcome",
                "screen_id": record.id,
                "secret": page.secret,
                "name": record.name,
                "rings": party.rings,
                "language": self._home.hass.config.language,
            }
        )
        self._home.screen_links.attach(record.id, page.send, self._sight(page))
        if record.id in self._home.exchange.parties:
            self._home.exchange.update(party)
            self._home.exchange.resume(record.id)
        else:
            links = self._home.screen_links
            self._home.exchange.register(party, links, links)

    def _take_over(self, party_id: str) -> None:
        """End what the page before stood for; its connections are of no use."""
        if cancel := self._leaving.pop(party_id, None):
            cancel()
        if old := self._shown.pop(party_id, None):
            old.screen_id = None
            old.replaced = True
            self._home.screen_links.detach(party_id)
            self._home.exchange.suspend(party_id)
            old.send({"type": "replaced"})

    def _check(self, page: Page) -> None:
        party_id = page.screen_id
        if party_id is None:
            if not page.replaced:
                self.register(page)
            return
        record = self._store.get(party_id)
        if record and self._may_be(page, record):
            self._update(record, page)
            return
        self._unregister(party_id, EndReason.STOPPED)
        page.send({"type": "state", "parties": [], "calls": []})

    def _update(
        self, record: ScreenRecord, page: Page, cause: Cause = NO_CAUSE
    ) -> None:
        if record.id in self._home.exchange.parties:
            self._home.exchange.update(self._party(record, page), cause)

    def _party(self, record: ScreenRecord, page: Page) -> Party:
        return Party(
            id=record.id,
            name=record.name or page.user.name or "?",
            kind=PartyKind.SCREEN,
            rings=self._rings(record, page),
            auto_answer=record.settings.auto_answer,
            do_not_disturb=record.settings.do_not_disturb,
            device_id=self._device_id(record) if record.name else None,
            max_bandwidth=record.settings.max_bandwidth,
            devices=page.devices,
        )

    def _rings(self, record: ScreenRecord, page: Page) -> bool:
        options = self._home.entry.options
        if record.name is None and not options.get(CONF_GUEST_SCREENS, True):
            return False
        users = options.get(CONF_RING_USERS)
        return not users or page.user.id in users

    def _sight(self, page: Page) -> Sight:
        return Sight(
            may_call=lambda party: may_call(self._home, page.user, party),
            may_see=lambda party: may_see(self._home, page.user, party.id),
        )

    @callback
    def _left(self, party_id: str, _now: object) -> None:
        del self._leaving[party_id]
        self._home.exchange.unregister(party_id, EndReason.FAILED)

    def _unregister(self, party_id: str, reason: EndReason) -> None:
        if cancel := self._leaving.pop(party_id, None):
            cancel()
        if page := self._shown.pop(party_id, None):
            page.screen_id = None
        if party_id in self._home.exchange.parties:
            self._home.exchange.unregister(party_id, reason)
        self._home.screen_links.detach(party_id)

    def _drop(self, party_id: str) -> None:
        self._unregister(party_id, EndReason.HUNG_UP)
        self._store.drop(party_id)
        self._remove_device(party_id)

    def _existing(self, party_id: str) -> ScreenRecord:
        if (record := self._store.get(party_id)) is None:
            raise CallError("unknown_party", party=party_id)
        return record

    def _valid_name(self, name: str) -> str:
        name = name.strip()
        if not is_valid_name(name):
            raise CallError("invalid_name")
        return name

    def _device_id(self, record: ScreenRecord) -> str:
        device = dr.async_get(self._home.hass).async_get_or_create(
            config_entry_id=self._home.entry.entry_id,
            identifiers={(DOMAIN, record.id)},
            name=record.name,
        )
        return device.id

    def _remove_device(self, party_id: str) -> None:
        devices = dr.async_get(self._home.hass)
        device = devices.async_get_device_by_identifier(
            (DOMAIN, party_id), self._home.entry.entry_id
        )
        if device:
            devices.async_remove_device(device.id)
