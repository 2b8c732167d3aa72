"""Cutting a connection's bytes into messages."""

import pytest

from custom_components.mesh_call.media.rtsp.errors import ProtocolError
from custom_components.mesh_call.media.rtsp.messages import (
    Headers,
    InterleavedFrame,
    Message,
    MessageParser,
    Request,
    Response,
)

ANSWER = b"RTSP/1.0 200 OK\r\ncseq: 3\r\nContent-length:5\r\n\r\nhello"
RTP = b"\x80\x60\x00\x01" + bytes(20)
FRAME = b"$\x00\x00\x18" + RTP


def feed_by(
    size: int, data: bytes, parser: MessageParser | None = None
) -> list[Message]:
    parser = parser or MessageParser()
    messages: list[Message] = []
    for at in range(0, len(data), size):
        messages += parser.feed(data[at : at + size])
    return messages


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_messages_and_frames_are_cut_apart(size: int) -> None:
    request = b"OPTIONS rtsp://x/ RTSP/1.0\r\nCSeq: 9\r\n\r\n"
    messages = feed_by(size, FRAME + ANSWER + FRAME + b"\r\n" + request + FRAME)
    assert [type(message) for message in messages] == [
        InterleavedFrame,
        Response,
        InterleavedFrame,
        Request,
        InterleavedFrame,
    ]
    answer = messages[1]
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers.get("CSEQ") == "3"
    assert messages[0] == InterleavedFrame(0, RTP)


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    "garbage",
    [b"\x00\x01\x02", b"ABCDEF\r\n", b"\xff$\x09\xff\xff\x00", b"RTSP", b"R\r\n"],
)
def test_garbage_between_is_skipped(size: int, garbage: bytes) -> None:
    parser = MessageParser()
    parser.channels = {0, 1}
    data = FRAME + garbage + ANSWER + FRAME + garbage + FRAME + ANSWER
    messages = feed_by(size, data, parser)
    assert sum(isinstance(m, Response) for m in messages) == 2
    assert sum(isinstance(m, InterleavedFrame) for m in messages) == 3
    assert parser.skipped > 0


def test_bare_line_feeds_and_folded_fields() -> None:
    data = b"RTSP/1.0 401 No\nWWW-Authenticate: Digest\n realm=x\nA: 1\na: 2\n\n"
    (answer,) = MessageParser().feed(data)
    assert isinstance(answer, Response)
    assert answer.headers.get("www-authenticate") == "Digest realm=x"
    assert answer.headers.get_all("A") == ["1", "2"]


def test_too_long_messages_end_the_connection() -> None:
    with pytest.raises(ProtocolError):
        MessageParser().feed(b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n")
    with pytest.raises(ProtocolError):
        MessageParser().feed(b"RTSP/1.0 200 OK\r\n" + b"a: b\r\n" * 20_000)


def test_endless_text_is_not_kept() -> None:
    parser = MessageParser()
    for _ in range(100):
        assert parser.feed(b"A" * 10_000) == []
    assert len(parser._rest) < 3_000
    assert len(parser.feed(ANSWER)) == 1


def test_serialising() -> None:
    request = Request("PLAY", "rtsp://h/", Headers([("CSeq", "1")]), b"xy")
    assert request.serialise() == (
        b"PLAY rtsp://h/ RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 2\r\n\r\nxy"
    )
    assert MessageParser().feed(request.serialise())[0] != Response(200)
    assert InterleavedFrame(0, RTP).serialise() == FRAME
