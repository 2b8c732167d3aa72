"""A recording in a test's own time."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from custom_components.mesh_call.media.recording.description import CallDescription
from custom_components.mesh_call.media.recording.errors import RecordingError
from custom_components.mesh_call.media.recording.recorder import CallRecorder

from .studio import Camera, Clock, Microphone, take_over_time

STARTED = datetime.fromisoformat("2026-11-23T14:05:09+01:00")
CALL = CallDescription("call-1", STARTED, ("Front door", "Kitchen", "Anna"))


@dataclass
class Recording:
    """A recorder under test and what it complained of."""

    recorder: CallRecorder
    failures: list[RecordingError] = field(default_factory=list)

    def add(
        self, name: str, video: Camera | None = None, audio: Microphone | None = None
    ) -> Callable[[], None]:
        return self.recorder.add_member(
            f"station:{name}",
            name,
            "station",
            video.stream if video else None,
            audio.stream if audio else None,
        )


def make_recording(folder: Path) -> Recording:
    failures: list[RecordingError] = []
    return Recording(CallRecorder(folder, CALL, failures.append), failures)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return take_over_time(monkeypatch)


@pytest.fixture
async def recording(clock: Clock, tmp_path: Path) -> AsyncIterator[Recording]:
    recording = make_recording(tmp_path)
    await recording.recorder.start()
    yield recording
    await recording.recorder.stop("hung_up")
