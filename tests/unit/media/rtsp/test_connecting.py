"""A connection goes to whichever of a host's addresses answers."""

import asyncio
import socket

import pytest

from custom_components.mesh_call.media.rtsp import connection
from custom_components.mesh_call.media.rtsp.connection import open_connection
from custom_components.mesh_call.media.rtsp.errors import ConnectError
from custom_components.mesh_call.media.rtsp.url import RtspUrl

pytestmark = pytest.mark.usefixtures("socket_enabled")

URL = RtspUrl.parse("rtsp://camera.test/stream")


def resolve_to(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    """Give the host several addresses, which differ by their ports."""

    async def getaddrinfo(*_: object, **__: object) -> list[object]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
        return [(*kind, ("127.0.0.1", port)) for port in ports]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


def closed_port() -> int:
    """Return a port that refuses connections."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


async def welcome(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take a connection and end it."""
    writer.close()


async def test_the_next_address_is_tried_where_one_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = await asyncio.start_server(welcome, "127.0.0.1", 0)
    async with server:
        resolve_to(monkeypatch, closed_port(), server.sockets[0].getsockname()[1])
        opened = await open_connection(URL, lambda *_: None, verify_ssl=True)
        assert opened.hosts == ("127.0.0.1", "127.0.0.1")
        await opened.close()


async def test_the_next_address_is_tried_where_one_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "ADDRESS_TIMEOUT", 0.1)
    with socket.socket() as full, socket.socket() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # A queue that is full leaves who comes then without an answer.
        waiting.connect(full.getsockname())
        server = await asyncio.start_server(welcome, "127.0.0.1", 0)
        async with server:
            ports = full.getsockname()[1], server.sockets[0].getsockname()[1]
            resolve_to(monkeypatch, *ports)
            opened = await open_connection(URL, lambda *_: None, verify_ssl=True)
            assert opened.hosts == ("127.0.0.1", "127.0.0.1")
            await opened.close()


async def test_no_address_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, closed_port(), closed_port())
    with pytest.raises(ConnectError, match="refused"):
        await open_connection(URL, lambda *_: None, verify_ssl=True)
