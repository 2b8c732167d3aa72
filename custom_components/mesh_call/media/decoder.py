"""Received sound to samples: 48 kHz, one channel, 16 bit."""

from collections.abc import Callable
import logging
from typing import Any

import av
import numpy as np

from .sinks.speaker import SAMPLE_RATE, Samples
from .stream import OPUS, PCMA, PCMU, Codec, MediaKind

_LOGGER = logging.getLogger(__name__)

SAMPLES = Codec(MediaKind.AUDIO, "samples", SAMPLE_RATE)
"""What is no codec: samples as they are, in the machine's byte order."""

type Decode = Callable[[bytes], Samples]
"""Decodes one payload; empty for one that can't be decoded."""

_FACTOR = SAMPLE_RATE // PCMU.clock_rate
_TAPS = 8
"""Samples at 8 kHz that each sample at 48 kHz is made of."""


def decoder(codec: Codec) -> Decode | None:
    """A decoder for one stream, None for a codec that is not spoken here."""
    name = codec.name.lower()
    if name == OPUS.name.lower():
        return _OpusDecoder().decode
    if name == PCMU.name.lower():
        return _G711Decoder(_mu_law()).decode
    if name == PCMA.name.lower():
        return _G711Decoder(_a_law()).decode
    if name == SAMPLES.name:
        return lambda payload: np.frombuffer(payload, np.int16)
    return None


class _OpusDecoder:
    """libopus through PyAV; about 20 microseconds a frame, so no thread."""

    def __init__(self) -> None:
        context = av.CodecContext.create("libopus", "r")
        context.format = av.AudioFormat("s16")
        context.layout = "mono"
        context.sample_rate = SAMPLE_RATE
        self._context = context

    def decode(self, payload: bytes) -> Samples:
        try:
            frames = self._context.decode(av.Packet(payload))
        except av.FFmpegError as error:
            _LOGGER.debug("An Opus packet can't be decoded: %s", type(error).__name__)
            return np.zeros(0, np.int16)
        if not frames:
            return np.zeros(0, np.int16)
        return np.concatenate([_mono(frame) for frame in frames])


class _G711Decoder:
    """G.711 by table, and sixfold sampling by a windowed sinc."""

    def __init__(self, table: Samples) -> None:
        self._table = table.astype(np.float32)
        self._filter = _interpolation()
        self._before = np.zeros(_TAPS - 1, np.float32)

    def decode(self, payload: bytes) -> Samples:
        narrow = np.concatenate(
            (self._before, self._table[np.frombuffer(payload, np.uint8)])
        )
        self._before = narrow[-(_TAPS - 1) :]
        windows = np.lib.stride_tricks.sliding_window_view(narrow, _TAPS)
        return _samples((windows @ self._filter).reshape(-1))


def _mono(frame: av.AudioFrame) -> Samples:
    channels = frame.layout.nb_channels
    return _samples(frame.to_ndarray().reshape(-1, channels).mean(axis=1))


def _samples(values: np.ndarray[tuple[int], np.dtype[np.floating[Any]]]) -> Samples:
    limited: Samples = np.clip(np.rint(values), -32768, 32767).astype(np.int16)
    return limited


def _interpolation() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """For each of the six phases the weight of each of the taps."""
    positions = np.arange(_TAPS)[:, None] - (_TAPS / 2 - 1)
    distance = positions - np.arange(_FACTOR)[None, :] / _FACTOR
    window = np.cos(np.pi * distance / _TAPS) ** 2
    weights = np.sinc(distance) * window
    scaled: np.ndarray[tuple[int, int], np.dtype[np.float32]] = (
        weights / weights.sum(axis=0)
    ).astype(np.float32)
    return scaled


def _mu_law() -> Samples:
    """ITU-T G.711, table 2."""
    code = ~np.arange(256) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_law() -> Samples:
    """ITU-T G.711, table 1."""
    code = np.arange(256) ^ 0x55
    segment = code >> 4 & 7
    magnitude = ((code & 0x0F) << 4) + 8
    magnitude = np.where(
        segment, magnitude + 0x100 << np.maximum(segment - 1, 0), magnitude
    )
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)
