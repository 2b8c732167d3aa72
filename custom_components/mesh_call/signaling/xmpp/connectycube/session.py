"""A session of the wire and the users in it, with what was agreed with each."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from ....calls.model import NO_EXTENSION, Candidate, Connection, Extension
from .sequence import Sequence
from .signals import Signal, SignalType

MAX_CANDIDATES = 100
"""That are kept of either side of a connection; browsers send some ten."""


class Phase(StrEnum):
    """How far we are with a user of a session."""

    RINGING = "ringing"
    AGREED = "agreed"
    GONE = "gone"


@dataclass(slots=True)
class Local:
    """What our end of a connection says of itself."""

    sdp: str
    candidates: list[Candidate] = field(default_factory=list)
    told: int = 0
    """How many of the candidates the user has been sent by themselves."""


@dataclass(slots=True, eq=False)
class Peer:
    """A user in a session."""

    user_id: int
    party_id: str
    we_offer: bool
    phase: Phase = Phase.RINGING
    connection: Connection | None = None
    """The one that is open now."""

    local: Local | None = None
    offer: str | None = None
    """The newest one of theirs that no connection has had yet."""

    waiting: list[Candidate] = field(default_factory=list)
    """Candidates of theirs that came before what they belong to."""

    described: bool = False
    """Whether the connection has got their description, or is about to."""

    restarts: bool = False
    """Whether an answer to our restart is awaited."""

    accepted: Signal | None = None
    """By which we accepted their offer."""

    accepted_at: float = 0.0
    work: Sequence = field(default_factory=Sequence)
    dial: asyncio.TimerHandle | None = None
    flush: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        """Let nothing more happen by itself."""
        self.phase = Phase.GONE
        self.stop_dialing()
        if self.flush:
            self.flush.cancel()
            self.flush = None
        self.work.stop()
        self.waiting.clear()

    def stop_dialing(self) -> None:
        """Send the call no more."""
        if self.dial:
            self.dial.cancel()
            self.dial = None


@dataclass(slots=True, eq=False)
class Session:
    """What a wire knows of a call, under an id that is never used twice."""

    id: str
    initiator: int
    opponents: tuple[int, ...]
    video: bool
    call_id: str | None = None
    """None while the exchange is just being told of an incoming one."""

    over: bool = False
    peers: dict[int, Peer] = field(default_factory=dict)

    @property
    def live(self) -> tuple[Peer, ...]:
        """The users that are not gone."""
        return tuple(p for p in self.peers.values() if p.phase is not Phase.GONE)

    @property
    def answered(self) -> bool:
        """Whether we have accepted an offer in it."""
        return any(peer.accepted for peer in self.peers.values())

    @property
    def group(self) -> bool:
        """Whether there are more than two users."""
        return len(self.opponents) > 1

    def peer_of(self, party_id: str) -> Peer | None:
        """Return the user that is a party of ours."""
        return next((p for p in self.live if p.party_id == party_id), None)

    def signal(
        self,
        type_: SignalType,
        *,
        sdp: str | None = None,
        candidates: tuple[Candidate, ...] = (),
        extension: Extension = NO_EXTENSION,
    ) -> Signal:
        """Return a signal of this session; restarts carry nothing but the SDP."""
        if type_ in (SignalType.RESTART, SignalType.RESTART_ACCEPT):
            return Signal(type_, self.id, sdp=sdp)
        return Signal(
            type_,
            self.id,
            self.initiator,
            self.opponents,
            self.video,
            sdp,
            candidates,
            extension,
        )
