"""The description beside the files of a recording: `call.json`."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
import json
from pathlib import Path
from typing import Any

FILE_NAME = "call.json"


@dataclass(frozen=True, slots=True)
class CallDescription:
    """The call that is recorded.

    `started` is when the recording begins, in local time: folders are named by it.
    `names` are those of the members at that moment, the caller's first.
    """

    call_id: str
    started: datetime
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MemberDescription:
    """A member as it is listed."""

    id: str
    name: str
    kind: str


@dataclass(slots=True)
class FileDescription:
    """One file and what is in it.

    `offset` and `duration` are in seconds, the former since the recording's start;
    `duration` and `size` (in bytes) are unknown while the file is written.
    """

    name: str
    member: str
    offset: float
    video: dict[str, Any] | None
    audio: dict[str, Any] | None
    duration: float | None = None
    size: int | None = None


@dataclass(slots=True)
class RecordingDescription:
    """All that `call.json` says."""

    call: CallDescription
    members: list[MemberDescription] = field(default_factory=list)
    files: list[FileDescription] = field(default_factory=list)
    dropped_groups: int = 0
    ended: datetime | None = None
    duration: float | None = None
    reason: str | None = None

    def write(self, folder: Path) -> None:
        """Replace the file in one go, so that it is whole at any moment.

        Raises:
            OSError: it can't be written.
        """
        text = json.dumps(self._content(), ensure_ascii=False, indent=2)
        fresh = folder / f"{FILE_NAME}.new"
        fresh.write_text(text + "\n", encoding="utf-8")
        fresh.replace(folder / FILE_NAME)

    def _content(self) -> dict[str, Any]:
        return {
            "call_id": self.call.call_id,
            "started": self.call.started.isoformat(),
            "ended": self.ended.isoformat() if self.ended else None,
            "duration": self.duration,
            "reason": self.reason,
            "dropped_groups": self.dropped_groups,
            "members": [asdict(member) for member in self.members],
            "files": [asdict(file) for file in self.files],
        }
