"""The calls that are over: the last few of them."""

from collections import deque

from .model import Call

MAX_PAST_CALLS = 50


class PastCalls:
    """Remembers the calls that ended last."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=MAX_PAST_CALLS)

    def add(self, call: Call) -> None:
        """Remember a call that has just ended."""
        self._calls.append(call)

    def get(self, call_id: str) -> Call | None:
        """Return an ended call, or None if it is unknown or forgotten."""
        return next((call for call in self._calls if call.id == call_id), None)

    @property
    def all(self) -> tuple[Call, ...]:
        """The ended calls, oldest first."""
        return tuple(self._calls)
