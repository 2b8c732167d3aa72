"""The benchmark's command: `scripts/bench --help` says what it can be told."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import json
from pathlib import Path
import sys
import tempfile
from typing import TextIO

from . import call_times, network
from .camera_process import measured_camera
from .comparison import (
    Comparison,
    compare,
    set_further_peers,
    set_ratios,
    start_receivers,
)
from .forwarders.base import Forwarder
from .forwarders.janus import JanusForwarder
from .forwarders.mesh_call import MeshCallForwarder
from .forwarders.scripts import AiortcForwarder, ConvertingForwarder, WebrtcbinForwarder
from .recording import measure_recording
from .report import Results
from .sinks import measure_sinks
from .start_time import measure_start
from .usage import machine

FORWARDERS: dict[str, type[Forwarder]] = {
    kind.name: kind
    for kind in (MeshCallForwarder, WebrtcbinForwarder, JanusForwarder, AiortcForwarder)
}
PARTS = ("forwarders", "conversion", "calls", "recording", "sinks", "start")
_REFERENCE = "webrtcbin"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long each part takes, in seconds or in how often it is done."""

    one_peer: float
    three_peers: float
    idle: float
    transcoding: float
    conversion: float
    rounds: int
    recording: float
    sink: float
    starts: int


QUICK = Plan(20, 25, 6, 8, 10, 2, 6, 5, 3)
FULL = Plan(120, 600, 40, 40, 40, 6, 30, 30, 8)


def main() -> None:
    """Measure and report."""
    arguments = _parse_arguments()
    network.isolate()
    results = asyncio.run(_measure(arguments))
    if arguments.json:
        arguments.json.write_text(json.dumps(results.as_json(), indent=2) + "\n")
    _say(results.as_text(), stream=sys.stdout)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__package__)
    parser.add_argument("--quick", action="store_true", help="5 minutes, not 30")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write results there")
    parser.add_argument(
        *("--forwarders", "-f"),
        type=lambda text: text.split(","),
        default=list(FORWARDERS),
        help=f"some of {','.join(FORWARDERS)}",
    )
    parser.add_argument(
        *("--parts", "-p"),
        type=lambda text: text.split(","),
        default=list(PARTS),
        help=f"some of {','.join(PARTS)}",
    )
    return parser.parse_args()


async def _measure(arguments: argparse.Namespace) -> Results:
    plan = QUICK if arguments.quick else FULL
    results = Results(machine(), arguments.quick)
    with tempfile.TemporaryDirectory(prefix="mesh-call-bench-") as name:
        folder = Path(name)
        parts: dict[str, Callable[[], Awaitable[None]]] = {
            "forwarders": lambda: _forwarders(
                results, plan, folder, arguments.forwarders
            ),
            "conversion": lambda: _conversion(results, plan, folder),
            "calls": lambda: _calls(results, plan, folder),
            "recording": lambda: _recording(results, plan, folder),
            "sinks": lambda: _sinks(results, plan, folder),
            "start": lambda: _start(results, plan, folder),
        }
        for part in PARTS:
            if part in arguments.parts:
                await _attempt(part, parts[part], results)
    return results


async def _attempt(
    name: str, part: Callable[[], Awaitable[None]], results: Results
) -> None:
    """Measure a part; if that fails the others still count."""
    try:
        await part()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        results.left_out.append(f"{name}: {type(error).__name__}: {error}")
        _say(results.left_out[-1])


async def _forwarders(
    results: Results, plan: Plan, folder: Path, names: list[str]
) -> None:
    chosen = await _available([FORWARDERS[name] for name in names], results)
    passing = [kind() for kind in chosen if kind.passes_through]
    encoding = [kind() for kind in chosen if not kind.passes_through]
    together = {1: plan.one_peer, 3: plan.three_peers}
    alone = {1: plan.transcoding, 3: plan.transcoding}
    async with measured_camera(folder) as camera:
        receivers = await start_receivers(folder)
        try:
            # Who encodes takes what there is: the others are measured without it.
            for forwarders, seconds in ((passing, together), (encoding, alone)):
                if not forwarders:
                    continue
                comparison = Comparison(camera, receivers, forwarders, folder)
                rows, idle = await compare(comparison, seconds, plan.idle, _say)
                results.rows += rows
                results.idle = idle.get("mesh_call", results.idle)
        finally:
            await receivers.stop()
    set_ratios(results.rows, _REFERENCE)
    set_further_peers(results.rows)


async def _available(
    kinds: list[type[Forwarder]], results: Results
) -> list[type[Forwarder]]:
    available = []
    for kind in kinds:
        if reason := await kind.missing():
            results.left_out.append(f"{reason} is missing")
        else:
            available.append(kind)
    return available


async def _calls(results: Results, plan: Plan, folder: Path) -> None:
    if reason := call_times.missing():
        results.left_out.append(f"{reason} is missing")
        return
    _say(f"calls: the bell rings {2 * plan.rounds} times")
    results.calls = await call_times.measure_call_times(folder, plan.rounds)


async def _recording(results: Results, plan: Plan, folder: Path) -> None:
    _say("recording")
    async with measured_camera(folder) as camera:
        results.recording = await measure_recording(camera.url, folder, plan.recording)


async def _conversion(results: Results, plan: Plan, folder: Path) -> None:
    """One after the other: each takes what there is."""
    async with measured_camera(folder) as camera:
        receivers = await start_receivers(folder)
        try:
            for forwarder in (ConvertingForwarder(), AiortcForwarder()):
                comparison = Comparison(camera, receivers, [forwarder], folder)
                seconds = {3: plan.conversion}
                rows, _ = await compare(comparison, seconds, plan.idle, _say)
                results.conversion += rows
        finally:
            await receivers.stop()
    set_ratios(results.conversion, AiortcForwarder.name)


async def _sinks(results: Results, plan: Plan, folder: Path) -> None:
    _say("sinks")
    results.sinks = await measure_sinks(folder, plan.sink)


async def _start(results: Results, plan: Plan, folder: Path) -> None:
    _say(f"start: {2 * plan.starts + 2} starts of Home Assistant")
    results.start = await measure_start(folder, plan.starts)


def _say(text: str, stream: TextIO | None = None) -> None:
    print(text, file=stream or sys.stderr, flush=True)


if __name__ == "__main__":
    main()
