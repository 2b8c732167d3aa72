"""What goes wrong with disks ends a recording, and nothing else."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
import errno
import gc
from itertools import pairwise
import json
import os
from pathlib import Path
import shutil
import subprocess
import sys
import threading
import time

import av
import pytest

from custom_components.mesh_call.media.recording import archive, disk, intake, recorder
from custom_components.mesh_call.media.recording.container import Container
from custom_components.mesh_call.media.recording.errors import (
    RecordingError,
    RecordingProblem,
)
from tests.waiting import until

from .conftest import Recording, make_recording
from .studio import Camera, Clock, Microphone, describe, look, play

ROOT = Path(__file__).parents[4]
VICTIM = [sys.executable, "-m", "tests.unit.media.recording.victim"]


def handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def recording_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if "recording" in t.name]


@pytest.mark.parametrize(("codec", "suffix"), [("libx264", "mp4"), ("libvpx", "webm")])
def test_a_killed_recording_plays(tmp_path: Path, codec: str, suffix: str) -> None:
    with subprocess.Popen(
        [*VICTIM, "kill", tmp_path, codec], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as victim:
        assert victim.stdout is not None
        path = Path(victim.stdout.readline().strip())
        victim.kill()
    seen = look(path / f"Anna.{suffix}")
    assert seen.numbers == list(range(len(seen.numbers)))
    # The last group of pictures, begun at 5 of 5.5 seconds, may be lost.
    assert len(seen.numbers) >= 125
    assert abs(seen.heard(0.5, 4.0) - 440) < 2
    description = describe(path)
    assert description["ended"] is None
    assert description["files"][0]["name"] == f"Anna.{suffix}"


async def test_a_group_of_pictures_is_written_when_the_next_has_begun(
    recording: Recording, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "WORK_INTERVAL", 600)
    camera, microphone = Camera(seconds=2.5), Microphone.tone(440, 2.5)
    recording.add("Anna", camera, microphone)
    await play(clock, camera.events(), microphone.events())
    assert recording.recorder.path is not None
    file = recording.recorder.path / "Anna.mp4"

    def is_written() -> bool:
        with suppress(OSError, av.InvalidDataError):
            return len(look(file).numbers) >= 50
        return False

    await until(is_written)


def _on_a_small_disk(folder: Path, mode: str) -> dict[str, object]:
    own_mounts = ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*own_mounts, "true"], check=False).returncode:
        pytest.skip("no file system may be mounted here")
    done = subprocess.run(
        [*own_mounts, *VICTIM, "disk", folder, mode],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    result: dict[str, object] = json.loads(done.stdout)
    return result


def test_a_full_disk_keeps_what_was_written(tmp_path: Path) -> None:
    result = _on_a_small_disk(tmp_path, "full")
    pictures = result["pictures"]
    assert isinstance(pictures, list)
    assert 50 <= len(pictures) < 220
    assert pictures == list(range(len(pictures)))
    assert result["failures"] == ["disk_full"]
    assert result["handles"] == 0
    assert result["threads"] == []


def test_a_read_only_disk(tmp_path: Path) -> None:
    result = _on_a_small_disk(tmp_path, "read_only")
    assert result["failures"] == ["read_only"]
    assert result["threads"] == []


async def test_a_missing_folder(tmp_path: Path) -> None:
    recording = make_recording(tmp_path / "not mounted")
    with pytest.raises(RecordingError) as error:
        await recording.recorder.start()
    assert error.value.key is RecordingProblem.FOLDER_MISSING
    assert not (tmp_path / "not mounted").exists()
    await until(lambda: not recording_threads())


async def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "mesh_call").touch()
    recording = make_recording(tmp_path)
    with pytest.raises(RecordingError) as error:
        await recording.recorder.start()
    assert error.value.key is RecordingProblem.FOLDER_MISSING
    assert recording.recorder.path is None
    await until(lambda: not recording_threads())


async def test_a_nearly_full_disk_is_not_begun_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(tmp_path).free
    monkeypatch.setattr(disk, "MIN_FREE", free + 1_000_000_000)
    with pytest.raises(RecordingError, match="disk_full"):
        await make_recording(tmp_path).recorder.start()
    assert not (tmp_path / "mesh_call").exists()
    await until(lambda: not recording_threads())


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EROFS, "read_only"),
        (errno.EACCES, "read_only"),
        (errno.ENOENT, "folder_missing"),
        (errno.ESTALE, "folder_missing"),
        (errno.EIO, "cannot_write"),
    ],
)
def test_errors_are_told_apart(number: int, problem: str) -> None:
    with pytest.raises(RecordingError, match=problem), disk.disk_errors():
        raise OSError(number, "no")


async def test_a_disk_that_fills_ends_the_recording_in_time(
    recording: Recording, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera, microphone = Camera(seconds=8), Microphone.tone(440, 8)
    recording.add("Anna", camera, microphone)
    path = recording.recorder.path
    assert path is not None

    def fill() -> None:
        monkeypatch.setattr(disk, "MIN_FREE", shutil.disk_usage(path).total + 1)

    await play(clock, camera.events(), microphone.events(), [(4.0, fill)])
    await until(lambda: bool(recording.failures))
    assert [error.key.value for error in recording.failures] == ["disk_full"]
    assert not recording.recorder.active
    assert await recording.recorder.stop("hung_up") == path
    assert describe(path)["reason"] == "disk_full"
    seen = look(path / "Anna.mp4")
    assert len(seen.numbers) >= 100
    assert camera.stream._sinks == microphone.stream._sinks == []


async def test_a_folder_that_vanishes_ends_the_recording(
    recording: Recording, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = Camera(seconds=8)
    recording.add("Anna", camera)
    path = recording.recorder.path
    assert path is not None
    before = handles()
    await play(
        clock, camera.events(), [(2.0, lambda: shutil.rmtree(path.parent))], end=8
    )
    await until(lambda: bool(recording.failures))
    assert [error.key.value for error in recording.failures] == ["folder_missing"]
    assert await recording.recorder.stop("hung_up") == path
    assert handles() <= before
    assert not recording_threads()


@pytest.mark.parametrize("error", [OSError(errno.EIO, "no"), ValueError("no")])
async def test_a_write_that_fails_ends_the_recording_only(
    recording: Recording,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    first, second = Camera(seconds=4), Camera(seconds=4)
    recording.add("Anna", first)
    recording.add("Kitchen", second)
    put = Container.put_picture
    written = Counter[Container]()

    def fail(container: Container, *args: object, **kwargs: object) -> None:
        written[container] += 1
        # On a busy machine one may be far behind the other.
        if len(written) == 2 and min(written.values()) > 50:
            raise error
        put(container, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Container, "put_picture", fail)
    await play(clock, first.events(), second.events())
    await until(lambda: bool(recording.failures))
    assert [e.key.value for e in recording.failures] == ["cannot_write"]
    path = await recording.recorder.stop("hung_up")
    assert look(path / "Anna.mp4").numbers
    assert look(path / "Kitchen.mp4").numbers
    assert not recording_threads()


async def test_a_listener_that_fails_does_no_harm(
    recording: Recording, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def complain(error: RecordingError) -> None:
        recording.failures.append(error)
        raise ValueError("no")

    recording.recorder._failed = complain
    monkeypatch.setattr(archive, "CHECK_INTERVAL", 0)
    monkeypatch.setattr(disk, "MIN_FREE", 1 << 62)
    clock.now += 10
    await until(lambda: bool(recording.failures))
    assert (await recording.recorder.stop("hung_up")).exists()


async def test_a_slow_disk_costs_whole_groups_of_pictures(
    recording: Recording,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(intake, "MAX_WAITING", 30_000)
    written = Container.put_picture

    def write_slowly(*args: object, **kwargs: object) -> None:
        time.sleep(0.004)
        written(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Container, "put_picture", write_slowly)
    camera, microphone = Camera(seconds=20, gop=10), Microphone.tone(440, 20)
    recording.add("Anna", camera, microphone)
    most = 0

    def measure() -> None:
        nonlocal most
        most = max(most, recording.recorder._backlog.bytes)

    watch = [(moment / 10, measure) for moment in range(200)]
    await play(clock, camera.events(), microphone.events(), watch, pause=0.01)
    path = await recording.recorder.stop("hung_up")
    assert most <= 30_000 * 1.25
    numbers = look(path / "Anna.mp4").numbers
    resumed = [number for before, number in pairwise(numbers) if number != before + 1]
    assert resumed
    assert all(number % 10 == 0 for number in resumed)
    assert recording.recorder.dropped_groups >= len(resumed)
    assert describe(path)["dropped_groups"] == recording.recorder.dropped_groups
    assert caplog.text.count("The disk is too slow") == 1


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def test_twenty_recordings_leave_nothing_behind(
    clock: Clock, tmp_path: Path
) -> None:
    cameras = [Camera(seconds=2) for _ in range(2)]
    microphones = [Microphone.tone(440, 2) for _ in range(2)]

    async def record() -> None:
        recording = make_recording(tmp_path)
        await recording.recorder.start()
        leaving: list[Callable[[], None]] = []
        for number, (camera, microphone) in enumerate(
            zip(cameras, microphones, strict=True)
        ):
            leaving.append(recording.add(str(number), camera, microphone))
        await play(
            clock,
            *(camera.events() for camera in cameras),
            *(microphone.events() for microphone in microphones),
            pause=0.001,
            end=2,
        )
        leaving[0]()
        await recording.recorder.stop("hung_up")

    for _ in range(4):
        await record()
    gc.collect()
    before, resident = handles(), _resident()
    for _ in range(20):
        await record()
    gc.collect()
    assert handles() == before
    assert not recording_threads()
    assert all(not camera.stream._sinks for camera in cameras)
    assert not [t for t in asyncio.all_tasks() if "recording" in t.get_name()]
    assert _resident() - resident < 8_000_000
    assert len(list((tmp_path / "mesh_call" / "2026-11-23").iterdir())) == 24
