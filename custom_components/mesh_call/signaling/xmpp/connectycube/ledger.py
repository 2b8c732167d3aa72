"""The sessions that are on, and which call, party and connection each belongs to."""

import asyncio
from collections.abc import Callable
import uuid

from ....calls.errors import CallError
from ....calls.model import (
    NO_EXTENSION,
    Call,
    Connection,
    Direction,
    Extension,
    PartyKind,
    RingMode,
)
from .contacts import Contacts
from .ended import EndedSessions
from .session import Peer, Session
from .signals import SignalType, Wire
from .talk import Talk

type End = tuple[Session, Peer]


class Ledger:
    """Begins, finds and ends sessions."""

    def __init__(
        self, wire: Wire, talk: Talk, contacts: Contacts, changed: Callable[[], None]
    ) -> None:
        self._changed = changed
        self._wire = wire
        self._talk = talk
        self._contacts = contacts
        self.sessions: dict[str, Session] = {}
        self.ended = EndedSessions()
        self._ends: dict[str, End] = {}
        """Whose end of which open connection is ours to pass on."""

    def begin(self, call: Call, party_id: str) -> None:
        """Make a contact's place in a session of ours, and the session if need be."""
        user_id = self._contacts.user(party_id)
        group = self._group(call) if call.ring_mode is RingMode.ALL else (user_id,)
        session = self._room(call, user_id) or self._create(call, group)
        session.peers[user_id] = Peer(user_id, party_id, we_offer=True)
        self._changed()

    def add(self, session: Session) -> None:
        """Take in a session that the wire has brought."""
        self.sessions[session.id] = session

    def find(self, call: Call, party_id: str) -> End | None:
        """Return a contact's place in the session that carries a call."""
        for session in self.sessions.values():
            if session.call_id is None:
                self._bind(session, call)
            if session.call_id == call.id and (peer := session.peer_of(party_id)):
                return session, peer
        return None

    def open(self, connection: Connection, party_id: str) -> End | None:
        """Remember whose a connection is; None if its session is over already."""
        for session in self.sessions.values():
            of_call = session.call_id == connection.call_id
            if of_call and (peer := session.peer_of(party_id)):
                peer.connection, peer.local, peer.described = connection, None, False
                self._ends[connection.id] = session, peer
                return session, peer
        return None

    def end(self, connection_id: str) -> End:
        """Return whose an open connection is; raises CallError if it isn't open."""
        try:
            return self._ends[connection_id]
        except KeyError:
            raise CallError("unknown_connection") from None

    def close(self, connection_id: str) -> None:
        """Forget a connection."""
        _session, peer = self._ends.pop(connection_id, (None, None))
        if peer and peer.connection and peer.connection.id == connection_id:
            peer.connection, peer.local, peer.described = None, None, False

    def end_with(
        self,
        session: Session,
        user_id: int,
        type_: SignalType,
        extension: Extension = NO_EXTENSION,
    ) -> None:
        """Tell a user that the session is over, and remember what was told."""
        signal = session.signal(type_, extension=extension)
        self.ended.add(session.id, {user_id: signal})
        self._wire.send(user_id, signal)

    def drop(self, session: Session) -> None:
        """Let a session be over for everybody who still is in it."""
        for peer in session.peers.values():
            peer.stop()
        self.sessions.pop(session.id, None)
        self.ended.add(session.id, dict.fromkeys(session.peers))
        self._changed()
        # Only when the exchange is done with its call is nobody needed any more.
        asyncio.get_running_loop().call_soon(self._contacts.release_unused)

    def _bind(self, session: Session, call: Call) -> None:
        """Take note of the call that the exchange is just making of a session."""
        caller = session.peers[session.initiator].party_id
        if call.direction is Direction.INCOMING and call.caller == caller:
            session.call_id = call.id

    def _room(self, call: Call, user_id: int) -> Session | None:
        """Return the session in which a contact that is called has its place."""
        for session in self.sessions.values():
            named = user_id in session.opponents and user_id not in session.peers
            if session.call_id == call.id and named:
                return session
        return None

    def _create(self, call: Call, group: tuple[int, ...]) -> Session:
        session = Session(
            self._id(call, group), self._wire.user_id, group, call.video, call.id
        )
        self.sessions[session.id] = session
        return session

    def _id(self, call: Call, group: tuple[int, ...]) -> str:
        """Return the call's id where it needs one session only, else a new one."""
        contacts = [
            m.party.id
            for m in call.members.values()
            if m.party.kind is PartyKind.CONTACT
        ]
        ours = all(
            id_ in self._contacts and self._contacts.user(id_) in group
            for id_ in contacts
        )
        used = call.id in self.sessions or call.id in self.ended
        return call.id if ours and not used else str(uuid.uuid4())

    def _group(self, call: Call) -> tuple[int, ...]:
        """Return the users that a call rings at together."""
        return tuple(
            self._contacts.user(member.party.id)
            for member in call.pending
            if member.party.id in self._contacts
        )
