"""What processes and the machine spend, as the kernel counts it."""

from contextlib import suppress
import os
from pathlib import Path
import platform
import statistics
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MEGABYTE = 1_000_000


def cpu_seconds(pid: int) -> float:
    """Return the CPU time a process has spent so far, its threads included."""
    fields = _stat(Path(f"/proc/{pid}/stat"))
    return (int(fields[11]) + int(fields[12])) / _TICKS


def own_cpu_seconds() -> float:
    """Return the CPU time of this program and of all that it has started and runs."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        # Processes end while they are looked at.
        with suppress(OSError):
            parents[int(folder.name)] = int(_stat(folder / "stat")[1])
    total = 0.0
    for pid in parents:
        ancestor = pid
        while ancestor not in {os.getpid(), 0, 1}:
            ancestor = parents.get(ancestor, 0)
        if ancestor == os.getpid():
            with suppress(OSError):
                total += cpu_seconds(pid)
    return total


def memory_mb(pid: int) -> float:
    """Return how much of a process is in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * _PAGE / _MEGABYTE


def threads_cpu_seconds(pid: int) -> dict[str, float]:
    """Return the CPU time of a process by the names of its threads."""
    total: dict[str, float] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        fields = _stat(task / "stat")
        spent = (int(fields[11]) + int(fields[12])) / _TICKS
        total[name] = total.get(name, 0.0) + spent
    return total


def growth_per_hour(samples: list[tuple[float, float]]) -> float:
    """Return the slope of a line through (seconds, megabytes)."""
    slope = statistics.linear_regression(*zip(*samples, strict=True)).slope
    return slope * 3600


def machine() -> dict[str, Any]:
    """Name the machine, and how busy it is."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "load": round(os.getloadavg()[0], 2),
    }


def busy_seconds() -> float:
    """Return the CPU time that all processes of the machine have spent so far."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()
    user, nice, system = map(int, fields[1:4])
    return (user + nice + system) / _TICKS


def _stat(path: Path) -> list[str]:
    """Read the fields behind the name, which may hold anything."""
    return path.read_text().rpartition(")")[2].split()


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() in {"model name", "Model"}:
            return value.strip()
    return platform.processor() or "unknown"
