"""What a home holds when no call goes on: nothing of those that did."""

import asyncio
from typing import Any

from .homeassistant_process import HomeAssistantProcess
from .people import eventually

MORE_THREADS = 2
"""Pools of threads grow up to their limit, whenever they are used more."""

CALM = 2.0
"""Seconds until what was told to end has ended."""

_TIMEOUT = 40.0

type Traces = dict[str, Any]


async def at_rest(home: HomeAssistantProcess) -> Traces:
    """Return what the process holds once calls and cameras are let go of."""
    await eventually(home.introspect, _is_quiet, _TIMEOUT)
    await asyncio.sleep(CALM)
    return await home.introspect()


async def leaves_nothing(home: HomeAssistantProcess, before: Traces) -> None:
    """Wait until the process holds no more than before."""
    await eventually(home.introspect, _is_quiet, _TIMEOUT)

    async def look() -> list[str]:
        return left_behind(before, await home.introspect())

    await eventually(look, lambda left: not left)


def left_behind(before: Traces, now: Traces) -> list[str]:
    """Name what there is more of now; memory is for others to judge."""
    left = [
        f"{name} ({kind})"
        for kind in ("tasks", "objects")
        for name, number in now[kind].items()
        if number > before[kind].get(name, 0)
    ]
    left += [kind for kind in ("sockets", "handles") if now[kind] > before[kind]]
    threads = [sum(traces["threads"].values()) for traces in (before, now)]
    if threads[1] > threads[0] + MORE_THREADS:
        left.append("threads")
    return left


def _is_quiet(now: Traces) -> bool:
    return not now["objects"]["RTCPeerConnection"] and not now["objects"]["RtspClient"]
