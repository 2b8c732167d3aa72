"""What a recording on disk shows and sounds like."""

from collections.abc import Iterator
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

import av
import numpy as np

type Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Watched:
    """A file of a recording, decoded from its beginning to its end."""

    seconds: float
    pictures: int
    colour: Colour | None
    """Mean colour (RGB) of the picture in the middle."""

    frequency: float
    """Hz, the loudest of the second half; 0 for silence."""


def describe(folder: str | Path) -> dict[str, Any]:
    """Return what `call.json` says."""
    description: dict[str, Any] = json.loads((Path(folder) / "call.json").read_text())
    return description


def files_of(folder: str | Path, member: str) -> list[Path]:
    """Return the files of a member, by name, in order."""
    files = describe(folder)["files"]
    ids = {entry["id"]: entry["name"] for entry in describe(folder)["members"]}
    return [Path(folder) / f["name"] for f in files if ids[f["member"]] == member]


def watch(path: Path) -> Watched:
    """Decode a file; fails if any of it can't be."""
    images: list[av.VideoFrame] = []
    samples: list[np.ndarray[Any, Any]] = []
    times, rate = [0.0], 48_000
    with av.open(str(path)) as container:
        # The library's types know no file with both.
        frames: Iterator[Any] = container.decode()
        for frame in frames:
            times.append(frame.time or 0.0)
            if isinstance(frame, av.VideoFrame):
                images.append(frame)
            else:
                rate = frame.sample_rate
                samples.append(frame.to_ndarray().astype(np.float64)[0])
    colour = _colour(images[len(images) // 2]) if images else None
    return Watched(max(times), len(images), colour, _frequency(samples, rate))


def has_colour(watched: Watched, colour: tuple[int, int, int]) -> bool:
    """Tell whether a file shows a colour, as far as encoders keep it."""
    if watched.colour is None:
        return False
    return all(abs(a - b) < 40 for a, b in zip(watched.colour, colour, strict=True))


def _colour(frame: av.VideoFrame) -> Colour:
    red, green, blue = frame.to_ndarray(format="rgb24").mean(axis=(0, 1))
    return float(red), float(green), float(blue)


def _frequency(samples: list[np.ndarray[Any, Any]], rate: int) -> float:
    sound = np.concatenate(samples[len(samples) // 2 :]) if samples else np.zeros(0)
    if not len(sound) or np.abs(sound).max() < 1e-3:
        return 0.0
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum)) * rate / len(sound)
