"""What a connection carries, in numbers."""

from dataclasses import dataclass

_SMOOTHING = 0.3


@dataclass(frozen=True, slots=True)
class ConnectionStatistics:
    """How well one connection works, since it began unless said otherwise."""

    round_trip_time: float | None = None
    """Seconds, from the newest reception report."""

    packet_loss: float = 0.0
    """Part of the packets sent lately that did not arrive, 0 to 1."""

    bitrate_out: float = 0.0
    """kbit/s of payload in the last seconds."""

    bitrate_in: float = 0.0
    packets_sent: int = 0
    packets_retransmitted: int = 0
    packets_received: int = 0
    packets_lost: int = 0
    """Of those the other end sent."""

    width: int | None = None
    """Of the picture that comes, in pixels."""

    height: int | None = None
    frame_rate: float | None = None


class Meter:
    """Turns a counter of bytes into kbit/s."""

    def __init__(self) -> None:
        self.bitrate = 0.0
        self._octets = 0
        self._time: float | None = None

    def update(self, octets: int, now: float) -> None:
        """Take a reading of the counter."""
        if self._time is not None and now > self._time:
            current = (octets - self._octets) * 8 / 1000 / (now - self._time)
            weight = _SMOOTHING if self.bitrate else 1.0
            self.bitrate += (current - self.bitrate) * weight
        self._octets, self._time = octets, now
