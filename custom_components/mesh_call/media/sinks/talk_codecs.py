"""What is said to a device, encoded as it wants it: G.711 or AAC, 20 ms by 20 ms."""

import asyncio
from collections.abc import Callable
from functools import cache
import logging
from typing import TYPE_CHECKING, Protocol, override

import numpy as np

from ..aac import SAMPLES_PER_UNIT, pack_unit
from ..rtsp.session_description import MediaFormat
from .speaker import FRAME_SAMPLES, SAMPLE_RATE, Samples

if TYPE_CHECKING:
    import av

_LOGGER = logging.getLogger(__name__)

G711_RATE = 8_000
_DECIMATION = SAMPLE_RATE // G711_RATE
_TAPS = 121
_PASS_BAND = 3_600
"""Hz; what is above would be heard as something else after decimation."""

_AAC_BIT_RATE = 32_000
_MAX_WAITING = 25
"""Frames of 20 ms; what the encoder can't do in time is dropped."""

type Table = np.ndarray[tuple[int], np.dtype[np.uint8]]
type Kernel = np.ndarray[tuple[int], np.dtype[np.float32]]

type Deliver = Callable[[bytes, int, bool], None]
"""Takes a payload, its time stamp in the track's clock rate, and the marker."""


class TalkEncoder(Protocol):
    """Turns samples into the payloads of one talk-back track."""

    def write(self, samples: Samples, position: int) -> None:
        """Take 20 ms; `position` counts SAMPLE_RATE samples since the opening."""

    def pause(self) -> None:
        """Note that the next samples do not follow the last ones."""

    async def close(self) -> None:
        """Stop; what waits is dropped."""


class G711Encoder(TalkEncoder):
    """PCMU or PCMA at 8 kHz: one packet of 160 bytes for every 20 ms."""

    def __init__(self, name: str, deliver: Deliver) -> None:
        """Take the codec's name and whoever sends the payloads."""
        self._table = mu_law_table() if name == "PCMU" else a_law_table()
        self._deliver = deliver
        self._decimator = Decimator()
        self._marker = True

    @override
    def write(self, samples: Samples, position: int) -> None:
        narrow = self._decimator.decimate(samples)
        payload = self._table[narrow.view(np.uint16)].tobytes()
        self._deliver(payload, position // _DECIMATION, self._marker)
        self._marker = False

    @override
    def pause(self) -> None:
        self._decimator.reset()
        self._marker = True

    @override
    async def close(self) -> None:
        """Nothing waits."""


class AacEncoder(TalkEncoder):
    """AAC-LC (RFC 3640): one access unit a packet, encoded in threads, in order."""

    def __init__(self, sample_rate: int, channels: int, deliver: Deliver) -> None:
        """Take the track's clock rate and whoever sends the payloads."""
        self._rate, self._channels = sample_rate, channels
        self._deliver = deliver
        self._waiting: list[tuple[Samples, int] | None] = []
        self._filled = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="mesh_call talk-back aac")

    @override
    def write(self, samples: Samples, position: int) -> None:
        self._waiting.append((samples, position))
        del self._waiting[:-_MAX_WAITING]
        self._filled.set()

    @override
    def pause(self) -> None:
        self._waiting.append(None)

    @override
    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait((self._task,))

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            codec = await loop.run_in_executor(
                None, _AacCodec, self._rate, self._channels
            )
            while True:
                await self._filled.wait()
                self._filled.clear()
                waiting, self._waiting = self._waiting, []
                units = await loop.run_in_executor(None, codec.encode, waiting)
                for unit, timestamp in units:
                    # Without the marker GStreamer's depayloader waits for ever.
                    self._deliver(pack_unit(unit), timestamp, True)
        except Exception:
            _LOGGER.exception("Talk-back can't be encoded")


class _AacCodec:
    """Resamples and encodes; used by one thread at a time."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        import av  # noqa: PLC0415

        self._layout = "stereo" if channels > 1 else "mono"
        self._rate = sample_rate
        encoder = av.AudioCodecContext.create("aac", "w")
        assert isinstance(encoder, av.AudioCodecContext)
        encoder.sample_rate = sample_rate
        encoder.layout = self._layout
        encoder.format = "fltp"
        encoder.bit_rate = _AAC_BIT_RATE
        self._encoder = encoder
        self._resampler = self._new_resampler()
        self._timestamp: int | None = None

    def encode(
        self, waiting: list[tuple[Samples, int] | None]
    ) -> list[tuple[bytes, int]]:
        """Give the access units these frames complete, with their time stamps."""
        units: list[tuple[bytes, int]] = []
        for entry in waiting:
            if entry is None:
                self._resampler = self._new_resampler()
                self._timestamp = None
                continue
            samples, position = entry
            if self._timestamp is None:
                self._timestamp = position * self._rate // SAMPLE_RATE
            for data in self._encode(samples):
                units.append((data, self._timestamp))
                self._timestamp += SAMPLES_PER_UNIT
        return units

    def _encode(self, samples: Samples) -> list[bytes]:
        import av  # noqa: PLC0415

        frame = av.AudioFrame.from_ndarray(samples[None, :], "s16", "mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = None
        encoded: list[bytes] = []
        for piece in self._resampler.resample(frame):
            piece.pts = None
            encoded += [bytes(unit) for unit in self._encoder.encode(piece)]
        return encoded

    def _new_resampler(self) -> av.AudioResampler:
        import av  # noqa: PLC0415

        return av.AudioResampler(
            "fltp", self._layout, self._rate, frame_size=SAMPLES_PER_UNIT
        )


class Decimator:
    """From 48 kHz to 8 kHz through a low pass (a windowed sinc), without seams."""

    def __init__(self) -> None:
        """Start with silence before the first sample."""
        self._kernel = _low_pass()
        self.reset()

    def reset(self) -> None:
        """Start over with silence."""
        self._past = np.zeros(_TAPS - 1, dtype=np.float32)

    def decimate(self, samples: Samples) -> Samples:
        """Give a sixth as many samples; their number must be a multiple of six."""
        data = np.concatenate((self._past, samples.astype(np.float32)))
        self._past = data[-(_TAPS - 1) :]
        windows = np.lib.stride_tricks.sliding_window_view(data, _TAPS)
        filtered = windows[::_DECIMATION] @ self._kernel
        narrow: Samples = np.clip(np.rint(filtered), -32_768, 32_767).astype(np.int16)
        return narrow


def make_encoder(wanted: MediaFormat, deliver: Deliver) -> TalkEncoder:
    """Make the encoder for a format that `select_talk_back` chose."""
    if wanted.name == "MPEG4-GENERIC":
        return AacEncoder(wanted.clock_rate, wanted.channels, deliver)
    return G711Encoder(wanted.name, deliver)


def peak(samples: Samples) -> int:
    """Give the loudest sample's distance from zero."""
    return max(int(samples.max()), -int(samples.min())) if len(samples) else 0


@cache
def mu_law_table() -> Table:
    """Give the PCMU byte of every 16-bit sample, by its unsigned value (G.711)."""
    samples = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(samples), 32_635) + 132
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    step = magnitude >> (segment + 3) & 0x0F
    sign = np.where(samples < 0, 0x80, 0)
    table: Table = (~(sign | segment << 4 | step) & 0xFF).astype(np.uint8)
    return table


@cache
def a_law_table() -> Table:
    """Give the PCMA byte of every 16-bit sample, by its unsigned value (G.711)."""
    samples = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.where(samples < 0, ~samples, samples) >> 3
    segment = np.floor(np.log2(np.maximum(magnitude, 16))).astype(np.int32) - 4
    step = magnitude >> np.maximum(segment, 1) & 0x0F
    sign = np.where(samples < 0, 0, 0x80)
    table: Table = ((sign | segment << 4 | step) ^ 0x55).astype(np.uint8)
    return table


@cache
def _low_pass() -> Kernel:
    offsets = np.arange(_TAPS) - (_TAPS - 1) / 2
    kernel = np.sinc(2 * _PASS_BAND / SAMPLE_RATE * offsets) * np.blackman(_TAPS)
    scaled: Kernel = (kernel / kernel.sum()).astype(np.float32)
    return scaled


assert FRAME_SAMPLES % _DECIMATION == 0
