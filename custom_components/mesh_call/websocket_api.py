"""The websocket commands of pages, as `docs/websocket.md` describes them.

Whatever a page says is bound to the screen that its own connection registered.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.components import websocket_api
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, Unauthorized
import voluptuous as vol

from .calls.errors import CallError
from .calls.events import Cause
from .calls.model import CallRequest
from .const import DOMAIN
from .exceptions import translated
from .home import Home, get_home
from .parties.targets import callable_ids, ids_to_add, require_joined
from .permissions import may_act, may_see, require_control, require_own_screen
from .screens import messages
from .screens.pages import DATA_PAGES, Page

type Answer = dict[str, Any] | None
type Handler = Callable[[Command], Awaitable[Answer]]

ENVELOPE: Final = websocket_api.BASE_COMMAND_MESSAGE_SCHEMA.extend(
    {vol.Required("type"): str}, extra=vol.ALLOW_EXTRA
)
"""Home Assistant checks no more than this: its errors repeat what was sent."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a page wants, and as which screen it speaks."""

    home: Home
    user: User
    screen_id: str
    fields: dict[str, Any]
    cause: Cause


@callback
def async_register_commands(hass: HomeAssistant) -> None:
    """Register every command."""
    websocket_api.async_register_command(
        hass, f"{DOMAIN}/screen", _register_screen, ENVELOPE
    )
    for name, schema, handler in (
        ("ringing", messages.RINGING, _ringing),
        ("call", messages.START, _call),
        ("accept", messages.ACCEPT, _accept),
        ("reject", messages.REJECT, _reject),
        ("hangup", messages.HANGUP, _hang_up),
        ("mute", messages.MUTE, _mute),
        ("describe", messages.DESCRIBE, _describe),
        ("candidate", messages.CANDIDATE, _candidate),
        ("connection", messages.CONNECTION_STATE, _connection),
        ("media", messages.MEDIA, _media),
        ("silence", messages.SILENCE, _silence),
        ("devices", messages.DEVICES, _devices),
        ("record", messages.RECORD, _record),
        ("sharing", messages.SHARING, _sharing),
        ("statistics", messages.STATISTICS, _statistics),
        ("add", messages.ADD, _add),
        ("report", messages.REPORT, _report),
        ("screen/name", messages.NAME, _name),
        ("screen/forget", messages.FORGET, _forget),
    ):
        websocket_api.async_register_command(
            hass, f"{DOMAIN}/{name}", partial(_run, schema, handler), ENVELOPE
        )


@callback
def _register_screen(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Make the page behind a connection a screen."""
    try:
        _spend(hass, connection)
        fields = messages.checked(messages.SCREEN, msg)
        page = Page(
            connection, msg["id"], fields.get("screen_id"), fields.get("secret")
        )
        _require_admission(hass, page)
    except (CallError, HomeAssistantError) as error:
        _send_error(connection, msg["id"], error)
        return
    pages = hass.data[DATA_PAGES]
    connection.subscriptions[msg["id"]] = partial(pages.remove, page)
    connection.send_result(msg["id"])
    pages.add(page)


@callback
def _run(
    schema: vol.Schema,
    handler: Handler,
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Check a message, then do what it says; in order up to the first wait."""
    try:
        page = _spend(hass, connection)
        command = _command(hass, page, connection, messages.checked(schema, msg), msg)
    except (CallError, HomeAssistantError) as error:
        _send_error(connection, msg["id"], error)
        return
    hass.async_create_background_task(
        _answer(handler, command, connection, msg),
        f"{msg['type']} of a page",
        eager_start=True,
    )


async def _answer(
    handler: Handler,
    command: Command,
    connection: ActiveConnection,
    msg: dict[str, Any],
) -> None:
    try:
        answer = await handler(command)
    except (CallError, HomeAssistantError) as error:
        _send_error(connection, msg["id"], error)
    except Exception as error:  # noqa: BLE001  # logged by the connection
        connection.async_handle_exception(msg, error)
    else:
        connection.send_result(msg["id"], answer)


def _spend(hass: HomeAssistant, connection: ActiveConnection) -> Page | None:
    """Count a message; raises CallError if there were too many of late."""
    pages = hass.data[DATA_PAGES]
    if not pages.take_message(connection):
        raise CallError("too_many_messages")
    return pages.of(connection)


def _require_admission(hass: HomeAssistant, page: Page) -> None:
    """Raise Unauthorized unless the page's user may take part in calls."""
    home = hass.data[DATA_PAGES].home
    if not (home.screens.admits(page) if home else may_act(hass, page.user)):
        raise Unauthorized(user_id=page.user.id)


def _command(
    hass: HomeAssistant,
    page: Page | None,
    connection: ActiveConnection,
    fields: dict[str, Any],
    msg: dict[str, Any],
) -> Command:
    """Bind a message to its screen; raises CallError or Unauthorized."""
    home = get_home(hass)
    if page is None or page.screen_id is None:
        raise CallError("not_registered")
    require_control(home, page.user, page.screen_id)
    cause = Cause(page.screen_id, connection.context(msg))
    return Command(home, page.user, page.screen_id, fields, cause)


def _send_error(
    connection: ActiveConnection, message_id: int, error: CallError | HomeAssistantError
) -> None:
    """Send a refusal: its key and the sentence."""
    if isinstance(error, Unauthorized):
        error = CallError(websocket_api.ERR_UNAUTHORIZED)
    if isinstance(error, CallError):
        error = translated(error)
    connection.send_error(
        message_id,
        error.translation_key or websocket_api.ERR_HOME_ASSISTANT_ERROR,
        str(error),
        translation_key=error.translation_key,
        translation_domain=error.translation_domain,
        translation_placeholders=error.translation_placeholders,
    )


def _require_sight(command: Command) -> None:
    """Raise Unauthorized if somebody in the call must not be seen by the user."""
    call = command.home.exchange.call_by_id(command.fields["call_id"])
    for member in call.joined:
        if not may_see(command.home, command.user, member.party.id):
            raise Unauthorized(user_id=command.user.id)


async def _ringing(command: Command) -> Answer:
    _require_sight(command)
    command.home.exchange.ringing(command.fields["call_id"], command.screen_id)
    return None


async def _call(command: Command) -> Answer:
    fields = command.fields
    callees, everyone = callable_ids(command.home, command.user, fields["to"])
    call = await command.home.exchange.call(
        CallRequest(
            caller=command.screen_id,
            to=callees,
            ring_everyone=everyone,
            video=fields["video"],
            ring_mode=fields["ring_mode"],
        ),
        command.cause,
    )
    return {"call_id": call.id}


async def _accept(command: Command) -> Answer:
    _require_sight(command)
    await command.home.exchange.accept(
        command.fields["call_id"], command.screen_id, cause=command.cause
    )
    return None


async def _reject(command: Command) -> Answer:
    command.home.exchange.reject(
        command.fields["call_id"],
        command.screen_id,
        reason=command.fields["reason"],
        cause=command.cause,
    )
    return None


async def _hang_up(command: Command) -> Answer:
    command.home.exchange.hang_up(
        command.fields["call_id"], command.screen_id, cause=command.cause
    )
    return None


async def _mute(command: Command) -> Answer:
    fields = command.fields
    await command.home.exchange.mute(
        fields["call_id"],
        command.screen_id,
        audio=fields.get("audio"),
        video=fields.get("video"),
        cause=command.cause,
    )
    return None


async def _add(command: Command) -> Answer:
    home, fields = command.home, command.fields
    call = home.exchange.call_by_id(fields["call_id"])
    require_joined(call, home.exchange.parties[command.screen_id])
    callees = ids_to_add(home, command.user, call, fields["to"])
    home.exchange.add_party(call.id, callees, command.cause)
    return None


async def _devices(command: Command) -> Answer:
    command.home.screens.set_devices(
        command.screen_id, command.fields["devices"], command.cause
    )
    return None


async def _record(command: Command) -> Answer:
    home, call_id = command.home, command.fields["call_id"]
    call = home.exchange.call_by_id(call_id)
    require_joined(call, home.exchange.parties[command.screen_id])
    if command.fields["on"]:
        await home.exchange.start_recording(call_id, command.cause)
    else:
        await home.exchange.stop_recording(call_id, command.cause)
    return None


async def _sharing(command: Command) -> Answer:
    command.home.exchange.report_sharing(
        command.fields["call_id"],
        command.screen_id,
        on=command.fields["on"],
        cause=command.cause,
    )
    return None


async def _statistics(command: Command) -> Answer:
    command.home.screen_links.page_measured(
        command.screen_id,
        command.fields["connection_id"],
        command.fields["statistics"],
    )
    return None


async def _describe(command: Command) -> Answer:
    await command.home.screen_links.page_described(
        command.screen_id,
        command.fields["connection_id"],
        command.fields["description"],
    )
    return None


async def _candidate(command: Command) -> Answer:
    await command.home.screen_links.page_found(
        command.screen_id, command.fields["connection_id"], command.fields["candidate"]
    )
    return None


async def _connection(command: Command) -> Answer:
    command.home.screen_links.page_connection(
        command.screen_id, command.fields["connection_id"], command.fields["state"]
    )
    return None


async def _media(command: Command) -> Answer:
    command.home.screen_links.page_media(
        command.screen_id, command.fields["connection_id"]
    )
    return None


async def _silence(command: Command) -> Answer:
    command.home.screen_links.page_silence(
        command.screen_id,
        command.fields["connection_id"],
        silent=command.fields["silent"],
    )
    return None


async def _report(command: Command) -> Answer:
    command.home.screen_links.page_reported(
        command.screen_id, command.fields["request_id"], command.fields["error"]
    )
    return None


async def _name(command: Command) -> Answer:
    screen_id = command.fields["screen_id"] or command.screen_id
    require_own_screen(command.home, command.user, screen_id)
    record = command.home.screens.set_name(screen_id, command.fields["name"])
    return {"screen_id": record.id}


async def _forget(command: Command) -> Answer:
    screen_id = command.fields["screen_id"] or command.screen_id
    require_own_screen(command.home, command.user, screen_id)
    command.home.screens.forget(screen_id)
    return None
