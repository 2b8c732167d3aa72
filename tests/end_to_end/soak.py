"""Calls for hours, and what they leave behind: `scripts/soak --help` says how.

A browser calls the front door again and again, then once for long. What the process of
Home Assistant holds is counted before, in between and afterwards.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
import sys
import tempfile
import time
from typing import Any, TextIO

from playwright.async_api import Page

from tests.cameras.launch import gstreamer_camera

from .browser import open_page, picture, running_browser, write_tone
from .homeassistant_process import HomeAssistantProcess, running_home
from .people import eventually, press
from .traces import Traces, at_rest, left_behind

DOOR = "Front door"
WARM_UP = 60
"""Calls that are not counted: caches fill, pools of threads grow, and the calls that
`list_calls` remembers reach their number.
"""

ALLOWED_MEGABYTES = 30.0
"""What memory may grow by altogether, that of the database left out.

Most of it is what threads have freed and glibc keeps for them.
"""

ALLOWED_IN_USE = 3.0
"""What may be given out by the C library more than before, in MB, that of the
database left out. Calls give back what they allocate; the first two hundred still
fill caches with one.
"""

DATABASE_MEGABYTES = 18.0
"""What Home Assistant's recorder may take for its database, some 10 kB for each call:
16 MiB of pages (its `PRAGMA cache_size`). Assumed where SQLite can't be asked.
"""

_MEGABYTES = {
    "c_used": "given out by the C library (MB)",
    "database": "of these to the database (MB)",
    "c_kept": "kept by the C library (MB)",
    "megabytes": "memory (MB)",
}

_PROGRESS_CALLS = 50
_LOOK_INTERVAL = 30.0


@dataclass
class Soak:
    """A home with a page that calls its door."""

    home: HomeAssistantProcess
    page: Page
    record: bool
    pace: float = 0.0
    """Seconds from one call to the next, at least."""

    found: list[tuple[str, Traces]] = field(default_factory=list)
    """What there was, by when."""

    async def call(self, seconds: float = 0.0) -> None:
        """Call the door, look at it for a while, hang up."""
        await press(self.page, f"Call {DOOR}")
        await self._reaches("in_call")
        if self.record:
            await self.home.call_action("start_recording")
        end = time.monotonic() + seconds
        await self._sees_it_move()
        while (rest := end - time.monotonic()) > 0:
            await asyncio.sleep(min(rest, _LOOK_INTERVAL))
            await self._sees_it_move()
        await press(self.page, "Hang up")
        await self._reaches("idle")

    async def call_often(self, number: int) -> None:
        """Call again and again."""
        began = time.monotonic()
        for done in range(1, number + 1):
            next_call = time.monotonic() + self.pace
            await self.call()
            if done % _PROGRESS_CALLS == 0:
                each = (time.monotonic() - began) / done
                memory = memory_line(await self.home.introspect("memory"))
                _say(f"{done} calls, {each:.2f} s each; {memory}")
            await asyncio.sleep(max(0.0, next_call - time.monotonic()))

    async def count(self, when: str) -> None:
        """Count what the home holds now."""
        traces = await at_rest(self.home)
        memory = await self.home.introspect("memory")
        self.found.append((when, traces | {"memory": memory}))
        _say(f"{when}: {memory_line(memory)}")

    async def _reaches(self, state: str) -> None:
        await eventually(
            lambda: self.home.state("sensor.front_door_call_state"),
            lambda seen: seen == state,
        )

    async def _sees_it_move(self) -> None:
        first = await eventually(lambda: picture(self.page, DOOR), bool)
        assert first is not None
        await eventually(
            lambda: picture(self.page, DOOR),
            lambda now: now is not None and now["time"] != first["time"],
        )


def main() -> None:
    """Run; ends with 1 if anything was left behind."""
    options = _parse_arguments()
    with tempfile.TemporaryDirectory(prefix="mesh-call-soak-") as folder:
        found = asyncio.run(_soak(Path(folder), options))
    _say(table(found), sys.stdout)
    faults = judge(found)
    for fault in faults:
        _say(f"left behind: {fault}", sys.stdout)
    sys.exit(1 if faults else 0)


def table(found: list[tuple[str, Traces]]) -> str:
    """Show what there was, a column for each time it was counted."""
    rows = [("", *(when for when, _ in found))]
    rows += [
        (kind, *(str(sum(traces[kind].values())) for _, traces in found))
        for kind in ("tasks", "threads")
    ]
    rows += [
        (kind, *(str(traces[kind]) for _, traces in found))
        for kind in ("sockets", "handles")
    ]
    rows += [
        (name, *(str(traces["objects"][name]) for _, traces in found))
        for name in found[0][1]["objects"]
    ]
    memories = [traces["memory"] for _, traces in found]
    rows.append(("objects of ours", *(str(sum(m["ours"].values())) for m in memories)))
    rows += [
        (name, *(f"{memory.get(kind, 0.0):.1f}" for memory in memories))
        for kind, name in _MEGABYTES.items()
    ]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "| --- " * len(rows[0]) + "|", *lines[1:]])


def judge(found: list[tuple[str, Traces]]) -> list[str]:
    """Name what is left behind by the end."""
    (_, before), (_, after) = found[0], found[-1]
    faults = left_behind(before, after)
    faults += more_of(before["memory"]["ours"], after["memory"]["ours"])
    faults += [
        fault
        for kind, allowed, fault in (
            ("megabytes", ALLOWED_MEGABYTES, "memory"),
            ("c_used", ALLOWED_IN_USE, "memory in use"),
        )
        if growth(kind, before["memory"], after["memory"]) > allowed
    ]
    return faults


def growth(kind: str, before: dict[str, Any], after: dict[str, Any]) -> float:
    """Return by how many MB more is taken, by others than the database."""
    more: float = after.get(kind, 0.0) - before.get(kind, 0.0)
    if "database" not in after:
        return more - DATABASE_MEGABYTES
    database: float = after["database"] - before["database"]
    return more - database


def more_of(before: dict[str, int], after: dict[str, int]) -> list[str]:
    """Name the types of which there are more objects."""
    grown = ((name, n - before.get(name, 0)) for name, n in after.items())
    return [f"{more} of {name}" for name, more in grown if more > 0]


def memory_line(memory: dict[str, Any]) -> str:
    """Show what takes the memory in a line."""
    parts = [f"{memory['megabytes']:.1f} MB", f"{memory['python_blocks']} blocks"]
    if "c_used" in memory:
        used, kept = memory["c_used"], memory["c_kept"]
        parts.append(f"C library {used:.1f} MB used, {kept:.1f} MB kept")
    if "database" in memory:
        parts.append(f"database {memory['database']:.1f} MB")
    return ", ".join(parts)


async def _soak(folder: Path, options: argparse.Namespace) -> list[tuple[str, Traces]]:
    async with _running(folder, options) as soak:
        await soak.call_often(WARM_UP)
        await soak.count("before")
        await soak.call_often(options.calls)
        await soak.count(f"after {options.calls} calls")
        await soak.call(options.minutes * 60)
        await soak.count(f"after {options.minutes:g} minutes")
        return soak.found


@asynccontextmanager
async def _running(folder: Path, options: argparse.Namespace) -> AsyncIterator[Soak]:
    microphone = folder / "microphone.wav"
    write_tone(microphone, 1000)
    async with AsyncExitStack() as stack:
        camera = await stack.enter_async_context(
            gstreamer_camera("--talk-back", "pcma")
        )
        home = await stack.enter_async_context(
            running_home(folder / "home", camera.url)
        )
        browser = await stack.enter_async_context(running_browser(microphone))
        context = await browser.new_context(permissions=["microphone", "camera"])
        page = await open_page(context, f"{home.url}/front-door/home")
        yield Soak(home, page, options.record, options.pace)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000, help="in a row; 1000")
    parser.add_argument("--minutes", type=float, default=60, help="of the last one; 60")
    parser.add_argument("--record", action="store_true", help="record each of them")
    parser.add_argument("--pace", type=float, default=0, help="seconds a call; 0")
    return parser.parse_args()


def _say(text: str, stream: TextIO = sys.stderr) -> None:
    print(text, file=stream, flush=True)


if __name__ == "__main__":
    main()
