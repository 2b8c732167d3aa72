"""A stream made into another one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import threading
import time

import av
import pytest

from custom_components.mesh_call.media import vp8
from custom_components.mesh_call.media.conversion import converter
from custom_components.mesh_call.media.conversion.converter import Converter
from custom_components.mesh_call.media.conversion.decoder import (
    CodedPicture,
    PictureDecoder,
)
from custom_components.mesh_call.media.conversion.variant import Form
from custom_components.mesh_call.media.encoder import PictureEncoder
from custom_components.mesh_call.media.jpeg import encode_jpeg
from custom_components.mesh_call.media.source_clock import ClockReference
from custom_components.mesh_call.media.stream import (
    H264,
    JPEG,
    MAX_PAYLOAD_SIZE,
    VP8,
    Packet,
    Stream,
)
from tests.cameras.content import Collector, decode_h264, is_color
from tests.waiting import until

COLOR = (192, 32, 96)
STEP = 3_600


def picture(size: tuple[int, int] = (320, 240)) -> av.VideoFrame:
    """Give a picture of one colour."""
    image = av.VideoFrame(*size, "rgb24")
    plain = bytes(COLOR) * (image.planes[0].line_size // 3) * size[1]
    image.planes[0].update(plain.ljust(image.planes[0].buffer_size, b"\0"))
    return image


def h264_pictures(count: int, size: tuple[int, int] = (320, 240)) -> list[list[Packet]]:
    """Give the packets of pictures, the first of which is a key frame."""
    encoder = PictureEncoder(H264, size)
    frame = picture(size).reformat(format="yuv420p")
    return [encoder.encode(frame, number * STEP) for number in range(count)]


@asynccontextmanager
async def converting(source: Stream) -> AsyncIterator[Converter]:
    """Convert, and see that nothing is left."""
    working = Converter(source)
    try:
        yield working
    finally:
        await working.close()
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert "mesh_call conversion" not in names


async def wait_for_pictures(collector: Collector, count: int = 1) -> None:
    """Wait until so many pictures are complete."""
    await until(lambda: sum(p.marker for p in collector.collected) >= count)


async def test_jpeg_becomes_h264_of_the_same_colour_and_time() -> None:
    source = Stream(JPEG)
    source.clock = ClockReference(100.0, 7 * STEP, time.monotonic())
    async with converting(source) as working:
        stream, _ = working.acquire(Form(H264))
        collector = Collector(stream)
        source.push(Packet(encode_jpeg(picture()), 7 * STEP, True, True))
        await wait_for_pictures(collector)
    assert collector.collected[0].key_frame
    assert {packet.timestamp for packet in collector.collected} == {7 * STEP}
    assert stream.clock == source.clock
    assert stream.size == (320, 240)
    [frame] = decode_h264(collector.collected)
    assert is_color(frame, COLOR)


async def test_several_forms_share_a_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[PictureDecoder] = []
    make = PictureDecoder.__init__

    def count(self: PictureDecoder, *args: object, **options: object) -> None:
        opened.append(self)
        make(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(PictureDecoder, "__init__", count)
    source = Stream(H264)
    async with converting(source) as working:
        streams = [
            working.acquire(form)[0]
            for form in (Form(H264, 100), Form(H264, 100), Form(VP8))
        ]
        assert streams[0] is streams[1]
        collectors = [Collector(stream) for stream in streams]
        for packets in h264_pictures(3):
            source.push(*packets)
            await asyncio.sleep(0.05)
        for collector in collectors:
            await wait_for_pictures(collector)
    assert len(opened) == 1
    assert collectors[0].collected == collectors[1].collected
    sizes = [stream.size for stream in streams]
    assert sizes[0] is not None
    assert sizes[0][0] < 320
    assert sizes[2] == (320, 240)
    for collector in collectors:
        assert max(len(p.payload) for p in collector.collected) <= MAX_PAYLOAD_SIZE
    decoder = av.CodecContext.create("vp8", "r")
    first = [p.payload for p in collectors[2].collected if p.timestamp == 0]
    data = b"".join(payload[vp8.descriptor_size(payload) :] for payload in first)
    if first:
        [frame] = decoder.decode(av.Packet(data))
        assert isinstance(frame, av.VideoFrame)
        assert is_color(frame, COLOR)


async def test_a_new_size_is_followed() -> None:
    source = Stream(H264)
    async with converting(source) as working:
        collector = Collector(working.acquire(Form(H264))[0])
        for number, size in enumerate([(320, 240), (640, 480)]):
            [packets] = h264_pictures(1, size)
            later = [
                Packet(p.payload, number * STEP, p.marker, p.key_frame) for p in packets
            ]
            source.push(*later)
            await wait_for_pictures(collector, number + 1)
    sizes = [(f.width, f.height) for f in decode_h264(collector.collected)]
    assert sizes == [(320, 240), (640, 480)]
    assert sum(packet.key_frame for packet in collector.collected) == 2


async def test_what_can_not_be_done_in_time_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(converter, "MAX_BEHIND", 0.1)
    gate = threading.Event()
    decoded: list[int] = []
    decode = PictureDecoder.decode

    def slow(self: PictureDecoder, coded: CodedPicture) -> list[av.VideoFrame]:
        gate.wait(10)
        decoded.append(coded.timestamp)
        return decode(self, coded)

    monkeypatch.setattr(PictureDecoder, "decode", slow)
    source = Stream(H264)
    pictures = h264_pictures(8)
    key_frame = h264_pictures(1)[0]
    async with converting(source) as working:
        collector = Collector(working.acquire(Form(H264))[0])
        source.push(*pictures[0])
        await asyncio.sleep(0.2)
        source.push(*pictures[1])
        await asyncio.sleep(0.2)
        for packets in pictures[2:]:
            source.push(*packets)
        again = [Packet(p.payload, 9 * STEP, p.marker, p.key_frame) for p in key_frame]
        source.push(*again)
        gate.set()
        await wait_for_pictures(collector, 2)
    # The first was being worked on; all that follows waits for a key frame.
    assert decoded == [0, 9 * STEP]
    assert all(is_color(frame, COLOR) for frame in decode_h264(collector.collected))


async def test_it_ends_with_the_last_user_and_begins_again() -> None:
    source = Stream(H264)
    async with converting(source) as working:
        first, release = working.acquire(Form(H264))
        second, release_second = working.acquire(Form(H264))
        assert first is second
        release()
        release()
        assert working.works
        release_second()
        await until(lambda: not working.works)
        collector = Collector(working.acquire(Form(H264))[0])
        source.push(*h264_pictures(1)[0])
        await wait_for_pictures(collector)


@pytest.mark.parametrize(
    ("form", "size", "made"),
    [
        (Form(H264), (1920, 1080), (1920, 1080)),
        (Form(H264), (2560, 1920), (1668, 1250)),
        (Form(H264), (720, 1280), (720, 1280)),
        (Form(H264), (321, 241), (320, 240)),
        (Form(VP8), (1920, 1080), (962, 540)),
        (Form(H264, 300), (1920, 1080), (562, 316)),
        (Form(H264, 1), (1920, 1080), (184, 102)),
        (Form(H264, 100_000), (640, 360), (640, 360)),
    ],
)
def test_sizes(form: Form, size: tuple[int, int], made: tuple[int, int]) -> None:
    assert form.size(*size) == made
