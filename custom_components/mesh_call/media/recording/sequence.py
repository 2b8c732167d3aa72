"""Packets in the order in which they were sent (RFC 3550, 5.1)."""

from typing import Final

from ..webrtc.rtp import RtpPacket

PATIENCE: Final = 0.3
"""Seconds that packets wait for one that is sent once more."""

MAX_HELD: Final = 256

_WRAP = 1 << 16


class Sequence:
    """Holds packets back that came too early, and notices those that never come."""

    def __init__(self) -> None:
        """Begin with whatever comes first."""
        self._next: int | None = None
        self._held: dict[int, RtpPacket | None] = {}
        self._since = 0.0
        self._asked: set[int] = set()
        self._lost = False

    def put(self, packet: RtpPacket, now: float) -> list[RtpPacket]:
        """Take a packet; return those that are due.

        Args:
            packet: as it came.
            now: `time.monotonic()`.
        """
        if not self._held:
            self._since = now
        return self._put(packet.sequence, packet, now)

    def skip(self, sequence: int) -> list[RtpPacket]:
        """Take note of a packet without content; return those that are due."""
        return self._put(sequence, None, self._since)

    def missing(self) -> list[int]:
        """Return what is missing in front of packets held, each once only."""
        if not self._held or self._next is None:
            return []
        newest = max(self._ahead(sequence) for sequence in self._held)
        wanted = {(self._next + step) % _WRAP for step in range(min(newest, MAX_HELD))}
        new = wanted - self._held.keys() - self._asked
        self._asked |= new
        return sorted(new)

    def take_loss(self) -> bool:
        """Whether packets in front of those returned last are lost; told once."""
        lost, self._lost = self._lost, False
        return lost

    def _put(
        self, sequence: int, packet: RtpPacket | None, now: float
    ) -> list[RtpPacket]:
        if self._next is None:
            self._next = sequence
        ahead = self._ahead(sequence)
        if ahead < -MAX_HELD:
            # A sender that has begun anew.
            self._held.clear()
            self._next, self._lost = sequence, True
        elif ahead < 0:
            return []
        self._held[sequence] = packet
        if len(self._held) > MAX_HELD or now - self._since > PATIENCE:
            self._give_up()
        due = self._due()
        self._since = now if due else self._since
        return due

    def _give_up(self) -> None:
        """Go on with the oldest packet there is."""
        oldest = min(self._held, key=self._ahead)
        if oldest != self._next:
            self._next, self._lost = oldest, True

    def _due(self) -> list[RtpPacket]:
        assert self._next is not None
        due = []
        while self._next in self._held:
            packet = self._held.pop(self._next)
            self._asked.discard(self._next)
            self._next = (self._next + 1) % _WRAP
            if packet is not None:
                due.append(packet)
        if not self._held:
            self._asked.clear()
        return due

    def _ahead(self, sequence: int) -> int:
        """How far a packet is ahead of the one that is due."""
        assert self._next is not None
        return (sequence - self._next + _WRAP // 2) % _WRAP - _WRAP // 2
