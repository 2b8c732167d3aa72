"""One connection: requests are answered, media is sent."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import socket
from typing import Protocol

from ..content import PICTURE_RATE
from .authentication import Doorman
from .manners import Manners, Seen
from .program import Sound
from .sending import FIRST_STAMP, GARBAGE, Sender
from .transport import datagrams, interleaved

BACK_CHANNEL = "www.onvif.org/ver20/backchannel"

_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
_SESSION = "12345678"
_REPORT_PICTURES = 10


class Device(Protocol):
    """The camera that is visited."""

    manners: Manners
    seen: Seen
    pictures: list[list[bytes]]
    sound: Sound | None


class Visit:
    """Talks to one client."""

    def __init__(
        self,
        device: Device,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Wait for requests."""
        self._device = device
        self._manners = device.manners
        self._seen = device.seen
        self._reader, self._writer = reader, writer
        self._doorman = Doorman(device.manners)
        self._number = ""
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
        """Answer until one side hangs up."""
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
        """Send nothing more."""
        if self._media is not None:
            self._seen.playing -= 1
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
        if not self._doorman.admits(method, uri, fields):
            challenges = self._doorman.challenges()
            self._answer(401, [("WWW-Authenticate", value) for value in challenges])
            return not manners.hangs_up_after_401
        if "require" in fields:
            self._seen.required.append(method)
            if manners.require == "close":
                return False
            if manners.require in {"551", "400"}:
                self._answer(int(manners.require), [("Unsupported", BACK_CHANNEL)])
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
        self._answer(200, [("Public", _METHODS)])

    def _describe(self, uri: str, fields: dict[str, str]) -> None:
        manners = self._manners
        if manners.redirect:
            self._answer(302, [("Location", manners.redirect)])
            return
        base = uri + "/" if manners.content_base is None else manners.content_base
        talk = manners.talk_back and (
            manners.require == "ignored"
            or (manners.require == "known" and "require" in fields)
        )
        headers = [("Content-Type", "application/sdp")]
        if base:
            headers.append(("Content-Base", base))
        self._answer(200, headers, self._description(talk))

    def _description(self, talk: bool) -> str:
        manners, sound = self._manners, self._device.sound
        picture, heard, voice = manners.control
        lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=bad", "t=0 0", "a=control:*"]
        if manners.video:
            lines += ["m=video 0 RTP/AVP 96", f"a=rtpmap:96 {manners.codec}/90000"]
            lines += ["a=fmtp:96 packetization-mode=1", f"a=control:{picture}"]
        if manners.audio:
            lines += [f"m=audio 0 RTP/AVP {manners.audio_format}"]
            lines += sound.description if sound else ["a=rtpmap:99 WEIRD/8000"]
            lines += ["a=recvonly", f"a=control:{heard}"]
        if talk:
            lines += [f"m=audio 0 RTP/AVP {manners.talk_back_formats}"]
            lines += ["a=rtpmap:98 MPEG4-GENERIC/16000", "a=sendonly"]
            lines += [f"a=control:{voice}"]
        return "\r\n".join(lines) + "\r\n"

    def _setup(self, uri: str, fields: dict[str, str]) -> None:
        manners = self._manners
        name = next((n for n in manners.control if uri.endswith(n)), "")
        self._seen.set_up.append(name or uri)
        if status := self._refusal(name):
            self._answer(status)
            return
        given = self._transport(fields["transport"])
        if given is None:
            self._answer(461)
            return
        self._channels[name], transport = given
        session = f"{_SESSION};timeout={manners.session_timeout}"
        self._answer(200, [("Transport", transport), ("Session", session)])

    def _refusal(self, name: str) -> int:
        """The status by which a track is refused, 0 for none."""
        manners = self._manners
        if self._media is None and self._seen.playing >= manners.sessions:
            return 453
        if name == manners.control[2]:
            if manners.talk_back_status:
                return manners.talk_back_status
            if manners.talk_back_needs_picture and not self._channels:
                return 455
        return manners.transport_status or (0 if name else 404)

    def _transport(self, wanted: str) -> tuple[int, str] | None:
        if self._manners.datagrams:
            return datagrams(wanted, self._sockets)
        return interleaved(wanted, self._manners.shifted_channels)

    def _play(self, uri: str, fields: dict[str, str]) -> None:
        status = 200 if fields.get("session") == _SESSION else 454
        self._answer(status, self._start_times(uri))
        self._alive = asyncio.get_running_loop().time()
        if self._media is None:
            self._seen.playing += 1
            self._media = asyncio.create_task(self._send_media())

    def _start_times(self, uri: str) -> list[tuple[str, str]]:
        """Tell the time stamps of the session's start (RFC 2326, section 12.33)."""
        if not self._manners.rtp_info:
            return []
        picture, sound, _ = self._manners.control
        entries = (
            f"url={uri}{picture};seq=65530;rtptime={FIRST_STAMP}",
            f"url={uri}{sound};seq=10;rtptime=0",
        )
        return [("RTP-Info", ",".join(entries))]

    def _teardown(self, _uri: str, _fields: dict[str, str]) -> None:
        if self._manners.takes_teardown:
            self._answer(200)

    async def _send_media(self) -> None:
        loop, manners, device = asyncio.get_running_loop(), self._manners, self._device
        picture, sound, _ = (self._channels.get(name) for name in manners.control)
        sender = Sender(manners, picture, sound, self._writer, self._sockets)
        begun = loop.time()
        number = 0
        while not self._writer.is_closing():
            elapsed = loop.time() - begun
            if self._breaks_off(elapsed):
                self._writer.transport.abort()
                return
            if manners.stalls_after is None or elapsed < manners.stalls_after:
                if number % PICTURE_RATE == 0:
                    self._seen.seconds.append(loop.time())
                payloads = device.pictures[number % len(device.pictures)]
                sender.send_picture(number, payloads)
                sender.send_sound(number - manners.sound_late, device.sound)
            if number % _REPORT_PICTURES == 0:
                if number >= manners.reports_from:
                    sender.send_reports(number, device.sound)
                self._read_datagrams()
            number += 1
            due = number / PICTURE_RATE / (1 + manners.drift)
            await asyncio.sleep(max(0, begun + due - loop.time()))

    def _breaks_off(self, elapsed: float) -> bool:
        manners = self._manners
        if manners.hangs_up_after is not None and elapsed > manners.hangs_up_after:
            return True
        silent = asyncio.get_running_loop().time() - self._alive
        return silent > manners.session_timeout

    def _read_datagrams(self) -> None:
        for number, own in enumerate(self._sockets):
            with suppress(BlockingIOError):
                while data := own.recv(2_000):
                    self._seen.frames.append((number, data))

    def _answer(
        self,
        status: int,
        headers: list[tuple[str, str]] | None = None,
        body: str = "",
    ) -> None:
        manners = self._manners
        fields = list(headers or [])
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
