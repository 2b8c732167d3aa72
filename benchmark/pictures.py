"""The pictures that the measured camera shows, with their number in them.

They are written once as raw files, so that the camera spends nothing on drawing
and always has enough movement to fill its bit rate. The number is a row of black
and white squares: it survives being decoded and encoded again.
"""

from pathlib import Path
from typing import Any

import numpy as np

WIDTH, HEIGHT, RATE = 1280, 720, 25
COUNT = 100
"""Pictures in the loop: a latency below 4 s can be told."""

_BITS = COUNT.bit_length()
_SQUARE = 48
_BLACK, _WHITE = 16, 235
_SEED = 1

type Luma = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


def write_pictures(folder: Path) -> None:
    """Write the loop as raw I420 files `0000` and so on."""
    texture = _texture()
    colour = bytes((128,)) * (WIDTH * HEIGHT // 2)
    for number in range(COUNT):
        # There and back again, so that the loop has no cut.
        shift = 2 * min(number, COUNT - number)
        luma = texture[:, shift : shift + WIDTH].copy()
        _write_number(luma, number)
        (folder / f"{number:04}").write_bytes(luma.tobytes() + colour)


def read_number(luma: Luma) -> int:
    """Read the number of a decoded picture."""
    middle = _SQUARE // 2
    number = 0
    for bit in range(_BITS):
        x = bit * _SQUARE + middle
        square = luma[middle - 4 : middle + 4, x - 4 : x + 4]
        number |= int(square.mean() > (_BLACK + _WHITE) / 2) << bit
    return number


def _write_number(luma: Luma, number: int) -> None:
    for bit in range(_BITS):
        value = _WHITE if number >> bit & 1 else _BLACK
        luma[:_SQUARE, bit * _SQUARE : (bit + 1) * _SQUARE] = value


def _texture() -> Luma:
    """Draw something wider than a picture, with coarse and fine structure."""
    random = np.random.default_rng(_SEED)
    width = WIDTH + 2 * COUNT
    total: np.ndarray[Any, np.dtype[np.float64]] = np.zeros((HEIGHT, width))
    for size, strength in ((48, 30), (12, 12), (3, 6)):
        shape = (HEIGHT // size + 1, width // size + 1)
        coarse = random.normal(0, strength, shape)
        total += np.kron(coarse, np.ones((size, size)))[:HEIGHT, :width]
    return np.clip(total + 126, _BLACK, _WHITE).astype(np.uint8)
