"""The exchange of this home, with its stations, its screens and its listeners.

Everything that shows or asks something goes through `Home`, the runtime data of
the home's config entry. It also keeps the order that automations rely on: what an
event is about has been written to the state machine before the event fires.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.components.media_player import DOMAIN as MEDIA_PLAYER_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event as BusEvent, HomeAssistant, callback
from homeassistant.helpers.event import (
    async_track_state_added_domain,
    async_track_state_removed_domain,
)

from .calls.errors import CallError
from .calls.events import (
    NO_CAUSE,
    CallChanged,
    CallEvent,
    Cause,
    Event,
    LinkEvent,
    PartyChanged,
)
from .calls.exchange import Exchange
from .calls.model import BRIDGE, Connection, Party
from .const import (
    CONF_RING_TIMEOUT,
    DEFAULT_RING_TIMEOUT,
    DOMAIN,
    HOME_UNIQUE_ID,
    SUBENTRY_STATION,
)
from .events import fire
from .ice import IceServer, configured_ice_servers, has_relay
from .listeners import Remove, listen, tell
from .notifications import RingNotifications
from .parties.names import contact_names
from .parties.own_party import OwnParty
from .parties.settings import SCREEN_DEFAULTS, PartySettings
from .screens.registry import ScreenRegistry, own_screen
from .signaling.screens import Screens
from .stations.station import EquipmentFactory, Station

if TYPE_CHECKING:
    from .accounts.running import Accounts
    from .media.ends import Ends
    from .media.recorder import Recorder
    from .screens.pages import Pages

__all__ = ["Home", "MeshCallConfigEntry", "OwnParty"]

DEVICE_DOMAINS: Final = (CAMERA_DOMAIN, MEDIA_PLAYER_DOMAIN)
"""Of the entities that stations can use."""

type MeshCallConfigEntry = ConfigEntry[Home]
type RecorderFactory = Callable[[Home], Recorder]
type BridgeFactory = Callable[
    [Exchange, Callable[[Connection], list[IceServer]]], Ends | None
]
type StateListener = Callable[[PartyChanged | CallChanged], None]
type EventListener = Callable[[CallEvent | LinkEvent], None]
type PartyListener = Callable[[OwnParty], None]


class Home:
    """The built-in exchange of this Home Assistant."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: MeshCallConfigEntry,
        pages: Pages,
        accounts: Accounts,
        equip: EquipmentFactory,
        make_recorder: RecorderFactory,
        make_bridge: BridgeFactory,
    ) -> None:
        """Put the parts together; nothing runs before `start`."""
        self.hass = hass
        self.entry = entry
        self.accounts = accounts
        self.exchange = Exchange(has_relay=self._has_relay)
        self.screen_links = Screens(
            self.exchange, self.ice_servers, self.problem, self.source
        )
        self.screens = ScreenRegistry(self, pages)
        self.stations: dict[str, Station] = {}
        self._pages = pages
        self._equip = equip
        self.recorder = make_recorder(self)
        self.exchange.record_with(self.recorder)
        self._bridge = make_bridge(self.exchange, self.ice_servers)
        if self._bridge:
            self.exchange.bridge_with(self._bridge)
        self._notifications = RingNotifications(self)
        self._state_listeners: list[StateListener] = []
        self._event_listeners: list[EventListener] = []
        self._added_listeners: list[PartyListener] = []
        self._removals: list[Remove] = []

    async def start(self) -> None:
        """Register every station and every page that is open."""
        await self.screens.load()
        self._removals = [
            self.exchange.subscribe(self._dispatch),
            self.hass.bus.async_listen(
                EVENT_HOMEASSISTANT_STOP, self._home_assistant_stops
            ),
            async_track_state_added_domain(
                self.hass, DEVICE_DOMAINS, self._refresh_stations
            ),
            async_track_state_removed_domain(
                self.hass, DEVICE_DOMAINS, self._refresh_stations
            ),
        ]
        await self.apply_entry()
        self._notifications.start()
        self.accounts.attach(self)
        self._pages.attach(self)

    async def stop(self) -> None:
        """End every call and release everything; safe to repeat."""
        self._pages.detach(self)
        await self.exchange.close()
        await self._notifications.stop()
        self.accounts.detach(self)
        for station in tuple(self.stations.values()):
            await station.stop()
        self.stations.clear()
        await self.recorder.shut_down()
        if self._bridge:
            await self._bridge.shut_down()
        self.screen_links.shut_down()
        await self.screens.close()
        while self._removals:
            self._removals.pop()()

    async def apply_entry(self) -> None:
        """Bring options and stations in line with the config entry, live."""
        self.exchange.ring_timeout = float(
            self.entry.options.get(CONF_RING_TIMEOUT, DEFAULT_RING_TIMEOUT)
        )
        subentries = {
            subentry.subentry_id: subentry
            for subentry in self.entry.subentries.values()
            if subentry.subentry_type == SUBENTRY_STATION
        }
        for subentry_id in self.stations.keys() - subentries.keys():
            await self.stations.pop(subentry_id).remove()
        for subentry_id, subentry in subentries.items():
            if station := self.stations.get(subentry_id):
                await station.apply(subentry)
                continue
            station = Station(self, subentry, self._equip)
            self.stations[subentry_id] = station
            station.start()
            self.party_added(station.own_party)
        for station in self.stations.values():
            await station.return_from_lost_camera()
        self._refresh_stations()
        self.screens.apply_options()

    @callback
    def _refresh_stations(self, _event: object = None) -> None:
        """Let stations tell which cameras and speakers there are."""
        for station in self.stations.values():
            station.refresh()

    def ice_servers(self, connection: Connection) -> list[IceServer]:
        """Name the STUN and TURN servers that a connection may use.

        Somebody chose each: for the whole home, or for the account of one of its ends.
        """
        ends = {connection.answerer}
        if not connection.bridge:
            ends.add(connection.offerer)
        found = configured_ice_servers(self.hass) + self.accounts.ice_servers(ends)
        if connection.relay and not has_relay(found):
            found += self.accounts.ice_servers()
        return found

    def party(self, party_id: str) -> Party | None:
        """Return a party that is here now: None while a screen is away."""
        return self.exchange.parties.get(party_id)

    def station(self, party_id: str) -> Station | None:
        """Return the station with this party id."""
        return next((s for s in self.stations.values() if s.party_id == party_id), None)

    def ends_at(self, party_id: str) -> Ends | None:
        """Return what handles the ends of a station, or of the bridge."""
        if party_id == BRIDGE:
            return self._bridge
        station = self.station(party_id)
        return station.equipment.port if station else None

    def problem(self, party_id: str) -> str | None:
        """Return the key of what is wrong with a station now."""
        station = self.station(party_id)
        return station.problem if station else None

    def source(self, party_id: str) -> dict[str, Any] | None:
        """Return how a station's camera is read now, in words."""
        station = self.station(party_id)
        return station.source if station else None

    def settings(self, party_id: str) -> PartySettings:
        """Return what is set for a party, for a screen that is away, too."""
        if station := self.station(party_id):
            return station.config.settings
        record = self.screens.record(party_id)
        return record.settings if record else SCREEN_DEFAULTS

    def configure(
        self, party_id: str, settings: PartySettings, cause: Cause = NO_CAUSE
    ) -> None:
        """Change what is set for a party; it counts at once and is remembered."""
        if (station := self.station(party_id)) is None:
            self.screens.configure(party_id, settings, cause)
            return
        station.configure(settings, cause)
        subentry = self.entry.subentries[station.subentry_id]
        self.hass.config_entries.async_update_subentry(
            self.entry, subentry, data={**subentry.data, **settings.as_data()}
        )

    def own_parties(self) -> list[OwnParty]:
        """Return every station and named screen, those that are away, too."""
        stations = [station.own_party for station in self.stations.values()]
        return stations + [own_screen(record) for record in self.screens.named]

    def present_parties(self) -> list[Party]:
        """Return the stations and named screens that are here now."""
        parties = self.exchange.parties
        return [parties[own.id] for own in self.own_parties() if own.id in parties]

    def names(self) -> dict[str, str]:
        """Return the names of every station and named screen, by party id."""
        return {party.id: party.name for party in self.own_parties()}

    def contact_names(self) -> dict[str, str]:
        """Return the names of all contacts, of accounts that don't run, too."""
        return contact_names(self.hass)

    def on_state(self, listener: StateListener) -> Remove:
        """Call when a party or call changed; here entities write their state."""
        return listen(self._state_listeners, listener)

    def on_event(self, listener: EventListener) -> Remove:
        """Call when something happened, after every state is written.

        Here event entities write theirs; the bus event fires after all of them.
        """
        return listen(self._event_listeners, listener)

    def on_party_added(self, listener: PartyListener) -> Remove:
        """Call for every station and named screen, those of today at once."""
        for party in self.own_parties():
            listener(party)
        return listen(self._added_listeners, listener)

    @callback
    def party_added(self, party: OwnParty) -> None:
        """Tell the platforms that a station or named screen is new."""
        for listener in tuple(self._added_listeners):
            listener(party)

    def _has_relay(self) -> bool:
        servers = configured_ice_servers(self.hass) + self.accounts.ice_servers()
        return has_relay(servers)

    @callback
    def _dispatch(self, event: Event) -> None:
        if isinstance(event, PartyChanged | CallChanged):
            tell(self._state_listeners, event)
            return
        tell(self._event_listeners, event)
        fire(self.hass, event)

    async def _home_assistant_stops(self, _event: BusEvent) -> None:
        await self.stop()


def get_home(hass: HomeAssistant) -> Home:
    """Return the home; raises CallError while there is none."""
    entry: MeshCallConfigEntry
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        if entry.unique_id == HOME_UNIQUE_ID:
            return entry.runtime_data
    raise CallError("not_loaded")
