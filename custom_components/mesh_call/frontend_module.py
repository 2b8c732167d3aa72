"""The card and ring of the frontend: one JavaScript module, loaded by every page."""

import hashlib
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import add_extra_js_url
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant

from .const import DOMAIN, LOGGER

FOLDER: Final = Path(__file__).parent / "frontend"
MODULE: Final = "mesh-call.js"
URL: Final = f"/{DOMAIN}"


async def async_register_frontend(hass: HomeAssistant) -> None:
    """Serve the module and let pages load it; a new content has a new address."""
    content_hash = await hass.async_add_executor_job(_content_hash)
    if content_hash is None:
        LOGGER.error("The card has not been built, calls can't be shown")
        return
    await hass.http.async_register_static_paths(
        [StaticPathConfig(URL, str(FOLDER), cache_headers=True)]
    )
    add_extra_js_url(hass, f"{URL}/{MODULE}?v={content_hash}")


def _content_hash() -> str | None:
    try:
        content = (FOLDER / MODULE).read_bytes()
    except FileNotFoundError:
        return None
    return hashlib.sha256(content).hexdigest()[:16]
