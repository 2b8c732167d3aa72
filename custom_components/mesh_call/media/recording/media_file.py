"""One file of one member: its time begins with its first picture or sound."""

from pathlib import Path

from ..black import silence
from ..opus import OPUS_RATE, packet_duration
from ..stream import OPUS
from .container import PICTURE_RATE, Container
from .pictures import Picture, PictureFormat

MIN_STEP = 0.001
"""Seconds between pictures that come too fast: those that lead up to the present."""

_SILENCE_SAMPLES = 960
_TOLERANCE = _SILENCE_SAMPLES / OPUS_RATE
"""Seconds sound may be off its place: less than silence can make up for."""


class MediaFile:
    """Keeps pictures in order and sound without gaps.

    Players put sound together without looking at its time stamps, so gaps are
    filled with silence; a picture stays until the next one. All moments are in
    seconds of the recording.

    Args:
        path: of the new file.
        picture: what the pictures are, None for a file without.
        sound: whether there is a track of sound.
        zero: the moment the file begins.
    """

    def __init__(
        self, path: Path, picture: PictureFormat | None, sound: bool, zero: float
    ) -> None:
        self.path = path
        self.picture = picture
        self.has_sound = sound
        self.zero = zero
        self._container = Container(path, picture, sound)
        self._held: Picture | None = None
        self._begun = False
        self._last_picture = zero - MIN_STEP
        self._samples = 0
        self._quiet = silence(OPUS.name) or b""

    @property
    def sound_end(self) -> float:
        """The moment up to which there is sound."""
        return self.zero + self._samples / OPUS_RATE

    @property
    def end(self) -> float:
        """The moment up to which there is anything."""
        return max(self.sound_end, self._last_picture + MIN_STEP)

    def put_picture(self, moment: float, picture: Picture) -> None:
        """Take the next picture, a key frame first.

        Raises:
            OSError: the disk refuses.
        """
        moment = max(moment, self._last_picture + MIN_STEP)
        self._release(moment)
        self._held, self._last_picture = picture, moment

    def put_sound(self, moment: float, packet: bytes) -> None:
        """Take an Opus packet; one whose place is taken is left out.

        Raises:
            OSError: the disk refuses.
        """
        ahead = moment - self.sound_end
        duration = packet_duration(packet)
        if ahead <= -_TOLERANCE or not duration:
            return
        if ahead >= _TOLERANCE:
            self.fill(moment)
        self._put_sound(packet, duration)

    def fill(self, moment: float) -> None:
        """Make what is there last until `moment`, and write silence.

        Raises:
            OSError: the disk refuses.
        """
        if not self.has_sound:
            return
        # The first picture holds all else back; others wait for the next one, since
        # libav would put that where a duration that was guessed has ended.
        if not self._begun and self._last_picture < moment:
            self._release(moment)
        missing = round((moment - self.sound_end) * OPUS_RATE)
        for _ in range(missing // _SILENCE_SAMPLES):
            self._put_sound(self._quiet, _SILENCE_SAMPLES)

    def close(self, end: float) -> None:
        """Complete the file with what is there lasting until `end`.

        Raises:
            OSError: the disk refuses; the file is closed, though.
        """
        try:
            self.fill(end)
            self._release(max(end, self.end))
        finally:
            self._container.close()

    def _release(self, until: float) -> None:
        """Write the held picture: only now it is known how long it lasts."""
        picture, self._held = self._held, None
        if picture is None:
            return
        self._begun = True
        at, end = (
            round((moment - self.zero) * PICTURE_RATE)
            for moment in (self._last_picture, until)
        )
        key_frame = picture.format is not None
        self._container.put_picture(picture.data, at, end - at, key_frame=key_frame)

    def _put_sound(self, packet: bytes, duration: int) -> None:
        self._container.put_sound(packet, self._samples, duration)
        self._samples += duration
