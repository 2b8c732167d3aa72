"""Errors of calls as Home Assistant shows them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .calls.errors import CallError
from .const import DOMAIN

NOT_THE_CALLERS_FAULT: Final = frozenset(
    {
        "account_unavailable",
        "cannot_record",
        "cannot_write",
        "device_failed",
        "disk_full",
        "folder_missing",
        "media_not_playable",
        "media_refused",
        "media_unreachable",
        "not_loaded",
        "picture_does_not_come",
        "read_only",
        "rest_failed",
        "screen_failed",
        "screen_not_responding",
        "stopped",
    }
)
"""Keys of what went wrong although the input was fine."""


def translated(error: CallError) -> HomeAssistantError:
    """Return the error whose sentence users read."""
    fault = error.key in NOT_THE_CALLERS_FAULT
    kind = HomeAssistantError if fault else ServiceValidationError
    return kind(
        translation_domain=DOMAIN,
        translation_key=error.key,
        translation_placeholders=error.placeholders or None,
    )


def invalid(key: str, **placeholders: str) -> ServiceValidationError:
    """Return an error about input; `key` names its sentence."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders or None,
    )


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn a `CallError` from within into the error users read."""
    try:
        yield
    except CallError as error:
        raise translated(error) from error
