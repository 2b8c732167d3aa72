"""Diagnostics: what a helper needs to know, and nothing that names or lets in.

No password, address, session description or name of a person gets in here: what is
written is chosen field by field.
"""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.diagnostics import REDACTED
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant

from .accounts.account import Account
from .accounts.diagnostics import account_diagnostics
from .calls.model import Call, Link, Member, Party
from .const import (
    ALL_SCREENS,
    CONF_AUTO_ANSWER,
    CONF_CAMERA,
    CONF_DOORBELL,
    CONF_GREETING,
    CONF_GUEST_SCREENS,
    CONF_NOTIFY,
    CONF_RING,
    CONF_RING_MODE,
    CONF_RING_TIMEOUT,
    CONF_RING_USERS,
    CONF_SPEAKER,
    CONF_STREAM_URL,
    CONF_SUB_STREAM_URL,
    CONF_TALK_BACK,
    SCREEN_PREFIX,
    STATION_PREFIX,
    SUBENTRY_STATION,
)
from .home import Home
from .screens.store import ScreenRecord
from .system_health import engine_versions

OPTIONS = (CONF_RING_TIMEOUT, CONF_GUEST_SCREENS)
STATION_FIELDS = (
    CONF_CAMERA,
    CONF_TALK_BACK,
    CONF_SPEAKER,
    CONF_DOORBELL,
    CONF_RING_MODE,
    CONF_AUTO_ANSWER,
    CONF_VERIFY_SSL,
)
OUR_PREFIXES = (STATION_PREFIX, SCREEN_PREFIX)


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> dict[str, Any]:
    """Describe the home, or an account."""
    engines = await hass.async_add_executor_job(engine_versions)
    if isinstance(entry.runtime_data, Account):
        return {"engines": engines, **account_diagnostics(entry.runtime_data)}
    return {"engines": engines, **_home(entry, entry.runtime_data)}


def _home(entry: ConfigEntry[Any], home: Home) -> dict[str, Any]:
    """Describe the home: its settings, who is there and the calls."""
    return {
        "options": {
            **_chosen(entry.options, OPTIONS),
            CONF_RING_USERS: len(entry.options.get(CONF_RING_USERS, ())),
            CONF_NOTIFY: len(entry.options.get(CONF_NOTIFY, ())),
        },
        "stations": [
            _station(home, subentry)
            for subentry in entry.subentries.values()
            if subentry.subentry_type == SUBENTRY_STATION
        ],
        "named_screens": [_screen(home, screen) for screen in home.screens.named],
        "parties": [_party(home, party) for party in home.exchange.parties.values()],
        "calls": [_call(call) for call in home.exchange.calls],
        "past_calls": [_call(call) for call in home.exchange.past_calls],
    }


def _station(home: Home, subentry: ConfigSubentry) -> dict[str, Any]:
    party_id = f"{STATION_PREFIX}{subentry.subentry_id}"
    station = home.station(party_id)
    return {
        "id": party_id,
        "problem": home.problem(party_id),
        "pictures": list(station.equipment.port.status.pictures) if station else [],
        "voice": station.equipment.port.player.state if station else None,
        "greets": CONF_GREETING in subentry.data,
        **_chosen(subentry.data, STATION_FIELDS),
        **{
            field: REDACTED if field in subentry.data else None
            for field in (CONF_STREAM_URL, CONF_SUB_STREAM_URL)
        },
        CONF_RING: [_party_name(name) for name in subentry.data.get(CONF_RING, ())],
        "source": home.source(party_id),
    }


def _chosen(data: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    return {field: data[field] for field in fields if field in data}


def _screen(home: Home, screen: ScreenRecord) -> dict[str, Any]:
    return {
        "id": screen.id,
        "auto_answer": screen.settings.auto_answer,
        "here": home.party(screen.id) is not None,
    }


def _party(home: Home, party: Party) -> dict[str, Any]:
    return {
        "id": _party_name(party.id),
        "state": home.exchange.status(party.id).state,
        "rings": party.rings,
        "do_not_disturb": party.do_not_disturb,
        "auto_answer": party.auto_answer,
    }


def _call(call: Call) -> dict[str, Any]:
    return {
        "call_id": call.id,
        "state": call.state,
        "direction": call.direction,
        "video": call.video,
        "started": call.started.isoformat(),
        "answered": call.answered and call.answered.isoformat(),
        "ended": call.ended and call.ended.isoformat(),
        "reason": call.reason,
        "ring_mode": call.ring_mode,
        "max_bandwidth": call.max_bandwidth,
        "relay": call.relay,
        "recorded": call.recording is not None,
        "members": [_member(member) for member in call.members.values()],
        "links": [_link(link) for link in call.links.values()],
    }


def _member(member: Member) -> dict[str, Any]:
    return {
        "id": _party_name(member.party.id),
        "state": member.state,
        "muted_audio": member.muted_audio,
        "muted_video": member.muted_video,
    }


def _link(link: Link) -> dict[str, Any]:
    return {
        "party": _party_name(link.party),
        "peer": _party_name(link.peer),
        "state": link.state,
        "bridged": link.bridge is not None,
    }


def _party_name(name: str) -> str:
    """Ids that we gave out ourselves name nobody; all else might."""
    ours = name == ALL_SCREENS or name.startswith(OUR_PREFIXES)
    return name if ours else REDACTED
