"""H265 as RTP carries it (RFC 7798)."""

import pytest

from custom_components.mesh_call.media.h265 import H265Forwarder, annex_b
from custom_components.mesh_call.media.stream import Packet

VPS, SPS, PPS = (bytes((kind << 1, 1, kind)) for kind in (32, 33, 34))
IDR = bytes((19 << 1, 1)) + b"key" * 9
TRAIL = bytes((1 << 1, 1)) + b"other" * 5
START = b"\0\0\1"


def aggregate(*units: bytes) -> bytes:
    """Put units into one packet."""
    body = b"".join(len(unit).to_bytes(2) + unit for unit in units)
    return bytes((48 << 1, 1)) + body


def fragments(unit: bytes, size: int = 8) -> list[bytes]:
    """Cut a unit into packets."""
    kind = unit[0] >> 1
    pieces = [unit[at : at + size] for at in range(2, len(unit), size)]
    return [
        bytes((49 << 1, 1, (i == 0) << 7 | (i == len(pieces) - 1) << 6 | kind)) + piece
        for i, piece in enumerate(pieces)
    ]


def feed(forwarder: H265Forwarder, payloads: list[bytes], time: int) -> list[Packet]:
    """Feed one picture."""
    packets: list[Packet] = []
    for payload in payloads:
        packets += forwarder.feed(payload, time, payload is payloads[-1])
    return packets


@pytest.mark.parametrize(
    "key_frame",
    [
        [VPS, SPS, PPS, IDR],
        [aggregate(VPS, SPS, PPS), *fragments(IDR)],
        [aggregate(VPS, SPS, PPS, IDR)],
    ],
    ids=["single", "fragments", "aggregate"],
)
def test_it_begins_with_a_key_frame(key_frame: list[bytes]) -> None:
    forwarder = H265Forwarder()
    assert feed(forwarder, [TRAIL], 0) == []
    packets = feed(forwarder, key_frame, 1)
    assert [packet.key_frame for packet in packets] == [True] + [False] * (
        len(key_frame) - 1
    )
    assert packets[-1].marker
    whole = b"".join(START + unit for unit in (VPS, SPS, PPS, IDR))
    assert annex_b([packet.payload for packet in packets]) == whole
    [trail] = feed(forwarder, [TRAIL], 2)
    assert trail == Packet(TRAIL, 2, marker=True)


def test_a_loss_lasts_until_the_next_key_frame() -> None:
    forwarder = H265Forwarder()
    feed(forwarder, [VPS, SPS, PPS, IDR], 0)
    first, *rest = fragments(IDR)
    feed(forwarder, [VPS, SPS, PPS, first], 1)
    forwarder.lose()
    assert feed(forwarder, rest, 1) == []
    assert feed(forwarder, [TRAIL], 2) == []
    assert feed(forwarder, [VPS, SPS, PPS, IDR], 3)[0].key_frame
    assert feed(forwarder, [TRAIL], 4)


def test_parameter_sets_are_put_before_a_key_frame_without() -> None:
    forwarder = H265Forwarder([VPS, SPS, PPS])
    packets = feed(forwarder, fragments(IDR), 0)
    assert [packet.payload for packet in packets[:3]] == [VPS, SPS, PPS]
    assert [packet.key_frame for packet in packets[:4]] == [True, False, False, False]


@pytest.mark.parametrize("payload", [b"", b"\x26", aggregate()[:2], b"\x62\x01"])
def test_scraps_do_no_harm(payload: bytes) -> None:
    forwarder = H265Forwarder()
    assert feed(forwarder, [payload], 0) == []
    assert annex_b([payload]) == b""
