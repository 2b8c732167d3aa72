"""Sound that passes, and sound that becomes Opus."""

import asyncio

import av
import numpy as np
import pytest

from custom_components.mesh_call.media.aac import (
    AacDepacketizer,
    AacFormat,
    audio_specific_config,
    pack_unit,
)
from custom_components.mesh_call.media.audio import G711Forwarder, OpusForwarder
from custom_components.mesh_call.media.audio_conversion import (
    ConversionPump,
    OpusConverter,
    Sound,
    SoundFormat,
    join,
)
from custom_components.mesh_call.media.opus import packet_duration
from custom_components.mesh_call.media.stream import Packet
from tests.cameras.content import decode_audio, make_tone, tone_of


def test_g711_of_usual_length_passes() -> None:
    forwarder = G711Forwarder()
    for length in (160, 320, 480):
        packet = Packet(bytes(length), 5, True)
        assert forwarder.feed(packet.payload, 5, True) == [packet]


@pytest.mark.parametrize("length", [40, 80, 200, 500, 1_024, 2_560])
def test_g711_of_other_lengths_is_cut_to_20_ms(length: int) -> None:
    forwarder = G711Forwarder()
    data = np.arange(length * 8, dtype=np.uint16).astype(np.uint8).tobytes()
    packets: list[Packet] = []
    for at in range(0, len(data), length):
        packets += forwarder.feed(data[at : at + length], 1_000 + at, at == 0)
    assert {len(packet.payload) for packet in packets} == {160}
    joined = b"".join(packet.payload for packet in packets)
    assert joined == data[: len(joined)]
    assert len(data) - len(joined) < 160
    stamps = [packet.timestamp for packet in packets]
    assert stamps == list(range(1_000, 1_000 + len(joined), 160))
    assert [packet.marker for packet in packets].count(True) <= 1


def test_g711_does_not_join_over_a_gap() -> None:
    forwarder = G711Forwarder()
    assert forwarder.feed(bytes(100), 0, False) == []
    (packet,) = forwarder.feed(b"\1" * 200, 5_000, False)
    assert packet == Packet(b"\1" * 160, 5_000)
    forwarder.lose()
    assert forwarder.feed(b"\2" * 160, 6_000, False)[0].payload == b"\2" * 160


def test_opus_passes() -> None:
    assert OpusForwarder().feed(b"abc", 7, False) == [Packet(b"abc", 7)]
    assert OpusForwarder().feed(b"", 7, False) == []


def layout() -> AacFormat:
    parameters = {"mode": "AAC-hbr", "sizelength": "13", "config": "1408"}
    result = AacFormat.from_parameters(parameters, 16_000, 1)
    assert result is not None
    return result


def test_aac_units_are_taken_out() -> None:
    depacketizer = AacDepacketizer(layout())
    assert depacketizer.feed(pack_unit(b"abc"), 10) == [(b"abc", 10)]
    two = (32).to_bytes(2) + (2 << 3).to_bytes(2) + (3 << 3).to_bytes(2) + b"aabbb"
    assert depacketizer.feed(two, 10) == [(b"aa", 10), (b"bbb", 1_034)]


def test_aac_fragments_are_put_together() -> None:
    depacketizer = AacDepacketizer(layout())
    head = (16).to_bytes(2) + (10 << 3).to_bytes(2)
    assert depacketizer.feed(head + b"0123", 10) == []
    assert depacketizer.feed(head + b"4567", 10) == []
    assert depacketizer.feed(head + b"89", 10) == [(b"0123456789", 10)]
    assert depacketizer.feed(head + b"0123", 20) == []
    assert depacketizer.feed(head + b"abcdefghij", 30) == [(b"abcdefghij", 30)]


@pytest.mark.parametrize("payload", [b"", b"\0", b"\0\0", b"\xff\xff", b"\0\x10\0"])
def test_broken_aac_is_harmless(payload: bytes) -> None:
    assert AacDepacketizer(layout()).feed(payload, 0) == []


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_the_config_is_what_the_encoder_writes(rate: int) -> None:
    config = audio_specific_config(rate, 1)
    assert bytes(open_aac(rate).extradata or b"").startswith(config)


def open_aac(rate: int) -> av.AudioCodecContext:
    encoder = av.AudioCodecContext.create("aac", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = rate, "mono", "fltp"
    encoder.open()
    return encoder


def encode_aac(tone: float, rate: int, seconds: float) -> list[bytes]:
    encoder = open_aac(rate)
    samples = make_tone(tone, seconds, rate).astype(np.float32) / 32_768
    units: list[bytes] = []
    for at in range(0, len(samples) - 1_023, 1_024):
        frame = av.AudioFrame.from_ndarray(
            samples[None, at : at + 1_024], "fltp", "mono"
        )
        frame.sample_rate = rate
        units += [bytes(unit) for unit in encoder.encode(frame)]
    return units


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_aac_becomes_opus_on_an_unbroken_clock(rate: int) -> None:
    units = encode_aac(700, rate, 2.0)
    source = SoundFormat("aac", rate, 1, audio_specific_config(rate, 1))
    sounds = [Sound(unit, 5 * rate + 1_024 * n) for n, unit in enumerate(units)]
    packets = OpusConverter(source).convert(sounds)
    stamps = [packet.timestamp for packet in packets]
    assert stamps == list(range(5 * 48_000, 5 * 48_000 + 960 * len(stamps), 960))
    assert len(stamps) * 0.02 == pytest.approx(2.0, abs=0.15)
    samples = decode_audio(packets, "libopus", 48_000)
    assert tone_of(samples[9_600:57_600], 48_000) == pytest.approx(700, abs=3)


def test_a_gap_stays_a_gap_and_broken_units_are_skipped() -> None:
    units = encode_aac(700, 16_000, 1.0)
    source = SoundFormat("aac", 16_000, 1, audio_specific_config(16_000, 1))
    converter = OpusConverter(source)
    first = converter.convert([Sound(u, 1_024 * n) for n, u in enumerate(units)])
    assert converter.convert([Sound(b"rubbish!" * 4, 17_000)]) == []
    late = [Sound(u, 160_000 + 1_024 * n) for n, u in enumerate(units)]
    second = converter.convert(late)
    assert first[-1].timestamp < 48_000
    assert second[0].timestamp == 480_000


def test_plain_samples_become_opus() -> None:
    samples = make_tone(500, 1.0, 16_000).astype(">i2").tobytes()
    converter = OpusConverter(SoundFormat("pcm_s16be", 16_000, 1))
    pieces = [
        Sound(samples[at : at + 640], at // 2) for at in range(0, len(samples), 640)
    ]
    decoded = decode_audio(converter.convert(pieces), "libopus", 48_000)
    assert tone_of(decoded[4_800:43_200], 48_000) == pytest.approx(500, abs=3)


def test_long_packets_are_on_the_same_clock() -> None:
    samples = make_tone(500, 1.2, 8_000).astype(">i2").tobytes()
    source = SoundFormat("pcm_s16be", 8_000, 1)
    converter = OpusConverter(source, frame=3 * 960, complexity=0)
    pieces = [
        Sound(samples[at : at + 320], at // 2) for at in range(0, len(samples), 320)
    ]
    packets = converter.convert(pieces)
    assert [packet.timestamp for packet in packets] == list(range(0, 57_600, 2_880))
    assert {packet_duration(packet.payload) for packet in packets} == {2_880}
    decoded = decode_audio(packets, "libopus", 48_000)
    assert tone_of(decoded[4_800:52_800], 48_000) == pytest.approx(500, abs=3)


async def test_the_pump_keeps_the_order_and_ends() -> None:
    before = asyncio.all_tasks()
    units = encode_aac(700, 16_000, 1.0)
    source = SoundFormat("aac", 16_000, 1, audio_specific_config(16_000, 1))
    delivered: list[Packet] = []
    pump = ConversionPump(source, delivered.extend)
    for number, unit in enumerate(units):
        pump.put(Sound(unit, 1_024 * number))
        await asyncio.sleep(0.005)
    async with asyncio.timeout(5):
        while len(delivered) < 40:
            await asyncio.sleep(0.02)
    stamps = [packet.timestamp for packet in delivered]
    assert stamps == list(range(stamps[0], stamps[0] + 960 * len(stamps), 960))
    await pump.close()
    assert asyncio.all_tasks() == before


def test_plain_samples_are_joined_up_to_a_gap() -> None:
    sounds = [Sound(bytes((n,)) * 320, 100 + 160 * n) for n in range(3)]
    late = [Sound(b"x" * 320, 5_000), Sound(b"y" * 320, 5_160)]
    joined = list(join([*sounds, *late], 2))
    assert [sound.timestamp for sound in joined] == [100, 5_000]
    assert b"".join(sound.data for sound in joined[:1]) == b"".join(
        sound.data for sound in sounds
    )
    assert joined[1].data == b"x" * 320 + b"y" * 320
    assert not list(join([], 2))
