"""A small RTSP server that behaves as badly as real devices do.

It sends a real picture (H264) and a silent PCMA track, and counts what it is told.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
import hashlib
import re
import socket
import ssl
from typing import Literal, Self
from urllib.parse import quote

from .content import Color, encode_h264, pack_h264

REALM = 'Bad "Manners"'
BACK_CHANNEL = "www.onvif.org/ver20/backchannel"
GARBAGE = b"\x00\x17$\xff\xff\xffABCDEFGHIJK\r\n\x80\x60$\x09"

type Authentication = Literal["none", "basic", "digest", "sha256", "both"]


@dataclass(slots=True)
class Manners:
    """How the device behaves; by default it is polite."""

    authentication: Authentication = "none"
    user: str = "admin"
    password: str = "sécret/#1"
    nonce_lives: int = 1_000
    """Requests until a nonce is stale."""
    says_stale: bool = True
    hangs_up_after_401: bool = False
    lower_case: bool = False
    bare_line_feeds: bool = False
    leaves_out_number: bool = False
    sends_garbage: bool = False
    shifted_channels: int = 0
    redirect: str = ""
    session_timeout: int = 60
    without_options: bool = False
    content_base: str | None = None
    control: tuple[str, str, str] = ("track1", "track2", "track3")
    transport_status: int = 0
    datagrams: bool = False
    """It speaks UDP only, and some packets overtake others."""
    require: Literal["known", "551", "400", "close", "ignored"] = "551"
    talk_back: bool = False
    talk_back_status: int = 0
    talk_back_needs_picture: bool = False
    talk_back_formats: str = "0"
    video: bool = True
    audio: bool = True
    audio_format: str = "8"
    codec: str = "H264"
    sends_picture: bool = True
    color: Color = (200, 40, 40)
    b_frames: int = 0
    timestamps: Literal["right", "constant", "backward", "wild"] = "right"
    stalls_after: float | None = None
    """Seconds of media; RTCP goes on."""
    hangs_up_after: float | None = None
    takes_teardown: bool = True
    loses: frozenset[int] = frozenset()
    """Numbers of the video packets that are left out."""


@dataclass(slots=True)
class Seen:
    """What the device was told."""

    requests: list[tuple[str, str]] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    set_up: list[str] = field(default_factory=list)
    frames: list[tuple[int, bytes]] = field(default_factory=list)
    connections: int = 0
    open_connections: int = 0

    def methods(self) -> list[str]:
        """Give the names of the requests in order."""
        return [method for method, _ in self.requests]


class BadCamera:
    """The server."""

    def __init__(self, manners: Manners) -> None:
        """Prepare the picture."""
        self.manners = manners
        self.seen = Seen()
        self.port = 0
        gop = encode_h264(manners.color, gop=10, pictures=10, b_frames=manners.b_frames)
        self.pictures = [pack_h264(units) for units in gop]
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where the stream is, with credentials where they are needed."""
        manners = self.manners
        credentials = ""
        if manners.authentication != "none":
            password = quote(manners.password, safe="")
            credentials = f"{manners.user}:{password}@"
        return f"rtsp://{credentials}127.0.0.1:{self.port}/live/main?channel=1"

    async def start(self, port: int = 0, tls: ssl.SSLContext | None = None) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", port, ssl=tls
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))
        if self._server is not None:
            await self._server.wait_closed()

    def hang_up(self) -> None:
        """Drop all connections; new ones are taken."""
        for task in tuple(self._tasks):
            task.cancel()

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.seen.connections += 1
        self.seen.open_connections += 1
        visit = _Visit(self, reader, writer)
        try:
            await visit.run()
        except asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError:
            pass
        finally:
            self._tasks.discard(task)
            self.seen.open_connections -= 1
            await visit.stop()
            writer.transport.abort()


class _Visit:
    """One connection."""

    def __init__(
        self,
        camera: BadCamera,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._camera = camera
        self._manners = camera.manners
        self._seen = camera.seen
        self._reader, self._writer = reader, writer
        self._nonce = 1
        self._nonce_uses = 0
        self._channels: dict[str, int] = {}
        self._sockets: list[socket.socket] = []
        self._media: asyncio.Task[None] | None = None
        self._alive = 0.0
        self._handlers: dict[str, Callable[[str, dict[str, str]], None]] = {
            "OPTIONS": self._options,
            "DESCRIBE": self._describe,
            "SETUP": self._setup,
            "PLAY": self._play,
            "GET_PARAMETER": self._touch,
            "TEARDOWN": self._teardown,
        }

    async def run(self) -> None:
        while True:
            first = await self._reader.readexactly(1)
            if first == b"$":
                head = await self._reader.readexactly(3)
                size = int.from_bytes(head[1:])
                content = await self._reader.readexactly(size)
                self._seen.frames.append((head[0], content))
                continue
            head = first + await self._reader.readuntil(b"\r\n\r\n")
            if not self._answer_request(head.decode()):
                return

    async def stop(self) -> None:
        if self._media is not None:
            self._media.cancel()
            await asyncio.wait((self._media,))
        for own in self._sockets:
            own.close()

    def _answer_request(self, head: str) -> bool:
        """Answer; False means: hang up."""
        line, *rest = head.strip().split("\r\n")
        method, uri, _ = line.split(" ")
        fields = {
            name.lower(): value.strip()
            for name, _, value in (item.partition(":") for item in rest)
        }
        self._number = fields["cseq"]
        self._seen.requests.append((method, uri))
        manners = self._manners
        if not self._is_authentic(method, uri, fields):
            self._refuse()
            return not manners.hangs_up_after_401
        if "require" in fields:
            self._seen.required.append(method)
            if manners.require == "close":
                return False
            if manners.require in {"551", "400"}:
                self._answer(int(manners.require), {"Unsupported": BACK_CHANNEL})
                return True
        self._handlers.get(method, self._unknown)(uri, fields)
        return True

    def _unknown(self, _uri: str, _fields: dict[str, str]) -> None:
        self._answer(501)

    def _touch(self, _uri: str, _fields: dict[str, str]) -> None:
        self._alive = asyncio.get_running_loop().time()
        self._answer(200)

    def _options(self, _uri: str, _fields: dict[str, str]) -> None:
        if self._manners.without_options:
            self._answer(405)
            return
        self._alive = asyncio.get_running_loop().time()
        self._answer(
            200, {"Public": "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"}
        )

    def _describe(self, uri: str, fields: dict[str, str]) -> None:
        manners = self._manners
        if manners.redirect:
            self._answer(302, {"Location": manners.redirect})
            return
        base = uri + "/" if manners.content_base is None else manners.content_base
        talk = manners.talk_back and (
            manners.require == "ignored"
            or (manners.require == "known" and "require" in fields)
        )
        headers = {"Content-Type": "application/sdp"}
        if base:
            headers["Content-Base"] = base
        self._answer(200, headers, self._description(talk))

    def _description(self, talk: bool) -> str:
        manners = self._manners
        picture, sound, voice = manners.control
        lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=bad", "t=0 0", "a=control:*"]
        if manners.video:
            lines += ["m=video 0 RTP/AVP 96", f"a=rtpmap:96 {manners.codec}/90000"]
            lines += ["a=fmtp:96 packetization-mode=1", f"a=control:{picture}"]
        if manners.audio:
            lines += [f"m=audio 0 RTP/AVP {manners.audio_format}"]
            if manners.audio_format == "99":
                lines += ["a=rtpmap:99 WEIRD/8000"]
            lines += ["a=recvonly", f"a=control:{sound}"]
        if talk:
            lines += [f"m=audio 0 RTP/AVP {manners.talk_back_formats}"]
            lines += ["a=rtpmap:98 MPEG4-GENERIC/16000", "a=sendonly"]
            lines += [f"a=control:{voice}"]
        return "\r\n".join(lines) + "\r\n"

    def _setup(self, uri: str, fields: dict[str, str]) -> None:
        manners = self._manners
        name = next((n for n in manners.control if uri.endswith(n)), "")
        self._seen.set_up.append(name or uri)
        talk = name == manners.control[2]
        refused = talk and (
            manners.talk_back_status
            or (manners.talk_back_needs_picture and not self._channels and 455)
        )
        if not name or manners.transport_status or refused:
            self._answer(refused or manners.transport_status or 404)
            return
        if manners.datagrams:
            transport = self._datagram_transport(name, fields["transport"])
        else:
            transport = self._interleaved_transport(name, fields["transport"])
        if not transport:
            self._answer(461)
            return
        session = f"12345678;timeout={manners.session_timeout}"
        self._answer(200, {"Transport": transport, "Session": session})

    def _interleaved_transport(self, name: str, wanted: str) -> str:
        found = re.search(r"interleaved=(\d+)", wanted)
        assert found is not None
        channel = int(found[1]) + self._manners.shifted_channels
        self._channels[name] = channel
        return f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"

    def _datagram_transport(self, name: str, wanted: str) -> str:
        found = re.search(r"client_port=(\d+)-(\d+)", wanted)
        if found is None:
            return ""
        assert int(found[1]) % 2 == 0
        assert int(found[2]) == int(found[1]) + 1
        self._channels[name] = int(found[1])
        ports = []
        for _ in range(2):
            own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            own.bind(("127.0.0.1", 0))
            own.setblocking(False)
            self._sockets.append(own)
            ports.append(own.getsockname()[1])
        first, second = sorted(ports)
        return f"RTP/AVP;unicast;{found[0]};server_port={first}-{second}"

    def _read_datagrams(self) -> None:
        for number, own in enumerate(self._sockets):
            with suppress(BlockingIOError):
                while data := own.recv(2_000):
                    self._seen.frames.append((number, data))

    def _play(self, _uri: str, fields: dict[str, str]) -> None:
        self._answer(200 if fields.get("session") == "12345678" else 454)
        self._alive = asyncio.get_running_loop().time()
        if self._media is None:
            self._media = asyncio.create_task(self._send_media())

    def _teardown(self, _uri: str, _fields: dict[str, str]) -> None:
        if self._manners.takes_teardown:
            self._answer(200)

    async def _send_media(self) -> None:
        loop, manners = asyncio.get_running_loop(), self._manners
        sender = _Sender(self._camera, self._channels, self._writer, self._sockets)
        begun = loop.time()
        number = 0
        while not self._writer.is_closing():
            elapsed = loop.time() - begun
            if manners.hangs_up_after is not None and elapsed > manners.hangs_up_after:
                self._writer.transport.abort()
                return
            if loop.time() - self._alive > manners.session_timeout:
                self._writer.transport.abort()
                return
            if manners.stalls_after is None or elapsed < manners.stalls_after:
                sender.send_picture(number)
                sender.send_sound(number)
            if number % 10 == 0:
                sender.send_report(number)
                self._read_datagrams()
            number += 1
            await asyncio.sleep(max(0, begun + number * 0.04 - loop.time()))

    def _is_authentic(self, method: str, uri: str, fields: dict[str, str]) -> bool:
        manners = self._manners
        given = fields.get("authorization", "")
        if manners.authentication == "none":
            return True
        if manners.authentication == "basic":
            pair = f"{manners.user}:{manners.password}".encode()
            return given == f"Basic {b64encode(pair).decode()}"
        self._nonce_uses += 1
        if self._nonce_uses > manners.nonce_lives:
            self._nonce += 1
            self._nonce_uses = 0
            return False
        return self._is_digest(method, uri, given)

    def _is_digest(self, method: str, uri: str, given: str) -> bool:
        manners = self._manners
        pairs = re.findall(r"(\w+)=(?:\"((?:[^\"\\]|\\.)*)\"|([^,\s]+))", given)
        answer = {name: re.sub(r"\\(.)", r"\1", a) or b for name, a, b in pairs}
        if answer.get("nonce") != f"n{self._nonce}" or answer.get("uri") != uri:
            return False
        name = "sha256" if answer.get("algorithm") == "SHA-256" else "md5"
        if manners.authentication == "sha256" and name != "sha256":
            return False

        def hashed(text: str) -> str:
            return hashlib.new(name, text.encode()).hexdigest()

        secret = hashed(f"{manners.user}:{REALM}:{manners.password}")
        middle = f"n{self._nonce}"
        if "qop" in answer:
            middle += f":{answer['nc']}:{answer['cnonce']}:{answer['qop']}"
        expected = hashed(f"{secret}:{middle}:{hashed(f'{method}:{uri}')}")
        return answer["response"] == expected

    def _refuse(self) -> None:
        manners = self._manners
        stale = ', stale="true"' if self._nonce > 1 and manners.says_stale else ""
        realm = REALM.replace('"', '\\"')
        digest = f'Digest realm="{realm}", nonce="n{self._nonce}"{stale}'
        values = {
            "basic": ['Basic realm="x"'],
            "digest": [digest],
            "sha256": [f'{digest}, qop="auth", algorithm=SHA-256, {digest}'],
            "both": ['Basic realm="x"', f'{digest}, qop="auth,auth-int"'],
        }[manners.authentication]
        self._answer(401, [("WWW-Authenticate", value) for value in values])

    def _answer(
        self,
        status: int,
        headers: dict[str, str] | list[tuple[str, str]] | None = None,
        body: str = "",
    ) -> None:
        manners = self._manners
        fields = list(headers.items() if isinstance(headers, dict) else headers or [])
        if not manners.leaves_out_number:
            fields.insert(0, ("CSeq", self._number))
        if body:
            fields.append(("Content-Length", str(len(body.encode()))))
        if manners.lower_case:
            fields = [(name.lower(), value) for name, value in fields]
        end = "\n" if manners.bare_line_feeds else "\r\n"
        lines = [f"RTSP/1.0 {status} Whatever", *(f"{n}: {v}" for n, v in fields)]
        text = end.join(lines) + end + end + body
        garbage = GARBAGE if manners.sends_garbage and self._media else b""
        self._writer.write(garbage + text.encode())


class _Sender:
    """Sends what the camera sees and hears."""

    def __init__(
        self,
        camera: BadCamera,
        channels: dict[str, int],
        writer: asyncio.StreamWriter,
        sockets: list[socket.socket],
    ) -> None:
        self._camera, self._manners = camera, camera.manners
        self._writer = writer
        self._sockets = sockets
        self._overtaken: tuple[int, bytes] | None = None
        self._picture = channels.get(camera.manners.control[0])
        self._sound = channels.get(camera.manners.control[1])
        self._sequences = {0: 65_530, 1: 10}
        self._sent = 0

    def send_picture(self, number: int) -> None:
        if self._picture is None or not self._manners.sends_picture:
            return
        pictures = self._camera.pictures
        *first, last = pictures[number % len(pictures)]
        for payload in first:
            self._send(self._picture, 0, 96, self._timestamp(number), payload)
        self._send(self._picture, 0, 96, self._timestamp(number), last, marker=True)
        if self._manners.sends_garbage and number % 5 == 0:
            self._writer.write(GARBAGE)

    def send_sound(self, number: int) -> None:
        if self._sound is not None and self._manners.audio_format == "8":
            self._send(self._sound, 1, 8, number * 320, b"\xd5" * 320)

    def send_report(self, number: int) -> None:
        clocks = ((self._picture, 3_600), (self._sound, 320))
        for channel, step in clocks:
            if channel is not None:
                seconds = 3_900_000_000 + number // 25
                fraction = (number % 25) * (2**32 // 25)
                stamp = (0xFFFFFF00 if step == 3_600 else 0) + number * step
                words = (7, seconds, fraction, stamp & 0xFFFFFFFF, 0, 0)
                body = b"".join(word.to_bytes(4) for word in words)
                report = b"\x80\xc8\x00\x06" + body
                self._write(channel + 1, report)

    def _timestamp(self, number: int) -> int:
        match self._manners.timestamps:
            case "constant":
                return 1_000
            case "backward":
                return 1_000_000 - number * 3_600
            case "wild":
                return number * 3_600 + (number // 10) * 0x3000_0000
        # Wraps right after the start.
        return (0xFFFFFF00 + number * 3_600) & 0xFFFFFFFF

    def _send(
        self,
        channel: int,
        track: int,
        payload_type: int,
        timestamp: int,
        payload: bytes,
        *,
        marker: bool = False,
    ) -> None:
        sequence = self._sequences[track]
        self._sequences[track] = (sequence + 1) & 0xFFFF
        self._sent += track == 0
        if track == 0 and self._sent - 1 in self._manners.loses:
            return
        header = bytes((0x80, payload_type | marker << 7)) + sequence.to_bytes(2)
        header += (timestamp & 0xFFFFFFFF).to_bytes(4) + (7 + track).to_bytes(4)
        self._write(channel, header + payload)

    def _write(self, channel: int, data: bytes) -> None:
        if self._sockets:
            self._write_datagram(channel, data)
            return
        self._writer.write(b"$" + bytes((channel,)) + len(data).to_bytes(2) + data)

    def _write_datagram(self, port: int, data: bytes) -> None:
        overtaken, self._overtaken = self._overtaken, None
        if overtaken is None and data[3] % 10 == 0:
            self._overtaken = (port, data)
            return
        for number, content in filter(None, ((port, data), overtaken)):
            self._sockets[0].sendto(content, ("127.0.0.1", number))


@asynccontextmanager
async def bad_camera(
    manners: Manners | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[BadCamera]:
    """Run a camera with these manners; with `tls` it speaks rtsps."""
    camera = await BadCamera(manners or Manners()).start(tls=tls)
    try:
        yield camera
    finally:
        await camera.stop()
