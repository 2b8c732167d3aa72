"""A station: a subentry of the home that takes part in calls."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import Context, callback
from homeassistant.helpers import device_registry as dr

from . import doorbell
from .calls.errors import CallError
from .calls.model import (
    CallChanged,
    CallRequest,
    Cause,
    EndReason,
    Party,
    PartyChanged,
    PartyKind,
    PartyState,
)
from .const import ALL_SCREENS, DOMAIN, LOGGER, STATION_PREFIX
from .own_party import OwnParty
from .parties import find_party
from .station_config import StationConfig
from .station_problem import StationProblem

if TYPE_CHECKING:
    from .home import Home
    from .station_media import StationEquipment

type EquipmentFactory = Callable[[Station], StationEquipment]


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
        self._problem = StationProblem(
            home.hass, self.party_id, home.screen_links.push
        )
        self._equip = equip
        self._equipment: StationEquipment | None = None
        self._equipped_for = self.config.source
        self._unlisten: Callable[[], None] | None = None
        self._unwatch: Callable[[], None] | None = None

    @property
    def own_party(self) -> OwnParty:
        """What its entities need to know."""
        return OwnParty(self.party_id, self.name, PartyKind.STATION, self.subentry_id)

    @property
    def problem(self) -> str | None:
        """The key of what is wrong now."""
        return self._problem.key

    @callback
    def start(self) -> None:
        """Take part in calls and listen to the doorbell."""
        self._register(self._party())
        self._unlisten = self.home.on_state(self._state_changed)
        self._watch_doorbell()

    @callback
    def apply(self, subentry: ConfigSubentry) -> None:
        """Take changed settings without disturbing a call.

        Another source waits until the station is idle; the rest counts at once.
        """
        config = StationConfig.from_data(subentry.data)
        if config == self.config and subentry.title == self.name:
            return
        self.config, self.name = config, subentry.title
        self._watch_doorbell()
        self.home.exchange.update(self._party())
        self._renew_when_idle()

    async def stop(self) -> None:
        """Release everything; safe to repeat."""
        if self._unlisten:
            self._unlisten()
            self._unlisten = None
        self._stop_watching()
        self._problem.unfollow()
        if equipment := self._equipment:
            self._equipment = None
            await equipment.close()

    async def remove(self) -> None:
        """Leave every call and go for good."""
        self.home.exchange.unregister(self.party_id, EndReason.STOPPED)
        self._problem.clear()
        await self.stop()

    async def ring(self, cause: Cause) -> str:
        """Call whom the doorbell rings; returns the call id, raises CallError."""
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
        known = self.home.party(self.party_id)
        device = dr.async_get(self.home.hass).async_get_or_create(
            config_entry_id=self.home.entry.entry_id,
            config_subentry_id=self.subentry_id,
            identifiers={(DOMAIN, self.party_id)},
            name=self.name,
        )
        return Party(
            id=self.party_id,
            name=self.name,
            kind=PartyKind.STATION,
            auto_answer=self.config.auto_answer,
            do_not_disturb=known is not None and known.do_not_disturb,
            device_id=device.id,
        )

    def _register(self, party: Party) -> None:
        self._equipped_for = self.config.source
        self._equipment = self._equip(self)
        self._problem.follow(self._equipment.source, self.name)
        self.home.exchange.register(party, self._equipment.port)

    def _renew_when_idle(self) -> None:
        """Take another source as soon as no call needs the present one."""
        if self.config.source == self._equipped_for or not self._idle:
            return
        old, party = self._equipment, self._party()
        self.home.exchange.unregister(self.party_id, EndReason.STOPPED)
        self._problem.clear()
        self._register(party)
        if old:
            self.home.entry.async_create_background_task(
                self.home.hass, old.close(), f"{DOMAIN} close source"
            )

    @property
    def _idle(self) -> bool:
        return self.home.exchange.status(self.party_id).state is PartyState.IDLE

    @callback
    def _state_changed(self, event: PartyChanged | CallChanged) -> None:
        if isinstance(event, PartyChanged) and event.party_id == self.party_id:
            self._renew_when_idle()

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
        if self._idle:
            self.home.entry.async_create_background_task(
                self.home.hass, self._ring(context), f"{DOMAIN} doorbell"
            )

    async def _ring(self, context: Context) -> None:
        try:
            await self.ring(Cause(self.party_id, context))
        except CallError as error:
            LOGGER.warning("The ring at %s reached nobody: %s", self.name, error.key)
