"""A station: a subentry of the home that takes part in calls."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import Context, callback
from homeassistant.helpers import device_registry as dr

from ..calls.devices import Devices
from ..calls.errors import CallError
from ..calls.events import CallChanged, Cause, PartyChanged
from ..calls.exchange import Exchange
from ..calls.model import Call, CallRequest, EndReason, Party, PartyKind, PartyState
from ..const import ALL_SCREENS, DOMAIN, LOGGER, STATION_PREFIX
from ..parties.find import find_party
from ..parties.own_party import OwnParty
from ..parties.settings import PartySettings
from . import doorbell
from .choice import cameras_to_show, find_source, speakers_to_use
from .config import Record, SourceConfig, StationConfig
from .greeting import Greeting
from .problem import StationProblem
from .source import describe_source

if TYPE_CHECKING:
    from ..home import Home
    from ..media.station import StationMedia
    from ..media.viewing.remote_view import FindStation
    from .media import FindSource, IceServers, StationEquipment

type EquipmentFactory = Callable[
    [str, Exchange, FindSource, FindStation, IceServers, SourceConfig],
    StationEquipment,
]


class Station:
    """A place in the home that Home Assistant itself speaks for."""

    def __init__(
        self, home: Home, subentry: ConfigSubentry, equip: EquipmentFactory
    ) -> None:
        """Take the settings; nothing runs before `start`."""
        self.home = home
        self.subentry_id = subentry.subentry_id
        self.party_id = f"{STATION_PREFIX}{subentry.subentry_id}"
        self.name = subentry.title
        self.config = StationConfig.from_data(subentry.data)
        self._problem = StationProblem(home.hass, self.party_id, home.screen_links.push)
        self.equipment = equip(
            self.party_id,
            home.exchange,
            lambda name: find_source(home, name),
            self._media_of,
            home.ice_servers,
            self.config.source,
        )
        self.equipment.prevent_echo(self.config.echo)
        self._told_source = self.source
        self._greeting = Greeting(self)
        self._unwatch: Callable[[], None] | None = None
        self._unfollow: tuple[Callable[[], None], ...] = ()

    @property
    def own_party(self) -> OwnParty:
        """What its entities need to know."""
        return OwnParty(self.party_id, self.name, PartyKind.STATION, self.subentry_id)

    @property
    def problem(self) -> str | None:
        """The key of what is wrong now."""
        return self._problem.key

    @property
    def source(self) -> dict[str, Any] | None:
        """How its camera is read now, in words."""
        return describe_source(self.equipment.port.status.source)

    @callback
    def start(self) -> None:
        """Take part in calls and listen to the doorbell."""
        self._problem.follow(self.equipment.port, lambda: self.name)
        self._unfollow = (
            self.equipment.port.subscribe(self._media_changed),
            self.home.on_state(self._state_changed),
        )
        self.home.exchange.register(self._party(), self.equipment.port)
        self._watch_doorbell()
        self._greeting.start()

    async def apply(self, subentry: ConfigSubentry) -> None:
        """Take changed settings; calls go on, with another camera if it is one."""
        old, config = self.config, StationConfig.from_data(subentry.data)
        if config == old and subentry.title == self.name:
            return
        self.config, self.name = config, subentry.title
        self._watch_doorbell()
        self.home.exchange.update(self._party())
        self.equipment.prevent_echo(config.echo)
        if config.source != old.source:
            self._problem.clear()
            await self.equipment.reconfigure(config.source)

    @callback
    def configure(self, settings: PartySettings, cause: Cause) -> None:
        """Follow changed settings at once."""
        self.config = replace(self.config, settings=settings)
        self.home.exchange.update(self._party(), cause)

    @callback
    def refresh(self) -> None:
        """Tell which cameras and speakers there are now, and which it uses."""
        known = self.home.party(self.party_id)
        if known and known != (party := self._party()):
            self.home.exchange.update(party)

    async def return_from_lost_camera(self) -> None:
        """Show its own camera again if the one it was switched to is gone."""
        used = self.equipment.used
        known = cameras_to_show(self.home, self).devices
        if used is not None and used not in {device.id for device in known}:
            await self.equipment.reconfigure(self.config.source)

    async def stop(self) -> None:
        """Release everything; safe to repeat."""
        self._stop_watching()
        self._greeting.stop()
        for unfollow in self._unfollow:
            unfollow()
        self._unfollow = ()
        self._problem.unfollow()
        await self.equipment.close()

    async def remove(self) -> None:
        """Leave every call and go for good."""
        self.home.exchange.unregister(self.party_id, EndReason.STOPPED)
        await self.stop()

    async def ring(self, cause: Cause) -> Call:
        """Call whom the doorbell rings; raises CallError."""
        callees, everyone = self._callees()
        return await self.home.exchange.call(
            CallRequest(
                caller=self.party_id,
                to=tuple(callees),
                ring_everyone=everyone,
                ring_mode=self.config.ring_mode,
            ),
            cause,
        )

    def _callees(self) -> tuple[list[str], bool]:
        """Return who can ring now; a tablet that is off must not silence the rest."""
        callees = []
        for name in self.config.ring:
            if name == ALL_SCREENS:
                continue
            try:
                callees.append(find_party(self.home, name).id)
            except CallError as error:
                LOGGER.debug("%s can't ring %s: %s", self.name, name, error.key)
        return callees, ALL_SCREENS in self.config.ring

    def _party(self) -> Party:
        settings = self.config.settings
        return Party(
            id=self.party_id,
            name=self.name,
            kind=PartyKind.STATION,
            video=self.config.source.origin is not None,
            hears=self.equipment.port.has_speaker,
            auto_answer=settings.auto_answer,
            do_not_disturb=settings.do_not_disturb,
            device_id=self._device_id(),
            max_bandwidth=settings.max_bandwidth,
            record=self.config.record is Record.ALWAYS,
            devices=Devices(
                camera=cameras_to_show(self.home, self),
                speaker=speakers_to_use(self.home, self),
            ),
        )

    def _device_id(self) -> str:
        device = dr.async_get(self.home.hass).async_get_or_create(
            config_entry_id=self.home.entry.entry_id,
            config_subentry_id=self.subentry_id,
            identifiers={(DOMAIN, self.party_id)},
            name=self.name,
        )
        return device.id

    @callback
    def _media_changed(self) -> None:
        self.refresh()
        if (source := self.source) != self._told_source:
            self._told_source = source
            self.home.screen_links.push()

    @callback
    def _state_changed(self, event: PartyChanged | CallChanged) -> None:
        if isinstance(event, CallChanged):
            self.equipment.remote.follow(event.call)

    def _media_of(self, party_id: str) -> StationMedia | None:
        """Find the media of any station."""
        found = self.home.station(party_id)
        return found.equipment.port if found else None

    def _watch_doorbell(self) -> None:
        self._stop_watching()
        if entity_id := self.config.doorbell:
            self._unwatch = doorbell.watch(self.home.hass, entity_id, self._pressed)

    def _stop_watching(self) -> None:
        if self._unwatch:
            self._unwatch()
            self._unwatch = None

    @callback
    def _pressed(self, context: Context) -> None:
        """Ring, unless the station already does or is in a call."""
        if self.home.exchange.status(self.party_id).state is PartyState.IDLE:
            self.home.entry.async_create_background_task(
                self.home.hass, self._ring(context), f"{DOMAIN} doorbell"
            )

    async def _ring(self, context: Context) -> None:
        try:
            await self.ring(Cause(self.party_id, context))
        except CallError as error:
            LOGGER.warning("The ring at %s reached nobody: %s", self.name, error.key)
