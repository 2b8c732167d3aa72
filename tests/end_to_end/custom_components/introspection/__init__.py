"""Tells tests what the running Home Assistant process holds.

Only test configurations have it: what a call leaves behind can't be seen from
outside the process.
"""

import _sqlite3
import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
import ctypes
import gc
import os
from pathlib import Path
import sys
import threading
from typing import Any

from aiohttp import web
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

CONFIG_SCHEMA = cv.empty_config_schema("introspection")

COUNTED = ("RTCPeerConnection", "Peer", "RtspClient", "Connection")

OURS = ("custom_components.mesh_call", "aiortc", "aioice", "av", "pylibsrtp")
"""Packages whose objects may not become more with each call."""

_PREFIXES = tuple(f"{package}." for package in OURS)
_STREAM = "custom_components.mesh_call.media.stream.Stream"
_PACKET = "custom_components.mesh_call.media.stream.Packet"


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Offer the view."""
    hass.http.register_view(IntrospectionView())
    hass.http.register_view(MemoryView())
    return True


class IntrospectionView(HomeAssistantView):
    """What the process holds now."""

    url = "/api/introspection"
    name = "api:introspection"
    requires_auth = False

    async def get(self, request: web.Request) -> web.Response:
        """Answer with counts of tasks, threads, files, objects; and memory."""
        hass = request.app[KEY_HASS]
        gc.collect()
        tasks = [task for task in asyncio.all_tasks() if not task.done()]
        return self.json(
            {
                "tasks": Counter(_name(task) for task in tasks),
                "threads": Counter(_thread_name(t) for t in threading.enumerate()),
                "sockets": await hass.async_add_executor_job(_sockets),
                "handles": await hass.async_add_executor_job(_handles),
                "megabytes": await hass.async_add_executor_job(_megabytes),
                "objects": _objects(),
            }
        )


class MemoryView(HomeAssistantView):
    """What takes the memory."""

    url = "/api/introspection/memory"
    name = "api:introspection:memory"
    requires_auth = False

    async def get(self, request: web.Request) -> web.Response:
        """Answer with the parts of the memory, and objects by their types."""
        hass = request.app[KEY_HASS]
        gc.collect()
        things = gc.get_objects()
        types = Counter(map(_type_name, things))
        types.subtract(_kept_on_purpose(things))
        return self.json(
            {
                "megabytes": await hass.async_add_executor_job(_megabytes),
                "python_blocks": sys.getallocatedblocks(),
                **_c_library(),
                **_database(),
                "types": types,
                "ours": {
                    name: number
                    for name, number in types.items()
                    if name.startswith(_PREFIXES)
                },
            }
        )


class _AllocationInfo(ctypes.Structure):
    """The `struct mallinfo2` of glibc: see mallinfo(3)."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def _c_library() -> dict[str, float]:
    """Tell in MB what glibc has given out, and what it keeps for later."""
    measure = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if measure is None:
        return {}
    measure.restype = _AllocationInfo
    info = measure()
    return {
        "c_used": (info.uordblks + info.hblkhd) / 1_000_000,
        "c_kept": info.fordblks / 1_000_000,
    }


def _database() -> dict[str, float]:
    """Tell in MB what SQLite has of it: pages of Home Assistant's recorder."""
    try:
        measure = ctypes.CDLL(_sqlite3.__file__).sqlite3_memory_used
    except AttributeError, OSError:
        # Built into Python, or without its symbols.
        return {}
    measure.restype = ctypes.c_int64
    return {"database": measure() / 1_000_000}


def _kept_on_purpose(things: Iterable[Any]) -> dict[str, int]:
    """Count the packets of newest key frames, which differ in length."""
    streams = (thing for thing in things if _type_name(thing) == _STREAM)
    return {_PACKET: sum(len(stream.still) for stream in streams)}


def _type_name(thing: object) -> str:
    kind = type(thing)
    return f"{kind.__module__}.{kind.__qualname__}"


def _is_ours(kind: type) -> bool:
    return f"{kind.__module__}.".startswith(_PREFIXES)


def _name(task: asyncio.Task[Any]) -> str:
    coroutine = task.get_coro()
    return getattr(coroutine, "__qualname__", repr(coroutine))


def _thread_name(thread: threading.Thread) -> str:
    return thread.name.rstrip("0123456789").rstrip("_-")


def _sockets() -> int:
    return sum(_is_socket(path) for path in Path("/proc/self/fd").iterdir())


def _is_socket(path: Path) -> bool:
    # The listing's own descriptor is in the list, and gone when it is looked at.
    with suppress(FileNotFoundError):
        return str(path.readlink()).startswith("socket:")
    return False


def _handles() -> int:
    # Without the listing's own.
    return sum(1 for _ in Path("/proc/self/fd").iterdir()) - 1


def _megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def _objects() -> dict[str, int]:
    # Home Assistant's database has connections, too.
    kinds = (kind for kind in map(type, gc.get_objects()) if _is_ours(kind))
    names = Counter(kind.__name__ for kind in kinds)
    return {name: names[name] for name in COUNTED}
