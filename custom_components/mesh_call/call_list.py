"""Calls as `list_calls` answers them."""

from typing import TYPE_CHECKING, Any

from homeassistant.auth.models import User

from .calls.model import Call, Link, Member
from .permissions import may_see
from .quality import link_statistics

if TYPE_CHECKING:
    from .home import Home


def list_calls(home: Home, user: User | None, *, past: bool) -> list[dict[str, Any]]:
    """Return the calls that a user may know of, those that are over if `past`."""
    calls = home.exchange.calls
    if past:
        calls = home.exchange.past_calls + calls
    return [_call(home, call) for call in calls if _may_know(home, user, call)]


def _may_know(home: Home, user: User | None, call: Call) -> bool:
    members = call.members.values()
    return any(may_see(home, user, m.party.id) for m in members if m.party.ours)


def _call(home: Home, call: Call) -> dict[str, Any]:
    return {
        "call_id": call.id,
        "state": call.state.value,
        "direction": call.direction.value,
        "video": call.video,
        "started": call.started.isoformat(),
        "answered": call.answered.isoformat() if call.answered else None,
        "ended": call.ended.isoformat() if call.ended else None,
        "reason": call.reason.value if call.reason else None,
        "extension": dict(call.extension),
        "max_bandwidth": call.max_bandwidth,
        "recording": call.recording,
        "viewers": call.viewers,
        "members": [_member(home, member) for member in call.members.values()],
        "links": [_link(home, link) for link in call.links.values()],
    }


def _member(home: Home, member: Member) -> dict[str, Any]:
    return {
        "id": member.party.id,
        "name": member.party.name,
        "kind": member.party.kind.value,
        "state": member.state.value,
        "muted_audio": member.muted_audio,
        "muted_video": member.muted_video,
        "sharing": member.sharing,
        "problem": home.problem(member.party.id),
        "source": home.source(member.party.id),
    }


def _link(home: Home, link: Link) -> dict[str, Any]:
    return {
        "party": link.party,
        "peer": link.peer,
        "state": link.state.value,
        "statistics": link_statistics(home, link),
    }
