"""What the camera sees and hears, encoded before anybody looks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..content import (
    PICTURE_RATE,
    Color,
    Waveform,
    encode_aac,
    encode_h264,
    encode_pcma,
    make_tone,
    pack_h264,
)
from .manners import Manners

FLASH: Color = (235, 235, 235)
BEEP = 700.0
BEEP_SECONDS = 0.2

_FLASH_PICTURES = 5
_LOOP_SECONDS = 8
"""Whole seconds and whole units of AAC."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Packets that are sent again and again."""

    payload_type: int
    rate: int
    step: int
    """Of the time stamps from one packet to the next."""
    payloads: Sequence[bytes]
    description: tuple[str, ...] = ()


def make_pictures(manners: Manners) -> list[list[bytes]]:
    """Give the payloads of each picture."""
    if manners.program:
        flash = encode_h264(FLASH, gop=5, pictures=_FLASH_PICTURES)
        rest = PICTURE_RATE - _FLASH_PICTURES
        gop = flash + encode_h264(manners.color, gop=5, pictures=rest)
    else:
        gop = encode_h264(manners.color, gop=10, pictures=10, b_frames=manners.b_frames)
    return [pack_h264(units) for units in gop]


def make_sound(manners: Manners) -> Sound | None:
    """Give the packets of the sound; None where nobody can tell what it is."""
    if manners.audio_format == "8":
        step = 8_000 // PICTURE_RATE
        coded = encode_pcma(_samples(manners, 8_000))
        payloads = [coded[at : at + step] for at in range(0, len(coded), step)]
        return Sound(8, 8_000, step, payloads)
    if manners.audio_format == "97":
        units = encode_aac(_samples(manners, 16_000), 16_000)
        heads = (b"\x00\x10" + (len(unit) << 3).to_bytes(2) for unit in units)
        payloads = [head + unit for head, unit in zip(heads, units, strict=True)]
        format_line = (
            "a=fmtp:97 streamtype=5;mode=AAC-hbr;config=1408;"
            "sizelength=13;indexlength=3;indexdeltalength=3"
        )
        lines = ("a=rtpmap:97 MPEG4-GENERIC/16000/1", format_line)
        return Sound(97, 16_000, 1_024, payloads, lines)
    return None


def _samples(manners: Manners, rate: int) -> Waveform:
    samples = np.zeros(_LOOP_SECONDS * rate, np.int16)
    if manners.program:
        beep = make_tone(BEEP, BEEP_SECONDS, rate)
        for second in range(_LOOP_SECONDS):
            samples[second * rate : second * rate + len(beep)] = beep
    return samples
