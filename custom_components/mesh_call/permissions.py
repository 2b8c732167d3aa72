"""Who may do what.

A party is acted for by whoever may control its answer button. A guest screen has no
such button: it belongs to its user, as long as that user may control anything at
all. A camera is seen by whoever may read it. A contact is called by whoever may control
its call button, and seen by whoever may read that.
"""

from typing import TYPE_CHECKING, Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.components.http import KEY_HASS_USER, current_request
from homeassistant.components.media_source import is_media_source_id
from homeassistant.components.websocket_api import current_connection
from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er

from .calls.errors import CallError
from .calls.model import Party, PartyKind
from .const import DOMAIN

if TYPE_CHECKING:
    from .home import Home

CAMERA_PATHS: Final = "/api/camera_proxy"
"""Where Home Assistant offers the pictures of cameras, by themselves or as a stream."""


async def acting_user(hass: HomeAssistant, context: Context) -> User | None:
    """Return who acts; None for automations and Home Assistant itself."""
    if context.user_id is None:
        return None
    if (user := await hass.auth.async_get_user(context.user_id)) is None:
        raise UnknownUser(context=context)
    if not user.is_active:
        raise Unauthorized(context=context)
    return user


def may_act(hass: HomeAssistant, user: User) -> bool:
    """Tell whether a user may control anything at all."""
    if not user.is_active:
        return False
    if user.permissions.access_all_entities(POLICY_CONTROL):
        return True
    check = user.permissions.check_entity
    return any(
        check(entity, POLICY_CONTROL) for entity in hass.states.async_entity_ids()
    )


def may_control(home: Home, user: User | None, party_id: str) -> bool:
    """Tell whether a user may answer, call and mute for a party; call a contact."""
    if user is None:
        return True
    if not user.is_active:
        return False
    if button := _button(home, party_id):
        return user.permissions.check_entity(button, POLICY_CONTROL)
    if screen := home.screens.record(party_id):
        return screen.user_id == user.id and may_act(home.hass, user)
    return user.permissions.access_all_entities(POLICY_CONTROL)


def may_see(home: Home, user: User | None, party_id: str) -> bool:
    """Tell whether a user may see a party: its camera, if it has one."""
    if user is None:
        return True
    entities = [_button(home, party_id)]
    if station := home.station(party_id):
        entities.append(station.config.source.camera)
    check = user.permissions.check_entity
    if known := [entity for entity in entities if entity]:
        return user.is_active and all(check(entity, POLICY_READ) for entity in known)
    screen = home.screens.record(party_id)
    if screen and screen.user_id == user.id:
        return user.is_active
    return user.is_active and user.permissions.access_all_entities(POLICY_READ)


def may_call(home: Home, user: User | None, party: Party) -> bool:
    """Tell whether a user may call a party.

    A station may answer by itself, so calling it needs what answering there needs. A
    contact lives outside.
    """
    if not may_see(home, user, party.id):
        return False
    return party.kind is PartyKind.SCREEN or may_control(home, user, party.id)


def may_watch(home: Home, party_id: str) -> bool:
    """Tell whether whoever asks at this moment may watch a station's calls.

    Whoever may control the station may. Home Assistant's cameras aren't told who asks:
    it is the user of the websocket connection or of the HTTP request that is served.
    An access token of a camera tells of no user; it stands in a state that everybody
    can read. Where nothing is served it is an automation.
    """
    if connection := current_connection.get():
        return may_control(home, connection.user, party_id)
    if (request := current_request.get()) is None:
        return True
    user = request.get(KEY_HASS_USER)
    if user is None and request.path.startswith(CAMERA_PATHS):
        return False
    return may_control(home, user, party_id)


def require_control(home: Home, user: User | None, party_id: str) -> None:
    """Raise `Unauthorized` unless the user may act for this party."""
    if not may_control(home, user, party_id):
        raise _refusal(home, user, party_id)


def require_call(home: Home, user: User | None, party: Party) -> None:
    """Raise `Unauthorized` unless the user may call this party."""
    if not may_call(home, user, party):
        raise _refusal(home, user, party.id)


def require_picture(home: Home, user: User | None, source: str) -> None:
    """Raise `Unauthorized` unless the user may see what a station is to show.

    Args:
        home: whose stations are known.
        user: who asks.
        source: the id of a station, an entity or something in a media source, which
            every user can read.
    """
    if user is None or is_media_source_id(source):
        return
    allowed = (
        may_see(home, user, source)
        if home.station(source)
        else user.permissions.check_entity(source, POLICY_READ)
    )
    if not allowed:
        raise Unauthorized(user_id=user.id, entity_id=source, permission=POLICY_READ)


def require_camera(home: Home, user: User | None, party: Party, name: str) -> None:
    """Raise `Unauthorized` unless the user may see a camera that a station knows.

    One it does not know is left to whoever refuses it.
    """
    if party.devices and (device := party.devices.camera.find(name)):
        require_picture(home, user, device.id)


def require_speaker(home: Home, user: User | None, party: Party, name: str) -> None:
    """Raise `Unauthorized` unless the user may control a media player.

    One that the station does not know is left to whoever refuses it, and its own
    speakers are controlled with it.
    """
    if user is None or not party.devices:
        return
    device = party.devices.speaker.find(name)
    if device is None or device.id == party.id:
        return
    if not user.permissions.check_entity(device.id, POLICY_CONTROL):
        raise Unauthorized(
            user_id=user.id, entity_id=device.id, permission=POLICY_CONTROL
        )


def require_own_screen(home: Home, user: User, party_id: str) -> None:
    """Raise `Unauthorized` unless a screen is the user's own or the user an admin.

    Raises:
        CallError: `unknown_party`, if there is no such screen.
    """
    if (screen := home.screens.record(party_id)) is None:
        raise CallError("unknown_party", party=party_id)
    if screen.user_id != user.id and not user.is_admin:
        raise _refusal(home, user, party_id)


def _refusal(home: Home, user: User | None, party_id: str) -> Unauthorized:
    return Unauthorized(
        user_id=user.id if user else None,
        entity_id=_button(home, party_id),
        permission=POLICY_CONTROL,
    )


def _button(home: Home, party_id: str) -> str | None:
    """Return the button that stands for a party: who may press it may act."""
    contact = home.accounts.contact(party_id)
    unique_id = f"{contact.key}-call" if contact else f"{party_id}-answer"
    return er.async_get(home.hass).async_get_entity_id(
        Platform.BUTTON, DOMAIN, unique_id
    )
