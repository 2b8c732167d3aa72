"""The actions of the integration: commands of users and automations."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
)
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .accounts.account import Account
from .accounts.outsiders import find_account
from .accounts.unseen_calls import UnseenCall, reject_unseen
from .call_list import list_calls
from .calls.devices import SCREEN, DeviceKind
from .calls.errors import CallError
from .calls.events import Cause
from .calls.model import CallRequest, Party, PartyKind, RejectReason, RingMode
from .const import DOMAIN
from .exceptions import translate_errors
from .home import Home, get_home
from .parties.find import find_own_party, only_party
from .parties.targets import (
    Target,
    callable_ids,
    choose,
    choose_call,
    ids_to_add,
    is_joined,
    is_pending,
    takes_part,
)
from .permissions import (
    acting_user,
    require_camera,
    require_control,
    require_picture,
    require_speaker,
)

ATTR_ACCOUNT: Final = "account"
ATTR_AUDIO: Final = "audio"
ATTR_CALL_ID: Final = "call_id"
ATTR_EXTENSION: Final = "extension"
ATTR_FROM: Final = "from"
ATTR_MAX_BANDWIDTH: Final = "max_bandwidth"
ATTR_PARTY: Final = "party"
ATTR_PAST: Final = "past"
ATTR_PATH: Final = "path"
ATTR_REASON: Final = "reason"
ATTR_RECIPIENT: Final = "recipient"
ATTR_RECORD: Final = "record"
ATTR_RELAY: Final = "relay"
ATTR_RING_MODE: Final = "ring_mode"
ATTR_RING_TIMEOUT: Final = "ring_timeout"
ATTR_SOURCE: Final = "source"
ATTR_TO: Final = "to"
ATTR_VIDEO: Final = "video"

SOURCE_STOP: Final = "stop"

MAX_BANDWIDTH: Final = vol.All(vol.Coerce(int), vol.Range(min=0, max=1_000_000))
PARTIES: Final = vol.All(cv.ensure_list, [cv.string], vol.Length(min=1))

TARGET: Final = {
    vol.Optional(ATTR_CALL_ID): cv.string,
    vol.Optional(ATTR_PARTY): cv.string,
}
EXTENSION: Final = {vol.Optional(ATTR_EXTENSION, default=dict): dict}

CALL_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(ATTR_FROM): cv.string,
        vol.Required(ATTR_TO): PARTIES,
        vol.Optional(ATTR_ACCOUNT): cv.string,
        vol.Optional(ATTR_VIDEO, default=True): cv.boolean,
        vol.Optional(ATTR_RING_MODE, default=RingMode.FIRST): vol.Coerce(RingMode),
        vol.Optional(ATTR_RING_TIMEOUT): vol.All(
            vol.Coerce(float), vol.Range(min=1, max=3600)
        ),
        vol.Optional(ATTR_MAX_BANDWIDTH, default=0): MAX_BANDWIDTH,
        vol.Optional(ATTR_RELAY, default=False): cv.boolean,
        vol.Optional(ATTR_RECORD, default=False): cv.boolean,
        **EXTENSION,
    }
)
ACCEPT_SCHEMA: Final = vol.Schema({**TARGET, **EXTENSION})
REJECT_SCHEMA: Final = vol.Schema(
    {
        **TARGET,
        vol.Optional(ATTR_REASON, default=RejectReason.DECLINED): vol.Coerce(
            RejectReason
        ),
        vol.Inclusive(ATTR_ACCOUNT, "push"): cv.string,
        vol.Inclusive(ATTR_RECIPIENT, "push"): cv.string,
        **EXTENSION,
    }
)
HANGUP_SCHEMA: Final = vol.Schema({**TARGET, **EXTENSION})
MUTE_SCHEMA: Final = vol.Schema(
    vol.All(
        {
            **TARGET,
            vol.Optional(ATTR_AUDIO): cv.boolean,
            vol.Optional(ATTR_VIDEO): cv.boolean,
        },
        cv.has_at_least_one_key(ATTR_AUDIO, ATTR_VIDEO),
    )
)
ADD_PARTY_SCHEMA: Final = vol.Schema(
    {vol.Optional(ATTR_CALL_ID): cv.string, vol.Required(ATTR_TO): PARTIES}
)
SET_MAX_BANDWIDTH_SCHEMA: Final = vol.Schema(
    {**TARGET, vol.Required(ATTR_MAX_BANDWIDTH): MAX_BANDWIDTH}
)
SHARE_SCHEMA: Final = vol.Schema({**TARGET, vol.Required(ATTR_SOURCE): cv.string})
RECORDING_SCHEMA: Final = vol.Schema({vol.Optional(ATTR_CALL_ID): cv.string})
LIST_CALLS_SCHEMA: Final = vol.Schema(
    {vol.Optional(ATTR_PAST, default=False): cv.boolean}
)

type Action = Callable[
    [Home, User | None, dict[str, Any], Cause], Awaitable[ServiceResponse]
]


def async_register_actions(hass: HomeAssistant) -> None:
    """Register every action; they work as soon as there is a home."""
    none, optional = SupportsResponse.NONE, SupportsResponse.OPTIONAL
    actions: tuple[tuple[str, Action, vol.Schema, SupportsResponse], ...] = (
        ("call", _call, CALL_SCHEMA, optional),
        ("accept", _accept, ACCEPT_SCHEMA, none),
        ("reject", _reject, REJECT_SCHEMA, none),
        ("hangup", _hang_up, HANGUP_SCHEMA, none),
        ("mute", _mute, MUTE_SCHEMA, none),
        ("add_party", _add_party, ADD_PARTY_SCHEMA, none),
        ("set_max_bandwidth", _set_max_bandwidth, SET_MAX_BANDWIDTH_SCHEMA, none),
        ("share", _share, SHARE_SCHEMA, none),
        ("start_recording", _start_recording, RECORDING_SCHEMA, optional),
        ("stop_recording", _stop_recording, RECORDING_SCHEMA, optional),
        ("switch_camera", *_switching(DeviceKind.CAMERA), none),
        ("switch_microphone", *_switching(DeviceKind.MICROPHONE), none),
        ("switch_speaker", *_switching(DeviceKind.SPEAKER), none),
        ("list_calls", _list_calls, LIST_CALLS_SCHEMA, SupportsResponse.ONLY),
    )
    for name, action, schema, response in actions:
        hass.services.async_register(
            DOMAIN,
            name,
            partial(_run, hass, action),
            schema=schema,
            supports_response=response,
        )


def _switching(kind: DeviceKind) -> tuple[Action, vol.Schema]:
    fields = {vol.Optional(ATTR_PARTY): cv.string, vol.Required(kind.value): cv.string}
    return partial(_switch, kind), vol.Schema(fields)


async def _run(
    hass: HomeAssistant, action: Action, call: ServiceCall
) -> ServiceResponse:
    """Find out who acts on which home, and put errors into words."""
    with translate_errors():
        home = get_home(hass)
        user = await acting_user(hass, call.context)
        return await action(home, user, call.data, Cause(context=call.context))


async def _call(
    home: Home, user: User | None, data: dict[str, Any], cause: Cause
) -> ServiceResponse:
    """Let one of ours call others."""
    caller = _own_party(home, user, data.get(ATTR_FROM))
    account = _account(home, data)
    callees, everyone = callable_ids(home, user, data[ATTR_TO], account)
    call = await home.exchange.call(
        CallRequest(
            caller=caller.id,
            to=callees,
            ring_everyone=everyone,
            video=data[ATTR_VIDEO],
            ring_mode=data[ATTR_RING_MODE],
            ring_timeout=data.get(ATTR_RING_TIMEOUT),
            max_bandwidth=data[ATTR_MAX_BANDWIDTH],
            relay=data[ATTR_RELAY],
            record=data[ATTR_RECORD],
            extension=data[ATTR_EXTENSION],
        ),
        cause,
    )
    return {ATTR_CALL_ID: call.id}


async def _accept(
    home: Home, user: User | None, data: dict[str, Any], cause: Cause
) -> None:
    """Let a party of ours answer."""
    call_id, party_id = choose(home, user, _target(data), is_pending)
    await home.exchange.accept(
        call_id, party_id, extension=data[ATTR_EXTENSION], cause=cause
    )


async def _reject(
    home: Home, user: User | None, data: dict[str, Any], cause: Cause
) -> None:
    """Let a party of ours refuse, or refuse a call that is known from a push only."""
    if unseen := _unseen(home, data):
        reason, extension = data[ATTR_REASON], data[ATTR_EXTENSION]
        await reject_unseen(home, user, unseen, reason, extension)
        return
    call_id, party_id = choose(home, user, _target(data), is_pending)
    home.exchange.reject(
        call_id,
        party_id,
        reason=data[ATTR_REASON],
        extension=data[ATTR_EXTENSION],
        cause=cause,
    )


async def _hang_up(
    home: Home, user: User | None, data: dict[str, Any], cause: Cause
) -> None:
    """Let one party leave, or all of ours."""
    target = _target(data)
    party_id: str | None = None
    if target.party is None:
        call_id = choose_call(home, user, target.call_id).id
    else:
        call_id, party_id = choose(home, user, target, takes_part)
    home.exchange.hang_up(
        call_id, party_id, extension=data[ATTR_EXTENSION], cause=cause
    )


async def _mute(
    home: Home, user: User | None, data: dict[str, Any], cause: Cause
) -> None:
    """Let a party of ours send silence or black, or no longer."""
    call_id, party_id = choose(home, user, _target(data), is_joined)
    await home.exchange.mute(
        call_id,
        party_id,
        audio=data.get(ATTR_AUDIO),
        video=data.get(ATTR_VIDEO),
        cause=cause,
    )


async def _add_party(
    home: Home, user: User | None, data: dict[str, Any], cause: Cause
) -> None:
    """Let more parties ring in a call."""
    call = choose_call(home, user, data.get(ATTR_CALL_ID))
    callees = ids_to_add(home, user, call, data[ATTR_TO])
    home.exchange.add_party(call.id, callees, cause)


async def _set_max_bandwidth(
    home: Home, user: User | None, data: dict[str, Any], cause: Cause
) -> None:
    """Cap the picture that a party of ours sends."""
    call_id, party_id = choose(home, user, _target(data), is_joined)
    await home.exchange.set_max_bandwidth(
        call_id, party_id, data[ATTR_MAX_BANDWIDTH], cause=cause
    )


async def _share(
    home: Home, user: User | None, data: dict[str, Any], cause: Cause
) -> None:
    """Let a party of ours show something else than its camera."""
    call_id, party_id = choose(home, user, _target(data), is_joined)
    source = None if data[ATTR_SOURCE] == SOURCE_STOP else data[ATTR_SOURCE]
    if source not in {None, SCREEN}:
        require_picture(home, user, source)
    await home.exchange.share(call_id, party_id, source)


async def _start_recording(
    home: Home, user: User | None, data: dict[str, Any], cause: Cause
) -> ServiceResponse:
    """Record a call from now on."""
    call = choose_call(home, user, data.get(ATTR_CALL_ID))
    return {ATTR_PATH: await home.exchange.start_recording(call.id, cause)}


async def _stop_recording(
    home: Home, user: User | None, data: dict[str, Any], cause: Cause
) -> ServiceResponse:
    """Record a call no longer."""
    call = choose_call(home, user, data.get(ATTR_CALL_ID))
    return {ATTR_PATH: await home.exchange.stop_recording(call.id, cause)}


async def _switch(
    kind: DeviceKind, home: Home, user: User | None, data: dict[str, Any], cause: Cause
) -> None:
    """Let a party of ours use another device, in a call or for the next one."""
    party = _own_party(home, user, data.get(ATTR_PARTY))
    device = data[kind.value]
    if party.kind is PartyKind.STATION and kind is DeviceKind.CAMERA:
        require_camera(home, user, party, device)
    elif party.kind is PartyKind.STATION and kind is DeviceKind.SPEAKER:
        require_speaker(home, user, party, device)
    await home.exchange.switch(party.id, kind, device)


async def _list_calls(
    home: Home, user: User | None, data: dict[str, Any], cause: Cause
) -> ServiceResponse:
    """Tell which calls there are."""
    calls: Any = list_calls(home, user, past=data[ATTR_PAST])
    return {"calls": calls}


def _own_party(home: Home, user: User | None, name: str | None) -> Party:
    """Return the party of ours that a user names, or the only one there is."""
    if name is None:
        return only_party(home, user, home.present_parties())
    party = find_own_party(home, name)
    require_control(home, user, party.id)
    return party


def _unseen(home: Home, data: dict[str, Any]) -> UnseenCall | None:
    """Return the call of which only a push told; None if it is a call of ours."""
    if ATTR_RECIPIENT not in data:
        return None
    if (call_id := data.get(ATTR_CALL_ID)) is None:
        raise CallError("call_id_missing")
    if any(call.id == call_id for call in home.exchange.calls):
        return None
    return UnseenCall(call_id, data[ATTR_ACCOUNT], data[ATTR_RECIPIENT])


def _account(home: Home, data: dict[str, Any]) -> Account | None:
    """Return the account that a user names."""
    return find_account(home, data[ATTR_ACCOUNT]) if ATTR_ACCOUNT in data else None


def _target(data: dict[str, Any]) -> Target:
    return Target(data.get(ATTR_CALL_ID), data.get(ATTR_PARTY))
