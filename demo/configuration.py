"""Writes the configuration folder of the demo home.

The folder is made once; later starts only refresh what belongs to the demo, so
what was changed in the browser stays.
"""

from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any
import uuid

from .dashboard import DASHBOARD

REPOSITORY = Path(__file__).parent.parent
OWNER_ID = uuid.UUID(int=0x1).hex
HOME_ENTRY_ID = "01DEMOHOME0000000000000000"
STATION_SUBENTRY_ID = "01DEMOFRONTDOOR00000000000"
LOUDSPEAKER_WEBHOOK = "front_door_loudspeaker"
BELL = "input_button.front_door_bell"


@dataclass(frozen=True)
class DemoHome:
    """Where the demo lives: its folder and the ports of its servers."""

    folder: Path
    http_port: int
    doorbell_url: str


def write_configuration(home: DemoHome) -> None:
    """Make the folder ready for a start of Home Assistant."""
    home.folder.mkdir(parents=True, exist_ok=True)
    for name in (".storage", "media"):
        (home.folder / name).mkdir(exist_ok=True)
    _link_integration(home.folder)
    (home.folder / "configuration.yaml").write_text(_configuration(home))
    (home.folder / "dashboard.yaml").write_text(DASHBOARD)
    for name in ("automations", "scripts", "scenes"):
        (home.folder / f"{name}.yaml").touch()
    _store(home.folder, "http", _http(home.http_port), version=3)
    _store_once(home.folder, "auth", _auth(), version=1)
    _store_once(home.folder, "onboarding", {"done": _ONBOARDED}, version=4)
    _store_once(home.folder, "core.config", _CORE, version=1, minor_version=4)
    _write_config_entries(home)


def _link_integration(folder: Path) -> None:
    components = folder / "custom_components"
    components.mkdir(exist_ok=True)
    # A package of the same name is on the path with the demo; this one comes first.
    (components / "__init__.py").touch()
    link = components / "mesh_call"
    target = REPOSITORY / "custom_components" / "mesh_call"
    if link.is_symlink() and link.resolve() != target:
        link.unlink()
    if not link.exists():
        link.symlink_to(target, target_is_directory=True)


def _configuration(home: DemoHome) -> str:
    return f"""\
homeassistant:
  name: Mesh Call demo
  internal_url: http://127.0.0.1:{home.http_port}
  # In a container recordings would leave the folder for /media.
  media_dirs:
    local: "{home.folder / "media"}"
  auth_providers:
    # Nobody has to log in: this Home Assistant listens on the loopback address only.
    - type: trusted_networks
      trusted_networks: [127.0.0.0/8]
      allow_bypass_login: true
    - type: homeassistant

frontend:
recorder:
  commit_interval: 5
history:
logbook:
media_source:
config:
system_health:
webhook:
input_button:
  front_door_bell:
    name: Front door bell
    icon: mdi:bell

template:
  # Told twice a second by the loudspeaker of the simulated door.
  - triggers:
      - trigger: webhook
        webhook_id: {LOUDSPEAKER_WEBHOOK}
        allowed_methods: [POST]
        local_only: true
    sensor:
      - name: Loudspeaker at the door
        unique_id: front_door_loudspeaker
        state: "{{{{ trigger.json.level }}}}"
        unit_of_measurement: "%"
        state_class: measurement
        icon: mdi:volume-high

lovelace:
  dashboards:
    front-door:
      mode: yaml
      title: Front door
      icon: mdi:doorbell-video
      show_in_sidebar: true
      filename: dashboard.yaml

logger:
  default: warning
  logs:
    custom_components.mesh_call: info

automation: !include automations.yaml
script: !include scripts.yaml
scene: !include scenes.yaml
"""


def _http(port: int) -> dict[str, Any]:
    stable = {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": ["https://cast.home-assistant.io"],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "intermediate_v6",
        "use_x_frame_options": True,
        "created_at": "2026-01-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
    return {"stable": stable, "pending": None, "yaml_migration_done": True}


def _auth() -> dict[str, Any]:
    owner = {
        "id": OWNER_ID,
        "group_ids": ["system-admin"],
        "is_owner": True,
        "is_active": True,
        "name": "Demo",
        "system_generated": False,
        "local_only": True,
    }
    groups = [
        {"id": "system-admin", "name": "Administrators"},
        {"id": "system-users", "name": "Users"},
        {"id": "system-read-only", "name": "Read Only"},
    ]
    return {
        "users": [owner],
        "groups": groups,
        "credentials": [],
        "refresh_tokens": [],
    }


_ONBOARDED = ["user", "core_config", "analytics", "integration"]

_CORE = {
    "latitude": 52.37,
    "longitude": 4.89,
    "elevation": 0,
    "unit_system_v2": "metric",
    "location_name": "Mesh Call demo",
    "time_zone": "Europe/Amsterdam",
    "external_url": None,
    "internal_url": None,
    "currency": "EUR",
    "country": "NL",
    "language": "en",
    "radius": 100,
}


def _write_config_entries(home: DemoHome) -> None:
    path = home.folder / ".storage" / "core.config_entries"
    if not path.exists():
        _store(home.folder, path.name, {"entries": [_home_entry()]}, 1, 5)
    stored = json.loads(path.read_text())
    for entry in stored["data"]["entries"]:
        for subentry in entry.get("subentries", ()):
            if subentry["subentry_id"] == STATION_SUBENTRY_ID:
                subentry["data"]["stream_url"] = home.doorbell_url
    path.write_text(json.dumps(stored, indent=2))


def _home_entry() -> dict[str, Any]:
    created = "2026-01-01T00:00:00+00:00"
    return {
        "created_at": created,
        "modified_at": created,
        "data": {},
        "disabled_by": None,
        "discovery_keys": {},
        "domain": "mesh_call",
        "entry_id": HOME_ENTRY_ID,
        "minor_version": 1,
        "options": {},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "subentries": [_front_door()],
        "title": "Home",
        "unique_id": "home",
        "version": 1,
    }


def _front_door() -> dict[str, Any]:
    return {
        "data": {
            "name": "Front door",
            "stream_url": "",
            "talk_back": True,
            # Its microphone hears a tone only, and nothing of its loudspeaker.
            "duplex": "full",
            "doorbell": BELL,
            "ring": ["screens"],
            "ring_mode": "first",
            "auto_answer": "home",
            "verify_ssl": True,
        },
        "subentry_id": STATION_SUBENTRY_ID,
        "subentry_type": "station",
        "title": "Front door",
        "unique_id": None,
    }


def _store_once(
    folder: Path, key: str, data: dict[str, Any], version: int, minor_version: int = 1
) -> None:
    if not (folder / ".storage" / key).exists():
        _store(folder, key, data, version, minor_version)


def _store(
    folder: Path, key: str, data: dict[str, Any], version: int, minor_version: int = 1
) -> None:
    content = {
        "version": version,
        "minor_version": minor_version,
        "key": key,
        "data": data,
    }
    (folder / ".storage" / key).write_text(json.dumps(content, indent=2))
