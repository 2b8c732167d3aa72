"""Measures forwarders side by side: the same camera, the same receivers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
import sys
import time
from typing import Any

from .camera_process import MeasuredCamera
from .child import Child, module
from .forwarders.base import Answer, Forwarder
from .latency import Latency, Sent
from .usage import busy_seconds, cpu_seconds, memory_mb, own_cpu_seconds

_SETTLE = 3.0
"""Seconds from the last peer's first picture to the first one that counts."""

_FIRST_PICTURE = 30.0

_SAMPLES = 60
"""Looks at the memory during one measurement."""

MAX_OTHER_WORK = 0.5
"""Cores that other work may keep busy; more of it and even ratios move."""

_FEWEST_PICTURES = 0.97
"""Share of the camera's pictures that must arrive; the window cuts some off."""


@dataclass(slots=True)
class Measured:
    """One forwarder with a number of peers."""

    name: str
    peers: int
    cpu_seconds_per_minute: float
    latency: Latency | None
    pictures_per_second: float
    pictures_sent_per_second: float
    packets: int
    missing: int
    memory: list[tuple[float, float]] = field(default_factory=list)
    """Seconds since the start of the measurement, and megabytes."""

    ratio: float | None = None
    further_peer: float | None = None
    """CPU seconds per minute that each peer after the first has added."""

    passes_through: bool = True
    machine_busy: float = 0.0
    """Cores that were busy meanwhile."""

    other_work: float = 0.0
    """Cores that were busy with what is no part of the benchmark."""

    @property
    def problem(self) -> str | None:
        """Why the row does not count."""
        if not self.packets:
            return "nothing arrived"
        if self.missing:
            return f"{self.missing} packets missing"
        came, sent = self.pictures_per_second, self.pictures_sent_per_second
        if came < sent * _FEWEST_PICTURES:
            return f"{came:.1f} of {sent:.1f} pictures per second"
        if self.other_work > MAX_OTHER_WORK:
            return f"other work keeps {self.other_work:.1f} cores busy"
        return None


class Comparison:
    """Forwarders that run at the same time.

    They share every moment of the machine, so their ratios hold although other
    work may disturb all of them.
    """

    def __init__(
        self,
        camera: MeasuredCamera,
        receivers: Child,
        forwarders: list[Forwarder],
        folder: Path,
    ) -> None:
        """Prepare; `start` starts them."""
        self.forwarders = forwarders
        self._camera = camera
        self._receivers = receivers
        self._folder = folder
        self._peers: dict[str, list[str]] = {f.name: [] for f in forwarders}

    async def start(self) -> None:
        """Start them one after the other."""
        for forwarder in self.forwarders:
            await forwarder.start(self._camera.url, self._folder)

    async def stop(self) -> None:
        """End all of them."""
        for forwarder in self.forwarders:
            await forwarder.stop()
            for peer in self._peers[forwarder.name]:
                await self._receivers.ask(do="close", id=peer)

    async def idle_cpu(self, seconds: float) -> dict[str, float]:
        """Return CPU seconds per minute that each spends on other work."""
        names = [f.name for f in self.forwarders if f.does_more]
        if not names:
            return {}
        # Home Assistant has some work left after its start.
        await asyncio.sleep(seconds / 2)
        before = self._cpu()
        await asyncio.sleep(seconds)
        after = self._cpu()
        return {name: (after[name] - before[name]) * 60 / seconds for name in names}

    async def add_peers(self, count: int) -> None:
        """Let each send to so many receivers more."""
        for forwarder in self.forwarders:
            answers = [self._answer(forwarder) for _ in range(count)]
            await forwarder.add_peers(answers)
        await self._wait_for_pictures()
        await asyncio.sleep(_SETTLE)

    async def _wait_for_pictures(self) -> None:
        deadline = time.monotonic() + _FIRST_PICTURE
        while waiting := await self._without_picture():
            if time.monotonic() > deadline:
                raise TimeoutError(f"no picture arrives at {', '.join(waiting)}")
            await asyncio.sleep(0.2)

    async def _without_picture(self) -> list[str]:
        seen = await self._receivers.ask(do="report")
        return [peer for peer, report in seen.items() if not report["marks"]]

    async def measure(self, seconds: float, idle: dict[str, float]) -> list[Measured]:
        """Watch them; `idle` is taken off what they spend."""
        await self._receivers.ask(do="reset")
        began, began_real, busy = time.monotonic(), time.time_ns(), busy_seconds()
        before, own = self._cpu(), own_cpu_seconds()
        memory = await self._watch_memory(seconds)
        after = self._cpu()
        took = time.monotonic() - began
        busy, own = busy_seconds() - busy, own_cpu_seconds() - own
        seen = await self._receivers.ask(do="report")
        # What was on its way when it began had left earlier.
        early = began_real - 5_000_000_000
        sent = Sent(p for p in self._camera.sent if p.time > early)
        rate = sum(p.time > began_real for p in self._camera.sent) / took
        measured = []
        for forwarder in self.forwarders:
            name = forwarder.name
            spent = (after[name] - before[name]) * 60 / took
            reports = [seen[peer] for peer in self._peers[name]]
            row = _measured(forwarder, reports, sent, took)
            row.pictures_sent_per_second = rate
            row.cpu_seconds_per_minute = max(0.0, spent - idle.get(name, 0.0))
            row.memory = memory[name]
            row.machine_busy = busy / took
            row.other_work = max(0.0, busy - own) / took
            measured.append(row)
        return measured

    def _answer(self, forwarder: Forwarder) -> Answer:
        peers = self._peers[forwarder.name]
        peer = f"{forwarder.name} {len(peers) + 1}"
        # Reading numbers means decoding: one receiver is enough for that.
        decode = not forwarder.passes_through and not peers
        peers.append(peer)

        async def answer(offer: str) -> str:
            reply = await self._receivers.ask(
                do="answer", id=peer, sdp=offer, decode=decode
            )
            description: str = reply["sdp"]
            return description

        return answer

    def _cpu(self) -> dict[str, float]:
        return {f.name: cpu_seconds(f.pid) for f in self.forwarders}

    async def _watch_memory(self, seconds: float) -> dict[str, list[Any]]:
        samples: dict[str, list[Any]] = {f.name: [] for f in self.forwarders}
        began = time.monotonic()
        while (now := time.monotonic() - began) < seconds:
            for forwarder in self.forwarders:
                samples[forwarder.name].append((now, memory_mb(forwarder.pid)))
            await asyncio.sleep(min(seconds / _SAMPLES, seconds - now))
        return samples


def _measured(
    forwarder: Forwarder, reports: list[Any], sent: Sent, seconds: float
) -> Measured:
    marks = [tuple(mark) for report in reports for mark in report["marks"]]
    numbers = [tuple(pair) for report in reports for pair in report["numbers"]]
    if forwarder.passes_through:
        latency = sent.latency_of_marks(marks)
    else:
        latency = sent.latency_of_numbers(numbers)
    return Measured(
        name=forwarder.name,
        peers=len(reports),
        cpu_seconds_per_minute=0.0,
        latency=latency,
        pictures_per_second=len(marks) / len(reports) / seconds,
        pictures_sent_per_second=0.0,
        packets=min(report["packets"] for report in reports),
        missing=sum(report["missing"] for report in reports),
        passes_through=forwarder.passes_through,
    )


async def start_receivers(folder: Path) -> Child:
    """Start the program that receives from all of them."""
    return await Child.start(
        *module("receivers", sys.executable), log=folder / "receivers.log"
    )


type Say = Callable[[str], None]


async def compare(
    comparison: Comparison,
    seconds: dict[int, float],
    idle_seconds: float,
    say: Say,
) -> tuple[list[Measured], dict[str, float]]:
    """Measure forwarders with a growing number of peers.

    Args:
        comparison: the forwarders, not started yet.
        seconds: how long to watch, by number of peers; in growing order.
        idle_seconds: how long to watch them before.
        say: tells how it goes.

    Returns:
        the rows, and what was taken off them: CPU seconds per minute of other work.
    """
    names = ", ".join(f.name for f in comparison.forwarders)
    rows: list[Measured] = []
    try:
        say(f"starting {names}")
        await comparison.start()
        idle = await comparison.idle_cpu(idle_seconds)
        connected = 0
        for peers, duration in seconds.items():
            await comparison.add_peers(peers - connected)
            connected = peers
            say(f"{names}: {peers} peers, {duration:.0f} s")
            rows += await comparison.measure(duration, idle)
    finally:
        await comparison.stop()
    return rows, idle


def set_further_peers(rows: list[Measured]) -> None:
    """Compare each row with its forwarder's row of one peer."""
    alone = {r.name: r.cpu_seconds_per_minute for r in rows if r.peers == 1}
    for row in rows:
        if row.peers > 1 and row.name in alone:
            added = row.cpu_seconds_per_minute - alone[row.name]
            row.further_peer = added / (row.peers - 1)


def set_ratios(rows: list[Measured], reference: str) -> None:
    """Compare each row with the reference of as many peers."""
    spent = {r.peers: r.cpu_seconds_per_minute for r in rows if r.name == reference}
    for row in rows:
        if spent.get(row.peers):
            row.ratio = row.cpu_seconds_per_minute / spent[row.peers]
