"""Messages of RTSP 1.0 (RFC 2326): requests, responses, interleaved frames."""

from collections.abc import Iterable
from dataclasses import dataclass, field
import re

from .errors import ProtocolError

MAX_START_LINE = 2048
MAX_HEADER_SIZE = 65_536
MAX_BODY_SIZE = 1_048_576

_FRAME_MARK = 0x24
_FRAME_HEADER_SIZE = 4
_KEPT_FOR_SYNC = 16
_STATUS_LINE = re.compile(rb"RTSP/\d\.\d +(\d{3})[^\r\n]*", re.IGNORECASE)
_REQUEST_LINE = re.compile(rb"([A-Z_]{3,}) +(\S+) +RTSP/\d\.\d", re.IGNORECASE)
_HEADER_END = re.compile(rb"\r?\n\r?\n")


class Headers:
    """Header fields in order; their names are compared without case."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        """Take fields as they come; a name may occur several times."""
        self._fields = list(fields)

    def get(self, name: str) -> str | None:
        """Give the first value of a field."""
        return next(iter(self.get_all(name)), None)

    def get_all(self, name: str) -> list[str]:
        """Give every value of a field in order."""
        wanted = name.lower()
        return [value for key, value in self._fields if key.lower() == wanted]

    def items(self) -> list[tuple[str, str]]:
        """Give all fields in order."""
        return list(self._fields)


@dataclass(frozen=True, slots=True)
class Request:
    """A request of either side (RFC 2326, section 6)."""

    method: str
    uri: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    def serialise(self) -> bytes:
        """Give the bytes to send; Content-Length is added when there is a body."""
        return _serialise(f"{self.method} {self.uri} RTSP/1.0", self.headers, self.body)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer (RFC 2326, section 7). Its phrase is left out on purpose."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    def serialise(self) -> bytes:
        """Give the bytes to send."""
        return _serialise(f"RTSP/1.0 {self.status} -", self.headers, self.body)


@dataclass(frozen=True, slots=True)
class InterleavedFrame:
    """Binary data between messages (RFC 2326, section 10.12): RTP or RTCP."""

    channel: int
    payload: bytes

    def serialise(self) -> bytes:
        """Give the bytes to send."""
        return frame_bytes(self.channel, self.payload)


type Message = Request | Response | InterleavedFrame


def frame_bytes(channel: int, payload: bytes) -> bytes:
    """Put the header of an interleaved frame in front of `payload`."""
    size = len(payload).to_bytes(2)
    return bytes((_FRAME_MARK, channel)) + size + payload


class MessageParser:
    """Cuts what a connection carries into messages.

    Bytes that belong to no message are skipped up to the next answer, or the next
    frame of a channel named in `channels`.
    """

    def __init__(self) -> None:
        """Start in step with the sender."""
        self.channels: set[int] = set()
        self.skipped = 0
        self._rest = b""
        self._in_step = True

    def feed(self, data: bytes) -> list[Message]:
        """Take received bytes and give the messages they complete.

        Raises:
            ProtocolError: a message is longer than any honest one.
        """
        data = self._rest + data if self._rest else data
        messages: list[Message] = []
        position = 0
        while (cut := self._next(data, position)) is not None:
            message, position = cut
            if message is not None:
                messages.append(message)
        self._rest = data[position:] if self._in_step else data[-_KEPT_FOR_SYNC:]
        return messages

    def _next(self, data: bytes, start: int) -> tuple[Message | None, int] | None:
        """Cut one message; None means that more bytes are needed."""
        if start >= len(data):
            return None
        if not self._in_step:
            return self._resync(data, start)
        first = data[start]
        if first == _FRAME_MARK:
            return _cut_frame(data, start)
        if first in b"\r\n":
            return None, start + 1
        return self._cut_text(data, start)

    def _cut_text(self, data: bytes, start: int) -> tuple[Message | None, int] | None:
        line_end = data.find(b"\n", start, start + MAX_START_LINE)
        if line_end < 0 and len(data) - start < MAX_START_LINE:
            return None
        line = data[start : max(line_end, start)]
        if not (_STATUS_LINE.match(line) or _REQUEST_LINE.match(line)):
            self._in_step = False
            return None, start + 1
        return _cut_message(data, start)

    def _resync(self, data: bytes, start: int) -> tuple[None, int] | None:
        # 0x80-0xbf: version 2 in the first byte of every RTP and RTCP packet.
        known = b"".join(re.escape(bytes((n,))) for n in sorted(self.channels))
        frame = rb"|\$[" + known + rb"]..[\x80-\xbf]" if known else b""
        found = re.compile(rb"RTSP/\d\.\d +\d{3}" + frame, re.DOTALL).search(
            data, start
        )
        if found is None:
            return None
        self.skipped += found.start() - start + 1
        self._in_step = True
        return None, found.start()


def _cut_frame(data: bytes, start: int) -> tuple[Message, int] | None:
    body = start + _FRAME_HEADER_SIZE
    if len(data) < body:
        return None
    end = body + int.from_bytes(data[start + 2 : body])
    if len(data) < end:
        return None
    return InterleavedFrame(data[start + 1], data[body:end]), end


def _cut_message(data: bytes, start: int) -> tuple[Message, int] | None:
    head_end = _HEADER_END.search(data, start)
    if head_end is None:
        if len(data) - start > MAX_HEADER_SIZE:
            raise ProtocolError("header too long")
        return None
    lines = data[start : head_end.start()].decode("utf-8", "replace").splitlines()
    headers = Headers(_parse_fields(lines[1:]))
    end = head_end.end() + _content_length(headers)
    if len(data) < end:
        return None
    return _message(lines[0], headers, data[head_end.end() : end]), end


def _message(line: str, headers: Headers, body: bytes) -> Message:
    start_line = line.encode()
    if status := _STATUS_LINE.match(start_line):
        return Response(int(status[1]), headers, body)
    method, uri, *_ = line.split()
    return Request(method.upper(), uri, headers, body)


def _content_length(headers: Headers) -> int:
    value = (headers.get("Content-Length") or "0").strip()
    length = int(value) if value.isdecimal() else 0
    if length > MAX_BODY_SIZE:
        raise ProtocolError("body too long")
    return length


def _parse_fields(lines: Iterable[str]) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in {" ", "\t"} and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}")
        elif ":" in line:
            name, _, value = line.partition(":")
            fields.append((name.strip(), value.strip()))
    return fields


def _serialise(start_line: str, headers: Headers, body: bytes) -> bytes:
    lines = [start_line, *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
