"""Mesh Call: a station of a real Home Assistant calls screens."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import override

from tests.end_to_end.homeassistant_process import HomeAssistantProcess, running_home

from ..page import Page
from .base import Answer, Forwarder

_ANSWER_TIMEOUT = 20.0
_MOST_PEERS = 3


class MeshCallForwarder(Forwarder):
    """The integration in the demo home; each receiver is a page of its own."""

    name = "mesh_call"
    does_more = True

    def __init__(self) -> None:
        """Prepare."""
        self._stack = AsyncExitStack()
        self._home: HomeAssistantProcess | None = None
        self._pages: list[Page] = []
        self._call_id: str | None = None

    @classmethod
    @override
    async def missing(cls) -> str | None:
        return None

    @override
    async def start(self, camera_url: str, folder: Path) -> None:
        self._home = await self._stack.enter_async_context(
            running_home(folder / "home", camera_url)
        )
        for _ in range(_MOST_PEERS):
            page = Page(self._home.session, self._home.url, await self._home.token())
            await self._stack.enter_async_context(page)
            self._pages.append(page)

    @property
    @override
    def pid(self) -> int:
        assert self._home is not None
        assert self._home.process is not None
        return self._home.process.pid

    @override
    async def add_peers(self, answers: list[Answer]) -> None:
        joining, self._pages = self._pages[: len(answers)], self._pages[len(answers) :]
        for page, answer in zip(joining, answers, strict=True):
            page.answer = answer
        await self._call([page.screen_id for page in joining])
        async with asyncio.timeout(_ANSWER_TIMEOUT):
            for page in joining:
                await page.connected.wait()

    @override
    async def stop(self) -> None:
        await self._stack.aclose()

    async def _call(self, screens: list[str]) -> None:
        assert self._home is not None
        if self._call_id is None:
            wanted = {"from": "Front door", "to": screens, "ring_mode": "all"}
            answer = await self._home.call_action("call", **wanted)
            self._call_id = answer["call_id"]
        else:
            await self._home.act(
                "mesh_call", "add_party", call_id=self._call_id, to=screens
            )
