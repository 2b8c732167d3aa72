"""Reads a stream by libav, in a thread: packets as they are, nothing decoded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
import threading
import time
from typing import Final, override

import av
from av.bitstream import BitStreamFilterContext
import certifi

from ..audio_conversion import SoundFormat
from ..source import SourceError, SourceProblem
from .address import PROTOCOLS, scheme
from .failures import failure

OPEN_TIMEOUT: Final = 10.0
READ_TIMEOUT: Final = 6.0
"""Seconds without any byte; libav's playlists and reconnects count as bytes, too."""

ANALYSIS: Final = 500_000
"""Microseconds of the stream that are looked at before it begins: a camera of 5
pictures a second would take 5 s by default."""

_PUSHED: Final = frozenset({"flv", "live_flv", "mpegts", "mpjpeg", "mjpeg", "h264"})
"""Formats that come as fast as they are made; others as fast as they can be read."""

_CAUGHT_UP: Final = 0.01
"""Seconds that reading waits for a packet when there is no backlog any more."""

_MAX_BACKLOG: Final = 2.0
_MAX_LATE: Final = 1.0
_MAX_STEP: Final = 10.0


@dataclass(frozen=True, slots=True)
class Contents:
    """What a stream holds; `picture` is libav's name of the codec, "" for none."""

    picture: str
    sound: SoundFormat | None


@dataclass(frozen=True, slots=True)
class Piece:
    """An encoded picture or piece of sound; `captured` on `time.monotonic()`."""

    is_picture: bool
    data: bytes
    captured: float


class Demuxer(threading.Thread):
    """Opens an address and gives what comes, until it is stopped.

    Pieces are given when they are due: what the other end kept in store for those
    that join is given at once, a file at the speed it is to be played.

    Args:
        address: with credentials.
        verify_ssl: whether a certificate must be trusted.
        opened: called in the thread, once.
        taken: called in the thread with each piece.
        ended: called in the thread, once, always in the end.
    """

    def __init__(
        self,
        address: str,
        *,
        verify_ssl: bool,
        opened: Callable[[Contents], None],
        taken: Callable[[Piece], None],
        ended: Callable[[SourceError], None],
    ) -> None:
        super().__init__(name="mesh_call demuxer", daemon=True)
        self._address = address
        self._verify_ssl = verify_ssl
        self._opened = opened
        self._taken = taken
        self._ended = ended
        self._stop = threading.Event()

    def stop(self) -> None:
        """End soon, at the latest when a read times out; does not wait."""
        self._stop.set()

    @override
    def run(self) -> None:
        """Read to the end (threading.Thread)."""
        ended = SourceError(SourceProblem.CANNOT_CONNECT, "stream ended")
        self._ended(failure(self._read) or ended)

    def _read(self) -> None:
        with av.open(
            self._address,
            options=_options(self._address, verify_ssl=self._verify_ssl),
            timeout=(OPEN_TIMEOUT, READ_TIMEOUT),
        ) as container:
            video = next(iter(container.streams.video), None)
            audio = next(iter(container.streams.audio), None)
            streams = [stream for stream in (video, audio) if stream is not None]
            if not streams:
                raise SourceError(SourceProblem.NO_MEDIA)
            self._opened(
                Contents(video.codec_context.name if video else "", _sound(audio))
            )
            pushed = _PUSHED & set(container.format.name.split(","))
            pace = self._rush if pushed else self._pace
            pace(self._pieces(container, streams, video))

    def _pieces(
        self,
        container: av.container.InputContainer,
        streams: list[av.VideoStream | av.AudioStream],
        video: av.VideoStream | None,
    ) -> Iterator[tuple[Piece, float]]:
        """Give what is read, captured on the stream's clock, and how long that took."""
        tidy = _start_codes(video)
        packets = container.demux(streams)
        while not self._stop.is_set():
            begun = time.monotonic()
            packet = next(packets, None)
            waited = time.monotonic() - begun
            if packet is None:
                return
            moment = packet.dts if packet.pts is None else packet.pts
            if moment is None or not packet.size:
                continue
            seconds = float(moment * (packet.time_base or Fraction(1)))
            is_picture = packet.stream is video
            filtered = tidy.filter(packet) if tidy and is_picture else [packet]
            for one in filtered:
                yield Piece(is_picture, bytes(one), seconds), waited

    def _rush(self, pieces: Iterator[tuple[Piece, float]]) -> None:
        """Give pieces as they come; the clock is that of the newest."""
        backlog: list[Piece] = []
        begun = time.monotonic()
        clock = _Clock()
        for piece, waited in pieces:
            now = time.monotonic()
            if not clock.running:
                backlog.append(piece)
                if waited < _CAUGHT_UP and now - begun < _MAX_BACKLOG:
                    continue
                clock.set(max(one.captured for one in backlog), now)
                for one in backlog:
                    self._taken(clock.place(one))
                continue
            if abs(clock.lag(piece, now)) > _MAX_STEP:
                clock.set(piece.captured, now)
            self._taken(clock.place(piece))

    def _pace(self, pieces: Iterator[tuple[Piece, float]]) -> None:
        """Give pieces when it is their time."""
        clock = _Clock()
        for piece, _ in pieces:
            now = time.monotonic()
            if not clock.running or not -_MAX_STEP < clock.lag(piece, now) < _MAX_LATE:
                clock.set(piece.captured, now)
            if self._stop.wait(max(0.0, -clock.lag(piece, now))):
                return
            self._taken(clock.place(piece))


class _Clock:
    """Ties a stream's seconds to `time.monotonic()`."""

    def __init__(self) -> None:
        self._offset: float | None = None

    @property
    def running(self) -> bool:
        return self._offset is not None

    def set(self, captured: float, now: float) -> None:
        self._offset = now - captured

    def lag(self, piece: Piece, now: float) -> float:
        """How much later than it should a piece comes."""
        assert self._offset is not None
        return now - piece.captured - self._offset

    def place(self, piece: Piece) -> Piece:
        assert self._offset is not None
        return Piece(piece.is_picture, piece.data, piece.captured + self._offset)


def _options(address: str, *, verify_ssl: bool) -> dict[str, str]:
    kind = scheme(address)
    options = {
        "protocol_whitelist": PROTOCOLS[kind],
        "analyzeduration": str(ANALYSIS),
        "fpsprobesize": "2",
    }
    if kind in {"https", "rtmps"} and verify_ssl:
        options |= {"tls_verify": "1", "ca_file": certifi.where()}
    return options


def _start_codes(video: av.VideoStream | None) -> BitStreamFilterContext | None:
    """What puts start codes and parameter sets into H264 and H265 of files."""
    name = video.codec_context.name if video else ""
    if name not in {"h264", "hevc"}:
        return None
    return BitStreamFilterContext(f"{name}_mp4toannexb", video)


def _sound(audio: av.AudioStream | None) -> SoundFormat | None:
    if audio is None or not audio.codec_context.sample_rate:
        return None
    context = audio.codec_context
    return SoundFormat(
        context.name,
        context.sample_rate,
        context.layout.nb_channels,
        context.extradata or b"",
    )
