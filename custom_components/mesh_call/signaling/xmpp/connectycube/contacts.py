"""Who is known to an account: its contacts, and users that a call brings along."""

import asyncio
from collections.abc import Callable

from ....calls.exchange import Exchange
from ....calls.model import EndReason, Party, PartyKind
from ....calls.ports import Channel, MediaPort

type Remove = Callable[[], None]

UNUSED_TIME = 30.0
"""Seconds that a user nobody knows is kept for a call to begin."""


class Contacts:
    """Keeps which party of the exchange a user is.

    Args:
        exchange: takes the parties in.
        account: the config entry of the account.
    """

    def __init__(self, exchange: Exchange, account: str) -> None:
        self._exchange = exchange
        self._account = account
        self._users: dict[str, int] = {}
        self._parties: dict[int, str] = {}
        self._removals: dict[str, Remove] = {}
        self._made: dict[str, asyncio.TimerHandle | None] = {}
        """Those that were made for a call, by party id."""

    def add(
        self, user_id: int, party: Party, dialect: MediaPort, channel: Channel
    ) -> Remove:
        """Take a contact in; what is returned takes it out again."""
        if known := self._parties.get(user_id):
            self._remove(known)
        self._users[party.id] = user_id
        self._parties[user_id] = party.id
        self._removals[party.id] = self._exchange.register(party, dialect, channel)
        return lambda: self._remove(party.id)

    def party(self, user_id: int) -> Party | None:
        """Return who a user is; None if nobody knows it."""
        party_id = self._parties.get(user_id)
        return self._exchange.parties.get(party_id) if party_id else None

    def user(self, party_id: str) -> int:
        """Return the user that a party of this account is."""
        return self._users[party_id]

    def __contains__(self, party_id: object) -> bool:
        return party_id in self._users

    def reach(
        self, user_id: int, like: Party, dialect: MediaPort, channel: Channel
    ) -> Party:
        """Return the contact of a user, or one that is made for its calls.

        Args:
            user_id: who is meant.
            like: what is set for everybody who is reached by this account.
            dialect: the contact's media port.
            channel: its channel.
        """
        if known := self.party(user_id):
            return known
        party = _made(user_id, like, self._free_id(user_id))
        self.add(user_id, party, dialect, channel)
        self._keep(party.id)
        return party

    def release_unused(self) -> None:
        """Take out who was made for a call and is in none any more."""
        for party_id in tuple(self._made):
            if not self._in_use(party_id) and self._made[party_id] is None:
                self._remove(party_id)

    def close(self) -> None:
        """Take everybody out."""
        for party_id in tuple(self._users):
            self._exchange.unregister(party_id, EndReason.STOPPED)
            self._remove(party_id)

    def _free_id(self, user_id: int) -> str:
        plain = f"connectycube:{user_id}"
        taken = plain in self._exchange.parties
        return f"{plain}@{self._account}" if taken else plain

    def _keep(self, party_id: str) -> None:
        """Keep a party until its call has begun, or should have."""

        def expire() -> None:
            self._made[party_id] = None
            self.release_unused()

        loop = asyncio.get_running_loop()
        self._made[party_id] = loop.call_later(UNUSED_TIME, expire)

    def _in_use(self, party_id: str) -> bool:
        members = (call.members.get(party_id) for call in self._exchange.calls)
        return any(member is not None for member in members)

    def _remove(self, party_id: str) -> None:
        if timer := self._made.pop(party_id, None):
            timer.cancel()
        if remove := self._removals.pop(party_id, None):
            del self._parties[self._users.pop(party_id)]
            remove()


def _made(user_id: int, like: Party, party_id: str) -> Party:
    return Party(
        party_id,
        str(user_id),
        PartyKind.CONTACT,
        account=like.account,
        may_ring=False,
        relay=like.relay,
        answer_timeout=like.answer_timeout,
        disconnect_timeout=like.disconnect_timeout,
    )
