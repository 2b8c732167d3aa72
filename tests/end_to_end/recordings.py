"""What a recording on disk shows and sounds like."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
import json
from pathlib import Path
from typing import Any

import av
import numpy as np

type Colour = tuple[float, float, float]
type Sound = np.ndarray[Any, Any]

_PAIR = 0.8
"""Seconds within which a flash and a beep are taken for one clap."""

_WHITE = 215
_LOUD = 0.04
_QUIET_SECONDS = 0.5


@dataclass(frozen=True)
class Watched:
    """A file of a recording, decoded from its beginning to its end."""

    seconds: float
    pictures: int
    colour: Colour | None
    """Mean colour (RGB) of most pictures: none that only flashes."""

    frequency: float
    """Hz, the loudest of the second half; 0 for silence."""

    size: tuple[int, int] | None = None
    """Width and height of the picture in the middle."""

    flashes: list[float] = field(default_factory=list)
    """When the picture turns white, in seconds."""

    beeps: list[float] = field(default_factory=list)
    """When a sound begins after silence, in seconds."""

    def lips(self, since: float = 0.0) -> list[float]:
        """Return by how much each beep is later than its flash, in seconds."""
        flashes = [flash for flash in self.flashes if flash >= since]
        pairs = [(min(self.beeps, key=lambda b: abs(b - f)), f) for f in flashes]
        return [beep - flash for beep, flash in pairs if abs(beep - flash) < _PAIR]


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
    samples: list[Sound] = []
    times, rate, sound_begins = [0.0], 48_000, 0.0
    with av.open(str(path)) as container:
        # The library's types know no file with both.
        frames: Iterator[Any] = container.decode()
        for frame in frames:
            times.append(frame.time or 0.0)
            if isinstance(frame, av.VideoFrame):
                images.append(frame)
                continue
            if not samples:
                rate, sound_begins = frame.sample_rate, frame.time or 0.0
            samples.append(frame.to_ndarray().astype(np.float64)[0])
    middle = images[len(images) // 2] if images else None
    sound = np.concatenate(samples) if samples else np.zeros(0)
    return Watched(
        max(times),
        len(images),
        _colour(images) if images else None,
        _frequency(sound[len(sound) // 2 :], rate),
        (middle.width, middle.height) if middle else None,
        _flashes(images),
        [sound_begins + at / rate for at in _beeps(sound, rate)],
    )


def sound_of(path: Path) -> tuple[Sound, int]:
    """Decode the sound of a file; returns its samples and their rate."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    samples = [frame.to_ndarray().astype(np.float64)[0] for frame in frames]
    return np.concatenate(samples), frames[0].sample_rate


def has_colour(watched: Watched, colour: tuple[int, int, int]) -> bool:
    """Tell whether a file shows a colour, as far as encoders keep it."""
    if watched.colour is None:
        return False
    return all(abs(a - b) < 40 for a, b in zip(watched.colour, colour, strict=True))


def _colour(images: list[av.VideoFrame]) -> Colour:
    some = images[:: max(1, len(images) // 15)]
    colours = [image.to_ndarray(format="rgb24").mean(axis=(0, 1)) for image in some]
    red, green, blue = np.median(colours, axis=0)
    return float(red), float(green), float(blue)


def _frequency(sound: Sound, rate: int) -> float:
    if not len(sound) or np.abs(sound).max() < 1e-3:
        return 0.0
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum)) * rate / len(sound)


def _flashes(images: list[av.VideoFrame]) -> list[float]:
    white = [bool(_gray(image).mean() > _WHITE) for image in images]
    turns = [n for n, (before, now) in enumerate(pairwise(white), 1) if now > before]
    return [images[turn].time or 0.0 for turn in turns]


def _gray(image: av.VideoFrame) -> Sound:
    return image.reformat(32, 32, "gray").to_ndarray()


def _beeps(sound: Sound, rate: int) -> list[int]:
    """Return the samples with which a sound begins after silence."""
    loud = np.flatnonzero(np.abs(sound) > _LOUD)
    steps = np.diff(loud, prepend=-rate)
    return [int(at) for at in loud[steps > _QUIET_SECONDS * rate]]
