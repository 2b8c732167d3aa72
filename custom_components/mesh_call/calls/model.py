"""What a call is made of: frozen values, changed only by the exchange.

The states are those of ConnectyCube's calling SDK, so that every wire and every
automation speaks of the same things.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from .devices import Devices

MAX_JOINED = 4
"""A mesh of more costs every member too much; who accepts then is refused."""

type Extension = Mapping[str, Any]
"""Free key and value data that travels with call, accept, reject and hang-up."""

NO_EXTENSION: Extension = MappingProxyType({})

RECORDER = "recorder"
"""Stands for whatever records at the other end of a recording's connection."""

BRIDGE = "bridge"
"""Stands for Home Assistant where it bridges without any station in between."""

VIEWER = "viewer"
"""Stands for whoever watches at a station, at the other end of his connection."""


class PartyKind(StrEnum):
    """What can be in a call."""

    STATION = "station"
    SCREEN = "screen"
    CONTACT = "contact"


class AutoAnswer(StrEnum):
    """Whose calls a station answers by itself."""

    NOBODY = "nobody"
    HOME = "home"
    CONTACTS = "contacts"


class RingMode(StrEnum):
    """What happens to the others when one of several callees answers."""

    FIRST = "first"
    ALL = "all"


class Direction(StrEnum):
    """Who began a call: this home or somebody outside."""

    OUTGOING = "outgoing"
    INCOMING = "incoming"


class MemberState(StrEnum):
    """A party's place in one call."""

    INVITED = "invited"
    RINGING = "ringing"
    JOINED = "joined"
    REJECTED = "rejected"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    LEFT = "left"
    FAILED = "failed"

    @property
    def pending(self) -> bool:
        """Whether an answer is still awaited."""
        return self in (MemberState.INVITED, MemberState.RINGING)


class ConnectionState(StrEnum):
    """The seven states of a connection or link."""

    UNDEFINED = "undefined"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"
    DISCONNECTED = "disconnected"
    CLOSED = "closed"
    COMPLETED = "completed"

    @property
    def working(self) -> bool:
        """Whether media can pass."""
        return self in (ConnectionState.CONNECTED, ConnectionState.COMPLETED)


class CallState(StrEnum):
    """Where a call stands as a whole."""

    RINGING = "ringing"
    CONNECTING = "connecting"
    IN_CALL = "in_call"
    ENDED = "ended"


class PartyState(StrEnum):
    """Where a party stands: what its `call_state` sensor shows."""

    IDLE = "idle"
    CALLING = "calling"
    RINGING = "ringing"
    CONNECTING = "connecting"
    IN_CALL = "in_call"


class RejectReason(StrEnum):
    """Why a callee refuses."""

    DECLINED = "declined"
    BUSY = "busy"


class EndReason(StrEnum):
    """Why a call, or a party's part in it, is over."""

    HUNG_UP = "hung_up"
    REJECTED = "rejected"
    BUSY = "busy"
    NOT_ANSWERED = "not_answered"
    CANCELLED = "cancelled"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Party:
    """Whatever can be in a call, with what decides how it is called.

    `rings` says whether it belongs to the group `screens`; `video` and `audio`
    whether it has anything to send.
    """

    id: str
    name: str
    kind: PartyKind
    rings: bool = False
    video: bool = True
    audio: bool = True
    hears: bool = True
    """Whether what others say is played where it is."""

    auto_answer: AutoAnswer = AutoAnswer.NOBODY
    do_not_disturb: bool = False
    may_drop_in: bool = False
    device_id: str | None = None
    max_bandwidth: int = 0
    """kbit/s that it sends at most, in every call; 0 is no cap."""

    devices: Devices | None = None
    """What it can switch between; None if only its own end knows."""

    record: bool = False
    """Whether every call that it is in is recorded."""

    account: str | None = None
    """The config entry of the account by which a contact is reached."""

    may_ring: bool = True
    """Whether its calls ring; those of a contact only."""

    relay: bool = False
    """Whether it is only reached by a relay server, in every call."""

    answer_timeout: float | None = None
    """Seconds that it rings if a call doesn't say; None takes the home's setting."""

    disconnect_timeout: float | None = None
    """Seconds after which a link that is lost is given up; None as above."""

    @property
    def ours(self) -> bool:
        """Whether it belongs to this home."""
        return self.kind is not PartyKind.CONTACT


def lower_cap(*caps: int) -> int:
    """Return the lowest of some caps; 0 is none."""
    return min((cap for cap in caps if cap), default=0)


@dataclass(frozen=True, slots=True)
class Member:
    """A party's place in one call."""

    party: Party
    state: MemberState
    muted_audio: bool = False
    muted_video: bool = False
    max_bandwidth: int = 0
    """kbit/s of what it sends in this call; 0 is no cap."""

    extension: Extension = NO_EXTENSION
    """What came with its answer."""

    sharing: bool = False
    """Whether it shows its screen in place of the camera."""

    foreign: bool = False
    """Whether the caller's own network lets it ring: it is never rung by us."""

    viewers: int = 0
    """How many watch the call in this party's place: at the camera entity of a station,
    which has no display of its own."""

    @property
    def hears(self) -> bool:
        """Whether anybody hears there what others say."""
        return self.party.hears or self.viewers > 0

    @property
    def sees(self) -> bool:
        """Whether anybody sees there what others show."""
        return self.party.kind is not PartyKind.STATION or self.viewers > 0

    @property
    def cap(self) -> int:
        """kbit/s that it may send: the lower of this call's cap and its own."""
        return lower_cap(self.max_bandwidth, self.party.max_bandwidth)


@dataclass(frozen=True, slots=True)
class Connection:
    """One peer connection to be: who offers to whom.

    A preview is receive-only, shows a ringing party the caller's picture and is
    part of no link. A recording's connection, of no link either, only takes what a
    screen sends to others anyway; its offerer is `RECORDER`.
    """

    id: str
    call_id: str
    offerer: str
    answerer: str
    video: bool = True
    preview: bool = False
    relay: bool = False
    """Only by a relay server: neither end may learn the other's address."""

    recording: bool = False
    bridge: str | None = None
    """At whose port in Home Assistant, a station's or `BRIDGE`, the offering end is: it
    passes on what the offerer sends and what is meant for it."""

    def other(self, party_id: str) -> str:
        """The id of the party at the other end."""
        return self.answerer if party_id == self.offerer else self.offerer


@dataclass(frozen=True, slots=True)
class Link:
    """The path between two joined members.

    A direct link is one connection, which `party` offers. A bridged one shows the
    worse state of two: by the first the contact, which is `peer`, reaches Home
    Assistant, by the second `party`. The first is that of all links of the contact;
    where `party` is a contact, too, so is the second.
    """

    party: str
    peer: str
    state: ConnectionState = ConnectionState.UNDEFINED
    connections: tuple[str, ...] = ()
    bridge: str | None = None
    """At whose port both connections end: a station's or `BRIDGE`."""

    @property
    def pair(self) -> frozenset[str]:
        """The two parties without order."""
        return frozenset((self.party, self.peer))


@dataclass(frozen=True, slots=True)
class CallRequest:
    """A wish to call; `to` and `ring_everyone` together say who rings."""

    caller: str
    to: tuple[str, ...] = ()
    ring_everyone: bool = False
    """Every screen of the home, those that appear while it rings, too."""

    others: tuple[str, ...] = ()
    """Contacts that the caller's own network lets ring along with ours."""

    video: bool = True
    ring_mode: RingMode = RingMode.FIRST
    ring_timeout: float | None = None
    """Seconds; None takes the callee's setting, or the home's."""

    max_bandwidth: int = 0
    relay: bool = False
    record: bool = False
    """Whether it is recorded as soon as somebody answers."""

    extension: Extension = NO_EXTENSION
    call_id: str | None = None
    """A wire's session id to be taken over, if no call has it already."""


@dataclass(frozen=True, slots=True)
class Call:
    """Parties joined under one id; members in the order they came in."""

    id: str
    caller: str
    direction: Direction
    video: bool
    started: datetime
    members: Mapping[str, Member]
    links: Mapping[frozenset[str], Link] = field(default_factory=dict)
    ring_mode: RingMode = RingMode.FIRST
    ring_everyone: bool = False
    max_bandwidth: int = 0
    relay: bool = False
    extension: Extension = NO_EXTENSION
    answered: datetime | None = None
    ended: datetime | None = None
    reason: EndReason | None = None
    record: bool = False
    """Whether it was begun to be recorded."""

    recording: str | None = None
    """The folder it is being recorded to, or was when it ended."""

    @property
    def joined(self) -> tuple[Member, ...]:
        """Who is in the call now."""
        return self._in_state(MemberState.JOINED)

    @property
    def pending(self) -> tuple[Member, ...]:
        """Who has not answered yet."""
        return tuple(m for m in self.members.values() if m.state.pending)

    @property
    def viewers(self) -> int:
        """How many watch it in the places of its members."""
        return 0 if self.ended else sum(member.viewers for member in self.joined)

    @property
    def state(self) -> CallState:
        """Where the call stands as a whole."""
        if self.ended:
            return CallState.ENDED
        if any(link.state.working for link in self.links.values()):
            return CallState.IN_CALL
        return CallState.CONNECTING if len(self.joined) > 1 else CallState.RINGING

    def sides(self, callee: str | None) -> tuple[str, str | None]:
        """Return the caller and a callee, the one of this home first."""
        if callee and self.direction is Direction.INCOMING:
            if self.members[callee].party.ours:
                return callee, self.caller
            ours = (m.party.id for m in (*self.joined, *self.pending) if m.party.ours)
            return next(ours, self.caller), callee
        return self.caller, callee

    def _in_state(self, state: MemberState) -> tuple[Member, ...]:
        return tuple(m for m in self.members.values() if m.state is state)


@dataclass(frozen=True, slots=True)
class PartyStatus:
    """What a party's entities show, derived from the calls it is in."""

    state: PartyState = PartyState.IDLE
    call_id: str | None = None
    peers: tuple[Party, ...] = ()
    muted_audio: bool = False
    muted_video: bool = False


@dataclass(frozen=True, slots=True)
class Description:
    """A session description: `type` is `offer` or `answer` (RFC 8829)."""

    type: str
    sdp: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An ICE candidate as browsers write it; empty text ends the gathering."""

    candidate: str
    sdp_mid: str | None = None
    sdp_m_line_index: int | None = None
