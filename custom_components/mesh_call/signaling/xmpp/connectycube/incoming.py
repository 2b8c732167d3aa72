"""What the wire brings: who may say what, and what it means for the exchange.

Nothing of a stranger, or of somebody who isn't in a session, has any effect.
"""

from collections.abc import Callable
import logging
from typing import Any

from ....calls.errors import CallError
from ....calls.exchange import Exchange
from ....calls.model import (
    MAX_JOINED,
    CallRequest,
    Candidate,
    ConnectionState,
    Description,
    Extension,
    Party,
    RejectReason,
)
from .contacts import Contacts
from .ledger import Ledger
from .sdp import plausible
from .session import MAX_CANDIDATES, Peer, Phase, Session
from .settings import AccountSettings
from .signals import Signal, SignalType, Wire
from .talk import Talk

_LOGGER = logging.getLogger(__name__)

_BUSY: Extension = {"busy": "true"}
_NOT_TRUE = ("", "0", "false", "no")
MAX_BANDWIDTH = 1_000_000
"""kbit/s; a cap above makes no sense."""


class Incoming:
    """Takes the signals of a wire."""

    def __init__(
        self,
        exchange: Exchange,
        wire: Wire,
        ledger: Ledger,
        contacts: Contacts,
        talk: Talk,
        *,
        reach: Callable[[int], Party],
        settings: Callable[[], AccountSettings],
    ) -> None:
        self._exchange = exchange
        self._wire = wire
        self._ledger = ledger
        self._contacts = contacts
        self._talk = talk
        self._reach = reach
        self._settings = settings
        self.strangers = 0

    def receive(self, user_id: int, signal: Signal) -> None:
        """Take a signal; one that makes no sense has no effect."""
        session = self._ledger.sessions.get(signal.session_id)
        if session is None:
            self._without_session(user_id, signal)
            return
        peer = session.peers.get(user_id)
        if peer and peer.phase is not Phase.GONE:
            self._in_session(session, peer, signal)

    def opened(self, session: Session, peer: Peer) -> None:
        """Give a connection that has just opened the offer it is for."""
        if not peer.we_offer and peer.offer:
            self._describe(session, peer, Description("offer", peer.offer))
            peer.offer = None

    def accepted(self, session: Session) -> None:
        """Let those in whose offers came before one of ours had accepted."""
        for peer in session.live:
            self._admit(session, peer)

    # Signals of no session

    def _without_session(self, user_id: int, signal: Signal) -> None:
        if signal.session_id in self._ledger.ended:
            self._after_the_end(user_id, signal)
        elif signal.type is SignalType.CALL:
            self._call(user_id, signal)

    def _after_the_end(self, user_id: int, signal: Signal) -> None:
        """Tell once more that it is over whoever hasn't heard it."""
        if signal.type in (SignalType.CALL, SignalType.ACCEPT):
            end = self._ledger.ended.end_for(signal.session_id, user_id)
            if end:
                self._wire.send(user_id, end)

    def _call(self, user_id: int, signal: Signal) -> None:
        own = self._wire.user_id
        opponents = tuple(dict.fromkeys(signal.opponents))
        # Others of a group may call before its initiator does: they call again.
        if signal.initiator != user_id or own not in opponents or user_id in opponents:
            return
        caller = self._contacts.party(user_id)
        if caller is None or not caller.may_ring:
            self._stranger()
            return
        if (sdp := plausible(signal.sdp)) is None:
            return
        video = signal.video is not False
        session = Session(signal.session_id, user_id, opponents, video)
        if len(opponents) >= MAX_JOINED:
            self._ledger.end_with(session, user_id, SignalType.REJECT)
            return
        session.peers[user_id] = Peer(user_id, caller.id, we_offer=False, offer=sdp)
        self._supersede(user_id)
        if crossing := self._crossing(user_id):
            self._meet(*crossing, session, signal)
        else:
            self._begin(session, signal)

    def _stranger(self) -> None:
        if not self.strangers:
            _LOGGER.warning(
                "Somebody who is no contact, or may not ring, has called an account; "
                "this and further calls of strangers are ignored"
            )
        self.strangers += 1

    def _supersede(self, user_id: int) -> None:
        """End what still rings of somebody who calls anew."""
        for session in tuple(self._ledger.sessions.values()):
            peer = session.peers[session.initiator] if self._theirs(session) else None
            if peer and peer.user_id == user_id and not peer.accepted:
                self._over(session, peer, {})

    def _crossing(self, user_id: int) -> tuple[Session, Peer] | None:
        """Return the session by which we are just calling a user."""
        for session in self._ledger.sessions.values():
            peer = session.peers.get(user_id)
            if peer and peer.phase is Phase.RINGING and not self._theirs(session):
                return session, peer
        return None

    def _meet(self, ours: Session, peer: Peer, theirs: Session, signal: Signal) -> None:
        """Make one call of two that cross: the lower id's survives."""
        user_id, own = peer.user_id, self._wire.user_id
        if ours.group or theirs.group or own < user_id:
            self._ledger.end_with(theirs, user_id, SignalType.REJECT)
            return
        theirs.call_id = ours.call_id
        self._ledger.end_with(ours, user_id, SignalType.HANG_UP)
        self._ledger.drop(ours)
        self._ledger.add(theirs)
        peer = theirs.peers[user_id]
        peer.work.add(lambda: self._join(theirs, peer, signal.extension))

    def _begin(self, session: Session, signal: Signal) -> None:
        """Let an incoming call ring."""
        own = self._wire.user_id
        self._ledger.add(session)
        for other in session.opponents:
            if other != own:
                party = self._reach(other)
                session.peers[other] = Peer(other, party.id, we_offer=own > other)
        peer = session.peers[session.initiator]
        peer.work.add(lambda: self._ring(session, peer, signal))

    async def _ring(self, session: Session, caller: Peer, signal: Signal) -> None:
        settings = self._settings()
        targets = settings.ring(_text(signal.extension.get("party")))
        bandwidth, extension = _bandwidth(signal.extension)
        request = CallRequest(
            caller=caller.party_id,
            to=targets.to,
            ring_everyone=targets.everyone,
            others=tuple(p.party_id for p in session.live if p is not caller),
            video=session.video,
            ring_mode=settings.ring_mode,
            ring_timeout=settings.answer_timeout,
            max_bandwidth=bandwidth,
            extension=extension,
            call_id=session.id,
        )
        try:
            call = await self._exchange.call(request)
        except CallError as error:
            _LOGGER.debug("A call from outside can't ring: %s", error.key)
            self._reject_all(session, busy=error.key == "party_busy")
            return
        if session.call_id is None:
            session.call_id = call.id
        if session.over:
            self._try(self._exchange.hang_up, call.id, caller.party_id)

    def _reject_all(self, session: Session, *, busy: bool) -> None:
        extension = _BUSY if busy else {}
        for peer in session.live:
            type_ = SignalType.REJECT
            self._ledger.end_with(session, peer.user_id, type_, extension)
        self._ledger.drop(session)

    # Signals of a session

    def _in_session(self, session: Session, peer: Peer, signal: Signal) -> None:
        match signal.type:
            case SignalType.CALL:
                self._called_again(session, peer, signal)
            case SignalType.ACCEPT:
                self._accept(session, peer, signal)
            case SignalType.REJECT:
                self._reject(session, peer, signal)
            case SignalType.HANG_UP:
                self._over(session, peer, signal.extension)
            case SignalType.CANDIDATES:
                self._candidates(peer, signal.candidates)
            case SignalType.RESTART:
                self._restart(session, peer, signal)
            case SignalType.RESTART_ACCEPT:
                self._restart_accept(session, peer, signal)

    def _called_again(self, session: Session, peer: Peer, signal: Signal) -> None:
        """Take the newest offer; a callee's own one waits until ours is in."""
        if peer.we_offer or signal.initiator != session.initiator:
            return
        if peer.accepted:
            self._talk.accept_again(peer)
        elif not peer.described and (sdp := plausible(signal.sdp)):
            peer.offer = sdp
            self._admit(session, peer)

    def _admit(self, session: Session, peer: Peer) -> None:
        """Let another callee in, if one of ours is in and it has offered."""
        foreign = self._theirs(session) and peer.user_id != session.initiator
        if not foreign or peer.phase is not Phase.RINGING or not peer.offer:
            return
        if session.peers[session.initiator].accepted:
            peer.phase = Phase.AGREED
            peer.work.add(lambda: self._join(session, peer, {}))

    def _accept(self, session: Session, peer: Peer, signal: Signal) -> None:
        asked = peer.we_offer and peer.phase is Phase.RINGING and peer.local
        sdp = plausible(signal.sdp)
        if not asked or sdp is None:
            return
        peer.phase = Phase.AGREED
        peer.stop_dialing()
        connection = peer.connection
        peer.work.add(lambda: self._join(session, peer, signal.extension))

        async def describe() -> None:
            # A page that was loaded anew meanwhile offers anew, too.
            if peer.connection is connection:
                await self._hand_over(peer, Description("answer", sdp))

        peer.work.add(describe)
        peer.described = True
        self._talk.flush_soon(session, peer)

    async def _join(self, session: Session, peer: Peer, extension: Extension) -> None:
        assert session.call_id
        try:
            await self._exchange.accept(
                session.call_id, peer.party_id, extension=extension
            )
        except CallError as error:
            _LOGGER.debug("A contact can't join: %s", error.key)
            if peer.phase is not Phase.GONE:
                user_id, type_ = peer.user_id, SignalType.HANG_UP
                self._ledger.end_with(session, user_id, type_)
                self._leave(session, peer, {})

    def _reject(self, session: Session, peer: Peer, signal: Signal) -> None:
        """Take a refusal; a second device's comes too late."""
        if peer.phase is not Phase.RINGING:
            return
        if peer.user_id == session.initiator:
            self._over(session, peer, signal.extension)
            return
        busy = _is_busy(signal.extension)
        peer.stop()
        self._try(
            self._exchange.reject,
            session.call_id,
            peer.party_id,
            reason=RejectReason.BUSY if busy else RejectReason.DECLINED,
            extension=signal.extension,
        )
        self._drop_if_empty(session)

    def _over(self, session: Session, peer: Peer, extension: Extension) -> None:
        """Let a user go; the initiator ends it for all."""
        if peer.user_id == session.initiator:
            session.over = True
            self._ledger.drop(session)
        self._leave(session, peer, extension)

    def _leave(self, session: Session, peer: Peer, extension: Extension) -> None:
        peer.stop()
        if session.call_id:
            self._try(
                self._exchange.hang_up,
                session.call_id,
                peer.party_id,
                extension=extension,
            )
        self._drop_if_empty(session)

    def _candidates(self, peer: Peer, candidates: tuple[Candidate, ...]) -> None:
        if peer.described:
            peer.work.add(lambda: self._hand_over_candidates(peer, candidates))
            return
        room = MAX_CANDIDATES - len(peer.waiting)
        peer.waiting.extend(candidates[: max(room, 0)])

    def _restart(self, session: Session, peer: Peer, signal: Signal) -> None:
        """Take the offer of a restart, which only the side that offers may begin."""
        sdp = plausible(signal.sdp)
        if peer.we_offer or not peer.accepted or sdp is None:
            return
        if peer.connection:
            self._describe(session, peer, Description("offer", sdp))
        else:
            peer.offer = sdp

    def _restart_accept(self, session: Session, peer: Peer, signal: Signal) -> None:
        sdp = plausible(signal.sdp)
        if peer.restarts and peer.local and sdp:
            peer.restarts = False
            self._describe(session, peer, Description("answer", sdp))

    # Towards the exchange

    def _describe(self, session: Session, peer: Peer, description: Description) -> None:
        peer.described = True
        peer.work.add(lambda: self._hand_over(peer, description))

    async def _hand_over(self, peer: Peer, description: Description) -> None:
        """Give our end their description, and what candidates waited for it."""
        if (connection := peer.connection) is None:
            return
        waiting, peer.waiting = tuple(peer.waiting), []
        try:
            await self._exchange.describe(connection.id, peer.party_id, description)
        except CallError as error:
            _LOGGER.debug("A description of a contact is of no use: %s", error.key)
            if not peer.accepted or description.type == "answer":
                failed = ConnectionState.CLOSED
                self._exchange.report_state(connection.id, peer.party_id, failed)
            return
        await self._hand_over_candidates(peer, waiting)

    async def _hand_over_candidates(
        self, peer: Peer, candidates: tuple[Candidate, ...]
    ) -> None:
        for candidate in candidates[:MAX_CANDIDATES]:
            if (connection := peer.connection) is None:
                return
            try:
                await self._exchange.candidate(connection.id, peer.party_id, candidate)
            except CallError as error:
                _LOGGER.debug("A candidate of a contact is of no use: %s", error.key)

    def _theirs(self, session: Session) -> bool:
        return session.initiator != self._wire.user_id

    def _drop_if_empty(self, session: Session) -> None:
        if not session.live and session.id in self._ledger.sessions:
            self._ledger.drop(session)

    def _try(self, command: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        """Tell the exchange what may mean nothing any more."""
        try:
            command(*args, **kwargs)
        except CallError as error:
            _LOGGER.debug("A signal came too late: %s", error.key)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _bandwidth(extension: Extension) -> tuple[int, Extension]:
    """Split the cap from the rest of what came with a call; kbit/s, 0 for none."""
    if "maxBandwidth" not in extension:
        return 0, extension
    rest = {key: value for key, value in extension.items() if key != "maxBandwidth"}
    try:
        wished = int(float(str(extension["maxBandwidth"])))
    except ValueError, OverflowError:
        wished = 0
    return min(max(wished, 0), MAX_BANDWIDTH), rest


def _is_busy(extension: Extension) -> bool:
    """Whether a refusal means busy, as ConnectyCube's own samples say it."""
    said = str(extension.get("busy", "")).strip().lower()
    reason = str(extension.get("reason", "")).strip().lower()
    return said not in _NOT_TRUE or reason == "busy"
