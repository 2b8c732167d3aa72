"""An account is closed at any moment: nothing is left of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from custom_components.mesh_call.signaling.xmpp import stream as stream_module
from custom_components.mesh_call.signaling.xmpp.connectycube.account import (
    ConnectyCubeAccount,
)
from tests.prosody import Prosody

from .conftest import login, tasks_left

MOST_CHUNKS = 40
"""In which a server says what it has to say at a login; it is some ten."""


class Stall:
    """What passes a server's words on to its client until it stops."""

    def __init__(self, server_port: int, chunks: int) -> None:
        self._server_port = server_port
        self._chunks = chunks
        self.stopped = asyncio.Event()

    async def serve(
        self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        """Serve one client."""
        server, to_server = await asyncio.open_connection(
            "localhost", self._server_port
        )
        asking = asyncio.create_task(_pass_on(client, to_server))
        try:
            for _ in range(self._chunks):
                to_client.write(await server.read(65536))
            self.stopped.set()
            await asking
        finally:
            asking.cancel()
            to_server.close()
            to_client.close()


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)


def _is_ours(task: asyncio.Task[object]) -> bool:
    return not any(name in repr(task) for name in ("Stall.serve", "_pass_on"))


@asynccontextmanager
async def stalling(server: Prosody, chunks: int) -> AsyncGenerator[tuple[Stall, int]]:
    """Run a stall in front of a server; gives its port, too."""
    stall = Stall(server.port, chunks)
    async with await asyncio.start_server(stall.serve, "localhost", 0) as listening:
        yield stall, listening.sockets[0].getsockname()[1]


async def test_a_login_that_hangs_is_closed_wherever_it_stands(
    server: Prosody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "CLOSE_TIMEOUT", 0.2)
    for chunks in range(1, MOST_CHUNKS):
        async with stalling(server, chunks) as (stall, port):
            account = ConnectyCubeAccount(
                login(server, port=port), lambda *_: None, lambda *_: None
            )
            before = set(tasks_left())
            start = asyncio.create_task(account.start())
            stopped = asyncio.create_task(stall.stopped.wait())
            await asyncio.wait((start, stopped), return_when="FIRST_COMPLETED")
            if stopped.done():
                # What was passed on last is taken in before it hangs.
                await asyncio.wait((start,), timeout=0.2)
            finished = start.done()
            start.cancel()
            stopped.cancel()
            await asyncio.gather(start, stopped, return_exceptions=True)
            await account.close()
            left = [t for t in tasks_left() if t not in before and _is_ours(t)]
            assert not left, (chunks, left)
        if finished:
            return
    pytest.fail("It never logged in")
