"""What becomes of the packets of one stream, in the recording's thread."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import override

from ..audio_conversion import OPUS_FRAME, OpusConverter, Sound, SoundFormat
from ..source_clock import ClockReference
from ..stream import OPUS, PCMA, PCMU, Codec, Packet
from .h264_pictures import H264Assembler
from .pictures import Picture, PictureAssembler
from .placement import Placement
from .vp8_pictures import Vp8Assembler

SETTLED = 0.5
"""Seconds after which a picture is taken for whole though none has followed."""

CLOCK_PATIENCE = 1.0
"""Seconds that packets wait for the clock of a source that came back."""

_ASSEMBLERS: dict[str, type[PictureAssembler]] = {
    "h264": H264Assembler,
    "vp8": Vp8Assembler,
}
_DECODERS = {PCMU.name.lower(): "pcm_mulaw", PCMA.name.lower(): "pcm_alaw"}

_FRAME = 3 * OPUS_FRAME
"""Nobody waits for a recording, and long packets cost less."""

_COMPLEXITY = 0
"""More costs more, and telephone sound gains next to nothing by it."""

type TakePicture = Callable[[float, Picture], None]
type TakeSound = Callable[[float, bytes], None]


type Arrival = tuple[Sequence[Packet], float, ClockReference | None]
"""Packets, `time.monotonic()` when the last of them came, the stream's clock then."""


class Reader(ABC):
    """Turns the packets of one stream into pieces of a file.

    Args:
        placement: of the stream.
    """

    def __init__(self, placement: Placement) -> None:
        self._placement = placement
        self._held: list[Arrival] = []

    def take(self, arrivals: Sequence[Arrival]) -> None:
        """Take packets in order; at least one.

        What a source that came back sends first waits for its clock: where it would
        be placed by its arrival it may have to be moved soon, which can be heard.
        """
        self._held += arrivals
        first, last = self._held[0], self._held[-1]
        unknown = self._placement.informed and last[2] is None
        if not unknown or last[1] - first[1] > CLOCK_PATIENCE:
            self._flush()

    def _flush(self) -> None:
        """Read what is held back."""
        held, self._held = self._held, []
        if held:
            self._read(held)

    @abstractmethod
    def _read(self, arrivals: Sequence[Arrival]) -> None:
        """Read packets in order; at least one."""

    def lose(self) -> None:  # noqa: B027  # not every codec minds
        """Note that packets were left out here."""

    def settle(self, now: float) -> None:  # noqa: B027  # … or holds anything back
        """Give what is held back if nothing more has come for a while.

        Args:
            now: `time.monotonic()`.
        """

    def finish(self) -> None:
        """Give what is held back: nothing more will come."""
        self._flush()


class PictureReader(Reader):
    """Puts pictures together and tells when they were taken.

    Args:
        assembler: for the stream's codec.
        placement: of the stream.
        codec: of the stream.
        earliest: the moment before which no picture may lie: what leads up to the
            present picture comes from the past.
        deliver: takes a moment in seconds of the recording, and the picture.
    """

    def __init__(
        self,
        assembler: PictureAssembler,
        placement: Placement,
        codec: Codec,
        earliest: float,
        deliver: TakePicture,
    ) -> None:
        super().__init__(placement)
        self._assembler = assembler
        self._rate = codec.clock_rate
        self._earliest = earliest
        self._deliver = deliver
        self._newest: int | None = None
        self._arrival = 0.0

    @override
    def _read(self, arrivals: Sequence[Arrival]) -> None:
        for packets, arrival, _ in arrivals:
            newest = packets[-1].timestamp
            if newest != self._newest:
                self._newest = newest
                self._placement.arrived(newest, arrival)
        _, self._arrival, reference = arrivals[-1]
        self._placement.correct(reference)
        for picture in self._assembler.feed(_packets(arrivals)):
            self._place(picture)

    @override
    def lose(self) -> None:
        self._flush()
        self._assembler.lose()

    @override
    def settle(self, now: float) -> None:
        if not self._held and now - self._arrival > SETTLED:
            self.finish()

    @override
    def finish(self) -> None:
        super().finish()
        picture = self._assembler.finish()
        if picture is not None:
            self._place(picture)

    def _place(self, picture: Picture) -> None:
        moment = self._placement.moment(picture.timestamp / self._rate)
        self._deliver(max(moment, self._earliest), picture)


class OpusReader(Reader):
    """Passes Opus on as it came.

    Args:
        placement: of the stream.
        deliver: takes a moment in seconds of the recording, and the packet.
    """

    def __init__(self, placement: Placement, deliver: TakeSound) -> None:
        super().__init__(placement)
        self._deliver = deliver

    @override
    def _read(self, arrivals: Sequence[Arrival]) -> None:
        for packets, arrival, _ in arrivals:
            self._placement.arrived(packets[-1].timestamp, arrival)
        self._placement.correct(arrivals[-1][2])
        for packet in self._opus(_packets(arrivals)):
            moment = self._placement.moment(packet.timestamp / OPUS.clock_rate)
            self._deliver(moment, packet.payload)

    def _opus(self, packets: Iterable[Packet]) -> Iterable[Packet]:
        return packets


class G711Reader(OpusReader):
    """Makes Opus of G.711.

    Args:
        codec: of the stream.
        placement: of the stream.
        deliver: takes a moment in seconds of the recording, and the packet.
    """

    def __init__(self, codec: Codec, placement: Placement, deliver: TakeSound) -> None:
        super().__init__(placement, deliver)
        self._format = SoundFormat(
            _DECODERS[codec.name.lower()], codec.clock_rate, codec.channels
        )
        self._converter: OpusConverter | None = None

    @override
    def _opus(self, packets: Iterable[Packet]) -> Iterable[Packet]:
        if self._converter is None:
            self._converter = OpusConverter(
                self._format, frame=_FRAME, complexity=_COMPLEXITY
            )
        sounds = [Sound(packet.payload, packet.timestamp) for packet in packets]
        return self._converter.convert(sounds)


def picture_reader(
    codec: Codec, placement: Placement, earliest: float, deliver: TakePicture
) -> PictureReader | None:
    """Make the reader for a codec; None if it can't be recorded."""
    assembler = _ASSEMBLERS.get(codec.name.lower())
    if assembler is None:
        return None
    return PictureReader(assembler(), placement, codec, earliest, deliver)


def sound_reader(
    codec: Codec, placement: Placement, deliver: TakeSound
) -> OpusReader | None:
    """Make the reader for a codec; None if it can't be recorded."""
    if codec.name.lower() == OPUS.name.lower():
        return OpusReader(placement, deliver)
    if codec.name.lower() in _DECODERS:
        return G711Reader(codec, placement, deliver)
    return None


def _packets(arrivals: Sequence[Arrival]) -> Iterator[Packet]:
    return chain.from_iterable(packets for packets, _, _ in arrivals)
