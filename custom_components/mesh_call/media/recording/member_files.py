"""The files of one member, one after the other."""

from collections.abc import Callable

from .media_file import MediaFile
from .pictures import Picture, PictureFormat

PICTURE_PATIENCE = 5.0
"""Seconds that sound waits for a picture that is said to come."""

SURPRISE_PATIENCE = 1.0
"""Seconds that one waits for the other that nobody has announced."""

SILENCE_DELAY = 2.0
"""Seconds sound may be late before silence takes its place."""

LONGEST_FILE = 7_200.0
"""Seconds; libav keeps some 70 bytes a packet for the index."""

type OpenFile = Callable[[PictureFormat | None, bool, float], MediaFile]
"""Opens the next file: what pictures, whether sound, from which moment."""

type CloseFile = Callable[[MediaFile, float], None]
"""Closes a file that lasts until a moment."""


class MemberFiles:
    """Decides which file takes what a member sends.

    A new one begins with a new format, a first picture or sound, and after
    `LONGEST_FILE`. All moments are in seconds of the recording.

    Args:
        open_file: opens the next one.
        close_file: closes one.
    """

    def __init__(self, open_file: OpenFile, close_file: CloseFile) -> None:
        self._open_file = open_file
        self._close_file = close_file
        self._file: MediaFile | None = None
        self._held: list[tuple[float, Picture | bytes]] = []
        self._held_since: float | None = None
        self._expects_picture = self._expects_sound = False
        self._left: float | None = None

    def expect(self, *, picture: bool, sound: bool) -> None:
        """Note what the member, who is here now, is going to send."""
        self._expects_picture, self._expects_sound = picture, sound
        self._left = None

    def take_picture(self, moment: float, picture: Picture) -> None:
        """Take a picture.

        Raises:
            OSError: the disk refuses.
        """
        file = self._file
        if file is None:
            self._held.append((moment, picture))
            return
        if picture.format is not None and self._is_over(file, moment, picture.format):
            file = self._open_next(file, moment, picture.format)
        if file.picture is not None:
            file.put_picture(moment, picture)

    def take_sound(self, moment: float, packet: bytes) -> None:
        """Take an Opus packet.

        Raises:
            OSError: the disk refuses.
        """
        # A track can't be added to a file; the next key frame opens one with sound.
        self._expects_sound = True
        file = self._file
        if file is None:
            self._held.append((moment, packet))
            return
        if file.picture is None and self._is_over(file, moment, None):
            file = self._open_next(file, moment, None)
        if file.has_sound:
            file.put_sound(moment, packet)

    def advance(self, now: float) -> None:
        """Do what is due at the moment `now`.

        Raises:
            OSError: the disk refuses.
        """
        if self._left is not None:
            return
        if self._file is None and self._held and self._is_complete(now):
            self._open_first()
        if self._file is not None:
            self._file.fill(now - SILENCE_DELAY)

    def leave(self, now: float) -> None:
        """Note that the member is gone; the file goes on when he comes back.

        Raises:
            OSError: the disk refuses.
        """
        self._left = now
        if self._file is None and self._held:
            self._open_first()

    def close(self, now: float) -> None:
        """Close what is open, with the member's last moment as its end.

        Raises:
            OSError: the disk refuses.
        """
        file, self._file = self._file, None
        self._held.clear()
        if file is not None:
            self._close_file(file, now if self._left is None else self._left)

    def _is_complete(self, now: float) -> bool:
        """Whether the tracks of the first file are known."""
        if self._held_since is None:
            self._held_since = now
        waited = now - self._held_since
        if not any(isinstance(thing, Picture) for _, thing in self._held):
            expected = self._expects_picture
            return waited > (PICTURE_PATIENCE if expected else SURPRISE_PATIENCE)
        return self._expects_sound or waited > SURPRISE_PATIENCE

    def _open_first(self) -> None:
        """Open the file that what was held belongs into."""
        held, self._held = self._held, []
        form = next(
            (thing.format for _, thing in held if isinstance(thing, Picture)), None
        )
        zero = min(moment for moment, _ in held)
        self._file = self._open_file(form, self._expects_sound, zero)
        for moment, thing in held:
            if isinstance(thing, Picture):
                self.take_picture(moment, thing)
            else:
                self.take_sound(moment, thing)

    def _is_over(
        self, file: MediaFile, moment: float, form: PictureFormat | None
    ) -> bool:
        unheard = form is not None and self._expects_sound and not file.has_sound
        too_long = moment - file.zero > LONGEST_FILE
        return form != file.picture or unheard or too_long

    def _open_next(
        self, file: MediaFile, moment: float, form: PictureFormat | None
    ) -> MediaFile:
        # Sound goes on where it ended, though the picture may be ahead of it.
        zero = min(moment, file.sound_end) if file.has_sound else moment
        self._file = None
        self._close_file(file, moment)
        self._file = self._open_file(form, self._expects_sound, zero)
        return self._file
