"""What an H264 stream says about itself (ITU-T H.264, section 7.3)."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

_HIGH_PROFILES = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139})
_EXTENDED_ASPECT_RATIO = 255


class NalType(IntEnum):
    """NAL unit types (H.264, table 7-1) and RTP's own (RFC 6184, table 1)."""

    SLICE = 1
    IDR_SLICE = 5
    SEI = 6
    SPS = 7
    PPS = 8
    ACCESS_UNIT_DELIMITER = 9
    FILLER = 12
    STAP_A = 24
    FU_A = 28


class SliceType(IntEnum):
    """The kinds of slices (H.264, table 7-6); 5 to 9 mean the same."""

    P = 0
    B = 1
    I = 2  # noqa: E741
    SP = 3
    SI = 4


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """What a sequence parameter set says: sizes in pixels, after cropping.

    `reorder_frames` is how many pictures may have to wait for a later one; None
    when the stream does not say.
    """

    identity: int
    profile: int
    constraints: int
    level: int
    width: int
    height: int
    reorder_frames: int | None

    @property
    def profile_level_id(self) -> str:
        """The parameter of that name in SDP (RFC 6184, section 8.1)."""
        return bytes((self.profile, self.constraints, self.level)).hex()


@dataclass(frozen=True, slots=True)
class SliceHeader:
    """The first fields of a slice (H.264, 7.3.3)."""

    first_macroblock: int
    kind: SliceType


class BitReader:
    """Reads the bits of a NAL unit's payload without its emulation bytes."""

    def __init__(self, payload: bytes) -> None:
        """Take what follows the NAL unit's first byte."""
        raw = payload.replace(b"\0\0\3", b"\0\0")
        self._bits = int.from_bytes(raw)
        self._left = 8 * len(raw)

    def read(self, count: int) -> int:
        """Read an unsigned number of `count` bits.

        Raises:
            ValueError: there are not as many.
        """
        self._left -= count
        if self._left < 0:
            raise ValueError("H264 syntax ends early")
        return self._bits >> self._left & ((1 << count) - 1)

    def read_flag(self) -> bool:
        """Read one bit."""
        return self.read(1) == 1

    def read_unsigned(self) -> int:
        """Read an Exp-Golomb number (H.264, 9.1)."""
        zeros = 0
        while not self.read(1):
            zeros += 1
        return (1 << zeros) - 1 + self.read(zeros)

    def read_signed(self) -> int:
        """Read a signed Exp-Golomb number (H.264, 9.1.1)."""
        number = self.read_unsigned()
        return (number + 1) // 2 if number % 2 else -(number // 2)

    def skip_unsigned(self, count: int) -> None:
        """Pass over `count` Exp-Golomb numbers."""
        for _ in range(count):
            self.read_unsigned()


def parse_slice_header(payload: bytes) -> SliceHeader:
    """Read the start of a slice, without the NAL unit's first byte.

    Raises:
        ValueError: it is none.
    """
    reader = BitReader(payload[:24])
    first = reader.read_unsigned()
    return SliceHeader(first, SliceType(reader.read_unsigned() % 5))


def parse_pps_identity(nal: bytes) -> int:
    """Give the id of a picture parameter set.

    Raises:
        ValueError: it is cut off.
    """
    return BitReader(nal[1:17]).read_unsigned()


def parse_sps(nal: bytes) -> SequenceParameters:
    """Read a sequence parameter set with its NAL unit's first byte.

    Raises:
        ValueError: it is cut off.
    """
    return _SpsReader(nal).result()


@dataclass(slots=True)
class _Chroma:
    """How much a unit of cropping is (H.264, table 6-1)."""

    width: int = 2
    height: int = 2

    @classmethod
    def of_format(cls, chroma_format: int) -> Self:
        return cls(*{0: (1, 1), 1: (2, 2), 2: (2, 1)}.get(chroma_format, (1, 1)))


class _SpsReader:
    """Walks through the fields in their order."""

    def __init__(self, nal: bytes) -> None:
        self._bits = BitReader(nal[1:])

    def result(self) -> SequenceParameters:
        bits = self._bits
        profile, constraints, level = (bits.read(8) for _ in range(3))
        identity = bits.read_unsigned()
        chroma = self._chroma() if profile in _HIGH_PROFILES else _Chroma()
        self._skip_order()
        bits.skip_unsigned(1)
        bits.read_flag()
        width, height = self._size(chroma)
        reorder = self._reorder_frames() if bits.read_flag() else None
        return SequenceParameters(
            identity, profile, constraints, level, width, height, reorder
        )

    def _chroma(self) -> _Chroma:
        bits = self._bits
        chroma_format = bits.read_unsigned()
        if chroma_format == 3:
            bits.read_flag()
        bits.skip_unsigned(2)
        bits.read_flag()
        if bits.read_flag():
            for number in range(12 if chroma_format == 3 else 8):
                if bits.read_flag():
                    self._skip_scaling_list(16 if number < 6 else 64)
        return _Chroma.of_format(chroma_format)

    def _skip_scaling_list(self, size: int) -> None:
        last, following = 8, 8
        for _ in range(size):
            if following:
                following = (last + self._bits.read_signed()) % 256
            last = following or last

    def _skip_order(self) -> None:
        """Pass over frame numbers and picture order (7.3.2.1.1)."""
        bits = self._bits
        bits.skip_unsigned(1)
        order_type = bits.read_unsigned()
        if order_type == 0:
            bits.skip_unsigned(1)
        elif order_type == 1:
            bits.read_flag()
            bits.skip_unsigned(2)
            bits.skip_unsigned(min(bits.read_unsigned(), 255))

    def _size(self, chroma: _Chroma) -> tuple[int, int]:
        bits = self._bits
        width = 16 * (bits.read_unsigned() + 1)
        map_units = 16 * (bits.read_unsigned() + 1)
        frames_only = bits.read_flag()
        if not frames_only:
            bits.read_flag()
        bits.read_flag()
        fields = 1 if frames_only else 2
        left = right = top = bottom = 0
        if bits.read_flag():
            left, right, top, bottom = (bits.read_unsigned() for _ in range(4))
        return (
            width - chroma.width * (left + right),
            map_units * fields - chroma.height * fields * (top + bottom),
        )

    def _reorder_frames(self) -> int | None:
        """Read the video usability information (H.264, E.1.1)."""
        bits = self._bits
        if bits.read_flag() and bits.read(8) == _EXTENDED_ASPECT_RATIO:
            bits.read(32)
        if bits.read_flag():
            bits.read_flag()
        if bits.read_flag():
            bits.read(4)
            if bits.read_flag():
                bits.read(24)
        if bits.read_flag():
            bits.skip_unsigned(2)
        if bits.read_flag():
            bits.read(65)
        self._skip_reference_decoders()
        bits.read_flag()
        if not bits.read_flag():
            return None
        bits.read_flag()
        bits.skip_unsigned(4)
        return bits.read_unsigned()

    def _skip_reference_decoders(self) -> None:
        """Pass over the parameters of E.1.2, once for NAL and once for VCL."""
        bits = self._bits
        flags = []
        for _ in range(2):
            flags.append(bits.read_flag())
            if flags[-1]:
                count = bits.read_unsigned() + 1
                bits.read(8)
                for _ in range(count):
                    bits.skip_unsigned(2)
                    bits.read_flag()
                bits.read(20)
        if any(flags):
            bits.read_flag()
