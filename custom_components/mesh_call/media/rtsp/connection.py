"""One TCP or TLS connection to a device: answers find their requests."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
import logging
import socket
import ssl
from typing import Any, NamedTuple, override

from .errors import ConnectError, ConnectionLostError, ProtocolError, TimedOutError
from .messages import (
    Headers,
    InterleavedFrame,
    Message,
    MessageParser,
    Request,
    Response,
    frame_bytes,
)
from .url import RtspUrl

_LOGGER = logging.getLogger(__name__)

CONNECT_TIMEOUT = 5.0
CLOSE_TIMEOUT = 0.2
ADDRESS_TIMEOUT = 1.5
"""Seconds until a host's next address is tried; the last has all that is left."""

UNACKNOWLEDGED_TIMEOUT = 10.0
"""Seconds a device may leave what was sent to it without a sign of life."""

type PacketHandler = Callable[[int, Sequence[bytes]], None]
"""Takes a channel's number and the packets that came on it together."""


class _Packets(NamedTuple):
    """The frames of one channel that came together."""

    channel: int
    payloads: list[bytes]


class RtspConnection(asyncio.Protocol):
    """Carries requests, answers and interleaved frames (RFC 2326, 10.12).

    Frames are handed to `on_packets` as they arrive, without a task between.
    """

    def __init__(self, on_packets: PacketHandler) -> None:
        """Prepare; `open_connection` connects."""
        self.parser = MessageParser()
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._on_packets = on_packets
        self._transport: asyncio.Transport | None = None
        self._waiting: dict[int, asyncio.Future[Response]] = {}
        self._next_number = 1

    @property
    def is_open(self) -> bool:
        """Whether anything can still be sent."""
        transport = self._transport
        return (
            transport is not None
            and not self.lost.done()
            and not transport.is_closing()
        )

    @property
    def unsent_bytes(self) -> int:
        """Bytes the device has not taken yet."""
        return self._transport.get_write_buffer_size() if self._transport else 0

    @property
    def hosts(self) -> tuple[str, str]:
        """The addresses of this end and of the device."""
        assert self._transport is not None
        own, other = map(self._transport.get_extra_info, ("sockname", "peername"))
        return own[0], other[0]

    async def request(self, request: Request, timeout: float) -> Response:
        """Send a request and wait for its answer.

        Raises:
            ConnectionLostError: the connection is closed or closes meanwhile.
            TimedOutError: no answer within `timeout` seconds.
        """
        number = self._next_number
        self._next_number += 1
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        numbered = Headers([("CSeq", str(number)), *request.headers.items()])
        try:
            self._write(replace(request, headers=numbered).serialise())
            async with asyncio.timeout(timeout):
                return await answer
        except TimeoutError:
            raise TimedOutError("no answer") from None
        finally:
            self._waiting.pop(number, None)

    def send_frame(self, channel: int, payload: bytes) -> None:
        """Send an interleaved frame; nothing happens on a closed connection."""
        if self.is_open and self._transport:
            self._transport.write(frame_bytes(channel, payload))

    def abort(self) -> None:
        """Close at once, without a word to the device."""
        if self._transport is not None:
            self._transport.abort()

    async def close(self) -> None:
        """Close within CLOSE_TIMEOUT, whatever the device does."""
        if self._transport is None:
            return
        self._transport.close()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await asyncio.shield(self.lost)
        except TimeoutError:
            pass
        finally:
            self._transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport (asyncio.Protocol)."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        # asyncio has set TCP_NODELAY already.
        option = getattr(socket, "TCP_USER_TIMEOUT", None)
        if option is not None:
            milliseconds = round(UNACKNOWLEDGED_TIMEOUT * 1_000)
            transport.get_extra_info("socket").setsockopt(
                socket.IPPROTO_TCP, option, milliseconds
            )

    @override
    def data_received(self, data: bytes) -> None:
        """Take bytes (asyncio.Protocol)."""
        try:
            messages = self.parser.feed(data)
        except ProtocolError:
            if self._transport:
                self._transport.abort()
            return
        for item in _gathered(messages):
            try:
                self._dispatch(item)
            except Exception:
                # Left to asyncio it would end the connection and log its address.
                _LOGGER.exception("Unexpected content of an RTSP connection")

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """End every wait (asyncio.Protocol)."""
        if not self.lost.done():
            self.lost.set_result(None)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionLostError("connection closed"))

    def _dispatch(self, item: Request | Response | _Packets) -> None:
        match item:
            case _Packets(channel, payloads):
                self._on_packets(channel, payloads)
            case Response():
                self._answer(item)
            case Request():
                self._serve(item)

    def _answer(self, response: Response) -> None:
        """Give an answer to its request; one without a number to the oldest."""
        if response.status < 200:
            return
        text = (response.headers.get("CSeq") or "").strip()
        number = int(text) if text.isdecimal() else None
        if number not in self._waiting:
            if number is not None and 0 < number < self._next_number:
                return
            number = min(self._waiting, default=None)
        waiting = self._waiting.get(number) if number is not None else None
        if waiting is not None and not waiting.done():
            waiting.set_result(response)

    def _serve(self, request: Request) -> None:
        """Answer a request of the device: it only wants to know that we live."""
        known = request.method in {"OPTIONS", "GET_PARAMETER", "SET_PARAMETER"}
        number = request.headers.get("CSeq") or "0"
        answer = Response(200 if known else 501, Headers([("CSeq", number)]))
        if self.is_open and self._transport:
            self._transport.write(answer.serialise())

    def _write(self, data: bytes) -> None:
        if not self.is_open or self._transport is None:
            raise ConnectionLostError("connection closed")
        self._transport.write(data)


async def open_connection(
    url: RtspUrl, on_packets: PacketHandler, *, verify_ssl: bool
) -> RtspConnection:
    """Connect to the host of `url`.

    Raises:
        ConnectError: there is no connection within CONNECT_TIMEOUT seconds; the
            text of the operating system, which holds the address, is left out.
    """
    loop = asyncio.get_running_loop()
    context = None
    if url.secure:
        context = await loop.run_in_executor(None, _tls_context, verify_ssl)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            _, connection = await loop.create_connection(
                lambda: RtspConnection(on_packets),
                sock=await _connect(url.host, url.port),
                ssl=context,
                server_hostname=url.host if context else None,
            )
    except TimeoutError:
        raise ConnectError("no answer") from None
    except ssl.SSLCertVerificationError:
        raise ConnectError("certificate not trusted") from None
    except ssl.SSLError:
        raise ConnectError("no TLS connection") from None
    except ConnectionRefusedError:
        raise ConnectError("connection refused") from None
    except OSError, UnicodeError:
        raise ConnectError("host not reachable") from None
    return connection


async def _connect(host: str, port: int) -> socket.socket:
    """Connect to the first of a host's addresses that answers.

    asyncio's race between them (RFC 8305) loses the socket when it is cancelled at the
    moment one has connected.
    """
    loop = asyncio.get_running_loop()
    *others, last = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for family, kind, protocol, _, address in others:
        try:
            async with asyncio.timeout(ADDRESS_TIMEOUT):
                return await _connect_to(family, kind, protocol, address)
        except OSError:
            continue
    family, kind, protocol, _, address = last
    return await _connect_to(family, kind, protocol, address)


async def _connect_to(
    family: int, kind: int, protocol: int, address: tuple[Any, ...]
) -> socket.socket:
    connecting = socket.socket(family, kind, protocol)
    try:
        connecting.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connecting, address)
    except BaseException:
        connecting.close()
        raise
    return connecting


def _gathered(messages: Iterable[Message]) -> list[Request | Response | _Packets]:
    """Put the frames of each channel together, where the first of them was."""
    packets: dict[int, _Packets] = {}
    gathered: list[Request | Response | _Packets] = []
    for message in messages:
        if not isinstance(message, InterleavedFrame):
            gathered.append(message)
        elif found := packets.get(message.channel):
            found.payloads.append(message.payload)
        else:
            first = _Packets(message.channel, [message.payload])
            packets[message.channel] = first
            gathered.append(first)
    return gathered


def _tls_context(verify: bool) -> ssl.SSLContext:
    """Make a context; this reads certificates from disk."""
    if verify:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # Cameras sign their own certificates, often with short keys.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context
