"""Tells tests what the running Home Assistant process holds.

Only test configurations have it: what a call leaves behind can't be seen from
outside the process.
"""

import asyncio
from collections import Counter
import gc
import os
from pathlib import Path
import threading
from typing import Any

from aiohttp import web
from homeassistant.components.http import HomeAssistantView
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

CONFIG_SCHEMA = cv.empty_config_schema("introspection")

COUNTED = ("RTCPeerConnection", "Peer", "RtspClient", "Call", "Connection")


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Offer the view."""
    hass.http.register_view(IntrospectionView())
    return True


class IntrospectionView(HomeAssistantView):
    """What the process holds now."""

    url = "/api/introspection"
    name = "api:introspection"
    requires_auth = False

    async def get(self, request: web.Request) -> web.Response:
        """Answer with counts of tasks, threads, sockets and objects."""
        gc.collect()
        tasks = [task for task in asyncio.all_tasks() if not task.done()]
        return self.json(
            {
                "tasks": Counter(_name(task) for task in tasks),
                "threads": Counter(_thread_name(t) for t in threading.enumerate()),
                "sockets": _sockets(),
                "objects": _objects(),
            }
        )


def _name(task: asyncio.Task[Any]) -> str:
    coroutine = task.get_coro()
    return getattr(coroutine, "__qualname__", repr(coroutine))


def _thread_name(thread: threading.Thread) -> str:
    return thread.name.rstrip("0123456789").rstrip("_-")


def _sockets() -> int:
    folder = Path("/proc/self/fd")
    links = [os.readlink(path) for path in folder.iterdir() if path.is_symlink()]
    return sum(link.startswith("socket:") for link in links)


def _objects() -> dict[str, int]:
    names = Counter(type(thing).__name__ for thing in gc.get_objects())
    return {name: names[name] for name in COUNTED}
