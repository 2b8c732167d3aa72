"""What automations hear: events on Home Assistant's bus."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from .homeassistant_process import HomeAssistantProcess
from .people import TIMEOUT, eventually

type Event = dict[str, Any]


@dataclass
class Bus:
    """The data of events in the order in which they came, with `at` (s) of each."""

    events: list[Event] = field(default_factory=list)

    async def hears_of(self, timeout: float = TIMEOUT, **wanted: Any) -> Event:
        """Wait for an event that fits; returns the first."""

        async def look() -> list[Event]:
            return [event for event in self.events if wanted.items() <= event.items()]

        return (await eventually(look, bool, timeout))[0]


@asynccontextmanager
async def listening(home: HomeAssistantProcess, event_type: str) -> AsyncIterator[Bus]:
    """Listen to events of one type."""
    bus = Bus()
    async with home.session.ws_connect(f"{home.url}/api/websocket") as socket:
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": await home.token()})
        assert (await socket.receive_json())["type"] == "auth_ok"
        await socket.send_json(
            {"id": 1, "type": "subscribe_events", "event_type": event_type}
        )
        assert (await socket.receive_json())["success"]
        reading = asyncio.create_task(_read(socket, bus))
        try:
            yield bus
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def _read(socket: aiohttp.ClientWebSocketResponse, bus: Bus) -> None:
    loop = asyncio.get_running_loop()
    async for message in socket:
        bus.events.append({**message.json()["event"]["data"], "at": loop.time()})
