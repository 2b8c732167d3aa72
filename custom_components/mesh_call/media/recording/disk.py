"""What the disk under a recording has to say."""

from collections.abc import Iterator
from contextlib import contextmanager
import errno
from pathlib import Path
import shutil

from .errors import RecordingError, RecordingProblem

MIN_FREE = 200_000_000
"""Bytes that are left to others: a full disk stops more than a recording."""

_PROBLEMS = {
    errno.ENOSPC: RecordingProblem.DISK_FULL,
    errno.EDQUOT: RecordingProblem.DISK_FULL,
    errno.EROFS: RecordingProblem.READ_ONLY,
    errno.EACCES: RecordingProblem.READ_ONLY,
    errno.EPERM: RecordingProblem.READ_ONLY,
    errno.ENOENT: RecordingProblem.FOLDER_MISSING,
    errno.ENOTDIR: RecordingProblem.FOLDER_MISSING,
    errno.ESTALE: RecordingProblem.FOLDER_MISSING,
}


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn errors of the operating system into what users can act on.

    Raises:
        RecordingError: instead of an OSError.
    """
    try:
        yield
    except OSError as error:
        number = error.errno or 0
        raise RecordingError(
            _PROBLEMS.get(number, RecordingProblem.CANNOT_WRITE)
        ) from error


def check_folder(folder: Path) -> None:
    """Make sure that `folder` is there and has room.

    A file that is open can be written to after its folder is gone, so nothing else
    would tell.

    Raises:
        RecordingError: `folder_missing` or `disk_full`.
    """
    with disk_errors():
        free = shutil.disk_usage(folder).free
    if not folder.is_dir():
        raise RecordingError(RecordingProblem.FOLDER_MISSING)
    if free < MIN_FREE:
        raise RecordingError(RecordingProblem.DISK_FULL)
