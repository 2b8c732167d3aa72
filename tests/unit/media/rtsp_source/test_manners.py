"""Cameras with bad manners."""

from urllib.parse import quote

import pytest

from custom_components.mesh_call.media.source import (
    SourceError,
    SourceProblem,
    SourceState,
    SourceStreams,
)
from custom_components.mesh_call.media.stream import PCMA
from tests.cameras.bad_manners import BadCamera, Manners, bad_camera
from tests.cameras.probing import probe
from tests.waiting import until

from .reading import assert_shows, open_source, watch


@pytest.mark.parametrize(
    "manners",
    [
        Manners(),
        Manners(authentication="basic"),
        Manners(authentication="digest"),
        Manners(authentication="sha256"),
        Manners(authentication="both"),
        Manners(authentication="digest", hangs_up_after_401=True),
        Manners(authentication="digest", nonce_lives=1),
        Manners(authentication="digest", nonce_lives=3, says_stale=False),
        Manners(lower_case=True),
        Manners(bare_line_feeds=True),
        Manners(leaves_out_number=True),
        Manners(sends_garbage=True, session_timeout=2),
        Manners(shifted_channels=4),
        Manners(without_options=True),
        Manners(content_base=""),
        Manners(content_base="rtsp://10.1.2.3/live", control=("/t/1", "/t/2", "")),
        Manners(audio=False),
        Manners(talk_back=True, require="ignored"),
        Manners(timestamps="backward"),
        Manners(timestamps="wild"),
        Manners(takes_teardown=False),
        Manners(datagrams=True, authentication="digest"),
    ],
    ids=lambda manners: " ".join(
        f"{name}={value}"
        for name in Manners.__slots__
        if (value := getattr(manners, name)) != getattr(Manners(), name)
    ),
)
async def test_manners(manners: Manners) -> None:
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        collector = await watch(source)
        assert source.streams.audio is None or source.streams.audio.codec == PCMA
        assert manners.control[2] not in camera.seen.set_up
        assert_shows(collector, manners)
        if manners.timestamps == "right":
            steps = {packet.timestamp for packet in collector.collected}
            assert max(steps) - min(steps) == 3_600 * (len(steps) - 1)
        await source.close()
        await until(lambda: not camera.seen.open_connections)
        assert camera.seen.methods()[-1] == "TEARDOWN"


@pytest.mark.parametrize(
    ("manners", "problem", "detail"),
    [
        (Manners(codec="H266"), SourceProblem.UNSUPPORTED_CODEC, "H266"),
        (
            Manners(video=False, audio_format="99"),
            SourceProblem.UNSUPPORTED_CODEC,
            "WEIRD",
        ),
        (Manners(video=False, audio=False), SourceProblem.NO_MEDIA, ""),
        (Manners(stalls_after=0), SourceProblem.NO_MEDIA, ""),
        (
            Manners(transport_status=461),
            SourceProblem.CANNOT_CONNECT,
            "461 Unsupported Transport",
        ),
        (Manners(redirect="http://127.0.0.1/"), SourceProblem.CANNOT_CONNECT, None),
        (Manners(redirect="/elsewhere"), SourceProblem.CANNOT_CONNECT, None),
    ],
)
async def test_problems(
    manners: Manners, problem: SourceProblem, detail: str | None
) -> None:
    async with bad_camera(manners) as camera:
        with pytest.raises(SourceError) as caught:
            await probe(camera.url, timeout=4)
        assert caught.value.problem is problem
        assert detail is None or caught.value.detail == detail
        await until(lambda: not camera.seen.open_connections)


async def test_constant_time_stamps_are_replaced() -> None:
    manners = Manners(timestamps="constant")
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        collector = await watch(source, 1.8)
        last = collector.collected[-1].timestamp - collector.collected[0].timestamp
        assert last > 90_000


async def test_unknown_sound_leaves_the_picture() -> None:
    async with bad_camera(Manners(audio_format="99")) as camera:
        streams = await probe(camera.url)
        assert streams.video is not None
        assert streams.audio is None
        assert streams.unsupported == ["WEIRD"]


async def test_sound_only() -> None:
    async with bad_camera(Manners(video=False)) as camera:
        streams: SourceStreams = await probe(camera.url)
        assert streams.video is None
        assert streams.audio is not None


async def test_a_picture_that_never_comes_leaves_the_sound() -> None:
    manners = Manners(sends_picture=False)
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        streams = await source.ready(5)
        assert streams.video is None
        assert streams.audio is not None
        assert source.status.state is SourceState.READY


def test_urls_of_the_simulated_camera() -> None:
    camera = BadCamera(Manners(authentication="digest"))
    assert quote(camera.manners.password, safe="") in camera.url
