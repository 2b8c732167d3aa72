"""One clock for the tracks of a session: RTP-Info at first, sender reports later."""

from collections.abc import Hashable, Sequence
import re

from ..source_clock import SourceClock
from .url import join_control

MAX_SPREAD = 1.0
"""Seconds by which one track may be later on its way than another; where it stays
more, the device does not mean what RFC 2326 says.
"""

MAX_AGE = 20.0
"""Seconds after which the start tells nothing any more: clocks of tracks drift."""

_ENTRY = re.compile(r",\s*(?=url\s*=)", re.IGNORECASE)
_URL = re.compile(r'url\s*=\s*"?(.*?)"?\s*(?:;\s*(?:seq|rtptime)\b|$)', re.IGNORECASE)
_RTP_TIME = re.compile(r";\s*rtptime\s*=\s*(\d+)", re.IGNORECASE)


class SessionClock:
    """Tells what the tracks of one session sent at the same moment.

    The answer to PLAY names the time stamp each track has at the session's start, so
    they fit together from the first packet; sender reports come seconds later. Those
    are shifted so that the first of them changes nothing.
    """

    def __init__(self, tracks: int) -> None:
        """Take the number of tracks."""
        self.source = SourceClock()
        self._tracks = tracks
        self._starts: dict[Hashable, float] = {}
        self._start: float | None = None
        self._trusted = True
        self._shift: float | None = None

    @property
    def start(self) -> float | None:
        """When the session began, as `time.monotonic()`; None where nothing tells."""
        return self._start

    def arrived(self, track: Hashable, seconds: float, arrival: float) -> None:
        """Take note of a packet.

        Args:
            track: whose it is.
            seconds: since the session's start, by its time stamp.
            arrival: `time.monotonic()` when it came.
        """
        start = arrival - seconds
        starts = self._starts
        starts[track] = min(start, starts.get(track, start))
        fits = max(starts.values()) - min(starts.values()) <= MAX_SPREAD
        if abs(seconds) > MAX_AGE or not (fits or self._start is None):
            self.distrust()
        elif self._trusted and fits and len(starts) == self._tracks:
            self._start = self._start or min(starts.values())

    def distrust(self) -> None:
        """Note that the session's start says nothing about what comes now."""
        self._trusted = False
        self._start = None

    def wall(self, reported: float, expected: float | None) -> float:
        """Give the moment of a sender report on this clock.

        Args:
            reported: the moment by the report, in seconds of any clock.
            expected: the same by the session's start, None if it tells nothing.
        """
        if self._shift is None:
            self._shift = 0.0 if expected is None else expected - reported
            if expected is None:
                self.distrust()
        return reported + self._shift


def start_times(
    values: Sequence[str], base: str, controls: Sequence[str]
) -> list[int] | None:
    """Read RTP-Info (RFC 2326, section 12.33).

    Args:
        values: of the header.
        base: the URL that relative ones belong to.
        controls: the URLs that the tracks were set up with.

    Returns:
        the RTP time stamp of each track at the session's start; None if not all
        of them are told.
    """
    entries = [entry for value in values for entry in _ENTRY.split(value.strip())]
    times: dict[str, int] = {}
    for entry in entries:
        url, time = _URL.match(entry), _RTP_TIME.search(entry)
        if url and time:
            times[_place(join_control(base, url[1]))] = int(time[1])
    found = [times.get(_place(control)) for control in controls]
    if None in found and len(times) == len(entries) == len(controls):
        # Named as nobody knows them: relative to what, behind which address?
        found = list(times.values())
    told = [time % 2**32 for time in found if time is not None]
    return told if len(told) == len(controls) else None


def _place(url: str) -> str:
    """What of a URL does not depend on how the device was reached."""
    return url.partition("://")[2].partition("/")[2]
