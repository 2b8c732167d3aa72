"""Pictures are put together from payloads, or left out as a whole."""

import pytest

from custom_components.mesh_call.media.opus import packet_duration
from custom_components.mesh_call.media.recording.h264_pictures import H264Assembler
from custom_components.mesh_call.media.recording.pictures import (
    Picture,
    PictureAssembler,
    PictureFormat,
)
from custom_components.mesh_call.media.recording.placement import Placement
from custom_components.mesh_call.media.recording.vp8_pictures import Vp8Assembler
from custom_components.mesh_call.media.source_clock import ClockReference, SourceClock
from custom_components.mesh_call.media.stream import Packet

from .studio import Camera

SIZE = PictureFormat("h264", 192, 144)


def assemble(assembler: PictureAssembler, packets: list[Packet]) -> list[Picture]:
    pictures = [*assembler.feed(packets), assembler.finish()]
    return [picture for picture in pictures if picture is not None]


@pytest.fixture(scope="module")
def camera() -> Camera:
    return Camera(seconds=1, gop=10)


def packets_of(camera: Camera) -> list[Packet]:
    return [packet for picture in camera.pictures for packet in picture]


def test_pictures_are_whole(camera: Camera) -> None:
    pictures = assemble(H264Assembler(), packets_of(camera))
    assert [p.timestamp for p in pictures] == [n * 3_600 for n in range(25)]
    keys = [n for n, p in enumerate(pictures) if p.format]
    assert keys == [0, 10, 20]
    assert pictures[0].format == SIZE
    assert b"\0\0\1\x67" in pictures[0].data


def test_a_joining_recorder_waits_for_a_key_frame(camera: Camera) -> None:
    late = [p for picture in camera.pictures[3:] for p in picture]
    pictures = assemble(H264Assembler(), late)
    assert pictures[0].timestamp == 10 * 3_600


@pytest.mark.parametrize("missing", ["start", "middle", "end"])
def test_a_broken_picture_costs_its_group(camera: Camera, missing: str) -> None:
    first = camera.pictures[10]
    fragments = [p for p in first if p.payload[0] & 0x1F == 28]
    assert len(fragments) > 1
    gone = {"start": fragments[0], "middle": None, "end": fragments[-1]}[missing]
    kept = [packet for packet in packets_of(camera) if packet is not gone]
    if missing == "middle":
        again = kept.index(fragments[0])
        kept.insert(again, fragments[0])
    pictures = assemble(H264Assembler(), kept)
    numbers = [p.timestamp // 3_600 for p in pictures]
    assert numbers == [*range(10), *range(20, 25)]


def test_losing_costs_the_group(camera: Camera) -> None:
    assembler = H264Assembler()
    packets = packets_of(camera)
    cut = packets.index(camera.pictures[5][0]) + 1
    first = list(assembler.feed(packets[:cut]))
    assembler.lose()
    rest = assemble(assembler, packets[cut:])
    assert [picture.timestamp // 3_600 for picture in first] == list(range(5))
    assert rest[0].timestamp == 10 * 3_600


def test_parts_of_one_time_stamp_are_one_picture() -> None:
    """Some cameras mark the end of a picture after each of its slices."""
    camera = Camera(seconds=0.04)
    (picture,) = camera.pictures
    marked = [Packet(p.payload, 5, True, p.key_frame) for p in picture]
    assert len(assemble(H264Assembler(), marked)) == 1


def test_garbage_does_no_harm() -> None:
    packets = [
        Packet(payload, number, key_frame=True)
        for number, payload in enumerate(
            [b"", b"\x7c", b"\x78\0", b"\x67\x42", b"\xff"]
        )
    ]
    assert assemble(H264Assembler(), packets) == []
    assert assemble(Vp8Assembler(), packets) == []


@pytest.mark.parametrize(
    "descriptor",
    [
        b"\x10",
        b"\x90\x00",
        b"\x90\x80\x11",
        b"\x90\x80\x91\x22",
        b"\x90\xc0\x11\x01",
        b"\x90\xf0\x91\x22\x01\x05",
        b"\x90\x10\x20",
    ],
)
def test_vp8_descriptors(descriptor: bytes) -> None:
    frame = b"\x10\0\0\x9d\x01\x2a\x80\x42\x68\x01rest"
    more = bytes((descriptor[0] & ~0x10,)) + descriptor[1:]
    packets = [Packet(descriptor + frame[:8], 7), Packet(more + frame[8:], 7, True)]
    (picture,) = assemble(Vp8Assembler(), packets)
    assert picture == Picture(frame, 7, PictureFormat("vp8", 640, 360))


def test_vp8_without_its_start_is_left_out() -> None:
    packets = [Packet(b"\x00rest", 1, True), Packet(b"\x10\x11\0\0inter", 2, True)]
    assert assemble(Vp8Assembler(), packets) == []


@pytest.mark.parametrize(
    ("payload", "milliseconds"),
    [
        (b"\xf8\xff\xfe", 20),
        (b"\xfc\xff\xfe", 20),
        (b"\xe0x", 2.5),
        (b"\x08x", 20),
        (b"\x18x", 60),
        (b"\x19xx", 120),
        (b"\x60x", 10),
        (b"\x68x", 20),
        (b"\xfb\x03xxx", 60),
        (b"\x1b\x03xxx", 0),
        (b"\xfb", 0),
        (b"", 0),
    ],
)
def test_opus_durations(payload: bytes, milliseconds: float) -> None:
    assert packet_duration(payload) == milliseconds * 48


def test_placement_is_corrected_once_by_reports() -> None:
    placement, clock = Placement(90_000, 100.0), SourceClock()
    placement.arrived(9_000, 101.2)
    placement.correct(None)
    assert placement.moment(0.1) == pytest.approx(1.2)
    placement.arrived(18_000, 101.31)
    placement.correct(None)
    assert placement.moment(0.2) == pytest.approx(1.3)
    reference = ClockReference(7_000.0, 18_000, 101.1, clock)
    placement.arrived(27_000, 101.4)
    placement.correct(reference)
    assert placement.moment(0.3) == pytest.approx(1.2)
    slightly_off = ClockReference(7_001.01, 18_000 + 90_000, 102.1, clock)
    placement.arrived(117_000, 102.4)
    placement.correct(slightly_off)
    assert placement.moment(1.3) == pytest.approx(2.2)
    drifted = ClockReference(7_002.05, 18_000 + 180_000, 103.1, clock)
    placement.arrived(207_000, 103.4)
    placement.correct(drifted)
    assert placement.moment(2.3) == pytest.approx(3.25)


def test_placement_begins_anew_with_a_source_that_came_back() -> None:
    placement = Placement(48_000, 100.0)
    placement.arrived(0, 101.0)
    placement.arrived(48_000, 101.84)
    placement.correct(ClockReference(7_000.0, 48_000, 101.84))
    assert placement.moment(1.0) == pytest.approx(1.84)
    placement.arrived(10 * 48_000, 111.0)
    placement.correct(None)
    assert placement.moment(10.0) == pytest.approx(11.0)
