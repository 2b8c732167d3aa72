"""H264 as decoders take it, out of the payloads of RTP (RFC 6184)."""

from collections.abc import Iterator, Sequence

from .h264_syntax import NalType

START_CODE = b"\x00\x00\x01"

_FU_A = int(NalType.FU_A)


def annex_b(payloads: Sequence[bytes]) -> bytes:
    """The H264 byte stream that RTP payloads carry (RFC 6184)."""
    pieces: list[bytes] = []
    for payload in filter(None, payloads):
        if payload[0] & 31 == _FU_A:
            if len(payload) > 1 and payload[1] & 0x80:
                header = payload[0] & 0xE0 | payload[1] & 0x1F
                pieces += START_CODE, bytes((header,))
            pieces.append(payload[2:])
            continue
        for unit in nal_units(payload):
            pieces += START_CODE, unit
    return b"".join(pieces)


def nal_units(payload: bytes) -> Iterator[bytes]:
    """The whole NAL units in a payload that is no fragment."""
    if payload[0] & 31 != NalType.STAP_A:
        yield payload
        return
    position = 1
    while position + 2 < len(payload):
        size = int.from_bytes(payload[position : position + 2])
        yield payload[position + 2 : position + 2 + size]
        position += 2 + size
