"""What is recorded is what the members sent, when they sent it."""

import asyncio
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest

from custom_components.mesh_call.media.source_clock import SourceClock
from custom_components.mesh_call.media.stream import (
    PCMA,
    PCMU,
    Codec,
    MediaKind,
    Packet,
    Stream,
)
from tests.cameras.content import make_tone
from tests.unit.media.webrtc.synthetic import SyntheticSource

from .conftest import Recording, make_recording
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


async def test_four_members_at_once(recording: Recording, clock: Clock) -> None:
    names = ["Front door", "Kitchen", "Anna", "Nursery"]
    colors, tones = [RED, GREEN, BLUE, GREY], [330, 550, 880, 1_200]
    cameras = [Camera(color, seconds=4) for color in colors]
    microphones = [Microphone.tone(tone, 4) for tone in tones]
    for name, camera, microphone in zip(names, cameras, microphones, strict=True):
        recording.add(name, camera, microphone)
    await play(
        clock,
        *(camera.events() for camera in cameras),
        *(microphone.events() for microphone in microphones),
        end=4,
    )
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
    wall, begin, source = 5_000.0, clock.now, SourceClock()

    def tell() -> None:
        now = clock.now - begin
        report(camera.stream, wall + now, round((now) * 90_000), clock.now, source)
        report(microphone.stream, wall + now, round(now * 48_000), clock.now, source)

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


async def test_lips_are_in_sync_when_the_sound_comes_first(
    recording: Recording, clock: Clock
) -> None:
    """A busy machine reads the report of the sound 0.4 s late."""
    camera = Camera(GREY, seconds=6, flash=range(100, 105))
    microphone = _beeping(6, 4.0)
    recording.add("Anna", None, microphone)
    begin, source = clock.now, SourceClock()

    def tell_of(stream: Stream, late: float) -> None:
        taken = clock.now - begin - late
        timestamp = round(taken * stream.codec.clock_rate)
        report(stream, 5_000.0 + taken, timestamp, clock.now, source)

    await play(
        clock,
        camera.events(),
        microphone.events(),
        [
            (0.1, partial(recording.add, "Anna", camera, microphone)),
            (0.5, partial(tell_of, microphone.stream, 0.4)),
            (1.0, partial(tell_of, camera.stream, 0.0)),
        ],
        end=6.5,
    )
    path = await recording.recorder.stop("hung_up")
    seen = look(path / "Anna.mp4")
    index = next(i for i, color in enumerate(seen.colors) if alike(color, WHITE))
    assert abs(seen.times[index] - seen.loud_from(2.0)) < 0.08


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


async def test_stop_may_be_called_by_several_at_once(recording: Recording) -> None:
    paths = await asyncio.gather(*(recording.recorder.stop("x") for _ in range(3)))
    assert len(set(paths)) == 1


async def test_in_real_time(tmp_path: Path) -> None:
    recording = make_recording(tmp_path)
    source = SyntheticSource(GREEN, PCMA, 440, wall=9_000.0)
    release = source.acquire()
    await asyncio.sleep(0.5)
    await recording.recorder.start()
    leave = recording.recorder.add_member(
        "station:door", "Door", "station", source.streams.video, source.streams.audio
    )
    await asyncio.sleep(2)
    leave()
    path = await recording.recorder.stop("hung_up")
    release()
    seen = look(path / "Door.mp4")
    assert abs(seen.duration - 2) < 0.5
    assert all(alike(color, GREEN) for color in seen.colors)
    assert abs(seen.heard(0.2, 1.8) - 440) < 5


async def test_a_picture_that_stalls_at_once_holds_nothing_back(
    recording: Recording, clock: Clock
) -> None:
    camera, microphone = Camera(seconds=8), Microphone.tone(440, 8)
    recording.add("Anna", camera, microphone)
    path = recording.recorder.path
    assert path is not None
    written: list[int] = []
    await play(
        clock,
        camera.events(skip=range(1, 150)),
        microphone.events(),
        [(5.9, lambda: written.append((path / "Anna.mp4").stat().st_size))],
        end=8,
    )
    await recording.recorder.stop("hung_up")
    seen = look(path / "Anna.mp4")
    assert written[0] > 5_000
    assert seen.numbers == [0, *range(150, 200)]
    # Where it was guessed how long the first lasts, libav puts the second; no more.
    assert abs(seen.times[2] - 6) < 0.1
    assert abs(seen.heard(0.5, 7.5) - 440) < 2


async def test_what_can_not_be_recorded_is_left_out(
    recording: Recording, clock: Clock
) -> None:
    camera = Camera(seconds=2)
    other = Stream(Codec(MediaKind.AUDIO, "G722", 8_000))
    unknown = Stream(Codec(MediaKind.VIDEO, "H265", 90_000))
    add = recording.recorder.add_member
    add("a", "Anna", "screen", camera.stream, other)
    add("b", "Ben", "screen", unknown, None)
    await play(clock, camera.events(), [(1.0, lambda: other.push(Packet(b"x", 1)))])
    path = await recording.recorder.stop("hung_up")
    assert look(path / "Anna.mp4").kinds == ["video"]
    assert [file["member"] for file in describe(path)["files"]] == ["a"]
    assert len(describe(path)["members"]) == 2


async def test_garbage_ends_no_recording(recording: Recording, clock: Clock) -> None:
    camera, microphone = Camera(seconds=3), Microphone.tone(440, 3)
    recording.add("Anna", camera, microphone)
    garbage = [b"", b"\0", b"\xff\xff", b"\x7c\x80", b"\x78\0\x05", b"\x67\xff"]

    def push() -> None:
        for number, payload in enumerate(garbage):
            camera.stream.push(Packet(payload, 90_000 + number, True, bool(number % 2)))
            microphone.stream.push(Packet(payload, 48_000 + number))

    await play(clock, camera.events(), microphone.events(), [(1.02, push)], end=3)
    path = await recording.recorder.stop("hung_up")
    assert not recording.failures
    with av.open(str(path / "Anna.mp4")) as container:
        assert abs((container.duration or 0) / 1_000_000 - 3) < 0.1
