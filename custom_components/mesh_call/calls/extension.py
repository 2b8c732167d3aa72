"""What an extension may hold: what every wire can carry as XML."""

from collections.abc import Mapping
import json
import math
import re
from typing import Any
import unicodedata

from .errors import CallError
from .model import Extension

MAX_BYTES = 8 * 1024
"""Of the extension written as JSON in UTF-8."""

MAX_LEVELS = 4

_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff"
    "\u200c-\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
    "\U00010000-\U000effff"
)
_NAME = re.compile(f"[{_START}][{_START}\\-.0-9\u00b7\u0300-\u036f\u203f-\u2040]*")
"""NCName of Namespaces in XML 1.0: a name without a colon."""


def validated(extension: Extension) -> Extension:
    """Return a copy of an extension that no one else can change.

    Raises:
        CallError: `invalid_extension`; its `problem` says what is wrong and where.
    """
    copy = _mapping(extension, "", 1)
    size = len(json.dumps(copy, ensure_ascii=False, separators=(",", ":")).encode())
    if size > MAX_BYTES:
        raise _invalid(f"{size} bytes, at most {MAX_BYTES} are allowed")
    return copy


def _mapping(mapping: Mapping[str, Any], path: str, level: int) -> dict[str, Any]:
    if level > MAX_LEVELS:
        raise _invalid(f"more than {MAX_LEVELS} levels", path)
    return {
        _key(key, path): _value(value, f"{path}.{key}", level)
        for key, value in mapping.items()
    }


def _key(key: object, path: str) -> str:
    if not isinstance(key, str) or not _NAME.fullmatch(key):
        raise _invalid(f"{key!r} is no XML name", path)
    return key


def _value(value: object, path: str, level: int) -> object:
    match value:
        case Mapping():
            return _mapping(value, path, level + 1)
        case str():
            return _text(value, path)
        case float() if not math.isfinite(value):
            raise _invalid("a number that is not finite", path)
        case None | bool() | int() | float():
            return value
        case list() | tuple() | set() | frozenset():
            raise _invalid("lists are not allowed", path)
    raise _invalid(f"{type(value).__name__} is no text, number or mapping", path)


def _text(text: str, path: str) -> str:
    if any(_unfit(character) for character in text):
        raise _invalid("control characters are not allowed", path)
    return text


def _unfit(character: str) -> bool:
    """Whether XML 1.0 can't carry it, or it is a control character."""
    return (
        unicodedata.category(character) in {"Cc", "Cs"} or character in "\ufffe\uffff"
    )


def _invalid(problem: str, path: str = "") -> CallError:
    where = path.removeprefix(".")
    return CallError(
        "invalid_extension", problem=f"{where}: {problem}" if where else problem
    )
