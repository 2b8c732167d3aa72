"""The dialect: ConnectyCube's sessions as calls of the exchange, and back.

One object serves all contacts of an account. What the exchange wants of a contact
comes in here, as of a channel and of a media port; what the wire brings goes to
`incoming.py`.
"""

from collections.abc import Callable, Iterable
from typing import override

from ....calls.devices import DeviceKind
from ....calls.errors import CallError
from ....calls.exchange import Exchange
from ....calls.model import (
    BRIDGE,
    NO_EXTENSION,
    Call,
    Candidate,
    Connection,
    Description,
    EndReason,
    Extension,
    Party,
    PartyKind,
)
from ....calls.ports import Channel, MediaPort, Offers
from .contacts import Contacts, Remove
from .incoming import Incoming
from .ledger import Ledger
from .records import Record, record, recorded
from .session import Peer, Phase, Session
from .settings import AccountSettings
from .signals import Signal, SignalType, Wire
from .talk import Talk


class ConnectyCubeSessions(Channel, MediaPort):
    """The channel and media port of an account's contacts."""

    single_seat = True

    def __init__(
        self,
        exchange: Exchange,
        wire: Wire,
        settings: AccountSettings,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """Serve no contact yet; `settings` may be replaced at any time.

        `changed` is told when `records` returns something else.
        """
        self.settings = settings
        self._changed = changed
        self._exchange = exchange
        self._wire = wire
        self._contacts = Contacts(exchange, settings.account)
        self._talk = Talk(wire, lambda: self.settings.dialing_interval)
        self._ledger = Ledger(wire, self._talk, self._contacts, changed)
        self._incoming = Incoming(
            exchange,
            wire,
            self._ledger,
            self._contacts,
            self._talk,
            reach=self.reach,
            settings=lambda: self.settings,
        )

    @property
    def strangers(self) -> int:
        """How many calls of unknown senders were ignored."""
        return self._incoming.strangers

    @property
    def live_sessions(self) -> int:
        """How many sessions are on."""
        return len(self._ledger.sessions)

    def add_contact(self, user_id: int, party: Party) -> Remove:
        """Register a contact; what is returned takes it out again."""
        return self._contacts.add(user_id, party, self, self)

    def knows(self, user_id: int) -> bool:
        """Tell whether a user is a contact or in a call."""
        return self._contacts.party(user_id) is not None

    def reach(self, user_id: int) -> Party:
        """Return the contact of a user, one for the next call if it is none."""
        settings = self.settings
        like = Party(
            "",
            "",
            PartyKind.CONTACT,
            account=settings.account,
            relay=settings.relay,
            answer_timeout=settings.answer_timeout,
            disconnect_timeout=settings.disconnect_timeout,
        )
        return self._contacts.reach(user_id, like, self, self)

    def receive(self, user_id: int, signal: Signal) -> None:
        """Take a signal of the wire."""
        self._incoming.receive(user_id, signal)

    def refuse(
        self, session_id: str, user_id: int, extension: Extension = NO_EXTENSION
    ) -> None:
        """Reject a session that is known by its id only; it won't ring here any more.

        One that rings is rejected by `Exchange.reject`.
        """
        session = Session(session_id, user_id, (self._wire.user_id,), video=True)
        self._ledger.end_with(session, user_id, SignalType.REJECT, extension)

    def call_id(self, session_id: str) -> str | None:
        """Return the call that a session carries; None if it is over."""
        session = self._ledger.sessions.get(session_id)
        return session.call_id if session else None

    def records(self) -> list[Record]:
        """Return what ends the sessions of now after a crash."""
        sessions = self._ledger.sessions.values()
        found = (record(session, self._wire.user_id) for session in sessions)
        return [entry for entry in found if entry]

    def end_recorded(self, records: Iterable[Record]) -> None:
        """Tell the users of sessions that a crash has ended them."""
        for session, users in recorded(records):
            for user_id in users:
                self._ledger.end_with(session, user_id, SignalType.HANG_UP)

    def shut_down(self) -> None:
        """End every session and take all contacts out."""
        self._contacts.close()
        for session in tuple(self._ledger.sessions.values()):
            self._ledger.drop(session)

    # The channel

    @override
    def offers(self, call: Call, party_id: str) -> Offers:
        found = self._ledger.find(call, party_id)
        theirs = found is not None and not found[1].we_offer
        return Offers.PARTY if theirs else Offers.WITH_INVITATION

    @override
    def meet(self, call: Call, one: str, other: str) -> bool:
        """Two in one session connect to each other by themselves."""
        first, second = (self._ledger.find(call, id_) for id_ in (one, other))
        return first is not None and second is not None and first[0] is second[0]

    @override
    def invite(self, call: Call, party_id: str) -> None:
        self._ledger.begin(call, party_id)

    @override
    def dismiss(
        self,
        call: Call,
        party_id: str,
        reason: EndReason,
        extension: Extension = NO_EXTENSION,
    ) -> None:
        if not (found := self._ledger.find(call, party_id)):
            return
        session, peer = found
        type_ = self._type_of_end(session, reason)
        if reason is EndReason.BUSY:
            extension = {**extension, "busy": "true"}
        for gone in session.live if call.ended else (peer,):
            if type_:
                self._ledger.end_with(session, gone.user_id, type_, extension)
            gone.stop()
        if not session.live:
            self._ledger.drop(session)

    # The media port

    @override
    async def join(self, call: Call, party_id: str) -> None:
        pass

    @override
    def leave(self, call_id: str, party_id: str) -> None:
        pass

    @override
    def open(self, connection: Connection, party_id: str) -> None:
        if found := self._ledger.open(connection, party_id):
            self._incoming.opened(*found)

    @override
    def close(self, connection_id: str, party_id: str) -> None:
        self._ledger.close(connection_id)

    @override
    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        session, peer = self._ledger.end(connection_id)
        if peer.phase is Phase.GONE:
            return
        if description.type == "offer":
            self._offer(session, peer, description.sdp)
        else:
            self._answer(session, peer, description.sdp)

    @override
    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None:
        self._talk.candidate(*self._ledger.end(connection_id), candidate)

    @override
    async def mute(
        self, call_id: str, party_id: str, *, audio: bool, video: bool
    ) -> None:
        raise CallError("cannot_mute")

    @override
    async def limit(self, call_id: str, party_id: str, max_bandwidth: int) -> None:
        # It obeys the cap that comes with a call; there is no signal for a later one.
        raise CallError("cannot_limit")

    @override
    async def switch(self, party_id: str, kind: DeviceKind, device: str) -> None:
        raise CallError("cannot_switch")

    @override
    async def share(self, call_id: str, party_id: str, source: str | None) -> None:
        raise CallError("cannot_share")

    def _offer(self, session: Session, peer: Peer, sdp: str) -> None:
        """Send our end's offer: it rings, or restarts what was agreed before."""
        if peer.phase is Phase.AGREED:
            peer.restarts = True
            self._talk.restart(session, peer, sdp, SignalType.RESTART)
        else:
            self._talk.offer(session, peer, sdp, self._invitation(session, peer))

    def _answer(self, session: Session, peer: Peer, sdp: str) -> None:
        """Send our end's answer: it accepts, or goes along with a restart."""
        if peer.accepted:
            self._talk.restart(session, peer, sdp, SignalType.RESTART_ACCEPT)
            return
        peer.phase = Phase.AGREED
        self._talk.accept(session, peer, sdp, self._said_at_entry(session, peer))
        self._changed()
        self._incoming.accepted(session)

    def _invitation(self, session: Session, peer: Peer) -> Extension:
        """Return what goes along with a call: of somebody else's the accept's."""
        if session.initiator != self._wire.user_id:
            return self._said_at_entry(session, peer)
        assert session.call_id
        call = self._exchange.call_by_id(session.call_id)
        if not call.max_bandwidth:
            return call.extension
        return {**call.extension, "maxBandwidth": call.max_bandwidth}

    def _said_at_entry(self, session: Session, peer: Peer) -> Extension:
        """Return what ours said with its answer; a caller has said it in the call.

        Where Home Assistant bridges, the first of ours speaks for all.
        """
        assert session.call_id
        assert peer.connection
        call = self._exchange.call_by_id(session.call_id)
        ours = (member.party.id for member in call.joined if member.party.ours)
        party_id = peer.connection.other(peer.party_id)
        if party_id == BRIDGE:
            party_id = next(ours, call.caller)
        if party_id == call.caller:
            return call.extension
        return call.members[party_id].extension

    def _type_of_end(self, session: Session, reason: EndReason) -> SignalType | None:
        if session.initiator == self._wire.user_id:
            return SignalType.HANG_UP
        # The SDK leaves a ring that nobody hears without a word, at both sides.
        if reason is EndReason.NOT_ANSWERED:
            return None
        return SignalType.HANG_UP if session.answered else SignalType.REJECT
