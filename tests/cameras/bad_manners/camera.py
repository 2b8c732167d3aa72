"""The server: connections come and go, the picture stays."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import ssl
from typing import Self
from urllib.parse import quote

from .manners import Manners, Seen
from .program import make_pictures, make_sound
from .visit import Visit


class BadCamera:
    """The server."""

    def __init__(self, manners: Manners) -> None:
        """Prepare the picture."""
        self.manners = manners
        self.seen = Seen()
        self.port = 0
        self.pictures = make_pictures(manners)
        self.sound = make_sound(manners)
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
        visit = Visit(self, reader, writer)
        try:
            await visit.run()
        except asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError:
            pass
        finally:
            self._tasks.discard(task)
            self.seen.open_connections -= 1
            await visit.stop()
            writer.transport.abort()


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
