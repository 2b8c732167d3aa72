"""What a camera and its reader tell each other of what was sent."""

import socket

import pytest

from custom_components.mesh_call.media.rtsp import reader
from custom_components.mesh_call.media.rtsp.datagrams import DatagramTrack
from tests.cameras.bad_manners import Manners, bad_camera
from tests.waiting import until

from .reading import open_source, watch


async def test_reports_go_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "REPORT_INTERVAL", 0.3)
    async with bad_camera() as camera, open_source(camera.url) as source:
        collector = await watch(source, 0.8)
        video, audio = source.streams.video, source.streams.audio
        assert video is not None
        assert audio is not None
        assert video.clock is not None
        assert audio.clock is not None
        # Picture and sound of one moment, through the camera's clock.
        picture = video.clock.wall - video.clock.timestamp / 90_000
        sound = audio.clock.wall - audio.clock.timestamp / 8_000
        assert picture == pytest.approx(sound, abs=0.05)
        assert video.clock.timestamp == pytest.approx(
            collector.collected[-1].timestamp, abs=90_000
        )
        reports = [data for channel, data in camera.seen.frames if channel == 1]
        assert reports
        assert reports[0][1] == 201
        assert int.from_bytes(reports[0][8:12]) == 7


async def test_reports_go_by_udp_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "REPORT_INTERVAL", 0.3)
    manners = Manners(datagrams=True)
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        await source.ready(5)
        video = source.streams.video
        assert video is not None
        await until(lambda: video.clock is not None)
        await until(lambda: any(data[1] == 201 for _, data in camera.seen.frames))


async def test_packets_of_strangers_are_not_taken() -> None:
    taken: list[bytes] = []
    track = DatagramTrack(taken.extend, taken.extend)
    await track.open("127.0.0.1")
    track.connect("127.0.0.2", None, "")
    for host in ("127.0.0.1", "127.0.0.2"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind((host, 0))
            sender.sendto(b"\x80\0\0" + host[-1].encode(), ("127.0.0.1", track.port))
    await until(lambda: taken)
    assert taken == [b"\x80\0\x002"]
    track.close()
