"""Draws and records the visitor who stands at the simulated front door."""

from dataclasses import dataclass
import math
from pathlib import Path
import shutil
import subprocess
import wave

import numpy as np
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1280, 720
PICTURES = 24
PICTURES_PER_SECOND = 12
SOUND_RATE = 16_000
GREETING = "Hello! I have a parcel for you. Can you hear me? Please say something."

SKY, WALL, STEP = (168, 199, 222), (214, 198, 176), (150, 146, 140)
SKIN, HAIR, JACKET, PARCEL = (
    (236, 188, 150),
    (70, 48, 38),
    (33, 99, 171),
    (196, 148, 92),
)


@dataclass(frozen=True)
class Visitor:
    """Where the pictures (a pattern of GStreamer's) and the sound are."""

    pictures: str
    sound: Path


def prepare_visitor(folder: Path) -> Visitor:
    """Draw and record the visitor into a folder, once."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(PICTURES):
        path = folder / f"visitor{number:02}.png"
        if not path.exists():
            draw_visitor(number / PICTURES).save(path)
    sound = folder / "visitor.raw"
    if not sound.exists():
        sound.write_bytes(_say(folder) or _chime())
    return Visitor(str(folder / "visitor%02d.png"), sound)


def draw_visitor(phase: float) -> Image.Image:
    """Draw one picture; `phase` runs from 0 to 1 through one wave of the hand."""
    image = Image.new("RGB", (WIDTH, HEIGHT), SKY)
    draw = ImageDraw.Draw(image)
    _draw_street(draw)
    swing = math.sin(2 * math.pi * phase)
    _draw_person(draw, WIDTH // 2, int(330 + 6 * math.cos(4 * math.pi * phase)), swing)
    return image


def _draw_street(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 430, WIDTH, HEIGHT), fill=(118, 140, 96))
    draw.polygon(((430, HEIGHT), (570, 430), (710, 430), (850, HEIGHT)), fill=STEP)
    for left, top in ((60, 210), (930, 170)):
        draw.rectangle((left, top, left + 290, 440), fill=WALL)
        roof = ((left - 25, top), (left + 145, top - 105), (left + 315, top))
        draw.polygon(roof, fill=(152, 82, 66))
        for window in (left + 40, left + 175):
            draw.rectangle(
                (window, top + 55, window + 75, top + 130), fill=(96, 126, 150)
            )


def _draw_person(draw: ImageDraw.ImageDraw, x: int, y: int, swing: float) -> None:
    hand = (x + 235 + int(38 * swing), y - 20)
    draw.line(((x + 105, y + 190), (x + 215, y + 120), hand), JACKET, 62, "curve")
    draw.circle(hand, 36, fill=SKIN)
    draw.rounded_rectangle((x - 150, y + 120, x + 150, HEIGHT + 60), 90, fill=JACKET)
    draw.rectangle((x - 190, y + 235, x + 40, y + 375), fill=PARCEL)
    draw.rectangle((x - 90, y + 235, x - 62, y + 375), fill=(224, 190, 140))
    draw.rounded_rectangle((x - 42, y + 60, x + 42, y + 150), 30, fill=SKIN)
    draw.ellipse((x - 105, y - 145, x + 105, y + 105), fill=SKIN)
    draw.pieslice((x - 112, y - 165, x + 112, y + 60), 180, 360, fill=HAIR)
    for eye in (x - 42, x + 42):
        draw.circle((eye, y - 22), 10, fill=(40, 40, 48))
    mouth = 18 + int(10 * abs(swing))
    draw.chord((x - 40, y + 20, x + 40, y + 35 + mouth), 0, 180, fill=(150, 58, 58))


def _say(folder: Path) -> bytes | None:
    """Let espeak-ng speak the greeting; None where it is not installed."""
    if not (program := shutil.which("espeak-ng")):
        return None
    spoken = folder / "greeting.wav"
    subprocess.run((program, "-s", "150", "-w", str(spoken), GREETING), check=True)
    with wave.open(str(spoken)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    times = np.arange(0, len(samples), rate / SOUND_RATE)
    resampled = np.interp(times, np.arange(len(samples)), samples).astype(np.int16)
    return bytes(resampled.tobytes()) + bytes(2 * SOUND_RATE * 2)


def _chime() -> bytes:
    """Make three tones and a pause: a voice for where nothing can speak."""
    times = np.arange(SOUND_RATE // 2) / SOUND_RATE
    fading = 9000 * np.exp(-4 * times)
    tones = [fading * np.sin(2 * np.pi * f * times) for f in (523.25, 659.25, 783.99)]
    samples = np.concatenate([*tones, np.zeros(2 * SOUND_RATE)])
    return bytes(samples.astype(np.int16).tobytes())
