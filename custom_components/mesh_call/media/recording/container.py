"""One file on disk, written by libav."""

from fractions import Fraction
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import av

from ..opus import OPUS_RATE
from ..stream import H264
from .pictures import PictureFormat

if TYPE_CHECKING:
    from av.stream import Stream

_LOGGER = logging.getLogger(__name__)

PICTURE_RATE = H264.clock_rate
"""The time base of pictures, in Hz."""

_PICTURE_UNIT = Fraction(1, PICTURE_RATE)
_SOUND_UNIT = Fraction(1, OPUS_RATE)

FRAGMENT_SECONDS = 2.0
"""What a crash costs at most where key frames are further apart, or missing."""

_MICROSECONDS = 1_000_000
_INTERLEAVE_SECONDS = 1.0

# Written in fragments, for a crash to leave a file that plays; the index that a
# player can seek by is added at the end.
_MP4_OPTIONS = {
    "movflags": "hybrid_fragmented+frag_keyframe+delay_moov",
    "frag_duration": str(round(FRAGMENT_SECONDS * _MICROSECONDS)),
}
_WEBM_OPTIONS = {"cluster_time_limit": "1000"}
_COMMON_OPTIONS = {
    "flush_packets": "1",
    # Sound that pauses must not hold back the picture, nor the other way round.
    "max_interleave_delta": str(round(_INTERLEAVE_SECONDS * _MICROSECONDS)),
}


def container_suffix(picture: PictureFormat | None) -> str:
    """Give the end of a file's name by what is written into it."""
    return ".webm" if picture is not None and picture.codec == "vp8" else ".mp4"


class Container:
    """An MP4 or WebM file that takes encoded pictures and Opus.

    Args:
        path: of the new file; what it ends with decides the kind.
        picture: what the pictures are, None for a file without.
        sound: whether there is a track of sound.
    """

    def __init__(self, path: Path, picture: PictureFormat | None, sound: bool) -> None:
        webm = path.suffix == ".webm"
        options = _COMMON_OPTIONS | (_WEBM_OPTIONS if webm else _MP4_OPTIONS)
        self._output = av.open(
            str(path), "w", format=path.suffix[1:], container_options=options
        )
        self._pictures = self._add_pictures(picture) if picture else None
        self._sound = self._add_sound() if sound else None

    def put_picture(
        self, data: bytes, at: int, duration: int, *, key_frame: bool
    ) -> None:
        """Write a picture.

        Args:
            data: one access unit.
            at: its time since the file's start in units of `PICTURE_RATE`, higher
                than that of the picture before.
            duration: in the same units.
            key_frame: whether decoding can start with it.

        Raises:
            OSError: the disk refuses.
        """
        assert self._pictures is not None
        packet = av.Packet(data)
        packet.is_keyframe = key_frame
        self._put(packet, self._pictures, _PICTURE_UNIT, at, duration)

    def put_sound(self, data: bytes, at: int, duration: int) -> None:
        """Write an Opus packet; times are in samples of 48 kHz.

        Raises:
            OSError: the disk refuses.
        """
        assert self._sound is not None
        packet = av.Packet(data)
        packet.is_keyframe = True
        self._put(packet, self._sound, _SOUND_UNIT, at, duration)

    def close(self) -> None:
        """Complete the file and close it, whatever happens.

        Raises:
            OSError: the disk refuses; the file plays like after a crash.
        """
        try:
            self._output.close()
        except av.FFmpegError as error:
            _forgive(error)

    def _put(
        self,
        packet: av.Packet[Stream],
        stream: Stream,
        unit: Fraction,
        at: int,
        length: int,
    ) -> None:
        packet.stream = stream
        packet.time_base = unit
        packet.pts = packet.dts = at
        packet.duration = length
        try:
            self._output.mux_one(packet)
        except av.FFmpegError as error:
            _forgive(error)

    def _add_pictures(self, picture: PictureFormat) -> Stream:
        return self._output.add_mux_stream(
            picture.codec,
            width=picture.width,
            height=picture.height,
            time_base=_PICTURE_UNIT,
        )

    def _add_sound(self) -> Stream:
        # An encoder that encodes nothing gives the track its Opus header.
        return self._output.add_stream("libopus", rate=OPUS_RATE, layout="stereo")


def _forgive(error: av.FFmpegError) -> None:
    """Let pass what libav thinks of the content, but not what the disk says."""
    if isinstance(error, OSError):
        raise error
    _LOGGER.debug("libav refused a part of a recording: %s", type(error).__name__)
