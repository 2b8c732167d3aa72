"""Rings on phones whose app is not open: notifications with buttons.

The Android and iOS apps of Home Assistant understand the same data. *Answer* opens the
app at an address by which the card knows that this page is to answer; *Reject* comes
back as an event.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.notify import ATTR_DATA, ATTR_MESSAGE, DOMAIN as NOTIFY
from homeassistant.core import Event as BusEvent, callback
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers.translation import async_get_translations

from .calls.errors import CallError
from .calls.events import CallChanged, Cause, PartyChanged
from .calls.model import Call, Direction, PartyKind
from .const import CONF_NOTIFY, DOMAIN, LOGGER
from .permissions import acting_user, may_act, may_see

if TYPE_CHECKING:
    from homeassistant.auth.models import User

    from .home import Home

EVENT_ACTION: Final = "mobile_app_notification_action"
STOP_TIMEOUT: Final = 5
"""Seconds that a stop waits for slow notify actions."""

REJECT: Final = "MESH_CALL_REJECT_"
ANSWER_PARAMETER: Final = "mesh_call_answer"
SHOW_PARAMETER: Final = "mesh_call"

TEXTS: Final = "call_notification"

_TEXTS: Final = f"component.{DOMAIN}.selector.{TEXTS}.options"


class RingNotifications:
    """Shows calls that ring in the whole home on phones, and takes them away again."""

    def __init__(self, home: Home) -> None:
        """Show nothing yet."""
        self._home = home
        self._shown: dict[str, tuple[str, ...]] = {}
        """The notify actions by which a call was shown, by call id."""

        self._removals: list[Callable[[], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Follow calls and what is pressed on phones."""
        self._removals = [
            self._home.on_state(self._changed),
            self._home.hass.bus.async_listen(EVENT_ACTION, self._pressed),
        ]

    async def stop(self) -> None:
        """Wait until every notification is gone; all calls have ended."""
        while self._removals:
            self._removals.pop()()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_TIMEOUT)

    @callback
    def _changed(self, change: PartyChanged | CallChanged) -> None:
        if not isinstance(change, CallChanged):
            return
        call = change.call
        rings = not call.ended and not call.answered and _is_for_everybody(call)
        shown = call.id in self._shown
        if rings and not shown and (actions := self._actions()):
            self._shown[call.id] = actions
            self._later(self._show(call))
        elif shown and not rings:
            self._later(self._send(self._shown.pop(call.id), _clear(call.id)))

    def _actions(self) -> tuple[str, ...]:
        return tuple(self._home.entry.options.get(CONF_NOTIFY, ()))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._home.entry.async_create_background_task(
            self._home.hass, work, f"{DOMAIN} notification", eager_start=True
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _show(self, call: Call) -> None:
        hass = self._home.hass
        texts = await async_get_translations(
            hass, hass.config.language, "selector", {DOMAIN}
        )
        if call.id in self._shown:
            await self._send(self._shown[call.id], self._notification(call, texts))

    def _notification(self, call: Call, texts: dict[str, str]) -> dict[str, Any]:
        caller = call.members[call.caller].party
        data: dict[str, Any] = {
            "tag": _tag(call.id),
            "group": DOMAIN,
            "channel": "Mesh Call",
            "importance": "high",
            "priority": "high",
            "ttl": 0,
            "timeout": int(self._home.exchange.ring_timeout),
            "push": {"interruption-level": "time-sensitive"},
            "url": f"/?{SHOW_PARAMETER}={call.id}",
            "clickAction": f"/?{SHOW_PARAMETER}={call.id}",
            "actions": [
                {
                    "action": "URI",
                    "title": texts[f"{_TEXTS}.answer"],
                    "uri": f"/?{ANSWER_PARAMETER}={call.id}",
                },
                {
                    "action": f"{REJECT}{call.id}",
                    "title": texts[f"{_TEXTS}.reject"],
                    "destructive": True,
                },
            ],
        }
        station = self._home.station(caller.id)
        if station and (camera := station.config.source.camera):
            data["image"] = f"/api/camera_proxy/{camera}"
        title = caller.name
        return {"title": title, ATTR_MESSAGE: texts[f"{_TEXTS}.calls"], ATTR_DATA: data}

    async def _send(self, actions: tuple[str, ...], data: dict[str, Any]) -> None:
        services = self._home.hass.services
        for action in actions:
            name = action.removeprefix(f"{NOTIFY}.")
            try:
                await services.async_call(NOTIFY, name, data, blocking=True)
            except HomeAssistantError as error:
                LOGGER.warning("%s can't notify of a call: %s", action, error)
            except Exception:  # noqa: BLE001  # whatever a notify action lets through
                LOGGER.warning("%s can't notify of a call", action)

    @callback
    def _pressed(self, event: BusEvent[dict[str, Any]]) -> None:
        action = event.data.get("action")
        if isinstance(action, str) and action.startswith(REJECT):
            self._later(self._reject(action.removeprefix(REJECT), event))

    async def _reject(self, call_id: str, event: BusEvent[dict[str, Any]]) -> None:
        """Let the presser's screens refuse; the home, if it rings on no screen."""
        home = self._home
        try:
            user = await acting_user(home.hass, event.context)
            call = home.exchange.call_by_id(call_id)
            if user and not _may_reject(home, user, call):
                return
            cause = Cause(context=event.context)
            ringing = [m.party for m in call.pending if m.party.ours]
            own = home.screens.of_user(user.id) if user else []
            for screen in own:
                if screen.id in {party.id for party in ringing}:
                    home.exchange.reject(call_id, screen.id, cause=cause)
            if not ringing:
                home.exchange.hang_up(call_id, cause=cause)
        except (CallError, Unauthorized) as error:
            LOGGER.debug("A call was not rejected from a notification: %s", error)


def _is_for_everybody(call: Call) -> bool:
    """Whether a call is for whoever is at home, or comes from outside to a screen."""
    if call.ring_everyone:
        return True
    return call.direction is Direction.INCOMING and any(
        member.party.kind is PartyKind.SCREEN for member in call.pending
    )


def _may_reject(home: Home, user: User, call: Call) -> bool:
    return may_act(home.hass, user) and may_see(home, user, call.caller)


def _tag(call_id: str) -> str:
    return f"{DOMAIN}_{call_id}"


def _clear(call_id: str) -> dict[str, Any]:
    return {ATTR_MESSAGE: "clear_notification", ATTR_DATA: {"tag": _tag(call_id)}}
