"""Reads the sound of an address by libav, in a thread, and decodes it ahead of time."""

from collections.abc import Callable, Iterator
import contextlib
import queue
import threading
from typing import Final, override

import av
import certifi
import numpy as np

from ..sinks.speaker import FRAME_SAMPLES, SAMPLE_RATE, Samples
from ..source import SourceError, SourceProblem
from .address import scheme
from .demuxer import READ_TIMEOUT
from .failures import failure

OPEN_TIMEOUT: Final = 20.0
"""Seconds until the other end has said what it sends; speech is made first."""

AHEAD: Final = 100
"""Frames (2 s) that are decoded ahead; then the other end has to wait."""

_WEB: Final = "http,https,tcp,tls,crypto"
PROTOCOLS: Final = {"file": "file", "http": _WEB, "https": _WEB}
"""By scheme, what an address may lead to, by whatever playlist or redirect."""

_ANALYSIS: Final = 1_000_000
"""Microseconds of the sound that are looked at before it begins."""


class SoundReader(threading.Thread):
    """Opens an address and holds frames of FRAME_SAMPLES samples ready.

    Args:
        address: a path or a URL, with credentials.
        verify_ssl: whether a certificate must be trusted.
        opened: called in the thread, once: None when there is something to hear, else
            what is wrong.
        ended: called in the thread, once, when nothing of it is open any more.
    """

    def __init__(
        self,
        address: str,
        *,
        verify_ssl: bool,
        opened: Callable[[SourceError | None], None],
        ended: Callable[[], None],
    ) -> None:
        super().__init__(name="mesh_call sound reader", daemon=True)
        self._address = address
        self._verify_ssl = verify_ssl
        self._opened: Callable[[SourceError | None], None] | None = opened
        self._ended = ended
        self._frames: queue.Queue[Samples] = queue.Queue(AHEAD)
        self._stop = threading.Event()
        self._complete = threading.Event()

    @property
    def waiting(self) -> int:
        """How many frames are ready."""
        return self._frames.qsize()

    @property
    def complete(self) -> bool:
        """Whether nothing more is read: what is ready is the rest."""
        return self._complete.is_set()

    def next_frame(self) -> Samples | None:
        """Give the next frame, None while none is ready."""
        try:
            return self._frames.get_nowait()
        except queue.Empty:
            return None

    def stop(self) -> None:
        """End soon, at the latest when a read times out; does not wait."""
        self._stop.set()
        # It may be waiting for room.
        with contextlib.suppress(queue.Empty):
            while True:
                self._frames.get_nowait()

    @override
    def run(self) -> None:
        """Read to the end (threading.Thread)."""
        nothing = SourceError(SourceProblem.NO_MEDIA, "nothing to hear")
        error = failure(self._read) or nothing
        self._complete.set()
        self._tell(error)
        self._ended()

    def _read(self) -> None:
        with av.open(
            self._address,
            options=_options(self._address, verify_ssl=self._verify_ssl),
            timeout=(OPEN_TIMEOUT, READ_TIMEOUT),
        ) as container:
            sound = next(iter(container.streams.audio), None)
            if sound is None:
                raise SourceError(SourceProblem.NO_MEDIA, "no sound")
            for samples in _frames(_decoded(container, sound)):
                self._frames.put(samples)
                self._tell(None)
                if self._stop.is_set():
                    return

    def _tell(self, error: SourceError | None) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened(error)


def _decoded(
    container: av.container.InputContainer, sound: av.AudioStream
) -> Iterator[av.AudioFrame]:
    for packet in container.demux(sound):
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            # A broken piece; what follows may be sound again.
            continue


def _frames(decoded: Iterator[av.AudioFrame]) -> Iterator[Samples]:
    """Cut sound into frames of one channel; the last is filled up with silence."""
    resampler = _new_resampler()
    form: tuple[str, str, int] | None = None
    for frame in decoded:
        current = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form not in (None, current):
            yield from _cut(resampler.resample(None))
            resampler = _new_resampler()
        form = current
        frame.pts = None
        yield from _cut(resampler.resample(frame))
    if form is not None:
        yield from _cut(resampler.resample(None))


def _new_resampler() -> av.AudioResampler:
    return av.AudioResampler("s16", "mono", SAMPLE_RATE, frame_size=FRAME_SAMPLES)


def _cut(pieces: list[av.AudioFrame]) -> Iterator[Samples]:
    for piece in pieces:
        samples: Samples = piece.to_ndarray()[0]
        if samples.size:
            yield np.pad(samples, (0, FRAME_SAMPLES - samples.size))


def _options(address: str, *, verify_ssl: bool) -> dict[str, str]:
    kind = scheme(address)
    options = {
        "protocol_whitelist": PROTOCOLS[kind],
        "analyzeduration": str(_ANALYSIS),
    }
    if kind != "file":
        # A plain address may lead to an encrypted one.
        options |= {"tls_verify": str(int(verify_ssl)), "ca_file": certifi.where()}
    return options
