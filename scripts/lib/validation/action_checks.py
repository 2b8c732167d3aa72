"""Checks of actions, triggers and conditions as their YAML describes them."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from homeassistant.helpers import config_validation as cv, selector as selectors
import voluptuous as vol

from .repository import Repository, Texts

FIELD_KEYS = frozenset(
    {
        "advanced",
        "context",
        "default",
        "description",
        "example",
        "filter",
        "name",
        "required",
        "selector",
    }
)
FOLDED_KEYS = frozenset({"collapsed", "fields"})
ENTRY_KEYS = frozenset({"fields", "target"})
DESCRIPTIONS = ("services", "triggers", "conditions")


def check_descriptions(repository: Repository) -> Iterator[str]:
    """Check all descriptions, and that each thing described has its texts."""
    english = repository.json("translations/en.json")
    for section in DESCRIPTIONS:
        described = public_part(repository.yaml(f"{section}.yaml"))
        yield from _compare_names(section, described, english.get(section, {}))
        for name, entry in described.items():
            place = f"{section}.yaml: {name}"
            yield from _check_entry(place, entry or {})
            texts = english.get(section, {}).get(name, {})
            yield from _check_field_texts(f"{section}.{name}", entry or {}, texts)
            if name not in repository.literals:
                yield f"{place} stands nowhere in the code"


def public_part(content: Texts) -> Texts:
    """Leave out what is only there to be referred to in the file."""
    return {name: entry for name, entry in content.items() if name[0] != "."}


def _compare_names(section: str, described: Texts, texts: Texts) -> Iterator[str]:
    for name in sorted(described.keys() - texts.keys()):
        yield f"translations/en.json: {section}.{name} is missing"
    for name in sorted(texts.keys() - described.keys()):
        yield f"translations/en.json: {section}.{name} is not in {section}.yaml"


def _check_entry(place: str, entry: Texts) -> Iterator[str]:
    for key in sorted(entry.keys() - ENTRY_KEYS):
        yield f"{place}: {key} is not known"
    if "target" in entry:
        yield from _check_selector(f"{place}: target", {"target": entry["target"]})
    for name, field in _fields(entry):
        yield from _check_field(f"{place}: {name}", field)


def _fields(entry: Texts) -> Iterator[tuple[str, Texts]]:
    """Walk through all fields, those in folded sections included."""
    for name, field in (entry.get("fields") or {}).items():
        if isinstance(field, dict) and "fields" in field:
            yield from _fields(field)
        else:
            yield name, field


def _check_field(place: str, field: Any) -> Iterator[str]:
    if not isinstance(field, dict):
        yield f"{place} must be a mapping"
        return
    for key in sorted(field.keys() - FIELD_KEYS):
        yield f"{place}: {key} is not known"
    if "selector" not in field:
        yield f"{place} has no selector"
        return
    yield from _check_selector(place, field["selector"])
    yield from _check_default(place, field)


def _check_selector(place: str, config: Any) -> Iterator[str]:
    try:
        selectors.validate_selector(config)
    except vol.Invalid as error:
        yield f"{place}: {error}"


def _check_default(place: str, field: Texts) -> Iterator[str]:
    """Check that what is offered at first could be chosen."""
    if "default" not in field:
        return
    try:
        choose: Any = selectors.selector(field["selector"])
        if "duration" in field["selector"]:
            # What was chosen is a mapping, but a default is written as text.
            choose = cv.time_period_str
        choose(field["default"])
    except vol.Invalid as error:
        yield f"{place}: its default can't be chosen: {error}"


def _check_field_texts(name: str, entry: Texts, texts: Texts) -> Iterator[str]:
    described = {field for field, _ in _fields(entry)}
    named = texts.get("fields", {})
    for field in sorted(described - named.keys()):
        yield f"translations/en.json: {name}.fields.{field} is missing"
    for field in sorted(named.keys() - described):
        yield f"translations/en.json: {name}.fields.{field} is no field"
    for field, words in named.items():
        if not {"name", "description"} <= words.keys():
            yield f"translations/en.json: {name}.fields.{field} is not described"


def check_choices(repository: Repository) -> Iterator[str]:
    """Check that every choice that a select offers by key has its text."""
    translated = repository.json("translations/en.json").get("selector", {})
    for section in DESCRIPTIONS:
        for entry in public_part(repository.yaml(f"{section}.yaml")).values():
            for name, field in _fields(entry or {}):
                config = field.get("selector", {}).get("select") or {}
                if key := config.get("translation_key"):
                    texts = translated.get(key, {}).get("options", {})
                    offered = {_value(option) for option in config.get("options", [])}
                    for value in sorted(offered - texts.keys()):
                        yield (
                            f"translations/en.json: selector.{key}.options.{value},"
                            f" a choice of {name}, is missing"
                        )


def _value(option: str | dict[str, str]) -> str:
    return option if isinstance(option, str) else option["value"]


def check_config_schema(repository: Repository) -> Iterator[str]:
    """Check that an integration that is set up by code says what YAML may hold."""
    module = repository.modules.get(Path("__init__.py"))
    if module is None:
        yield "__init__.py is missing"
        return
    functions = {
        node.name for node in module.body if isinstance(node, ast.AsyncFunctionDef)
    }
    if "async_setup" in functions and not _assigns(module, "CONFIG_SCHEMA"):
        yield "__init__.py: async_setup needs a CONFIG_SCHEMA beside it"


def _assigns(module: ast.Module, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name
        for statement in module.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for node in ast.walk(statement)
    )
