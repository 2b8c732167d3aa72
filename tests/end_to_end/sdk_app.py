"""Apps built on the real ConnectyCube SDK, in pages of a real browser."""

import asyncio
from collections.abc import AsyncIterator, Iterable
import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
import os
from pathlib import Path
from typing import Any, Literal

from aiohttp import web
from playwright.async_api import Browser, Error as PlaywrightError, Page, WebSocket
import pytest

from demo.configuration import REPOSITORY
from tests.ports import free_port
from tests.prosody import DOMAIN, PASSWORD, Prosody

from .browser import KEEP_CONNECTIONS, picture, tones
from .household import has_colour
from .people import eventually

PAGE = Path(__file__).parent / "sdk"
SDK = REPOSITORY / "card/node_modules/connectycube/dist/connectycube.min.js"
QUIET = -90

type Extension = dict[str, Any]


@asynccontextmanager
async def served_app() -> AsyncIterator[str]:
    """Serve the app's page on the loopback interface; gives its address."""
    if not SDK.exists():
        reason = "The ConnectyCube SDK is not installed (scripts/setup card)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    server = web.Application()

    async def sdk(_: web.Request) -> web.FileResponse:
        return web.FileResponse(SDK)

    server.router.add_get("/connectycube.min.js", sdk)
    server.router.add_static("/", PAGE)
    runner = web.AppRunner(server)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://localhost:{port}/index.html"
    finally:
        await runner.cleanup()


@dataclass
class SdkApp:
    """One app, logged in as one user; its camera sees one colour, it hears one tone."""

    page: Page
    user: int
    colour: tuple[int, int, int]
    frequency: int
    stanzas: list[str] = field(default_factory=list)
    """What the server has sent, as it came."""

    def signals(self) -> list[str]:
        """Return the stanzas it got that carry signals of calls."""
        return [stanza for stanza in self.stanzas if "moduleIdentifier" in stanza]

    async def resize(self, width: int, height: int) -> None:
        """Let its camera give pictures of another size."""
        await self._do("resize", width, height)

    async def call(
        self,
        *users: int,
        video: bool = True,
        extension: Extension | None = None,
        **options: Any,
    ) -> str:
        """Call users; returns the session's id."""
        session: str = await self._do("call", list(users), video, extension, options)
        return session

    async def accept(self, session: str, extension: Extension | None = None) -> None:
        """Accept a call."""
        await self._do("accept", session, extension)

    async def reject(self, session: str, extension: Extension | None = None) -> None:
        """Reject a call."""
        await self._do("reject", session, extension)

    async def stop(self, session: str, extension: Extension | None = None) -> None:
        """Hang up."""
        await self._do("stop", session, extension)

    async def mute(self, session: str, kind: Literal["audio", "video"]) -> None:
        """Mute what it sends."""
        await self._do("mute", session, kind)

    async def unmute(self, session: str, kind: Literal["audio", "video"]) -> None:
        """Send again what was muted."""
        await self._do("unmute", session, kind)

    async def set_max_bandwidth(self, session: str, limit: int) -> None:
        """Send at most so many kbit/s of picture; 0 is no limit."""
        await self._do("setMaxBandwidth", session, limit)

    async def restart(self, session: str, user: int) -> None:
        """Begin an ICE restart; only who offered can."""
        assert await self._do("canRestart", session, user)
        await self._do("restart", session, user)

    async def vanish(self) -> None:
        """Go without a word, as a phone that loses its power."""
        devtools = await self.page.context.new_cdp_session(self.page)
        with contextlib.suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(2):
                await devtools.send("Page.crash")

    async def log_in_by_http(self, login: str, password: str) -> None:
        """Make a session of the HTTP service."""
        await self._do("createSession", {"login": login, "password": password})

    async def reject_by_http(self, **params: Any) -> None:
        """Reject a call that it knows from a push only."""
        await self._do("rejectByHttp", params)

    async def push(self, **event: Any) -> None:
        """Post a push event."""
        await self._do("push", event)

    async def logout(self) -> None:
        """Leave the chat, as when the app is closed."""
        await self._do("logout")

    async def comes_back(self) -> None:
        """Wait until it is in the chat again and gets what is sent to it."""
        await self.hears_of("chat-reconnected")
        await self._do("ping")

    async def events(self, kind: str, **wanted: Any) -> list[dict[str, Any]]:
        """Return what the SDK told of one kind so far, as far as it fits."""
        events: list[dict[str, Any]] = await self.page.evaluate("app.events")
        return [
            event
            for event in events
            if event["type"] == kind and wanted.items() <= event.items()
        ]

    async def hears_of(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Wait for an event that fits; returns the first."""
        events = await eventually(lambda: self.events(kind, **wanted), bool)
        return events[0]

    async def sees(self, user: int, colour: tuple[int, int, int]) -> dict[str, Any]:
        """Wait until a user's picture has a colour; returns its size, too."""
        look = partial(picture, self.page, f"User {user}")
        found: Any = await eventually(look, partial(has_colour, colour))
        return dict(found)

    async def hears(self, frequency: int) -> None:
        """Wait until it plays a tone (Hz)."""
        await eventually(lambda: self._loudness(frequency), lambda level: level > -60)

    async def hears_nothing_at(self, frequency: int) -> None:
        """Wait until it plays a tone (Hz) no more."""
        await eventually(lambda: self._loudness(frequency), lambda level: level < QUIET)

    async def _loudness(self, frequency: int) -> float:
        heard = (await tones(self.page, [frequency]))[frequency]
        return heard if heard is not None else float("-inf")

    async def _do(self, function: str, *arguments: Any) -> Any:
        return await self.page.evaluate(
            "([name, values]) => app[name](...values.map((v) => v ?? undefined))",
            [function, list(arguments)],
        )


@asynccontextmanager
async def running_app(
    browser: Browser,
    url: str,
    server: Prosody,
    user: int,
    *,
    colour: tuple[int, int, int] = (200, 40, 40),
    frequency: int = 700,
    videochat: dict[str, Any] | None = None,
    scripts: Iterable[str] = (),
    api: str | None = None,
) -> AsyncIterator[SdkApp]:
    """Open an app and log it in; `videochat` is the SDK's configuration of calls.

    `scripts` run in the page before the SDK does; `api` is the address of its service.
    """
    context = await browser.new_context(permissions=["microphone", "camera"])
    for script in (KEEP_CONNECTIONS, *scripts):
        await context.add_init_script(script)
    page = await context.new_page()
    app = SdkApp(page, user, colour, frequency)

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: app.stanzas.append(str(frame)))

    page.on("websocket", listen)
    await page.goto(url)
    await page.wait_for_function("window.app")
    await app._do(
        "login",
        {
            "user": user,
            "app": 1,
            "password": PASSWORD,
            "domain": DOMAIN,
            "websocket": server.websocket_url,
            "api": api,
            "colour": f"rgb{colour}",
            "frequency": frequency,
            "videochat": videochat or {},
        },
    )
    try:
        yield app
    finally:
        await context.close()
