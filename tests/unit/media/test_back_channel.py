"""Talking to devices with bad manners."""

import asyncio
from itertools import pairwise
import time

import av
import numpy as np
import pytest

from custom_components.mesh_call.media.aac import AacDepacketizer, AacFormat
from custom_components.mesh_call.media.rtsp.rtp import RtpPacket, parse_rtp
from custom_components.mesh_call.media.sinks import silence
from custom_components.mesh_call.media.sinks.back_channel import (
    BackChannel,
    has_back_channel,
)
from custom_components.mesh_call.media.sinks.speaker import FRAME_SAMPLES, SpeakerError
from custom_components.mesh_call.media.sinks.talk_codecs import (
    Decimator,
    a_law_table,
    mu_law_table,
)
from custom_components.mesh_call.media.source import SourceError, SourceProblem
from tests.cameras.bad_manners import BadCamera, Manners, bad_camera
from tests.cameras.content import make_tone, tone_of

pytestmark = pytest.mark.usefixtures("socket_enabled")

SILENCE = np.zeros(FRAME_SAMPLES, dtype=np.int16)
TONE = make_tone(1_000, 10)


def talking(**more: object) -> Manners:
    manners = Manners(talk_back=True, require="known")
    for name, value in more.items():
        setattr(manners, name, value)
    return manners


def channel_to(camera: BadCamera) -> BackChannel:
    async def tell() -> str:
        return camera.url

    return BackChannel(tell)


async def say(channel: BackChannel, frames: int, *, silent: bool = False) -> None:
    begun = time.monotonic()
    for number in range(frames):
        at = number * FRAME_SAMPLES
        channel.write(SILENCE if silent else TONE[at : at + FRAME_SAMPLES])
        await asyncio.sleep(max(0, begun + (number + 1) * 0.02 - time.monotonic()))


def talked(camera: BadCamera) -> list[RtpPacket]:
    return [parse_rtp(data) for _, data in camera.seen.frames if data[1] & 0x7F < 128]


async def wait_for_rest(camera: BadCamera) -> None:
    async with asyncio.timeout(3):
        while camera.seen.open_connections:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "manners",
    [
        talking(),
        talking(authentication="digest"),
        talking(authentication="digest", nonce_lives=3),
        talking(shifted_channels=6),
        talking(lower_case=True),
        talking(sends_garbage=True),
        talking(talk_back_needs_picture=True),
        talking(talk_back_formats="98 8 0"),
        talking(takes_teardown=False),
    ],
)
async def test_sound_arrives(manners: Manners) -> None:
    async with bad_camera(manners) as camera:
        channel = channel_to(camera)
        await channel.open()
        await say(channel, 25)
        begun = time.monotonic()
        await channel.close()
        assert time.monotonic() - begun < 1.1
        await wait_for_rest(camera)
        packets = talked(camera)
        assert len(packets) == 25
        assert {len(packet.payload) for packet in packets} == {160}
        assert {packet.payload_type for packet in packets} == {0}
        assert [packet.marker for packet in packets] == [True] + [False] * 24
        for one, other in pairwise(packets):
            assert (other.sequence - one.sequence) % 65_536 == 1
            assert (other.timestamp - one.timestamp) % 2**32 == 160
        table = mu_law_table()
        samples = np.array([np.argmax(table == b) for b in packets[9].payload])
        assert len(samples) == 160
        assert {n for n, _ in camera.seen.frames} == {
            manners.shifted_channels + 2 * manners.talk_back_needs_picture
        }
        named = camera.seen.required
        assert {"DESCRIBE", "SETUP", "PLAY", "TEARDOWN"} <= set(named)
        if not manners.talk_back_needs_picture:
            assert camera.seen.set_up == ["track3"]


@pytest.mark.parametrize(
    ("manners", "key"),
    [
        (talking(talk_back_status=453), "busy"),
        (talking(talk_back_status=503), "busy"),
        (talking(talk_back_status=500), "busy"),
        (talking(talk_back_status=461), "not_supported"),
        (talking(require="551"), "not_supported"),
        (talking(require="400"), "not_supported"),
        (talking(require="close"), "not_supported"),
        (talking(require="close", authentication="digest"), "not_supported"),
        (talking(talk_back=False), "not_supported"),
        (talking(talk_back_formats="3"), "not_supported"),
    ],
)
async def test_refusals(manners: Manners, key: str) -> None:
    tasks = asyncio.all_tasks()
    async with bad_camera(manners) as camera:
        channel = channel_to(camera)
        with pytest.raises(SpeakerError) as caught:
            await channel.open()
        assert caught.value.key == key
        channel.write(TONE[:FRAME_SAMPLES])
        await channel.close()
        await wait_for_rest(camera)
        assert not camera.seen.frames
        # Busy today, free tomorrow.
        camera.manners.talk_back_status = 0
        if manners.require == "known" and key == "busy":
            await channel.open()
            await channel.close()
    assert not asyncio.all_tasks() - tasks


async def test_other_failures() -> None:
    async def nothing() -> None:
        return None

    async def wrong() -> str:
        return f"rtsp://admin:wrong@127.0.0.1:{camera.port}/"

    async def nobody() -> str:
        return "rtsp://127.0.0.1:9/"

    async with bad_camera(talking(authentication="digest")) as camera:
        for tell, key in (
            (nothing, "cannot_connect"),
            (nobody, "cannot_connect"),
            (wrong, "invalid_auth"),
        ):
            with pytest.raises(SpeakerError) as caught:
                await BackChannel(tell).open()
            assert caught.value.key == key


@pytest.mark.parametrize(
    ("manners", "codec"),
    [
        (talking(), "PCMU"),
        (talking(talk_back_formats="98 8"), "PCMA"),
        (talking(talk_back_formats="98"), "AAC"),
        (talking(talk_back=False), None),
        (talking(require="551"), None),
        (talking(require="close"), None),
        (talking(authentication="digest"), "PCMU"),
    ],
)
async def test_asking_opens_nothing(manners: Manners, codec: str | None) -> None:
    async with bad_camera(manners) as camera:
        assert await has_back_channel(camera.url) == codec
        await wait_for_rest(camera)
        assert "SETUP" not in camera.seen.methods()


async def test_asking_with_the_wrong_password() -> None:
    async with bad_camera(talking(authentication="digest")) as camera:
        with pytest.raises(SourceError) as caught:
            await has_back_channel(f"rtsp://a:b@127.0.0.1:{camera.port}/")
        assert caught.value.problem is SourceProblem.INVALID_AUTH


async def test_silence_is_sent_only_for_a_short_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(silence, "SILENCE_SENT", 0.2)
    async with bad_camera(talking()) as camera:
        channel = channel_to(camera)
        await channel.open()
        await say(channel, 10, silent=True)
        assert not camera.seen.frames
        await say(channel, 10)
        await say(channel, 30, silent=True)
        await say(channel, 10)
        await channel.close()
        await wait_for_rest(camera)
        packets = talked(camera)
        assert len(packets) == 30
        assert [n for n, packet in enumerate(packets) if packet.marker] == [0, 20]
        pause = (packets[20].timestamp - packets[19].timestamp) % 2**32
        assert pause == 160 * 21


async def test_writing_too_fast_is_cut_to_real_time() -> None:
    async with bad_camera(talking()) as camera:
        channel = channel_to(camera)
        await channel.open()
        for _ in range(200):
            channel.write(TONE[:FRAME_SAMPLES])
        await asyncio.sleep(0.1)
        await channel.close()
        assert len(talked(camera)) < 12


async def test_losing_it_is_told_and_writing_goes_nowhere() -> None:
    async with bad_camera(talking()) as camera:
        channel = channel_to(camera)
        lost: list[bool] = []
        await channel.open()
        await say(channel, 5)
        lost.append(channel.lost)
        camera.hang_up()
        async with asyncio.timeout(5):
            await channel.wait_lost()
        await say(channel, 10)
        lost.append(channel.lost)
        await channel.open()
        lost.append(channel.lost)
        await say(channel, 5)
        async with asyncio.timeout(5):
            while len(talked(camera)) < 10:
                await asyncio.sleep(0.01)
        await channel.close()
        assert lost == [False, True, False]


async def test_closing_while_opening_leaves_nothing() -> None:
    tasks = asyncio.all_tasks()
    async with bad_camera(talking()) as camera:
        for steps in range(40):
            channel = channel_to(camera)
            opening = asyncio.create_task(channel.open())
            for _ in range(steps):
                await asyncio.sleep(0)
            opening.cancel()
            await asyncio.wait((opening,))
            await channel.close()
            await wait_for_rest(camera)
    assert not asyncio.all_tasks() - tasks


async def test_aac() -> None:
    async with bad_camera(talking(talk_back_formats="98")) as camera:
        channel = channel_to(camera)
        await channel.open()
        await say(channel, 50)
        await channel.close()
        await wait_for_rest(camera)
        packets = talked(camera)
        assert all(packet.marker for packet in packets)
        for one, other in pairwise(packets):
            assert (other.timestamp - one.timestamp) % 2**32 == 1_024
        layout = AacFormat.from_parameters({}, 16_000, 1)
        assert layout is not None
        decoder = av.AudioCodecContext.create("aac", "r")
        assert isinstance(decoder, av.AudioCodecContext)
        decoder.extradata = layout.config
        pieces = [
            frame.to_ndarray()[0]
            for packet in packets
            for unit in AacDepacketizer(layout).feed(packet.payload, 0)
            for frame in decoder.decode(av.Packet(unit.data))
        ]
        samples = (np.concatenate(pieces) * 32_767).astype(np.int16)
        assert tone_of(samples, 16_000) == pytest.approx(1_000, abs=20)


def test_g711_tables_agree_with_libav() -> None:
    samples = np.arange(-32_768, 32_768, dtype=np.int16)
    for name, table in (("pcm_mulaw", mu_law_table()), ("pcm_alaw", a_law_table())):
        decoder = av.AudioCodecContext.create(name, "r")
        assert isinstance(decoder, av.AudioCodecContext)
        decoder.sample_rate, decoder.layout = 8_000, "mono"
        encoded = table[samples.view(np.uint16)].tobytes()
        (frame,) = decoder.decode(av.Packet(encoded))
        error = np.abs(frame.to_ndarray()[0].astype(int) - samples)
        assert np.all(error <= np.maximum(np.abs(samples.astype(int)) / 16, 16) + 132)
        assert error.max() <= 644


@pytest.mark.parametrize(
    ("tone", "passes"), [(300, True), (3_000, True), (5_200, False)]
)
def test_decimation_keeps_speech_and_folds_nothing_back(
    tone: float, passes: bool
) -> None:
    decimator = Decimator()
    samples = make_tone(tone, 1.0)
    narrow = np.concatenate(
        [
            decimator.decimate(samples[at : at + FRAME_SAMPLES])
            for at in range(0, len(samples), FRAME_SAMPLES)
        ]
    )
    assert len(narrow) == 8_000
    loudest = np.abs(narrow[400:].astype(int)).max()
    if passes:
        assert loudest == pytest.approx(8_000, rel=0.05)
        assert tone_of(narrow, 8_000) == pytest.approx(tone, abs=2)
    else:
        assert loudest < 100
