"""Picture and sound fit together before the camera's first sender report."""

from collections.abc import Sequence
import time
from typing import override

import pytest

from custom_components.mesh_call.media.rtsp.session_clock import (
    MAX_AGE,
    MAX_SPREAD,
    SessionClock,
    start_times,
)
from custom_components.mesh_call.media.source import SourceState
from custom_components.mesh_call.media.stream import Packet, Sink, Stream
from custom_components.mesh_call.media.webrtc.timeline import CaptureClock
from tests.cameras.bad_manners import Manners, bad_camera
from tests.waiting import until

from .reading import open_source

LATE = 5
"""Pictures by which sound is late: 0.2 s, as after the start of some cameras."""


class Watch(Sink):
    """Looks when what a stream sent first was captured, as receivers are told."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._clock = CaptureClock(stream.codec.clock_rate)
        self._first: int | None = None
        self.begins: list[float] = []
        """The moment of the first packet, after each batch."""
        stream.attach(self)

    @override
    def packets(self, packets: Sequence[Packet], *, cached: bool) -> None:
        if self._first is None:
            self._first = packets[0].timestamp
        self._clock.arrived(packets[-1].timestamp, time.monotonic())
        begins = self._clock.time(self._first, self._stream.clock)
        assert begins is not None
        self.begins.append(begins)

    def forget(self) -> None:
        """Take what comes next for the first."""
        self._first = None
        self.begins.clear()


async def test_lips_are_in_sync_from_the_start_and_after_a_reconnect() -> None:
    manners = Manners(rtp_info=True, sound_late=LATE, reports_from=20)
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        streams = await source.ready(5)
        assert streams.video is not None
        assert streams.audio is not None
        picture, sound = Watch(streams.video), Watch(streams.audio)
        await until(lambda: sound.begins)
        for _ in range(2):
            await until(lambda: len(sound.begins) > 5)
            assert sound.begins[-1] == pytest.approx(picture.begins[-1], abs=0.001)
            # The first report comes meanwhile, and nothing moves.
            began = sound.begins[-1]
            await until(lambda: len(sound.begins) > 25)
            assert sound.begins[5:] == pytest.approx([began] * 21, abs=0.001)
            camera.hang_up()
            await until(lambda: source.status.state is SourceState.LOST)
            picture.forget()
            sound.forget()
            await source.ready(5)


async def test_without_a_word_of_the_start_arrival_counts() -> None:
    manners = Manners(sound_late=LATE, reports_from=10)
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        streams = await source.ready(5)
        video, audio = streams.video, streams.audio
        assert video is not None
        assert audio is not None
        assert [video.clock, audio.clock] == [None, None]
        await until(lambda: video.clock and audio.clock)


def test_a_start_is_not_believed_when_tracks_come_too_far_apart() -> None:
    clock = SessionClock(2)
    starts = []
    for track, seconds, arrival in (
        ("picture", 0.0, 100.0),
        # What comes first may be held up.
        ("sound", 0.0, 101.0 + MAX_SPREAD),
        ("sound", 0.1, 100.2),
        # It sent pictures from its memory first: they are older than it says.
        ("picture", 1.0 + MAX_SPREAD, 100.5),
        ("sound", 1.0, 101.1),
    ):
        clock.arrived(track, seconds, arrival)
        starts.append(clock.start)
    assert starts == [None, None, 100.0, None, None]


def test_a_start_gets_too_old() -> None:
    clock = SessionClock(1)
    clock.arrived("sound", 0.0, 100.0)
    clock.arrived("sound", MAX_AGE + 1, 101.0 + MAX_AGE)
    assert clock.start is None


def test_the_first_report_moves_nothing() -> None:
    clock = SessionClock(1)
    clock.arrived("sound", 0.0, 100.0)
    assert clock.wall(5_000.0, 103.0) == 103.0
    assert clock.wall(5_001.5, 104.0) == 104.5


def test_without_a_start_reports_count_as_they_are() -> None:
    clock = SessionClock(1)
    assert clock.wall(5_000.0, None) == 5_000.0
    clock.arrived("sound", 0.0, 100.0)
    assert clock.start is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "url=rtsp://h/live/a;seq=1;rtptime=10,url=rtsp://h/live/b;rtptime=20",
            [10, 20],
        ),
        (
            "url=rtsp://x:1/live/b;rtptime=20, url=rtsp://x:1/live/a;rtptime=10",
            [10, 20],
        ),
        ('URL="b" ; seq=5 ; RtpTime=20,url=a;seq=1;rtptime=10', [10, 20]),
        ("url=rtsp://h/other,1;rtptime=1,url=rtsp://h/other,2;rtptime=2", [1, 2]),
        ("url=a;rtptime=10", None),
        ("url=a;seq=1,url=b;seq=1;rtptime=3", None),
        ("", None),
        (";;,url=,=", None),
    ],
)
def test_reading_of_rtp_info(value: str, expected: list[int] | None) -> None:
    controls = ["rtsp://h/live/a", "rtsp://h/live/b"]
    assert start_times([value], "rtsp://h/live", controls) == expected
