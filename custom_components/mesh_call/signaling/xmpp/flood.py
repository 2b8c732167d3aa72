"""How many stanzas of others are listened to."""

from collections import OrderedDict
from collections.abc import Callable
import logging
import time
from typing import Final

_LOGGER = logging.getLogger(__name__)

RATE: Final = 20
"""Stanzas per second that a sender may go on sending."""

BURST: Final = 100
"""Stanzas at once: a call of four with candidates one by one is fewer."""

MAX_SENDERS: Final = 256
QUIET: Final = 3600
"""Seconds until a flood is worth another line in the log."""

type Bucket = tuple[float, float]
"""Tokens, and when it was looked at."""


class FloodLimiter:
    """Token buckets: one for each expected sender, and one for all others.

    Whoever is not expected shares what one sender may have: many of them, each of
    whom sends little, cost no more than one, and crowd nobody out who is expected.
    """

    def __init__(
        self,
        expects: Callable[[str], bool] = lambda sender: False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with full buckets.

        Args:
            expects: Tells whether a sender is somebody to hear from.
            now: Gives the time in seconds.
        """
        self.expects = expects
        self._now = now
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._others: Bucket = (BURST, now())
        self._logged = float("-inf")
        self.dropped = 0

    def admits(self, sender: str) -> bool:
        """Take one stanza of a sender into account; say whether it is few enough."""
        now = self._now()
        if self.expects(sender):
            admitted, bucket = _take(self._buckets.pop(sender, (BURST, now)), now)
            self._buckets[sender] = bucket
            if len(self._buckets) > MAX_SENDERS:
                self._buckets.popitem(last=False)
        else:
            admitted, self._others = _take(self._others, now)
        if not admitted:
            self._drop(now)
        return admitted

    def _drop(self, now: float) -> None:
        self.dropped += 1
        if now - self._logged >= QUIET:
            self._logged = now
            _LOGGER.warning("Somebody floods an account; most of it is ignored")


def _take(bucket: Bucket, now: float) -> tuple[bool, Bucket]:
    """Take a token out of a bucket, if there is one."""
    tokens, filled = bucket
    tokens = min(BURST, tokens + (now - filled) * RATE)
    admitted = tokens >= 1
    return admitted, (tokens - admitted, now)
