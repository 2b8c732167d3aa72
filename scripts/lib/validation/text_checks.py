"""Checks of translations and icons by themselves."""

from collections.abc import Iterator
import re

from .repository import Repository, Texts, flatten, read_json

SECTIONS = frozenset(
    {
        "application_credentials",
        "common",
        "conditions",
        "config",
        "config_panel",
        "config_subentries",
        "device",
        "device_automation",
        "entity",
        "entity_component",
        "exceptions",
        "issues",
        "options",
        "selector",
        "services",
        "system_health",
        "title",
        "triggers",
    }
)
ICON_SECTIONS = frozenset({"conditions", "entity", "services", "triggers"})
HTML = re.compile(r"</?[a-zA-Z][^>]*>")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
QUOTED_PLACEHOLDER = re.compile(r"'\{\w+\}'")
ICON = re.compile(r"mdi:[a-z0-9]+(-[a-z0-9]+)*")


def check_translations(repository: Repository) -> Iterator[str]:
    """Check English, and every other language against it."""
    english = repository.json("translations/en.json")
    if not english:
        yield "translations/en.json is missing"
        return
    for section in sorted(english.keys() - SECTIONS):
        yield f"translations/en.json: section {section} is not known"
    yield from _check_structure(english)
    for path in sorted((repository.integration / "translations").glob("*.json")):
        texts = read_json(path)
        yield from _check_language(path.name, texts)
        if path.stem != "en":
            yield from _compare(path.name, texts, english)


def _check_language(file: str, texts: Texts) -> Iterator[str]:
    for path, text in flatten(texts):
        if problem := _find_fault(text):
            yield f"translations/{file}: {path} {problem}"


def _find_fault(text: object) -> str | None:
    if not isinstance(text, str):
        return "is no text"
    faults = {
        "is empty": not text,
        "begins or ends with a space": text != text.strip(),
        "holds HTML": HTML.search(text),
        "puts a placeholder into single quotes": QUOTED_PLACEHOLDER.search(text),
        "refers to another text; write it out": "[%key:" in text,
        "holds an address; use a placeholder": "://" in text,
    }
    return next((fault for fault, found in faults.items() if found), None)


def _compare(file: str, texts: Texts, english: Texts) -> Iterator[str]:
    reference, other = dict(flatten(english)), dict(flatten(texts))
    for path in sorted(reference.keys() - other.keys()):
        yield f"translations/{file}: {path} is missing"
    for path in sorted(other.keys() - reference.keys()):
        yield f"translations/{file}: {path} is not in English"
    for path in sorted(other.keys() & reference.keys()):
        wanted = set(PLACEHOLDER.findall(str(reference[path])))
        if set(PLACEHOLDER.findall(str(other[path]))) != wanted:
            yield f"translations/{file}: {path} has other placeholders than English"


def _check_structure(english: Texts) -> Iterator[str]:
    for key, text in english.get("exceptions", {}).items():
        if set(text) != {"message"}:
            yield f"translations/en.json: exceptions.{key} must hold just a message"
    for key, issue in english.get("issues", {}).items():
        if "title" not in issue or not {"description", "fix_flow"} & issue.keys():
            yield f"translations/en.json: issues.{key} needs title and description"
    for section in ("services", "triggers", "conditions"):
        for key, texts in english.get(section, {}).items():
            if not {"name", "description"} <= texts.keys():
                yield f"translations/en.json: {section}.{key} lacks name or description"
    yield from _check_fields(english)


def _check_fields(english: Texts) -> Iterator[str]:
    """Check that every field of a form is described."""
    for path, step in _steps(english):
        for field in sorted(step.get("data", {}).keys()):
            if field not in step.get("data_description", {}):
                yield f"translations/en.json: {path} describes no {field}"


def _steps(english: Texts) -> Iterator[tuple[str, Texts]]:
    """Walk through the steps of all flows, folded sections included."""
    flows = {name: english.get(name, {}) for name in ("config", "options")}
    for kind, flow in english.get("config_subentries", {}).items():
        flows[f"config_subentries.{kind}"] = flow
    for name, flow in flows.items():
        for step_id, step in flow.get("step", {}).items():
            yield f"{name}.step.{step_id}", step
            for section_id, section in step.get("sections", {}).items():
                yield f"{name}.step.{step_id}.sections.{section_id}", section


def check_icons(repository: Repository) -> Iterator[str]:
    """Check that icons are icons and belong to something that has a name."""
    icons = repository.json("icons.json")
    english = repository.json("translations/en.json")
    for section in sorted(icons.keys() - ICON_SECTIONS):
        yield f"icons.json: section {section} is not known"
    for path, icon in flatten(icons):
        if not isinstance(icon, str) or not ICON.fullmatch(icon):
            yield f"icons.json: {path} is no icon"
    named = english.get("entity", {})
    for platform, keys in icons.get("entity", {}).items():
        for key in sorted(keys.keys() - named.get(platform, {}).keys()):
            yield f"icons.json: entity.{platform}.{key} has no name in en.json"
    for section in ("services", "triggers", "conditions"):
        yield from _compare_icons(section, icons, english)


def _compare_icons(section: str, icons: Texts, english: Texts) -> Iterator[str]:
    drawn, named = icons.get(section, {}).keys(), english.get(section, {}).keys()
    for key in sorted(named - drawn):
        yield f"icons.json: {section}.{key} is missing"
    for key in sorted(drawn - named):
        yield f"icons.json: {section}.{key} has no name in en.json"
