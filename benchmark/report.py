"""The results: as JSON for programs, as tables for people."""

from collections.abc import Iterable
from dataclasses import dataclass, field
import statistics
from typing import Any

from .call_times import CallTimes
from .comparison import Measured
from .start_time import StartTime
from .usage import growth_per_hour

_OWN_NAME = "mesh_call"
_FILLING = 30.0
"""Seconds until what is kept for retransmission is full and replaced."""


@dataclass(slots=True)
class Results:
    """All that was measured; what could not be is left out and named."""

    machine: dict[str, Any]
    quick: bool
    rows: list[Measured] = field(default_factory=list)
    conversion: list[Measured] = field(default_factory=list)
    """Those who encode, for three peers; their ratio is to aiortc."""

    idle: float | None = None
    """CPU seconds per minute of Home Assistant without a call."""

    calls: CallTimes = field(default_factory=CallTimes)
    start: StartTime | None = None
    recording: dict[str, float] = field(default_factory=dict)
    """CPU seconds per minute of a track, by its codec."""

    sinks: dict[str, float] = field(default_factory=dict)
    """CPU seconds per minute of each."""

    left_out: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Give it as the file holds it."""
        return {
            "machine": self.machine,
            "quick": self.quick,
            "forwarders": [_row(row, "webrtcbin") for row in self.rows],
            "conversion": [_row(row, "aiortc") for row in self.conversion],
            "idle_cpu_seconds_per_minute": _rounded(self.idle),
            **self._call_times(),
            "memory_mb_per_hour": _rounded(self._memory_growth(), 1),
            "recording_cpu_seconds_per_minute": _rounded(self._recording(), 3),
            "recording_tracks_cpu_seconds_per_minute": {
                codec: _rounded(spent, 3) for codec, spent in self.recording.items()
            },
            "sinks_cpu_seconds_per_minute": {
                sink: _rounded(spent, 3) for sink, spent in self.sinks.items()
            },
            **self._start(),
            "left_out": self.left_out,
            "problems": self._problems(),
        }

    def as_text(self) -> str:
        """Give it as a person reads it."""
        content = self.as_json()
        machine = self.machine
        lines = [
            f"{machine['cpu']}, {machine['cores']} cores, load {machine['load']}",
            "",
            *_table(self.rows, "webrtcbin"),
            *_table(self.conversion, "aiortc"),
        ]
        for key, (name, unit) in _FACTS.items():
            value = content[key]
            shown = "not measured" if value is None else f"{value} {unit}"
            lines.append(f"{name:<52} {shown}")
        for codec, spent in self.recording.items():
            name = f"recording of a track of {codec}"
            lines.append(f"{name:<52} {spent:.3f} CPU s/minute")
        for sink, spent in self.sinks.items():
            name = f"a voice, {sink.replace('_', ' ')}"
            lines.append(f"{name:<52} {spent:.2f} CPU s/minute")
        lines += [f"left out: {reason}" for reason in self.left_out]
        lines += [f"does not count: {problem}" for problem in self._problems()]
        return "\n".join(lines)

    def _problems(self) -> list[str]:
        """Name what of it does not count, and why; empty when the run is valid."""
        problems = [
            f"{row.name}, {row.peers} peers: {row.problem}"
            for row in (*self.rows, *self.conversion)
            if row.problem
        ]
        if self.start and self.start.cpu_spread > abs(self.start.cpu_seconds):
            problems.append("Home Assistant's start: it differs more than it adds")
        return problems

    def _recording(self) -> float | None:
        return statistics.mean(self.recording.values()) if self.recording else None

    def _call_times(self) -> dict[str, float | None]:
        calls = self.calls
        return {
            "ring_to_screen_ms": _middle(calls.ring_to_screen),
            "accept_to_picture_ms": _middle(calls.accept_to_picture_warm),
            "accept_to_picture_cold_ms": _middle(calls.accept_to_picture_cold),
            "accept_to_talk_back_ms": _middle(calls.accept_to_voice),
            "talk_back_ms": _middle(calls.voice),
        }

    def _start(self) -> dict[str, float | None]:
        start = self.start
        return {
            "start_seconds": _rounded(start.seconds if start else None),
            "start_cpu_seconds": _rounded(start.cpu_seconds if start else None),
            "start_cpu_spread_seconds": _rounded(start.cpu_spread if start else None),
        }

    def _memory_growth(self) -> float | None:
        """Return how the memory grows while it sends to the most peers."""
        own = [row for row in self.rows if row.name == _OWN_NAME]
        if not own:
            return None
        memory = max(own, key=lambda row: row.peers).memory
        settled = [sample for sample in memory if sample[0] > _FILLING]
        return growth_per_hour(settled if len(settled) > 2 else memory)


_TABLE = "{:<10} {:>5} {:>12} {:>13} {:>12} {:>8} {:>8} {:>7}  {}"
_FACTS = {
    "idle_cpu_seconds_per_minute": ("Home Assistant without a call", "CPU s/minute"),
    "ring_to_screen_ms": ("bell to Answer on the page", "ms"),
    "accept_to_picture_ms": ("Answer to picture, camera running", "ms"),
    "accept_to_picture_cold_ms": ("Answer to picture, at once after the bell", "ms"),
    "accept_to_talk_back_ms": ("Answer to first sound at the door", "ms"),
    "talk_back_ms": ("voice from microphone to loudspeaker", "ms"),
    "memory_mb_per_hour": ("growth of memory, extrapolated", "MB per hour"),
    "recording_cpu_seconds_per_minute": ("recording of a track, mean", "CPU s/minute"),
    "start_seconds": ("added to Home Assistant's start", "s"),
    "start_cpu_seconds": ("the same in CPU time", "s"),
    "start_cpu_spread_seconds": ("how much that differs from start to start", "s"),
}


def _table(rows: list[Measured], reference: str) -> list[str]:
    if not rows:
        return []
    headings = (
        *("forwarder", "peers", "CPU s/minute", f"to {reference}", "further peer"),
        *("ms", "95 % ms", "MB", ""),
    )
    lines = (_table_line(row, reference) for row in rows)
    return [_TABLE.format(*headings), *lines, ""]


def _row(row: Measured, reference: str) -> dict[str, Any]:
    latency = row.latency
    return {
        "name": row.name,
        "peers": row.peers,
        "cpu_seconds_per_minute": _rounded(row.cpu_seconds_per_minute),
        f"ratio_to_{reference}": _rounded(row.ratio),
        "further_peer_cpu_seconds_per_minute": _rounded(row.further_peer),
        "latency_ms": _rounded(latency.median if latency else None),
        "latency_95_ms": _rounded(latency.percentile_95 if latency else None),
        "pictures_per_second": _rounded(row.pictures_per_second),
        "pictures_sent_per_second": _rounded(row.pictures_sent_per_second),
        "packets_missing": row.missing,
        "memory_mb": _rounded(row.memory[-1][1] if row.memory else None, 1),
        "machine_busy_cores": _rounded(row.machine_busy),
        "other_work_cores": _rounded(row.other_work),
        "passes_through": row.passes_through,
        "valid": row.problem is None,
        "problem": row.problem,
    }


def _table_line(row: Measured, reference: str) -> str:
    values = _row(row, reference)
    shown = (
        *("cpu_seconds_per_minute", f"ratio_to_{reference}"),
        "further_peer_cpu_seconds_per_minute",
        *("latency_ms", "latency_95_ms", "memory_mb"),
    )
    cells = ("-" if values[key] is None else f"{values[key]:.2f}" for key in shown)
    problem = f"INVALID: {row.problem}" if row.problem else ""
    return _TABLE.format(row.name, row.peers, *cells, problem).rstrip()


def _middle(values: Iterable[float]) -> float | None:
    found = list(values)
    return round(statistics.median(found), 1) if found else None


def _rounded(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)
