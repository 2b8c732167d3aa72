"""A simulated camera before which somebody claps: seen and heard at once."""

from pathlib import Path

import numpy as np
from PIL import Image

from .actors import CLAP, CLAP_EVERY

TONE = 1000
COLOUR = (32, 96, 192)

_SIZE = (320, 180)
_PICTURES_PER_SECOND = 25
_SOUND_RATE = 16_000


def write_claps(folder: Path) -> tuple[str, ...]:
    """Draw and record the loop; return the arguments of the camera that shows it."""
    for number in range(round(CLAP_EVERY * _PICTURES_PER_SECOND)):
        claps = number < CLAP * _PICTURES_PER_SECOND
        image = Image.new("RGB", _SIZE, (255, 255, 255) if claps else COLOUR)
        image.save(folder / f"clap{number:02}.png")
    times = np.arange(round(CLAP_EVERY * _SOUND_RATE)) / _SOUND_RATE
    beep = 12_000 * np.sin(2 * np.pi * TONE * times) * (times < CLAP)
    sound = folder / "clap.raw"
    sound.write_bytes(beep.astype("<i2").tobytes())
    return (
        *("--pictures", str(folder / "clap%02d.png"), "--sound", str(sound)),
        *("--width", str(_SIZE[0]), "--height", str(_SIZE[1])),
        *("--fps", str(_PICTURES_PER_SECOND), "--gop", "50"),
    )
