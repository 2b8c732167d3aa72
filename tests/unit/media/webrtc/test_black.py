"""What stands in for a muted stream, and streams put together again."""

import av
import pytest

from custom_components.mesh_call.media import black, byte_stream
from custom_components.mesh_call.media.decoder import decoder
from custom_components.mesh_call.media.h264 import fragments
from custom_components.mesh_call.media.stream import (
    H264,
    MAX_PAYLOAD_SIZE,
    OPUS,
    PCMA,
    PCMU,
    Codec,
    Packet,
)

from .synthetic import BLUE, Picture, Tone, alike, loudest, mean_colour


def decode(stream: bytes) -> av.VideoFrame:
    context = av.CodecContext.create("h264", "r")
    frames = [*context.decode(av.Packet(stream)), *context.decode(None)]
    assert isinstance(frames[0], av.VideoFrame)
    return frames[0]


def aggregated(packets: list[Packet]) -> list[Packet]:
    """The same picture with its parameter sets in one STAP-A."""
    sets, rest = packets[:2], packets[2:]
    units = b"".join(len(p.payload).to_bytes(2) + p.payload for p in sets)
    return [Packet(b"\x78" + units, packets[0].timestamp, key_frame=True), *rest]


@pytest.mark.parametrize("size", [(320, 240), (1280, 720), (240, 426)])
def test_black_picture_of_the_same_size(size: tuple[int, int]) -> None:
    packets = Picture(BLUE, size).packets()
    for variant in (packets, aggregated(packets)):
        payloads = black.picture(H264, black.size_of(variant) or (0, 0))
        assert max(map(len, payloads)) <= MAX_PAYLOAD_SIZE
        frame = decode(byte_stream.annex_b(payloads))
        assert (frame.width, frame.height) == size
        assert alike(mean_colour(frame), (0, 0, 0))


@pytest.mark.parametrize("packets", [[], [Packet(b"\x67", 0)], [Packet(b"\x65abc", 0)]])
def test_unknown_size(packets: list[Packet]) -> None:
    frame = decode(
        byte_stream.annex_b(
            black.picture(H264, black.size_of(packets) or black.DEFAULT_SIZE)
        )
    )
    assert (frame.width, frame.height) == black.DEFAULT_SIZE


def test_byte_stream() -> None:
    unit = b"\x65" + bytes(range(1, 250)) * 20
    payloads = list(fragments(unit))
    assert len(payloads) > 3
    assert byte_stream.annex_b([b"", *payloads]) == b"\x00\x00\x01" + unit
    assert alike(
        mean_colour(
            decode(byte_stream.annex_b([p.payload for p in Picture(BLUE).packets()]))
        ),
        BLUE,
    )


@pytest.mark.parametrize("codec", [PCMU, PCMA, OPUS], ids=lambda codec: codec.name)
def test_silence(codec: Codec) -> None:
    payload = black.silence(codec.name)
    decode_sound = decoder(codec)
    assert payload is not None
    assert decode_sound is not None
    samples = [decode_sound(payload) for _ in range(10)]
    assert all(part.size == 960 for part in samples)
    assert max(abs(int(part.min())) for part in samples) < 20


@pytest.mark.parametrize("codec", [PCMU, PCMA, OPUS], ids=lambda codec: codec.name)
def test_tones_are_decoded(codec: Codec) -> None:
    tone, decode_sound = Tone(codec, 1000), decoder(codec)
    assert decode_sound is not None
    samples = [decode_sound(tone.packet().payload) for _ in range(25)]
    assert loudest(samples[20]) == pytest.approx(1000, abs=60)


def test_what_is_not_spoken() -> None:
    assert black.silence("G722") is None
    assert decoder(H264) is None
    opus = decoder(OPUS)
    assert opus is not None
    assert opus(b"\xff\xff\xff").size == 0
