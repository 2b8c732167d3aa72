"""GStreamer's real RTSP server, read and talked to; proved by what comes out."""

import asyncio
from functools import partial
from pathlib import Path
import time

import numpy as np
import pytest

from custom_components.mesh_call.media.sinks.back_channel import (
    BackChannel,
    has_back_channel,
)
from custom_components.mesh_call.media.sinks.speaker import FRAME_SAMPLES
from custom_components.mesh_call.media.source import SourceError, SourceProblem
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.sources.rtsp import RtspWay
from custom_components.mesh_call.media.stream import (
    H264,
    H265,
    MAX_PAYLOAD_SIZE,
    OPUS,
    PCMA,
    PCMU,
    Codec,
)
from tests.cameras.content import (
    Collector,
    decode_audio,
    decode_h264,
    heard_by,
    is_color,
    make_tone,
    tone_of,
    whole_pictures,
)
from tests.cameras.launch import RunningCamera, gstreamer_camera
from tests.cameras.probing import probe

pytestmark = pytest.mark.usefixtures("socket_enabled")

COLOR = (192, 32, 96)
SMALL = ("--width", "320", "--height", "240", "--gop", "25", "--color", "C02060")


def source_of(camera: RunningCamera) -> ReconnectingSource:
    async def tell() -> str:
        return camera.url

    return ReconnectingSource(RtspWay(tell))


@pytest.mark.parametrize(
    ("sound", "codec", "decoder", "rate"),
    [
        ("pcma", PCMA, "pcm_alaw", 8_000),
        ("pcmu", PCMU, "pcm_mulaw", 8_000),
        ("opus", OPUS, "libopus", 48_000),
        ("aac", OPUS, "libopus", 48_000),
        ("l16", OPUS, "libopus", 48_000),
    ],
)
async def test_picture_and_sound(
    sound: str, codec: object, decoder: str, rate: int
) -> None:
    arguments = (*SMALL, "--audio", sound, "--tone", "620")
    async with gstreamer_camera(*arguments, user="admin", password="p@ss") as camera:
        source = source_of(camera)
        source.acquire()
        streams = await source.ready(10)
        assert streams.video is not None
        assert streams.audio is not None
        assert streams.audio.codec == codec
        assert streams.video.size == (320, 240)
        picture, heard = Collector(streams.video), Collector(streams.audio)
        await asyncio.sleep(1.5)
        await source.close()
    assert max(len(packet.payload) for packet in picture.collected) <= MAX_PAYLOAD_SIZE
    frames = decode_h264(picture.collected)
    assert len(frames) > 25
    assert all(is_color(frame, COLOR) for frame in frames)
    samples = decode_audio(heard.collected, decoder, rate)
    assert len(samples) > rate
    assert tone_of(samples[-rate:], rate) == pytest.approx(620, abs=4)
    # One clock for both: what arrives together is stamped together.
    last_picture = picture.collected[-1].timestamp / 90_000
    last_sound = heard.collected[-1].timestamp / streams.audio.codec.clock_rate
    assert last_picture == pytest.approx(last_sound, abs=0.2)


async def test_a_camera_that_speaks_udp_only(tmp_path: Path) -> None:
    file = tmp_path / "heard.wav"
    arguments = (*SMALL, "--udp", "--audio", "pcma", "--tone", "620")
    talk = ("--talk-back", "pcma", "--talk-back-file", str(file))
    async with gstreamer_camera(*arguments, *talk) as camera:
        source = source_of(camera)
        source.acquire()
        streams = await source.ready(10)
        assert streams.video is not None
        assert streams.audio is not None
        picture, heard = Collector(streams.video), Collector(streams.audio)
        channel = BackChannel(lambda: tell(camera.url))
        await channel.open()
        await say(channel, 1_000, 1)
        await channel.close()
        await camera.wait_for("TALK")
        async with asyncio.timeout(10):
            while len(heard.collected) < 40:
                await asyncio.sleep(0.02)
        await source.close()
    # A machine that is held up loses datagrams.
    frames = decode_h264(whole_pictures(picture.collected))
    assert len(frames) > 5
    assert all(is_color(frame, COLOR) for frame in frames)
    samples = decode_audio(heard.collected, "pcm_alaw", 8_000)
    assert tone_of(samples[-4_000:], 8_000) == pytest.approx(620, abs=15)
    said, rate = heard_by(file)
    assert tone_of(said, rate) == pytest.approx(1_000, abs=15)


async def test_a_late_joiner_starts_at_once_with_a_long_group() -> None:
    arguments = ("--gop", "250", "--width", "320", "--height", "240")
    async with gstreamer_camera(*arguments, "--audio", "none") as camera:
        source = source_of(camera)
        source.acquire()
        streams = await source.ready(10)
        assert streams.video is not None
        await asyncio.sleep(1)
        late = Collector(streams.video)
        assert late.cached
        assert late.collected[0].key_frame
        assert len(decode_h264(late.collected)) > 15
        await source.close()


async def test_large_pictures_in_one_go() -> None:
    arguments = ("--width", "1280", "--height", "720", "--bitrate", "4000")
    async with gstreamer_camera(*arguments, "--no-parameter-sets") as camera:
        source = source_of(camera)
        source.acquire()
        streams = await source.ready(10)
        assert streams.video is not None
        picture = Collector(streams.video)
        await asyncio.sleep(1.5)
        await source.close()
    frames = decode_h264(picture.collected)
    assert len(frames) > 10
    assert {(frame.width, frame.height) for frame in frames} == {(1280, 720)}
    assert sum(packet.key_frame for packet in picture.collected) >= 1


@pytest.mark.parametrize(
    ("arguments", "codec", "reordered"),
    [
        (("--video", "h265"), H265, False),
        (("--b-frames", "2"), H264, True),
        ((), H264, False),
    ],
)
async def test_what_must_be_converted_is_known(
    arguments: tuple[str, ...], codec: Codec, reordered: bool
) -> None:
    async with gstreamer_camera(*SMALL, *arguments) as camera:
        video = (await probe(camera.url)).video
    assert video is not None
    assert video.codec == codec
    assert video.reordered == reordered


@pytest.mark.parametrize("basic", [(), ("--basic",)])
async def test_passwords(basic: tuple[str, ...]) -> None:
    async with gstreamer_camera(*SMALL, *basic, user="u", password="right") as camera:
        streams = await probe(camera.url)
        assert streams.video is not None
        begun = time.monotonic()
        with pytest.raises(SourceError) as caught:
            await probe(camera.url.replace("right", "wrong"))
        assert time.monotonic() - begun < 5
        assert caught.value.problem is SourceProblem.INVALID_AUTH
        with pytest.raises(SourceError) as caught:
            await probe(camera.url + "/nowhere")
        assert caught.value.problem is SourceProblem.NO_MEDIA


async def test_a_camera_that_loses_power_comes_back() -> None:
    async with gstreamer_camera(*SMALL) as camera:
        source = source_of(camera)
        source.acquire()
        streams = await source.ready(10)
        assert streams.video is not None
        picture = Collector(streams.video)
        await camera.stop()
        arguments = (*SMALL, "--port", str(camera.port))
        async with gstreamer_camera(*arguments):
            before = len(picture.collected)
            async with asyncio.timeout(8):
                while len(picture.collected) < before + 50:
                    await asyncio.sleep(0.05)
            await source.close()
    assert picture.collected[before].key_frame
    assert len(decode_h264(picture.collected[before:])) > 5
    stamps = [packet.timestamp for packet in picture.collected]
    assert stamps == sorted(stamps)


async def say(channel: BackChannel, tone: float, seconds: float) -> None:
    samples = make_tone(tone, seconds)
    begun = time.monotonic()
    for number in range(len(samples) // FRAME_SAMPLES):
        at = number * FRAME_SAMPLES
        channel.write(samples[at : at + FRAME_SAMPLES])
        await asyncio.sleep(max(0, begun + (number + 1) * 0.02 - time.monotonic()))


@pytest.mark.parametrize("codec", ["pcmu", "pcma", "aac"])
async def test_talk_back(codec: str, tmp_path: Path) -> None:
    file = tmp_path / "heard.wav"
    arguments = (*SMALL, "--talk-back", codec, "--talk-back-file", str(file))
    async with gstreamer_camera(*arguments, user="admin", password="p@ss") as camera:
        assert await has_back_channel(camera.url) == codec.upper()
        source = source_of(camera)
        source.acquire()
        streams = await source.ready(10)
        assert streams.video is not None
        channel = BackChannel(lambda: tell(camera.url))
        begun = time.monotonic()
        await channel.open()
        assert time.monotonic() - begun < 1
        await say(channel, 1_000, 1.5)
        arrived = streams.video.last_arrival
        assert arrived is not None
        assert time.monotonic() - arrived < 0.5
        begun = time.monotonic()
        await channel.close()
        await channel.close()
        assert time.monotonic() - begun < 1
        await camera.wait_for("TALK")
        await source.close()
    samples, rate = heard_by(file)
    assert len(samples) / rate == pytest.approx(1.5, abs=0.2)
    assert tone_of(samples, rate) == pytest.approx(1_000, abs=3)
    assert 6_500 < np.abs(samples[rate // 2 : rate]).max() < 9_500


async def test_talk_back_twice(tmp_path: Path) -> None:
    file = tmp_path / "heard.wav"
    arguments = (*SMALL, "--talk-back", "pcma", "--talk-back-file", str(file))
    async with gstreamer_camera(*arguments) as camera:
        channel = BackChannel(lambda: tell(camera.url))
        for _ in range(2):
            await channel.open()
            await say(channel, 500, 0.5)
            await channel.close()
            await camera.wait_for("TALK")
    samples, rate = heard_by(file)
    assert len(samples) / rate == pytest.approx(1.0, abs=0.1)


async def test_talk_back_is_heard_each_time_beside_the_picture(tmp_path: Path) -> None:
    """The simulated camera plays what is said, however its two sessions begin."""
    for attempt in range(8):
        file = tmp_path / f"heard {attempt}.wav"
        arguments = (*SMALL, "--talk-back", "pcma", "--talk-back-file", str(file))
        async with gstreamer_camera(*arguments) as camera:
            source = source_of(camera)
            source.acquire()
            await source.ready(10)
            channel = BackChannel(partial(tell, camera.url))
            await channel.open()
            await say(channel, 500, 0.3)
            await channel.close()
            await camera.wait_for("TALK")
            await source.close()


async def test_no_talk_back() -> None:
    async with gstreamer_camera(*SMALL) as camera:
        assert await has_back_channel(camera.url) is None


async def tell(url: str) -> str:
    return url
