"""Homes that the benchmark runs beside the demo's own."""

import json
from pathlib import Path

from demo.configuration import DemoHome, write_configuration

_LOGS = "  logs:\n"


def write_home(folder: Path, port: int, *, with_mesh_call: bool) -> None:
    """Write the demo home, with the integration set up or without it."""
    write_configuration(DemoHome(folder, port, "rtsp://127.0.0.1:9/stream"))
    configuration = folder / "configuration.yaml"
    # Home Assistant tells how long it took, but not at the demo's log level.
    told = configuration.read_text().replace(
        _LOGS, f"{_LOGS}    homeassistant.bootstrap: info\n"
    )
    configuration.write_text(told)
    if not with_mesh_call:
        _remove_entries(folder / ".storage" / "core.config_entries")


def _remove_entries(path: Path) -> None:
    stored = json.loads(path.read_text())
    stored["data"]["entries"] = [
        entry for entry in stored["data"]["entries"] if entry["domain"] != "mesh_call"
    ]
    path.write_text(json.dumps(stored))
