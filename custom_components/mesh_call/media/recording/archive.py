"""The folder of one recording; all of it happens in the recording's thread."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path

from .container import container_suffix
from .description import (
    CallDescription,
    FileDescription,
    MemberDescription,
    RecordingDescription,
)
from .disk import check_folder, disk_errors
from .intake import Job
from .media_file import MediaFile
from .member_files import MemberFiles
from .names import UniqueNames, numbered
from .pictures import PictureFormat

CHECK_INTERVAL = 5.0
"""Seconds between two looks at the disk."""

_ROOT = "mesh_call"


class Archive:
    """Creates the folder, knows its files and keeps its description up to date.

    All moments are in seconds of the recording.

    Args:
        folder: where recordings go; it must be there already.
        call: that is recorded.
    """

    def __init__(self, folder: Path, call: CallDescription) -> None:
        self._folder = folder
        self._path = folder
        self._description = RecordingDescription(call)
        self._changed = True
        self._names = UniqueNames()
        self._members: list[MemberFiles] = []
        self._files: dict[MediaFile, FileDescription] = {}
        self._next_check = CHECK_INTERVAL

    def create(self) -> Path:
        """Make the folder of the recording and give its path.

        Raises:
            RecordingError: it can't be made, or the disk is nearly full.
        """
        check_folder(self._folder)
        with disk_errors():
            self._path = self._make_folder()
            self._describe()
        return self._path

    def new_files(self, member: MemberDescription) -> MemberFiles:
        """Make what decides on a member's files; safe in any thread."""
        return MemberFiles(partial(self._open, member), self._close)

    def add(self, member: MemberDescription, files: MemberFiles) -> None:
        """Take a new member in."""
        self._members.append(files)
        self._description.members.append(member)
        self._changed = True

    def work(self, jobs: Sequence[Job], now: float) -> None:
        """Do what came up to the moment `now`.

        Raises:
            RecordingError: the disk refuses, is nearly full or gone.
        """
        with disk_errors():
            for job in jobs:
                job()
            for member in self._members:
                member.advance(now)
            if self._changed:
                self._describe()
        if now >= self._next_check:
            self._next_check = now + CHECK_INTERVAL
            check_folder(self._path)

    def close(self, now: float, reason: str, dropped_groups: int) -> None:
        """Close every file, whatever happens to the others.

        Raises:
            RecordingError: the disk refused one of them.
        """
        errors: list[OSError] = []
        for member in self._members:
            try:
                member.close(now)
            except OSError as error:
                errors.append(error)
        description = self._description
        description.ended = description.call.started + timedelta(seconds=now)
        description.duration = round(now, 3)
        description.reason = reason
        description.dropped_groups = dropped_groups
        with disk_errors():
            self._describe()
            if errors:
                raise errors[0]

    def _make_folder(self) -> Path:
        call = self._description.call
        day = self._folder / _ROOT / f"{call.started:%Y-%m-%d}"
        day.mkdir(parents=True, exist_ok=True)
        first, *others = call.names or ("",)
        who = f"{first} with {', '.join(others)}" if others else first
        title = f"{call.started:%H-%M-%S} {who}"
        number = 1
        while True:
            path = day / numbered(title, number)
            try:
                path.mkdir()
            except FileExistsError:
                number += 1
            else:
                return path.absolute()

    def _open(
        self,
        member: MemberDescription,
        picture: PictureFormat | None,
        sound: bool,
        zero: float,
    ) -> MediaFile:
        name = self._names.take(member.name) + container_suffix(picture)
        file = MediaFile(self._path / name, picture, sound, zero)
        video = None if picture is None else asdict(picture)
        audio = {"codec": "opus"} if sound else None
        description = FileDescription(name, member.id, round(zero, 3), video, audio)
        self._files[file] = description
        self._description.files.append(description)
        self._changed = True
        return file

    def _close(self, file: MediaFile, end: float) -> None:
        description = self._files.pop(file)
        self._changed = True
        end = max(end, file.end)
        file.close(end)
        description.duration = round(end - file.zero, 3)
        description.size = file.path.stat().st_size

    def _describe(self) -> None:
        self._changed = False
        self._description.write(self._path)
