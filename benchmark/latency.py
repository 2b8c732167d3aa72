"""How long pictures take: what the camera sent is found again at the receivers."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
import statistics

from .camera_process import SentPicture

_MILLISECOND = 1_000_000
_LONGEST = 4_000 * _MILLISECOND
"""The pictures come in a loop: what took longer can't be told."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from the camera to the receiver."""

    median: float
    percentile_95: float
    pictures: int


class Sent:
    """What the camera has sent, by mark or by number."""

    def __init__(self, pictures: Iterable[SentPicture]) -> None:
        """Sort it."""
        self._by_mark: dict[int, list[int]] = {}
        self._by_number: dict[int, list[int]] = {}
        for picture in pictures:
            self._by_mark.setdefault(picture.mark, []).append(picture.time)
            self._by_number.setdefault(picture.number, []).append(picture.time)

    def latency_of_marks(self, seen: Iterable[tuple[int, int]]) -> Latency | None:
        """Return how long pictures took that arrived as they were sent."""
        return _latency(self._by_mark, seen)

    def latency_of_numbers(self, seen: Iterable[tuple[int, int]]) -> Latency | None:
        """Return how long pictures took that were encoded again."""
        return _latency(self._by_number, seen)


def _latency(
    sent: dict[int, list[int]], seen: Iterable[tuple[int, int]]
) -> Latency | None:
    found: list[float] = []
    for key, arrival in seen:
        times = sent.get(key, [])
        index = bisect_right(times, arrival)
        if index and arrival - times[index - 1] < _LONGEST:
            found.append((arrival - times[index - 1]) / _MILLISECOND)
    if len(found) < 2:
        return None
    percentile_95 = statistics.quantiles(found, n=20)[-1]
    return Latency(statistics.median(found), percentile_95, len(found))
