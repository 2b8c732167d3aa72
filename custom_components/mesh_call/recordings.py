"""Where recordings go, and what keeps calls from being recorded."""

from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN

ISSUE: Final = "recording"


def recordings_folder(hass: HomeAssistant, chosen: str | None) -> Path:
    """Return the folder that recordings go below: the chosen one or the media's.

    Touches the disk: Home Assistant names a media folder that it does not make.
    """
    if chosen:
        return Path(chosen)
    folder = Path(next(iter(hass.config.media_dirs.values()), "media"))
    if folder == Path(hass.config.path("media")):
        folder.mkdir(exist_ok=True)
    return folder


def folder_error(hass: HomeAssistant, folder: Path) -> str | None:
    """Return the key of what is wrong with a folder a user chose; touches the disk."""
    if not folder.is_absolute() or not folder.is_dir():
        return "folder_missing"
    return None if hass.config.is_allowed_path(str(folder)) else "folder_not_allowed"


@callback
def update_issue(hass: HomeAssistant, problem: str | None) -> None:
    """Show as a repair issue what keeps calls from being recorded; None: nothing."""
    if problem is None:
        ir.async_delete_issue(hass, DOMAIN, ISSUE)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        ISSUE,
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR,
        translation_key=f"recording_{problem}",
    )
