"""H264 from a camera's packets to ours, proved by decoding."""

import pytest

from custom_components.mesh_call.media.h264 import H264Forwarder, fragments
from custom_components.mesh_call.media.h264_syntax import (
    SliceType,
    parse_slice_header,
    parse_sps,
)
from custom_components.mesh_call.media.stream import MAX_PAYLOAD_SIZE, Packet
from tests.cameras.content import decode_h264, encode_h264, is_color, pack_h264

RED = (200, 40, 40)


def forward(
    pictures: list[list[bytes]],
    *,
    size: int = 1400,
    forwarder: H264Forwarder | None = None,
    first: int = 0,
) -> list[Packet]:
    forwarder = forwarder or H264Forwarder()
    packets: list[Packet] = []
    for number, units in enumerate(pictures, first):
        payloads = pack_h264(units, size)
        for payload in payloads:
            marker = payload is payloads[-1]
            packets += forwarder.feed(payload, number * 3_600, marker)
    return packets


@pytest.fixture(name="large", scope="module")
def large_fixture() -> list[list[bytes]]:
    """Ten pictures of some 10 kB, with two key frames."""
    return encode_h264(RED, size=(320, 240), gop=5, noise=True)


@pytest.mark.parametrize("size", [200, 1_180, 1_181, 1_400, 9_000])
def test_pictures_come_through_in_short_packets(
    large: list[list[bytes]], size: int
) -> None:
    packets = forward(large, size=size)
    assert max(len(packet.payload) for packet in packets) <= MAX_PAYLOAD_SIZE
    frames = decode_h264(packets)
    assert len(frames) == 10
    assert all(is_color(frame, RED) for frame in frames)
    assert sum(packet.key_frame for packet in packets) == 2
    assert sum(packet.marker for packet in packets) == 10
    full = sum(len(packet.payload) == MAX_PAYLOAD_SIZE for packet in packets)
    assert full > 0.7 * len(packets)


def test_packets_leave_before_the_picture_is_complete(
    large: list[list[bytes]],
) -> None:
    forwarder = H264Forwarder()
    forward([large[0]], forwarder=forwarder)
    payloads = pack_h264(large[1])
    left = [len(forwarder.feed(p, 3_600, p is payloads[-1])) for p in payloads]
    assert all(left)


def test_parameter_sets_stand_before_every_key_frame() -> None:
    pictures = encode_h264(RED, gop=2, pictures=6)
    sets = [unit for unit in pictures[0] if unit[0] & 31 in {7, 8}]
    bare = [[unit for unit in units if unit[0] & 31 in {1, 5}] for units in pictures]
    assert forward(bare) == []
    forwarder = H264Forwarder()
    forwarder.take_parameter_sets(sets)
    packets = forward(bare, forwarder=forwarder)
    keys = [packet for packet in packets if packet.key_frame]
    assert len(keys) == 3
    for key in keys:
        assert key.payload[0] & 31 == 24
        assert all(unit in key.payload for unit in sets)
    assert len(decode_h264(packets)) == 6


def test_in_band_sets_replace_those_of_the_description() -> None:
    old = encode_h264(RED, size=(64, 64), pictures=1)[0]
    forwarder = H264Forwarder()
    forwarder.take_parameter_sets(unit for unit in old if unit[0] & 31 in {7, 8})
    assert forwarder.parameter_sets.sequence is not None
    assert forwarder.parameter_sets.sequence.width == 64
    packets = forward(encode_h264(RED, size=(128, 96)), forwarder=forwarder)
    assert {(f.width, f.height) for f in decode_h264(packets)} == {(128, 96)}


def test_starts_with_a_key_frame() -> None:
    pictures = encode_h264(RED, gop=4, pictures=8)
    packets = forward(pictures[2:])
    assert packets[0].key_frame
    assert packets[0].timestamp == 2 * 3_600
    assert len(decode_h264(packets)) == 4


def test_after_a_loss_nothing_until_the_next_key_frame(
    large: list[list[bytes]],
) -> None:
    forwarder = H264Forwarder()
    packets = forward(large[:2], forwarder=forwarder)
    whole = len(packets)
    payloads = pack_h264(large[2])
    packets += forwarder.feed(payloads[0], 2 * 3_600, False)
    broken = packets[whole:]
    forwarder.lose()
    for payload in payloads[2:]:
        assert forwarder.feed(payload, 2 * 3_600, payload is payloads[-1]) == []
    rest = forward(large[3:], forwarder=forwarder, first=3)
    assert rest[0].key_frame
    assert rest[0].timestamp == 5 * 3_600
    assert not any(packet.key_frame for packet in broken)
    assert len(decode_h264(packets[:whole])) == 2
    assert len(decode_h264(rest)) == 5


def test_a_key_frame_that_lost_its_beginning_is_none(large: list[list[bytes]]) -> None:
    forwarder = H264Forwarder()
    forward(large[:4], forwarder=forwarder)
    forwarder.lose()
    payloads = pack_h264([unit for unit in large[5] if unit[0] & 31 == 5])[1:]
    for payload in payloads:
        assert forwarder.feed(payload, 20 * 3_600, payload is payloads[-1]) == []


def test_several_slices_make_one_key_frame() -> None:
    pictures = encode_h264(RED, gop=5, slices=4, size=(128, 128))
    assert len([unit for unit in pictures[0] if unit[0] & 31 == 5]) > 1
    packets = forward(pictures)
    assert sum(packet.key_frame for packet in packets) == 2
    assert len(decode_h264(packets)) == 10


def test_aggregates_are_taken_apart() -> None:
    pictures = encode_h264(RED)
    forwarder = H264Forwarder()
    packets: list[Packet] = []
    for number, units in enumerate(pictures):
        joined = b"".join(len(unit).to_bytes(2) + unit for unit in units)
        packets += forwarder.feed(b"\x78" + joined, number * 3_600, True)
    assert len(decode_h264(packets)) == 10
    assert sum(packet.marker for packet in packets) == 10
    assert max(len(packet.payload) for packet in packets) <= MAX_PAYLOAD_SIZE


def test_the_end_of_a_picture_survives_what_is_left_out() -> None:
    units = encode_h264(RED, pictures=1)[0]
    forwarder = H264Forwarder()
    packets = [p for unit in units for p in forwarder.feed(unit, 0, False)]
    assert not any(packet.marker for packet in packets)
    (end,) = forwarder.feed(b"\x0c" + b"\xff" * 5_000 + b"\x80", 0, True)
    assert end.marker
    assert len(end.payload) < 10


@pytest.mark.parametrize("b_frames", [0, 2])
def test_b_frames_are_found(b_frames: int) -> None:
    forwarder = H264Forwarder()
    forward(encode_h264(RED, b_frames=b_frames), forwarder=forwarder)
    assert forwarder.has_b_frames == bool(b_frames)
    sequence = forwarder.parameter_sets.sequence
    assert sequence is not None
    assert bool(sequence.reorder_frames) == bool(b_frames)


@pytest.mark.parametrize("size", [(64, 64), (320, 180), (1920, 1080), (720, 1280)])
def test_sequence_parameters(size: tuple[int, int]) -> None:
    units = encode_h264(RED, size=size, pictures=1)[0]
    sequence = parse_sps(next(unit for unit in units if unit[0] & 31 == 7))
    assert (sequence.width, sequence.height) == size
    assert sequence.profile in {66, 77, 100}
    assert sequence.profile_level_id[:2] == f"{sequence.profile:02x}"
    idr = next(unit for unit in units if unit[0] & 31 == 5)
    assert parse_slice_header(idr[1:]).kind is SliceType.I


@pytest.mark.parametrize(
    "parameters",
    [
        "cqm=jvt",
        "nal-hrd=cbr:vbv-maxrate=500:vbv-bufsize=500:bitrate=500",
        "sar=11/17:overscan=show:fullrange=on:colorprim=bt709",
        "interlaced=1:cqm=jvt",
    ],
)
def test_sequence_parameters_with_everything(parameters: str) -> None:
    units = encode_h264(RED, size=(320, 240), pictures=2, parameters=parameters)[0]
    sequence = parse_sps(next(unit for unit in units if unit[0] & 31 == 7))
    assert (sequence.width, sequence.height) == (320, 240)
    assert sequence.reorder_frames == 0


@pytest.mark.parametrize(
    "payload",
    [
        *(b"", b"\x7c", b"\x7c\x85", b"\x78", b"\x78\xff\xff", b"\x67", b"\x68"),
        *(b"\x65", b"\x00", b"\x7d\x00", b"\x19\x01", b"\x61" + bytes(100)),
    ],
)
def test_broken_payloads_are_harmless(payload: bytes) -> None:
    forwarder = H264Forwarder()
    forward(encode_h264(RED, pictures=2), forwarder=forwarder)
    forwarder.feed(payload, 99_999, True)
    assert len(decode_h264(forward(encode_h264(RED), forwarder=forwarder, first=50)))


def test_fragments_of_a_unit() -> None:
    unit = bytes((0x65,)) + bytes(range(256)) * 20
    payloads = list(fragments(unit))
    assert all(len(payload) <= MAX_PAYLOAD_SIZE for payload in payloads)
    assert b"".join(payload[2:] for payload in payloads) == unit[1:]
    assert [payload[1] & 0xC0 for payload in payloads] == [0x80, 0, 0, 0, 0x40]
    assert list(fragments(b"\x65ab")) == [b"\x65ab"]
