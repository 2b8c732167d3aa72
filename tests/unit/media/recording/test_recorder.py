"""What is recorded is what the members sent, when they sent it."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from custom_components.mesh_call.media.stream import PCMA, PCMU, Codec
from tests.cameras.content import make_tone

from .conftest import Recording
from .studio import (
    BLUE,
    GREEN,
    GREY,
    RED,
    WHITE,
    Camera,
    Clock,
    Microphone,
    alike,
    describe,
    look,
    play,
    report,
)


async def test_every_picture_and_tone_is_there(
    recording: Recording, clock: Clock
) -> None:
    camera, microphone = Camera(seconds=6, gop=50), Microphone.tone(440, 6)
    recording.add("Front door", camera, microphone)
    await play(clock, camera.events(), microphone.events(), end=6)
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Front door.mp4")
    assert seen.numbers == camera.numbers
    assert all(abs(step - 0.04) < 0.002 for step in seen.steps)
    assert all(alike(color, RED) for color in seen.colors)
    assert abs(seen.heard(0.5, 5.5) - 440) < 2
    assert abs(seen.duration - 6) < 0.1
    assert seen.kinds == ["video", "audio"]
    assert not recording.failures


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


async def test_four_members_at_once(recording: Recording, clock: Clock) -> None:
    names = ["Front door", "Kitchen", "Anna", "Nursery"]
    colors, tones = [RED, GREEN, BLUE, GREY], [330, 550, 880, 1_200]
    cameras = [Camera(color, seconds=4) for color in colors]
    microphones = [Microphone.tone(tone, 4) for tone in tones]
    for name, camera, microphone in zip(names, cameras, microphones, strict=True):
        recording.add(name, camera, microphone)
    await play(clock, *(thing.events() for thing in [*cameras, *microphones]), end=4)
    path = await recording.recorder.stop("hung_up")
    for name, color, tone in zip(names, colors, tones, strict=True):
        seen = look(path / f"{name}.mp4")
        assert seen.numbers == list(range(100))
        assert all(alike(one, color) for one in seen.colors)
        assert abs(seen.heard(0.5, 3.5) - tone) < 3
        assert abs(seen.duration - 4) < 0.1


def _beeping(seconds: float, at: float) -> Microphone:
    wave = np.zeros(round(seconds * 48_000), np.int16)
    beep = make_tone(1_000, 0.2)
    first = round(at * 48_000)
    wave[first : first + len(beep)] = beep
    return Microphone(wave)


@pytest.mark.parametrize(("late_picture", "late_sound"), [(0.4, 0), (0, 0.5), (0, 0)])
@pytest.mark.parametrize("reported", [0.0, 1.0])
async def test_lips_are_in_sync(
    recording: Recording,
    clock: Clock,
    late_picture: float,
    late_sound: float,
    reported: float,
) -> None:
    """Reports tell that what comes later was taken at the same time."""
    camera = Camera(GREY, seconds=6, flash=range(100, 105))
    microphone = _beeping(6, 4.0)
    recording.add("Anna", camera, microphone)
    wall, begin = 5_000.0, clock.now

    def tell() -> None:
        now = clock.now - begin
        report(camera.stream, wall + now, round((now) * 90_000), clock.now)
        report(microphone.stream, wall + now, round(now * 48_000), clock.now)

    await play(
        clock,
        camera.events(late=late_picture),
        microphone.events(late=late_sound),
        [(reported, tell)],
        end=6.5,
    )
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Anna.mp4")
    flash = next(
        time
        for time, color in zip(seen.times, seen.colors, strict=True)
        if alike(color, WHITE)
    )
    assert abs(flash - seen.loud_from(2.0)) < 0.08
    assert seen.numbers == camera.numbers
    assert abs(seen.duration - 6.5) < 0.5


async def test_without_reports_arrival_counts(
    recording: Recording, clock: Clock
) -> None:
    """Time stamps of picture and sound begin anywhere."""
    camera = Camera(GREY, seconds=5, flash=range(1_075, 1_080), first=1_000)
    microphone = _beeping(5, 3.0)
    recording.add("Anna", camera, microphone)
    await play(clock, camera.events(), microphone.events(), end=5)
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Anna.mp4")
    index = next(i for i, color in enumerate(seen.colors) if alike(color, WHITE))
    assert abs(seen.times[index] - seen.loud_from(1.0)) < 0.08
    assert abs(seen.duration - 5) < 0.1


async def test_gaps_keep_the_time_line(recording: Recording, clock: Clock) -> None:
    """The picture pauses for 3 seconds, the sound for 2, at the end both."""
    camera, microphone = Camera(seconds=10), Microphone.tone(440, 10)
    recording.add("Front door", camera, microphone)
    await play(
        clock,
        camera.events(skip=range(50, 125)),
        microphone.events(skip=range(150, 250)),
        end=13,
    )
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Front door.mp4")
    assert seen.numbers == [n for n in camera.numbers if n not in range(50, 125)]
    assert abs(seen.times[seen.numbers.index(125)] - 5) < 0.1
    assert abs(seen.heard(1, 2.9) - 440) < 2
    assert seen.heard(3.1, 4.9) == 0
    assert abs(seen.heard(5.1, 9.9) - 440) < 2
    assert seen.heard(10.2, 12.8) == 0
    assert abs(seen.duration - 13) < 0.5
    assert abs(len(seen.sound) / 48_000 - 13) < 0.1


async def test_a_source_that_comes_back_goes_on(
    recording: Recording, clock: Clock
) -> None:
    """Its time stamps go on with the time that has passed, its reports come anew."""
    camera, microphone = Camera(seconds=12), Microphone.tone(440, 12)
    recording.add("Front door", camera, microphone)

    def lose() -> None:
        camera.stream.forget()
        camera.stream.clock = microphone.stream.clock = None

    await play(
        clock,
        camera.events(skip=range(75, 200)),
        microphone.events(skip=range(150, 400)),
        [(3.0, lose)],
        end=12,
    )
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Front door.mp4")
    assert abs(seen.times[seen.numbers.index(200)] - 8) < 0.1
    assert abs(seen.heard(8.2, 11.8) - 440) < 2
    assert abs(seen.duration - 12) < 0.1


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
        [(3.0, lambda: recording.add("Anna", camera, microphone) and None)],
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
        [(1.99, lambda: recording.add("Anna", garden, microphone) and None)],
        end=4,
    )
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Anna.mp4")
    assert seen.numbers == door.numbers + garden.numbers
    assert abs(seen.heard(0.2, 3.8) - 440) < 2
    assert abs(seen.times[50] - 2) < 0.05
    assert len(describe(path)["files"]) == 1


@pytest.mark.parametrize("codec", [PCMU, PCMA])
async def test_g711_becomes_opus(
    recording: Recording, clock: Clock, codec: Codec
) -> None:
    camera, microphone = Camera(seconds=4), Microphone.tone(700, 4, codec)
    recording.add("Front door", camera, microphone)
    await play(clock, camera.events(), microphone.events(skip=range(75, 125)), end=4)
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Front door.mp4")
    assert seen.sound_codec == "opus"
    assert abs(seen.heard(0.2, 1.4) - 700) < 3
    assert seen.heard(1.6, 2.4) == 0
    assert abs(seen.heard(2.6, 3.8) - 700) < 3
    assert abs(seen.duration - 4) < 0.1


async def test_vp8_becomes_webm(recording: Recording, clock: Clock) -> None:
    camera = Camera(GREEN, seconds=4, codec="libvpx")
    larger = Camera(
        BLUE,
        seconds=2,
        codec="libvpx",
        size=(384, 288),
        first=100,
        stream=camera.stream,
    )
    microphone = Microphone.tone(440, 6)
    recording.add("Anna", camera, microphone)
    await play(clock, camera.events(), larger.events(4.0), microphone.events(), end=6)
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Anna.webm")
    assert "webm" in seen.format
    assert seen.numbers == camera.numbers
    assert all(alike(color, GREEN) for color in seen.colors)
    assert abs(seen.heard(0.5, 3.5) - 440) < 2
    assert abs(seen.duration - 4) < 0.1
    assert look(path / "Anna 2.webm").numbers == larger.numbers
    assert describe(path)["files"][0]["video"]["codec"] == "vp8"


async def test_only_sound(recording: Recording, clock: Clock) -> None:
    microphone = Microphone.tone(440, 5)
    recording.add("Speaker", None, microphone)
    await play(clock, microphone.events(), end=7)
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Speaker.mp4")
    assert seen.kinds == ["audio"]
    assert abs(seen.heard(0.2, 4.8) - 440) < 2
    assert abs(seen.duration - 7) < 0.1
    assert describe(path)["files"][0]["video"] is None


async def test_only_pictures(recording: Recording, clock: Clock) -> None:
    camera = Camera(seconds=4)
    recording.add("Garden", camera)
    await play(clock, camera.events(), end=6)
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Garden.mp4")
    assert seen.kinds == ["video"]
    assert seen.numbers == camera.numbers
    assert abs(seen.duration - 6) < 0.1


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
        [(7.9, lambda: recording.add("Anna", camera, microphone) and None)],
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
        [(4.0, lambda: recording.add("Anna", camera, microphone) and None)],
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


async def test_stop_may_be_called_by_several_at_once(recording: Recording) -> None:
    paths = await asyncio.gather(*(recording.recorder.stop("x") for _ in range(3)))
    assert len(set(paths)) == 1
