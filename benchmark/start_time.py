"""How much longer Home Assistant takes to start with the integration in it."""

from dataclasses import dataclass
from pathlib import Path
import re
import statistics

import aiohttp

from tests.end_to_end.homeassistant_process import HomeAssistantProcess
from tests.ports import free_port

from .home import write_home
from .usage import cpu_seconds

_INITIALIZED = re.compile(r"Home Assistant initialized in ([\d.]+)s")


@dataclass(frozen=True, slots=True)
class StartTime:
    """What the integration adds to a start, in the middle of several."""

    seconds: float
    cpu_seconds: float
    cpu_spread: float
    """Half of the differences are no further than this from the one in the middle."""


async def measure_start(folder: Path, starts: int) -> StartTime:
    """Start Home Assistant so often with the integration and without it, in turn.

    Two starts that follow each other share the machine's mood: their difference
    counts. The first pair does not, for it compiles and reads files from disk.
    """
    pairs = [await _pair(folder, number) for number in range(starts + 1)][1:]
    seconds, cpu_seconds = zip(*pairs, strict=True)
    middle = statistics.median(cpu_seconds)
    spread = statistics.median(abs(value - middle) for value in cpu_seconds)
    return StartTime(statistics.median(seconds), middle, spread)


async def _pair(folder: Path, number: int) -> tuple[float, float]:
    """Start it twice; gives what the integration added, in seconds and CPU time."""
    # Each goes first as often as the other: the second finds files in memory.
    order = (True, False) if number % 2 else (False, True)
    found = {
        with_mesh_call: await _start(
            folder / f"start-{with_mesh_call}", with_mesh_call=with_mesh_call
        )
        for with_mesh_call in order
    }
    seconds, cpu_seconds = (
        own - bare for own, bare in zip(found[True], found[False], strict=True)
    )
    return seconds, cpu_seconds


async def _start(folder: Path, *, with_mesh_call: bool) -> tuple[float, float]:
    """Start it once; gives the seconds it tells and the CPU time it took."""
    port = free_port()
    write_home(folder, port, with_mesh_call=with_mesh_call)
    log = folder / "output.log"
    log.unlink(missing_ok=True)
    async with aiohttp.ClientSession() as session:
        home = HomeAssistantProcess(folder, port, session)
        try:
            await home.start()
            assert home.process is not None
            spent = cpu_seconds(home.process.pid)
        finally:
            await home.stop()
    told = _INITIALIZED.search(log.read_text())
    if told is None:
        raise RuntimeError("Home Assistant does not tell how long its start took")
    return float(told[1]), spent
