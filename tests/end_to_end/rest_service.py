"""What stands for ConnectyCube's HTTP service: it takes everything and remembers it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.ports import free_port

from .people import eventually

_OPEN_TO_PAGES = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
}


@dataclass(frozen=True)
class Request:
    """One request as far as the service looks at it."""

    path: str
    body: dict[str, Any]
    token: str | None
    sdk: str | None


@dataclass
class RestService:
    """Where it is, and what it was asked."""

    url: str
    requests: list[Request] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer whatever is asked."""
        if request.method == "OPTIONS":
            return web.Response(headers=_OPEN_TO_PAGES)
        headers = request.headers
        self.requests.append(
            Request(
                request.path,
                await request.json(),
                headers.get("CB-Token"),
                headers.get("CB-SDK"),
            )
        )
        answer: dict[str, Any] = {}
        if request.path == "/session.json":
            answer = {"session": {"token": "a token", "user_id": 1, "user": {"id": 1}}}
        return web.json_response(answer, status=201, headers=_OPEN_TO_PAGES)

    async def gets(self, path: str, count: int = 1) -> list[Request]:
        """Wait until something was asked so often."""

        async def look() -> list[Request]:
            return [request for request in self.requests if request.path == path]

        return await eventually(look, lambda found: len(found) >= count)


@asynccontextmanager
async def running_service() -> AsyncIterator[RestService]:
    """Run the service on the loopback interface."""
    port = free_port()
    service = RestService(f"http://localhost:{port}")
    server = web.Application()
    server.router.add_route("*", "/{path:.*}", service.answer)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield service
    finally:
        await runner.cleanup()
