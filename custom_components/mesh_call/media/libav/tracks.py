"""Tracks of a stream that libav reads: whole pictures and sounds become packets."""

from collections.abc import Iterator
import time
from typing import Protocol, override

from ..audio import AudioForwarder, G711Forwarder, OpusForwarder
from ..audio_conversion import ConversionPump, Sound, SoundFormat
from ..byte_stream import START_CODE
from ..h264 import H264Forwarder
from ..h265 import H265Forwarder
from ..source import SourceError, SourceProblem, SourceStreams
from ..stream import H264, H265, JPEG, OPUS, PCMA, PCMU, Codec, Packet, Stream
from .demuxer import Contents, Piece

PAST = 60.0
"""Seconds before now where time stamps begin: what comes first may be old."""

_CODECS = {"pcm_mulaw": PCMU, "pcm_alaw": PCMA, "opus": OPUS, "libopus": OPUS}


class LibavTracks:
    """The tracks of one stream; they outlive its sessions."""

    def __init__(self) -> None:
        """Start with none."""
        self.streams = SourceStreams()
        self.last_arrival: float | None = None
        self._epoch = time.monotonic() - PAST
        self._picture: _PictureTrack | None = None
        self._picture_codec = ""
        self._sound: _SoundTrack | None = None
        self._sound_format: SoundFormat | None = None

    def open(self, contents: Contents) -> None:
        """Begin a session; raises SourceError where it brings no picture of ours."""
        self.last_arrival = None
        if contents.picture != self._picture_codec:
            self._picture = _make_picture_track(contents.picture, self._epoch)
            self._picture_codec = contents.picture
        if self._picture:
            self._picture.begin()
        if contents.sound != self._sound_format:
            self._sound = _make_sound_track(contents.sound, self._epoch)
            self._sound_format = contents.sound
        if self._sound:
            self._sound.begin()
        self.streams.video = self._picture.stream if self._picture else None
        self.streams.audio = self._sound.stream if self._sound else None

    @property
    def ready(self) -> bool:
        """Whether there is something to play."""
        if self._picture:
            return self._picture.ready
        return self.last_arrival is not None

    def take(self, piece: Piece) -> None:
        """Take what was read."""
        self.last_arrival = time.monotonic()
        if piece.is_picture:
            if self._picture:
                self._picture.take(piece)
        elif self._sound:
            self._sound.take(piece)

    async def interrupt(self) -> None:
        """Note the end of a session: nothing old may be shown to those who join."""
        if self._picture:
            self._picture.lose()
        if self._sound:
            self._sound.lose()
            await self._sound.close()


class _Track:
    def __init__(self, codec: Codec, rate: int, epoch: float) -> None:
        self.stream = Stream(codec)
        self._rate = rate
        self._epoch = epoch
        self._last = -1

    def place(self, piece: Piece) -> int:
        """Give a time stamp that is higher than the one before."""
        wanted = round((piece.captured - self._epoch) * self._rate)
        self._last = max(wanted, self._last + 1)
        return self._last


class _PictureTrack(_Track):
    """Whole pictures, each as a decoder takes it."""

    def __init__(self, codec: Codec, epoch: float) -> None:
        super().__init__(codec, codec.clock_rate, epoch)
        self.ready = False

    def begin(self) -> None:
        self.ready = False

    def take(self, piece: Piece) -> None:
        """Each is one by itself: JPEG."""
        self.push([Packet(piece.data, self.place(piece), True, True)])

    def lose(self) -> None:
        self.stream.forget()

    def push(self, packets: list[Packet]) -> None:
        self.ready |= bool(packets) and packets[0].key_frame
        self.stream.push(*packets)


class _Forwarder(Protocol):
    def feed(self, payload: bytes, timestamp: int, marker: bool) -> list[Packet]: ...

    def lose(self) -> None: ...


class _H26xTrack(_PictureTrack):
    """Access units of H264 or H265, with their start codes."""

    def __init__(self, codec: Codec, epoch: float) -> None:
        super().__init__(codec, epoch)
        self._forwarder: _Forwarder = self._make_forwarder()

    @override
    def begin(self) -> None:
        super().begin()
        self._forwarder = self._make_forwarder()

    @override
    def take(self, piece: Piece) -> None:
        timestamp = self.place(piece)
        *first, last = list(_nal_units(piece.data)) or [b""]
        for unit in first:
            self.push(self._forwarder.feed(unit, timestamp, False))
        self.push(self._forwarder.feed(last, timestamp, True))
        if isinstance(self._forwarder, H264Forwarder):
            self._describe(self._forwarder)

    @override
    def lose(self) -> None:
        super().lose()
        self._forwarder.lose()

    def _describe(self, forwarder: H264Forwarder) -> None:
        self.stream.reordered = forwarder.has_b_frames
        if self.ready:
            self.stream.size = forwarder.size

    def _make_forwarder(self) -> _Forwarder:
        return H264Forwarder() if self.stream.codec == H264 else H265Forwarder()


class _SoundTrack(_Track):
    """Sound that passes through."""

    def __init__(self, codec: Codec, forwarder: AudioForwarder, epoch: float) -> None:
        super().__init__(codec, codec.clock_rate, epoch)
        self._forwarder = forwarder

    def begin(self) -> None:
        """Nothing to be made ready."""

    def take(self, piece: Piece) -> None:
        self.stream.push(*self._forwarder.feed(piece.data, self.place(piece), False))

    def lose(self) -> None:
        self._forwarder.lose()

    async def close(self) -> None:
        """Nothing to stop."""


class _ConvertedSoundTrack(_SoundTrack):
    """Sound that becomes Opus."""

    def __init__(self, source: SoundFormat, epoch: float) -> None:
        super().__init__(OPUS, OpusForwarder(), epoch)
        self._source = source
        self._rate = source.sample_rate
        self._pump: ConversionPump | None = None

    @override
    def begin(self) -> None:
        if self._pump is None:
            self._pump = ConversionPump(self._source, self._deliver)

    @override
    def take(self, piece: Piece) -> None:
        if self._pump is not None:
            self._pump.put(Sound(piece.data, self.place(piece)))

    @override
    async def close(self) -> None:
        pump, self._pump = self._pump, None
        if pump is not None:
            await pump.close()

    def _deliver(self, packets: list[Packet]) -> None:
        self.stream.push(*packets)


def _make_picture_track(codec: str, epoch: float) -> _PictureTrack | None:
    """Make the track for pictures in a codec, by libav's name of it; "" for none.

    Raises:
        SourceError: it is none of ours.
    """
    match codec:
        case "":
            return None
        case "h264":
            return _H26xTrack(H264, epoch)
        case "hevc":
            return _H26xTrack(H265, epoch)
        case "mjpeg":
            return _PictureTrack(JPEG, epoch)
    raise SourceError(SourceProblem.UNSUPPORTED_CODEC, codec)


def _make_sound_track(source: SoundFormat | None, epoch: float) -> _SoundTrack | None:
    if source is None:
        return None
    codec = _CODECS.get(source.decoder)
    if codec is OPUS:
        return _SoundTrack(OPUS, OpusForwarder(), epoch)
    if codec and (source.sample_rate, source.channels) == (codec.clock_rate, 1):
        return _SoundTrack(codec, G711Forwarder(), epoch)
    return _ConvertedSoundTrack(source, epoch)


def _nal_units(data: bytes) -> Iterator[bytes]:
    """Cut at start codes (H.264, annex B)."""
    for unit in data.split(START_CODE):
        if unit := unit.rstrip(b"\x00"):
            yield unit
