"""An account: a login to a server, through which contacts are reached."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import Event as BusEvent, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr

from ..calls.errors import CallError
from ..calls.events import CallChanged, CallEvent, LinkEvent, PartyChanged
from ..calls.model import Extension, Party
from ..const import ACCOUNT_PREFIX, CONTACT_PREFIX, DOMAIN, SUBENTRY_CONTACT
from ..listeners import Remove, listen, tell
from ..parties.names import known_contacts
from .callees import callees_of
from .config import AccountConfig, AccountOptions
from .contacts import Contact
from .form import AccountRefusedError
from .journal import SessionJournal
from .line import Callees, Dialect, LineFactory, OutgoingCall, Record
from .rest import AccountRest

if TYPE_CHECKING:
    from ..home import Home

type AccountConfigEntry = ConfigEntry[Account]
type Changed = PartyChanged | CallChanged | None
"""What changed; None for the login, a presence or the home."""

type ChangeListener = Callable[[Changed], None]
type EventListener = Callable[[CallEvent | LinkEvent], None]
type ContactListener = Callable[[Contact], None]


class Account:
    """A login to a server, with the contacts that are reached through it."""

    def __init__(
        self, hass: HomeAssistant, entry: AccountConfigEntry, make_line: LineFactory
    ) -> None:
        """Take the settings; nothing runs before `start`."""
        self.hass = hass
        self.entry = entry
        self.config = AccountConfig.from_data(entry.data)
        self.options = AccountOptions.from_data(entry.options)
        self.contacts: dict[str, Contact] = {}
        """By subentry id."""

        self.rest = AccountRest(self)
        self.home: Home | None = None
        self.dialect: Dialect | None = None
        self._line = make_line(hass, entry.entry_id, self.config, self.options, self)
        self._journal = SessionJournal(hass, entry.entry_id, self._records)
        self._change_listeners: list[ChangeListener] = []
        self._event_listeners: list[EventListener] = []
        self._added_listeners: list[ContactListener] = []
        self._removals: list[Remove] = []
        self._started = False
        self._leave_home: list[Remove] = []
        self._registered: dict[str, Remove] = {}
        """How contacts are taken out of the home, by subentry id."""

    @property
    def connected(self) -> bool:
        """Whether the account is logged in now."""
        return self._line.connected

    @property
    def key(self) -> str:
        """What identifies its device and its entity."""
        return ACCOUNT_PREFIX + self.entry.entry_id

    @property
    def statistics(self) -> dict[str, int]:
        """Counters of what came and went; they name nobody."""
        return self._line.statistics

    def online(self, contact: Contact) -> bool | None:
        """Tell whether a contact has an app that is there; None if unknown."""
        return self._line.online(contact.config.address)

    def reaches(self, party_ids: set[str]) -> bool:
        """Tell whether one of some parties is reached through this account."""
        known = self.home.exchange.parties if self.home else {}
        entry_id = self.entry.entry_id
        return any(id_ in known and known[id_].account == entry_id for id_ in party_ids)

    def reach(self, address: str) -> Party:
        """Make an address that is no contact a party for the next call.

        Raises:
            CallError: `account_unavailable`.
        """
        if self.dialect is None:
            raise CallError("account_unavailable", account=self.entry.title)
        return self.dialect.reach(int(address.partition(":")[2]))

    def refuse(self, session_id: str, user_id: int, extension: Extension) -> None:
        """Reject a session that never rang here, by a signal; raises CallError."""
        if self.dialect is None:
            raise CallError("account_unavailable", account=self.entry.title)
        self.dialect.refuse(session_id, user_id, extension)

    def device_id(self) -> str:
        """Return the id of the account's device."""
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id,
            identifiers={(DOMAIN, self.key)},
            name=self.entry.title,
            entry_type=dr.DeviceEntryType.SERVICE,
        )
        return device.id

    async def start(self) -> None:
        """Log in.

        Raises:
            ConfigEntryAuthFailed: The server refuses the login.
            ConfigEntryNotReady: It can't be reached or trusted now.
        """
        try:
            await self._line.start()
        except AccountRefusedError as refused:
            await self._line.close()
            denied = refused.key == "invalid_auth"
            raise (ConfigEntryAuthFailed if denied else ConfigEntryNotReady)(
                translation_domain=DOMAIN, translation_key=refused.key
            ) from None
        await self._journal.load()
        stopping = EVENT_HOMEASSISTANT_FINAL_WRITE
        self._removals.append(self.hass.bus.async_listen(stopping, self._stops))
        self._apply_contacts()
        self._started = True

    async def stop(self) -> None:
        """Log out and release everything; safe to repeat."""
        self.detach()
        while self._removals:
            self._removals.pop()()
        await self._line.close()
        await self._journal.close()

    async def apply_entry(self) -> None:
        """Bring settings and contacts in line with the config entry, live."""
        config = AccountConfig.from_data(self.entry.data)
        options = AccountOptions.from_data(self.entry.options)
        if options != self.options:
            self.options = options
            self._line.configure(options)
        self._apply_contacts()
        if config != self.config:
            self.config = config
            self.rest.configure(config)
            await self._line.change(config)

    @callback
    def attach(self, home: Home) -> None:
        """Let the contacts take part in the calls of a home."""
        self.home = home
        self.dialect = self._line.join(home.exchange, self._callees)
        self.dialect.end_recorded(self._journal.take_earlier())
        for contact in self.contacts.values():
            self._register(contact)
        self._leave_home = [
            home.on_state(lambda change: tell(self._change_listeners, change)),
            home.on_event(lambda event: tell(self._event_listeners, event)),
        ]
        tell(self._change_listeners, None)

    @callback
    def detach(self) -> None:
        """Take the contacts out of the home they are in; safe to repeat."""
        if self.home is None:
            return
        self._line.leave()
        self._registered.clear()
        while self._leave_home:
            self._leave_home.pop()()
        self.home = self.dialect = None
        tell(self._change_listeners, None)

    def on_change(self, listener: ChangeListener) -> Remove:
        """Call when what is known of the account or of a party changed."""
        return listen(self._change_listeners, listener)

    def on_event(self, listener: EventListener) -> Remove:
        """Call when something happened, after every state is written."""
        return listen(self._event_listeners, listener)

    def on_contact_added(self, listener: ContactListener) -> Remove:
        """Call for every contact, those of today at once."""
        for contact in self.contacts.values():
            listener(contact)
        return listen(self._added_listeners, listener)

    @callback
    def line_changed(self) -> None:
        """Take note that the login or a contact's presence is another now."""
        tell(self._change_listeners, None)

    @callback
    def calling(self, call: OutgoingCall) -> None:
        """Wake the apps of somebody who is called."""
        self.rest.wake(call)

    @callback
    def sessions_changed(self) -> None:
        """Keep what it takes to end the calls of now."""
        self._journal.note()

    @callback
    def login_refused(self) -> None:
        """Ask the user for the password that the server wants now."""
        self.entry.async_start_reauth(self.hass)

    @callback
    def login_failed(self) -> None:
        """Begin anew: Home Assistant tries again, or asks for the password."""
        self.hass.config_entries.async_schedule_reload(self.entry.entry_id)

    def _records(self) -> list[Record]:
        return self.dialect.records() if self.dialect else []

    def _callees(self, wanted: str | None) -> Callees:
        return callees_of(self.home, self.options.ring, wanted)

    def _apply_contacts(self) -> None:
        """Follow the subentries: contacts come, change and go."""
        ids = {known.key: known.party_id for known in known_contacts(self.hass)}
        subentries = {
            subentry.subentry_id: subentry
            for subentry in self.entry.subentries.values()
            if subentry.subentry_type == SUBENTRY_CONTACT
        }
        for subentry_id in self.contacts.keys() - subentries.keys():
            self._unregister(self.contacts.pop(subentry_id))
        for subentry_id, subentry in subentries.items():
            party_id = ids[CONTACT_PREFIX + subentry_id]
            contact = self.contacts.get(subentry_id)
            if contact is None:
                contact = Contact(self, subentry, party_id)
                self.contacts[subentry_id] = contact
                self._register(contact)
                tell(self._added_listeners, contact)
                if self._started:
                    # Once, when the user adds it: the server remembers the answer.
                    self._line.ask_presence(contact.config.address)
                continue
            if contact.party_id != party_id:
                # Another address is another party: the old one leaves its calls.
                self._unregister(contact)
            contact.apply(subentry, party_id)
            self._register(contact)

    def _register(self, contact: Contact) -> None:
        """Take a contact into the home, or take over what changed of it."""
        if self.home is None or self.dialect is None:
            return
        party = contact.party()
        if contact.subentry_id in self._registered:
            self.home.exchange.update(party)
        else:
            remove = self.dialect.add_contact(contact.config.address, party)
            self._registered[contact.subentry_id] = remove

    def _unregister(self, contact: Contact) -> None:
        if remove := self._registered.pop(contact.subentry_id, None):
            remove()

    async def _stops(self, _event: BusEvent) -> None:
        """Log out when the calls have ended, as Home Assistant stops."""
        await self.stop()
