"""What becomes of the packets of one stream, in the recording's thread."""

from collections.abc import Callable, Sequence
from typing import Protocol, override

from ..audio_conversion import OpusConverter, Sound, SoundFormat
from ..stream import OPUS, PCMA, PCMU, ClockReference, Codec, Packet
from .h264_pictures import H264Assembler
from .pictures import Picture, PictureAssembler
from .placement import Placement
from .vp8_pictures import Vp8Assembler

SETTLED = 0.5
"""Seconds after which a picture is taken for whole though none has followed."""

_ASSEMBLERS: dict[str, type[PictureAssembler]] = {
    "h264": H264Assembler,
    "vp8": Vp8Assembler,
}
_DECODERS = {PCMU.name.lower(): "pcm_mulaw", PCMA.name.lower(): "pcm_alaw"}

type TakePicture = Callable[[float, Picture], None]
type TakeSound = Callable[[float, bytes], None]


class Reader(Protocol):
    """Turns the packets of one stream into pieces of a file."""

    def take(
        self,
        packets: Sequence[Packet],
        arrival: float,
        reference: ClockReference | None,
    ) -> None:
        """Take packets in order.

        Args:
            packets: at least one.
            arrival: `time.monotonic()` when the last one came.
            reference: the stream's clock at that moment.
        """

    def lose(self) -> None:
        """Note that packets were left out here."""

    def settle(self, now: float) -> None:
        """Give what is held back if nothing more has come for a while.

        Args:
            now: `time.monotonic()`.
        """

    def finish(self) -> None:
        """Give what is held back: nothing more will come."""


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
        self._assembler = assembler
        self._placement = placement
        self._rate = codec.clock_rate
        self._earliest = earliest
        self._deliver = deliver
        self._newest: int | None = None
        self._arrival = 0.0

    @override
    def take(
        self,
        packets: Sequence[Packet],
        arrival: float,
        reference: ClockReference | None,
    ) -> None:
        self._arrival = arrival
        newest = packets[-1].timestamp
        if newest != self._newest:
            self._newest = newest
            self._placement.arrived(newest, arrival, reference)
        for packet in packets:
            picture = self._assembler.feed(packet)
            if picture is not None:
                self._place(picture)

    @override
    def lose(self) -> None:
        self._assembler.lose()

    @override
    def settle(self, now: float) -> None:
        if now - self._arrival > SETTLED:
            self.finish()

    @override
    def finish(self) -> None:
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
        self._placement = placement
        self._deliver = deliver

    @override
    def take(
        self,
        packets: Sequence[Packet],
        arrival: float,
        reference: ClockReference | None,
    ) -> None:
        self._placement.arrived(packets[-1].timestamp, arrival, reference)
        for packet in packets:
            moment = self._placement.moment(packet.timestamp / OPUS.clock_rate)
            self._deliver(moment, packet.payload)

    @override
    def lose(self) -> None:
        """Nothing depends on what was left out."""

    @override
    def settle(self, now: float) -> None:
        """Nothing is held back."""

    @override
    def finish(self) -> None:
        """Nothing is held back."""


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
    def take(
        self,
        packets: Sequence[Packet],
        arrival: float,
        reference: ClockReference | None,
    ) -> None:
        if self._converter is None:
            self._converter = OpusConverter(self._format)
        self._placement.arrived(packets[-1].timestamp, arrival, reference)
        sounds = [Sound(packet.payload, packet.timestamp) for packet in packets]
        for packet in self._converter.convert(sounds):
            moment = self._placement.moment(packet.timestamp / OPUS.clock_rate)
            self._deliver(moment, packet.payload)


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
