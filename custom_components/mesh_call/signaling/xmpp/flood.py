"""How many stanzas of a sender are listened to."""

from collections import OrderedDict
from collections.abc import Callable
import logging
import time

_LOGGER = logging.getLogger(__name__)

RATE = 20
"""Stanzas per second that a sender may go on sending."""

BURST = 100
"""Stanzas at once: a call of four with candidates one by one is fewer."""

MAX_SENDERS = 256
QUIET = 3600
"""Seconds until a flood is worth another line in the log."""


class FloodLimiter:
    """Token buckets, one for each sender, of a bounded number of senders."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Begin with full buckets; `now` gives the time in seconds."""
        self._now = now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._logged = float("-inf")
        self.dropped = 0

    def admits(self, sender: str) -> bool:
        """Take one stanza of a sender into account; say whether it is few enough."""
        now = self._now()
        tokens, filled = self._buckets.pop(sender, (BURST, now))
        tokens = min(BURST, tokens + (now - filled) * RATE)
        admitted = tokens >= 1
        self._buckets[sender] = (tokens - admitted, now)
        if len(self._buckets) > MAX_SENDERS:
            self._buckets.popitem(last=False)
        if not admitted:
            self._drop(now)
        return admitted

    def _drop(self, now: float) -> None:
        self.dropped += 1
        if now - self._logged >= QUIET:
            self._logged = now
            _LOGGER.warning("A sender floods the account; most of it is ignored")
