"""What our side says to the users of a session, and when it says it again."""

import asyncio
from collections.abc import Callable

from ....calls.model import NO_EXTENSION, Candidate, Extension
from .sdp import is_relayed, only_relayed, with_candidates
from .session import MAX_CANDIDATES, Local, Peer, Phase, Session
from .signals import SignalType, Wire

BATCHING_TIME = 0.05
"""Seconds in which candidates gather to leave as one signal."""

REPEAT_TIME = 2.0
"""Seconds after which a repeated offer means that our answer was lost."""


class Talk:
    """Sends a session's signals.

    Args:
        wire: takes them.
        dialing_interval: returns the seconds between two `call`s.
    """

    def __init__(self, wire: Wire, dialing_interval: Callable[[], float]) -> None:
        self._wire = wire
        self._dialing_interval = dialing_interval

    def offer(
        self, session: Session, peer: Peer, sdp: str, extension: Extension
    ) -> None:
        """Send our offer, that rings, again and again until there is an answer."""
        peer.stop_dialing()
        peer.local = Local(_allowed(peer, sdp))
        self._call(session, peer, extension)
        self._dial_later(session, peer, extension)

    def accept(
        self, session: Session, peer: Peer, sdp: str, extension: Extension
    ) -> None:
        """Send our answer, and after it the candidates."""
        peer.local = Local(_allowed(peer, sdp))
        type_ = SignalType.ACCEPT
        signal = session.signal(type_, sdp=peer.local.sdp, extension=extension)
        peer.accepted, peer.accepted_at = signal, _now()
        self._wire.send(peer.user_id, signal)

    def accept_again(self, peer: Peer) -> None:
        """Send our answer once more, if it must have been lost."""
        if peer.accepted and _now() - peer.accepted_at > REPEAT_TIME:
            peer.accepted_at = _now()
            self._wire.send(peer.user_id, peer.accepted)

    def restart(
        self, session: Session, peer: Peer, sdp: str, type_: SignalType
    ) -> None:
        """Send the offer or the answer of a restart."""
        peer.local = Local(_allowed(peer, sdp))
        self._wire.send(peer.user_id, session.signal(type_, sdp=peer.local.sdp))

    def candidate(self, session: Session, peer: Peer, candidate: Candidate) -> None:
        """Send a candidate when the user can place it; keep it until then."""
        if peer.local is None or not candidate.candidate:
            return
        if _relayed(peer) and not is_relayed(candidate):
            return
        if len(peer.local.candidates) < MAX_CANDIDATES:
            peer.local.candidates.append(candidate)
            self.flush_soon(session, peer)

    def flush_soon(self, session: Session, peer: Peer) -> None:
        """Send what candidates there are in a moment, unless it still rings."""
        if peer.phase is not Phase.AGREED or peer.flush:
            return
        loop = asyncio.get_running_loop()
        peer.flush = loop.call_later(BATCHING_TIME, self._flush, session, peer)

    def end(
        self,
        session: Session,
        user_id: int,
        type_: SignalType,
        extension: Extension = NO_EXTENSION,
    ) -> None:
        """Tell a user that it is over."""
        self._wire.send(user_id, session.signal(type_, extension=extension))

    def _call(self, session: Session, peer: Peer, extension: Extension) -> None:
        if peer.local:
            sdp = with_candidates(peer.local.sdp, peer.local.candidates)
            signal = session.signal(SignalType.CALL, sdp=sdp, extension=extension)
            self._wire.send(peer.user_id, signal)

    def _dial_later(self, session: Session, peer: Peer, extension: Extension) -> None:
        def again() -> None:
            # The first one waits in the wire; more of them would only pile up.
            if self._wire.connected:
                self._call(session, peer, extension)
            self._dial_later(session, peer, extension)

        loop = asyncio.get_running_loop()
        peer.dial = loop.call_later(self._dialing_interval(), again)

    def _flush(self, session: Session, peer: Peer) -> None:
        peer.flush = None
        if peer.phase is not Phase.AGREED or peer.local is None:
            return
        candidates = tuple(peer.local.candidates[peer.local.told :])
        peer.local.told += len(candidates)
        if candidates:
            type_ = SignalType.CANDIDATES
            self._wire.send(peer.user_id, session.signal(type_, candidates=candidates))


def _relayed(peer: Peer) -> bool:
    return peer.connection is not None and peer.connection.relay


def _allowed(peer: Peer, sdp: str) -> str:
    return only_relayed(sdp) if _relayed(peer) else sdp


def _now() -> float:
    return asyncio.get_running_loop().time()
