"""The sessions that are over: their ids are never used again.

A signal may come late or be repeated because ours was lost; then the same end is
told once more.
"""

from collections import OrderedDict
from collections.abc import Mapping

from .signals import Signal

MAX_ENDED = 256


class EndedSessions:
    """Remembers how the last few sessions ended, for each of their users."""

    def __init__(self) -> None:
        self._ends: OrderedDict[str, Mapping[int, Signal | None]] = OrderedDict()

    def add(self, session_id: str, ends: Mapping[int, Signal | None]) -> None:
        """Remember a session and what its users were told; None is nothing."""
        known = self._ends.get(session_id, {})
        told = {user_id: signal for user_id, signal in ends.items() if signal}
        self._ends[session_id] = {**ends, **known, **told}
        self._ends.move_to_end(session_id)
        while len(self._ends) > MAX_ENDED:
            self._ends.popitem(last=False)

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._ends

    def end_for(self, session_id: str, user_id: int) -> Signal | None:
        """Return what a user was told when a session ended; None if nothing."""
        return self._ends.get(session_id, {}).get(user_id)
