"""Checks that code and translations name the same things."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
import re

from homeassistant.components.websocket_api import const as websocket_constants
from homeassistant.const import Platform

from .repository import Repository, Texts

PLATFORMS = frozenset(platform.value for platform in Platform)
ERROR_MAKERS = frozenset({"CallError", "invalid"})
"""Names of those that take an exception's key as their first argument."""


@dataclass(frozen=True)
class UsedKey:
    """A translation key that stands in code."""

    section: str
    key: re.Pattern[str]
    place: str

    def is_in(self, texts: Texts) -> bool:
        """Tell whether the translations hold it."""
        found = texts
        for part in self.section.split("."):
            found = found.get(part, {})
        return any(self.key.fullmatch(key) for key in found)


def check_used_keys(repository: Repository) -> Iterator[str]:
    """Check that every key that the code uses has its text."""
    english = repository.json("translations/en.json")
    for used in find_used_keys(repository):
        if not used.is_in(english):
            yield (
                f"{used.place}: {used.section}.{used.key.pattern}"
                " is not in translations/en.json"
            )


def check_unused_keys(repository: Repository) -> Iterator[str]:
    """Check that every text belongs to a key that the code uses."""
    english = repository.json("translations/en.json")
    used = list(find_used_keys(repository))
    for section, key in _named_keys(english):
        written = key in repository.literals or _in_yaml(repository, key)
        if not written and not any(
            entry.section == section and entry.key.fullmatch(key) for entry in used
        ):
            yield f"translations/en.json: nothing uses {section}.{key}"


def _named_keys(english: Texts) -> Iterator[tuple[str, str]]:
    for section in ("exceptions", "issues", "selector"):
        for key in english.get(section, {}):
            yield section, key
    for platform, keys in english.get("entity", {}).items():
        for key in keys:
            yield f"entity.{platform}", key


def _in_yaml(repository: Repository, key: str) -> bool:
    """Tell whether an action, a trigger or a condition chooses among its texts."""
    return any(
        f"translation_key: {key}\n" in path.read_text()
        for path in repository.integration.glob("*.yaml")
    )


def find_used_keys(repository: Repository) -> Iterator[UsedKey]:
    """Find the translation keys in the integration's Python."""
    for path, module in repository.modules.items():
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                yield from _keys_of_call(repository, path, node)
            elif isinstance(node, ast.Assign) and _names_own_key(node):
                yield from _keys_in(
                    repository, f"entity.{path.stem}", node.value, path, node.lineno
                )


def _names_own_key(node: ast.Assign) -> bool:
    match node.targets:
        case [ast.Name(id="_attr_translation_key")]:
            return True
        case [ast.Attribute(attr="_attr_translation_key")]:
            return True
    return False


def _keys_of_call(
    repository: Repository, path: Path, call: ast.Call
) -> Iterator[UsedKey]:
    name = _called_name(call)
    if name in ERROR_MAKERS and call.args:
        yield from _keys_in(repository, "exceptions", call.args[0], path, call.lineno)
    for keyword in call.keywords:
        section = _section_of(name, call, path)
        if keyword.arg == "translation_key" and section:
            yield from _keys_in(
                repository, section, keyword.value, path, keyword.value.lineno
            )


def _section_of(name: str, call: ast.Call, path: Path) -> str | None:
    """Say where the text for a call's translation_key must stand."""
    if name.endswith("SelectorConfig"):
        return "selector"
    if name == "async_create_issue":
        return "issues"
    if any(keyword.arg == "translation_domain" for keyword in call.keywords):
        return "exceptions"
    if len(path.parts) == 1 and path.stem in PLATFORMS:
        return f"entity.{path.stem}"
    return None


def _called_name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _keys_in(
    repository: Repository, section: str, node: ast.expr, path: Path, line: int
) -> Iterator[UsedKey]:
    """Read a key; one that is put together counts with what is known of it."""
    if section.startswith("entity.") and path.stem not in PLATFORMS:
        return
    for pattern in _patterns(repository, node):
        yield UsedKey(section, re.compile(pattern), f"{path}:{line}")


def _constant(repository: Repository, name: str) -> str | None:
    """Look up a name that stands for a text, Home Assistant's own included."""
    text = repository.constants.get(name, getattr(websocket_constants, name, None))
    return text if isinstance(text, str) else None


def _patterns(repository: Repository, node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield re.escape(text)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            if meaning := _constant(repository, name):
                yield re.escape(meaning)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _patterns(repository, body)
            yield from _patterns(repository, orelse)
        case ast.JoinedStr(values=values):
            yield "".join(
                re.escape(str(value.value))
                if isinstance(value, ast.Constant)
                else r"\w+"
                for value in values
            )
