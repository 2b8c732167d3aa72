"""What is to be sent, in order, also while there is no connection."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
import time
from xml.etree.ElementTree import Element

MAX_STANZAS = 200
MAX_AGE = 60.0
"""Seconds: what a call had to say before that, it says no more."""


@dataclass(slots=True)
class _Entry:
    """A stanza and when it was to be sent."""

    stanza: Element
    born: float


class Outgoing:
    """A bounded queue whose stanzas stay until the server has them."""

    def __init__(
        self, send: Callable[[Element], None], now: Callable[[], float] = time.monotonic
    ) -> None:
        """Send by `send` while open; `now` gives the time in seconds."""
        self._send = send
        self._now = now
        self._open = False
        self._tracked = False
        self._waiting: deque[_Entry] = deque(maxlen=MAX_STANZAS)
        self._in_flight: deque[_Entry] = deque(maxlen=MAX_STANZAS)

    @property
    def waiting(self) -> int:
        """How many wait for the connection."""
        return len(self._waiting)

    def put(self, stanza: Element) -> None:
        """Send a stanza now or as soon as the connection is back."""
        self._waiting.append(_Entry(stanza, self._now()))
        self._flush()

    def acknowledge(self, stanza: Element) -> None:
        """The server has a stanza, and with it all before."""
        if any(entry.stanza is stanza for entry in self._in_flight):
            while self._in_flight.popleft().stanza is not stanza:
                pass

    def open(self, *, tracked: bool, on_the_way: Iterable[Element] = ()) -> None:
        """The connection is there; what the server hasn't got is sent once more.

        Args:
            tracked: Whether the server tells what it has got.
            on_the_way: What is sent again without us.
        """
        known = {id(stanza) for stanza in on_the_way}
        again = [entry for entry in self._in_flight if id(entry.stanza) not in known]
        for entry in again:
            self._in_flight.remove(entry)
        self._waiting.extendleft(reversed(again))
        self._open, self._tracked = True, tracked
        self._flush()

    def close(self) -> None:
        """The connection is lost: let everything wait."""
        self._open = False

    def _flush(self) -> None:
        while self._open and self._waiting:
            entry = self._waiting.popleft()
            if self._now() - entry.born > MAX_AGE:
                continue
            if self._tracked:
                self._in_flight.append(entry)
            self._send(entry.stanza)
