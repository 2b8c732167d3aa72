"""Sound that passes through: G.711 and Opus, in packets of a length all can take."""

from typing import Protocol

from .stream import MAX_PAYLOAD_SIZE, Packet

G711_CHUNK = 160
"""Samples (and bytes) of 20 ms at 8 kHz."""

G711_LONGEST = 3 * G711_CHUNK
"""60 ms: what any receiver plays without more delay than it has anyway."""


class AudioForwarder(Protocol):
    """Turns the RTP payloads of a camera's sound into packets of ours."""

    def feed(self, payload: bytes, timestamp: int, marker: bool) -> list[Packet]:
        """Take a received payload; `timestamp` is the stream's."""

    def lose(self) -> None:
        """Note that what comes next does not continue what was."""


class G711Forwarder:
    """PCMU and PCMA (RFC 3551, 4.5.14): a byte is a sample.

    Packets of a whole number of 20 ms, up to 60 ms, pass as they are. Others are
    cut into 20 ms, whose last part waits for the next packet.
    """

    def __init__(self) -> None:
        """Start with nothing held back."""
        self._rest = b""
        self._rest_end = 0

    def feed(self, payload: bytes, timestamp: int, marker: bool) -> list[Packet]:
        """Take a received payload; `timestamp` is the stream's."""
        if self._rest and self._rest_end != timestamp:
            self._rest = b""
        fits = len(payload) <= G711_LONGEST and not len(payload) % G711_CHUNK
        if fits and payload and not self._rest:
            return [Packet(payload, timestamp, marker)]
        start = timestamp - len(self._rest)
        data = self._rest + payload
        whole = len(data) - len(data) % G711_CHUNK
        self._rest = data[whole:]
        self._rest_end = start + len(data)
        return [
            Packet(data[at : at + G711_CHUNK], start + at, marker and at == 0)
            for at in range(0, whole, G711_CHUNK)
        ]

    def lose(self) -> None:
        """Drop the part that waits."""
        self._rest = b""


class OpusForwarder:
    """Opus (RFC 7587): packets can't be cut; too long ones do not occur honestly."""

    def feed(self, payload: bytes, timestamp: int, marker: bool) -> list[Packet]:
        """Take a received payload; `timestamp` is the stream's."""
        if not 0 < len(payload) <= MAX_PAYLOAD_SIZE:
            return []
        return [Packet(payload, timestamp, marker)]

    def lose(self) -> None:
        """Nothing is held back."""
