"""AAC in RTP: the mpeg4-generic payload of RFC 3640, high bit rate mode."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

SAMPLES_PER_UNIT = 1024
"""Of an AAC access unit, at the sample rate its RTP clock counts in."""

MAX_UNIT_SIZE = 8192
_RATES = (
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000,
    22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
)  # fmt: skip
_LOW_COMPLEXITY = 2
_EXPLICIT_RATE = 15


class AccessUnit(NamedTuple):
    """One encoded AAC frame and its time stamp in the RTP clock."""

    data: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class AacFormat:
    """How a track packs its AAC (RFC 3640, section 4.1)."""

    config: bytes
    size_length: int = 13
    index_length: int = 3
    delta_length: int = 3

    @classmethod
    def from_parameters(
        cls, parameters: Mapping[str, str], clock_rate: int, channels: int
    ) -> Self | None:
        """Read a track's fmtp; None when it is a mode nobody uses for cameras."""
        mode = parameters.get("mode", "AAC-hbr").lower()
        if mode not in {"aac-hbr", "aac-lbr"}:
            return None
        sizes = (13, 3, 3) if mode == "aac-hbr" else (6, 2, 2)
        names = ("sizelength", "indexlength", "indexdeltalength")
        try:
            given = [
                int(parameters.get(name, size))
                for name, size in zip(names, sizes, strict=True)
            ]
            config = bytes.fromhex(parameters.get("config", ""))
        except ValueError:
            return None
        return cls(config or audio_specific_config(clock_rate, channels), *given)


def audio_specific_config(sample_rate: int, channels: int) -> bytes:
    """Give the AudioSpecificConfig of AAC-LC (ISO 14496-3, 1.6.2.1)."""
    if sample_rate in _RATES:
        index = _RATES.index(sample_rate)
        return (_LOW_COMPLEXITY << 11 | index << 7 | channels << 3).to_bytes(2)
    head = _LOW_COMPLEXITY << 35 | _EXPLICIT_RATE << 31
    return (head | sample_rate << 7 | channels << 3).to_bytes(5)


class AacDepacketizer:
    """Takes access units out of RTP payloads: several in one, or one in several."""

    def __init__(self, layout: AacFormat) -> None:
        """Start with no fragment waiting."""
        self._layout = layout
        self._fragment = bytearray()
        self._wanted = 0
        self._fragment_time = 0

    def feed(self, payload: bytes, timestamp: int) -> list[AccessUnit]:
        """Take a payload and give the access units it completes."""
        sizes, data = self._read_headers(payload)
        if len(sizes) == 1 and sizes[0] > len(data):
            return self._take_fragment(data, sizes[0], timestamp)
        self.lose()
        units: list[AccessUnit] = []
        position = 0
        for number, size in enumerate(sizes):
            unit = data[position : position + size]
            position += size
            if len(unit) == size > 0:
                when = timestamp + number * SAMPLES_PER_UNIT
                units.append(AccessUnit(unit, when))
        return units

    def lose(self) -> None:
        """Drop the fragments that wait."""
        self._fragment.clear()

    def _take_fragment(
        self, data: bytes, size: int, timestamp: int
    ) -> list[AccessUnit]:
        """Collect a unit that is longer than its packets (RFC 3640, 3.2.3)."""
        if size > MAX_UNIT_SIZE:
            return []
        if timestamp != self._fragment_time or size != self._wanted:
            self._fragment.clear()
        self._fragment += data
        self._wanted, self._fragment_time = size, timestamp
        if len(self._fragment) < size:
            return []
        unit = bytes(self._fragment[:size])
        self._fragment.clear()
        return [AccessUnit(unit, timestamp)]

    def _read_headers(self, payload: bytes) -> tuple[list[int], bytes]:
        """Read the AU header section (RFC 3640, 3.2.1): the sizes, and what follows."""
        bits = int.from_bytes(payload[:2])
        length = (bits + 7) // 8
        section = payload[2 : 2 + length]
        if not length or len(section) < length:
            return [], b""
        number = int.from_bytes(section)
        left = 8 * length
        used = 0
        sizes: list[int] = []
        while True:
            index = self._layout.delta_length if sizes else self._layout.index_length
            used += self._layout.size_length + index
            if used > bits or index + self._layout.size_length == 0:
                break
            size = number >> (left - used + index)
            sizes.append(size & ((1 << self._layout.size_length) - 1))
        return sizes, payload[2 + length :]


def pack_unit(unit: bytes) -> bytes:
    """Give the payload of one access unit, high bit rate mode (RFC 3640, 3.3.6)."""
    return (16).to_bytes(2) + (len(unit) << 3).to_bytes(2) + unit
