"""Cameras that wake up late, change in one session, or keep a clock of their own."""

import asyncio
from itertools import pairwise
from statistics import median
import time
from typing import override

import pytest

from custom_components.mesh_call.media.source import SourceState
from custom_components.mesh_call.media.source_clock import ClockReference, SourceClock
from custom_components.mesh_call.media.timeline import Timeline
from custom_components.mesh_call.media.webrtc.timeline import CaptureClock
from tests.cameras.bad_manners import Manners, bad_camera
from tests.cameras.bad_manners.program import BEEP
from tests.cameras.content import encode_h264, pack_h264
from tests.waiting import until

from .stock import StockPeer
from .synthetic import power
from .test_every_camera import RED, FakeCamera, Stage, assert_seen, stage

__all__ = ["stage"]

BLUE = (32, 96, 192)


class SleepingCamera(FakeCamera):
    """A battery camera: it names its stream when it has woken up."""

    def __init__(self, url: str | None) -> None:
        super().__init__(url)
        self.awake = asyncio.Event()
        self.asked = 0

    @override
    async def stream_source(self) -> str | None:
        self.asked += 1
        await self.awake.wait()
        return await super().stream_source()


async def test_a_battery_camera_rings_first(stage: Stage) -> None:
    async with bad_camera(Manners(color=RED)) as device:
        camera = SleepingCamera(device.url)
        scene = stage(camera)
        # The link is agreed on and works while the camera sleeps.
        peer = await scene.join()
        await scene.exchange.connected("connection 1")
        assert scene.source.status.state is SourceState.CONNECTING
        assert not device.seen.connections
        camera.awake.set()
        await assert_seen(peer, RED)


async def test_a_call_that_ends_before_the_camera_wakes(stage: Stage) -> None:
    async with bad_camera() as device:
        camera = SleepingCamera(device.url)
        scene = stage(camera)
        await scene.join()
        await until(lambda: camera.asked > 0)
        scene.station.leave("call", "station")
        await scene.station.shut_down()
        await scene.source.close()
        assert scene.source.status.state is SourceState.CLOSED
        camera.awake.set()
        assert not device.seen.connections


async def test_another_size_in_one_session(stage: Stage) -> None:
    async with bad_camera(Manners(color=RED)) as device:
        peer = await stage(FakeCamera(device.url)).join()
        await assert_seen(peer, RED, (128, 96))
        other = encode_h264(BLUE, size=(320, 240), gop=10, pictures=10)
        device.pictures = [pack_h264(units) for units in other]
        await assert_seen(peer, BLUE, (320, 240))
        assert device.seen.connections == 1


FAST = 0.1
"""In 6 s as much as a clock that is off by 0.1 % in ten minutes."""


class Clapper:
    """When a peer saw the camera's flashes and heard its beeps."""

    def __init__(self, peer: StockPeer) -> None:
        self._peer = peer
        self._taken = 0
        self._loud = False
        self.beeps: list[float] = []

    @property
    def flashes(self) -> list[float]:
        """When each began."""
        bright = [(one.when, min(one.colour) > 180) for one in self._peer.seen]
        pairs = pairwise(bright)
        return [when for (_, before), (when, now) in pairs if now and not before]

    async def listen(self) -> None:
        """Take the times of what is heard."""
        while True:
            for samples in self._peer.heard[self._taken :]:
                loud = power(samples, BEEP) > 3_000
                if loud and not self._loud:
                    self.beeps.append(time.monotonic())
                self._loud = loud
            self._taken = len(self._peer.heard)
            await asyncio.sleep(0.005)


def delay(times: list[float], emitted: list[float]) -> float:
    """The median of the seconds from what was sent to what came."""
    return median(when - max(e for e in emitted if e < when) for when in times)


async def watch_wrong_clock(stage: Stage, drift: float, audio_format: str) -> None:
    manners = Manners(drift=drift, audio_format=audio_format, program=True)
    async with bad_camera(manners) as device:
        peer = await stage(FakeCamera(device.url)).join()
        clapper = Clapper(peer)
        listening = asyncio.create_task(clapper.listen())
        await until(lambda: len(clapper.beeps) > 6, 30)
        listening.cancel()
        seconds = device.seen.seconds
        for times in (clapper.beeps[1:], clapper.flashes[1:]):
            assert delay(times[-3:], seconds) - delay(times[:3], seconds) < 0.2
            assert delay(times[-3:], seconds) < 0.5


async def test_a_wrong_clock_delays_neither_picture_nor_sound(stage: Stage) -> None:
    async with asyncio.TaskGroup() as tasks:
        # Sound that is converted, and sound that passes through.
        tasks.create_task(watch_wrong_clock(stage, FAST, "97"))
        tasks.create_task(watch_wrong_clock(stage, -FAST, "8"))


DRIFT = 0.005
MINUTE = 3_000
"""Pieces of 20 ms in a minute."""


@pytest.mark.parametrize("drift", [DRIFT, -DRIFT], ids=["fast", "slow"])
def test_sound_by_a_wrong_clock_stays_in_time(drift: float) -> None:
    """Off by 300 ms after a minute if nothing were done."""
    timeline, clock = Timeline(8_000, 0.0), CaptureClock(8_000)
    late = []
    for piece in range(MINUTE):
        now = 100 + piece / 50
        stamp = timeline.map(round(piece * 160 * (1 + drift)), now)
        clock.arrived(stamp, now)
        captured = clock.time(stamp, None)
        assert captured is not None
        late.append(abs(now - captured))
    assert max(late) < 0.2


@pytest.mark.parametrize("drift", [DRIFT, -DRIFT], ids=["fast", "slow"])
def test_lips_and_voice_stay_together_by_a_wrong_clock(drift: float) -> None:
    """A camera whose reports are as wrong as its stamps."""
    source = SourceClock()
    rates = (90_000, 8_000)
    timelines = [Timeline(rate, 0.0) for rate in rates]
    clocks = [CaptureClock(rate) for rate in rates]
    references: list[ClockReference | None] = [None, None]
    for piece in range(MINUTE):
        now = 100 + piece / 50
        wall = piece / 50 * (1 + drift)
        captured = []
        for track, rate in enumerate(rates):
            stamp = timelines[track].map(round(wall * rate), now)
            clocks[track].arrived(stamp, now)
            # Reports come apart, every five seconds.
            if (piece + 60 * track) % 250 == 0:
                references[track] = ClockReference(5_000 + wall, stamp, now, source)
            captured.append(clocks[track].time(stamp, references[track]))
        picture, sound = captured
        assert picture is not None
        assert sound is not None
        if piece > 250:
            assert abs(picture - sound) < 0.15
