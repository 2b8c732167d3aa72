"""What ends a recording against its will."""

from enum import StrEnum


class RecordingProblem(StrEnum):
    """Why a call can't be recorded; each is an error key users see."""

    DISK_FULL = "disk_full"
    READ_ONLY = "read_only"
    FOLDER_MISSING = "folder_missing"
    CANNOT_WRITE = "cannot_write"


class RecordingError(Exception):
    """A recording could not begin or had to end; the call itself goes on."""

    def __init__(self, key: RecordingProblem) -> None:
        """Name the sentence that users read."""
        super().__init__(key.value)
        self.key = key
