"""A small repository that has nothing wrong with it."""

from collections.abc import Callable
import json
from pathlib import Path
import struct
from typing import Any

import pytest

from scripts.lib.validation.repository import DOMAIN

MANIFEST = {
    "domain": DOMAIN,
    "name": "Mesh Call",
    "after_dependencies": ["camera"],
    "codeowners": ["@mesh-call"],
    "config_flow": True,
    "dependencies": ["frontend", "http"],
    "documentation": "https://example.org/docs",
    "integration_type": "hub",
    "iot_class": "local_push",
    "issue_tracker": "https://example.org/issues",
    "requirements": ["aiortc>=1.16,<2"],
    "version": "0.1.0",
}

TEXTS = {
    "config": {
        "step": {
            "user": {"data": {"name": "Name"}, "data_description": {"name": "Yours."}}
        }
    },
    "entity": {"button": {"answer": {"name": "Answer"}}},
    "exceptions": {
        "no_call": {"message": "There is no call."},
        "unknown_party": {"message": "{party} is not known."},
    },
    "issues": {"station_lost": {"title": "Lost", "description": "{name} is lost."}},
    "selector": {"mode": {"options": {"all": "All", "first": "The first"}}},
    "services": {
        "call": {
            "name": "Call",
            "description": "Calls somebody.",
            "fields": {"mode": {"name": "Mode", "description": "Who joins."}},
        }
    },
}

ICONS = {
    "entity": {"button": {"answer": {"default": "mdi:phone"}}},
    "services": {"call": {"service": "mdi:phone-outgoing"}},
}

SERVICES = """
call:
  fields:
    mode:
      default: first
      selector:
        select:
          translation_key: mode
          options:
            - all
            - first
"""

SETUP = """
from homeassistant.helpers import config_validation as cv

CONFIG_SCHEMA = cv.config_entry_only_config_schema("mesh_call")
LOST = "lost"

async def async_setup(hass, config):
    hass.services.async_register("mesh_call", "call", call)

def call(kind):
    async_create_issue("mesh_call", "1", translation_key=f"station_{kind}")
    if kind:
        raise Refused(translation_domain="mesh_call", translation_key="no_call")
    raise CallError("unknown_party", party="one")
"""

BUTTON = """
ANSWER = ButtonEntityDescription(key="answer", translation_key="answer")
"""

type Write = Callable[[str, Any], Path]
"""Writes a file of the repository; what is no text becomes JSON."""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A repository, and the means to change its files."""
    integration = f"custom_components/{DOMAIN}"

    def write_file(path: str, content: Any) -> Path:
        file = tmp_path / path.replace("@", integration, 1)
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            file.write_text(text)
        return file

    write_file("README.md", "Mesh Call")
    write_file("LICENSE", "A licence")
    write_file("hacs.json", {"name": "Mesh Call", "homeassistant": "2026.10.0"})
    write_file("@/manifest.json", MANIFEST)
    write_file("@/translations/en.json", TEXTS)
    write_file("@/icons.json", ICONS)
    write_file("@/services.yaml", SERVICES)
    write_file("@/__init__.py", SETUP)
    write_file("@/button.py", BUTTON)
    for name, width, height in (
        ("icon", 256, 256),
        ("logo", 400, 128),
        ("dark_logo", 400, 128),
    ):
        write_file(f"@/brand/{name}.png", png(width, height))
        write_file(f"@/brand/{name}DOUBLE.png", png(width * 2, height * 2)).rename(
            tmp_path / integration / "brand" / f"{name}@2x.png"
        )
    return write_file


def png(width: int, height: int) -> bytes:
    """The head of a picture, which is all that is looked at."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)
