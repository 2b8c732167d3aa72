"""Which files a recording is made of, and what is said about them."""

from pathlib import Path

import av
import pytest

from .conftest import Recording
from .studio import (
    BLUE,
    GREEN,
    RED,
    Camera,
    Clock,
    Microphone,
    alike,
    describe,
    look,
    play,
)


async def test_description(recording: Recording, clock: Clock) -> None:
    camera, microphone = Camera(seconds=2), Microphone.tone(440, 2)
    recording.add("Front door", camera, microphone)
    await play(clock, camera.events(), microphone.events(), end=2)
    path = await recording.recorder.stop("hung_up")
    assert path == recording.recorder.path
    assert path.is_absolute()
    assert path.parts[-3:] == (
        "mesh_call",
        "2026-11-23",
        "14-05-09 Front door with Kitchen, Anna",
    )
    assert sorted(file.name for file in path.iterdir()) == [
        "Front door.mp4",
        "call.json",
    ]
    assert describe(path) == {
        "call_id": "call-1",
        "started": "2026-11-23T14:05:09+01:00",
        "ended": "2026-11-23T14:05:11+01:00",
        "duration": 2.0,
        "reason": "hung_up",
        "dropped_groups": 0,
        "members": [
            {"id": "station:Front door", "name": "Front door", "kind": "station"}
        ],
        "files": [
            {
                "name": "Front door.mp4",
                "member": "station:Front door",
                "offset": 0.0,
                "video": {"codec": "h264", "width": 192, "height": 144},
                "audio": {"codec": "opus"},
                "duration": pytest.approx(2, abs=0.03),
                "size": (path / "Front door.mp4").stat().st_size,
            }
        ],
    }


async def test_a_closed_file_is_a_plain_mp4(recording: Recording, clock: Clock) -> None:
    camera = Camera(seconds=3)
    recording.add("Front door", camera)
    await play(clock, camera.events())
    path = await recording.recorder.stop("hung_up")
    data = (path / "Front door.mp4").read_bytes()
    boxes, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4])
        boxes.append(data[at + 4 : at + 8])
        at += size if size > 1 else int.from_bytes(data[at + 8 : at + 16])
    assert b"moof" not in boxes
    assert boxes[0] == b"ftyp"
    assert boxes[-1] == b"moov"
    with av.open(str(path / "Front door.mp4")) as container:
        container.seek(2_100_000)
        frame = next(container.decode(video=0))
        assert frame.time == pytest.approx(2, abs=0.1)


async def test_a_new_size_begins_a_new_file(recording: Recording, clock: Clock) -> None:
    first = Camera(RED, seconds=3)
    second = Camera(GREEN, seconds=3, size=(384, 288), first=75, stream=first.stream)
    microphone = Microphone.tone(440, 6)
    recording.add("Anna", first, microphone)
    await play(clock, first.events(), second.events(3.0), microphone.events(), end=6)
    path = await recording.recorder.stop("hung_up")
    one, two = look(path / "Anna.mp4"), look(path / "Anna 2.mp4")
    assert one.numbers + two.numbers == list(range(150))
    assert alike(one.colors[-1], RED)
    assert alike(two.colors[0], GREEN)
    assert abs(len(one.sound) + len(two.sound) - 6 * 48_000) < 48_000 / 20
    assert abs(one.heard(0.5, 2.5) - 440) < 2
    assert abs(two.heard(0.5, 2.5) - 440) < 2
    files = describe(path)["files"]
    assert [file["offset"] for file in files] == pytest.approx([0, 3], abs=0.1)
    assert [file["duration"] for file in files] == pytest.approx([3, 3], abs=0.1)
    assert [file["video"]["width"] for file in files] == [192, 384]
    assert {file["member"] for file in files} == {"station:Anna"}


async def test_late_join_starts_with_the_last_key_frame(
    recording: Recording, clock: Clock
) -> None:
    """The member's camera ran already: the file begins at the join, not before."""
    camera, microphone = Camera(seconds=6, gop=50), Microphone.tone(440, 6)
    await play(
        clock,
        camera.events(),
        microphone.events(),
        [(3.0, lambda: recording.add("Anna", camera, microphone))],
        end=6,
    )
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Anna.mp4")
    assert seen.numbers == list(range(50, 150))
    assert abs(seen.times[seen.numbers.index(100)] - 1.0) < 0.1
    assert abs(seen.duration - 3) < 0.1
    assert describe(path)["files"][0]["offset"] == pytest.approx(3, abs=0.05)


async def test_leaving_and_coming_back_stays_in_one_file(
    recording: Recording, clock: Clock
) -> None:
    first, again = Camera(RED, seconds=3), Camera(BLUE, seconds=3, first=200)
    tone, other = Microphone.tone(440, 3), Microphone.tone(880, 3)
    leave = recording.add("Anna", first, tone)
    await play(clock, first.events(), tone.events(), [(3.0, leave)], end=7)
    leave_again = recording.add("Anna", again, other)
    leave()
    await play(clock, again.events(), other.events(), [(3.0, leave_again)], end=9)
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Anna.mp4")
    assert seen.numbers == first.numbers + again.numbers
    assert abs(seen.times[seen.numbers.index(200)] - 7) < 0.1
    assert abs(seen.heard(0.5, 2.5) - 440) < 2
    assert seen.heard(3.5, 6.5) == 0
    assert abs(seen.heard(7.5, 9.5) - 880) < 2
    assert abs(seen.duration - 10) < 0.1
    assert not (path / "Anna 2.mp4").exists()


async def test_another_camera_of_the_same_size_stays_in_one_file(
    recording: Recording, clock: Clock
) -> None:
    door, garden = Camera(RED, seconds=2), Camera(GREEN, seconds=2, first=300, gop=10)
    microphone = Microphone.tone(440, 4)
    recording.add("Anna", door, microphone)
    await play(
        clock,
        door.events(),
        garden.events(2.0),
        microphone.events(),
        [(1.99, lambda: recording.add("Anna", garden, microphone))],
        end=4,
    )
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Anna.mp4")
    assert seen.numbers == door.numbers + garden.numbers
    assert abs(seen.heard(0.2, 3.8) - 440) < 2
    assert abs(seen.times[50] - 2) < 0.05
    assert len(describe(path)["files"]) == 1


async def test_sound_before_the_first_picture_is_kept(
    recording: Recording, clock: Clock
) -> None:
    camera, microphone = Camera(seconds=3), Microphone.tone(440, 6)
    recording.add("Anna", camera, microphone)
    await play(clock, camera.events(3.0), microphone.events(), end=6)
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Anna.mp4")
    assert abs(seen.times[0] - 3) < 0.1
    assert abs(seen.heard(0.2, 5.8) - 440) < 2
    assert seen.numbers == camera.numbers
    assert len(describe(path)["files"]) == 1


async def test_a_picture_that_comes_much_later_begins_a_new_file(
    recording: Recording, clock: Clock
) -> None:
    camera, microphone = Camera(seconds=3), Microphone.tone(440, 11)
    recording.add("Anna", None, microphone)
    await play(
        clock,
        microphone.events(),
        camera.events(8.0),
        [(7.9, lambda: recording.add("Anna", camera, microphone))],
        end=11,
    )
    path = await recording.recorder.stop("hung_up")
    one, two = look(path / "Anna.mp4"), look(path / "Anna 2.mp4")
    assert one.kinds == ["audio"]
    assert two.kinds == ["video", "audio"]
    assert two.numbers == camera.numbers
    assert abs(len(one.sound) + len(two.sound) - 11 * 48_000) < 48_000 / 20
    assert abs(two.heard(0.2, 2.8) - 440) < 2


async def test_unannounced_sound_begins_a_new_file_at_a_key_frame(
    recording: Recording, clock: Clock
) -> None:
    camera, microphone = Camera(seconds=8), Microphone.tone(440, 4)
    recording.add("Anna", camera)
    await play(
        clock,
        camera.events(),
        microphone.events(4.0),
        [(4.0, lambda: recording.add("Anna", camera, microphone))],
        end=8,
    )
    path = await recording.recorder.stop("hung_up")
    one, two = look(path / "Anna.mp4"), look(path / "Anna 2.mp4")
    assert one.numbers + two.numbers == camera.numbers
    assert abs(two.heard(0.2, 2.8) - 440) < 2
    assert abs(two.duration - 4) < 1.1


async def test_members_of_the_same_name(recording: Recording, clock: Clock) -> None:
    cameras = [Camera(RED, seconds=1), Camera(GREEN, seconds=1)]
    for number, camera in enumerate(cameras):
        recording.recorder.add_member(
            f"screen:{number}", "../Anna", "screen", camera.stream, None
        )
    await play(clock, *(camera.events() for camera in cameras), end=2)
    path = await recording.recorder.stop("hung_up")
    names = {file["name"]: file["member"] for file in describe(path)["files"]}
    assert names == {"Anna.mp4": "screen:0", "Anna 2.mp4": "screen:1"}
    assert alike(look(path / "Anna 2.mp4").colors[0], GREEN)


async def test_a_long_recording_is_cut_at_a_key_frame(
    recording: Recording, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "custom_components.mesh_call.media.recording.member_files.LONGEST_FILE", 3.5
    )
    camera, microphone = Camera(seconds=6), Microphone.tone(440, 6)
    recording.add("Nursery", camera, microphone)
    await play(clock, camera.events(), microphone.events(), end=6)
    path = await recording.recorder.stop("hung_up")
    assert look(path / "Nursery.mp4").numbers == list(range(100))
    assert look(path / "Nursery 2.mp4").numbers == list(range(100, 150))


async def test_a_call_without_media_leaves_a_description(
    recording: Recording, clock: Clock, tmp_path: Path
) -> None:
    recording.add("Anna")
    path = await recording.recorder.stop("failed")
    assert [file.name for file in path.iterdir()] == ["call.json"]
    assert describe(path)["reason"] == "failed"
    assert recording.add("Kitchen", Camera(seconds=1))() is None
    assert await recording.recorder.stop("again") == path
    assert describe(path)["reason"] == "failed"
