"""The offline checks find what is wrong, and nothing else."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from scripts.lib.validate import find_problems
from scripts.lib.validation.repository import Repository

from .conftest import ICONS, MANIFEST, SERVICES, SETUP, TEXTS, Write, png


def changed(original: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Copy nested content with one thing changed, or removed when None."""
    copy = deepcopy(original)
    *parents, last = path.split("/")
    target = copy
    for parent in parents:
        target = target.setdefault(parent, {})
    if value is None:
        del target[last]
    else:
        target[last] = value
    return copy


def problems(root: Path) -> str:
    """All that is found, a line each."""
    return "\n".join(find_problems(Repository(root)))


def test_a_good_repository_has_no_problems(tmp_path: Path, write: Write) -> None:
    assert problems(tmp_path) == ""


def test_without_an_integration_only_committed_files_are_checked(
    tmp_path: Path, write: Write
) -> None:
    write("@/manifest.json", MANIFEST).unlink()
    write("hacs.json", {})
    assert problems(tmp_path) == ""


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("iot_class", None, "iot_class is missing"),
        ("zygote", 1, "zygote is not known"),
        ("domain", "other", "domain must be mesh_call"),
        ("integration_type", "spoke", "integration_type"),
        ("iot_class", "telepathy", "iot_class is not one"),
        ("documentation", "example.org", "must be an https address"),
        ("codeowners", ["somebody"], "must begin with @"),
        ("dependencies", ["http", "frontend"], "must be sorted"),
        ("dependencies", ["camera"], "both a dependency"),
        ("dependencies", ["never_heard_of"], "no integration never_heard_of"),
        ("version", "soon", "version is none"),
        ("requirements", ["aiortc>=99"], "the tests run with"),
        ("requirements", ["av!!"], "is no requirement"),
        ("requirements", ["not-there-at-all"], "not installed here"),
    ],
)
def test_manifest(
    tmp_path: Path, write: Write, path: str, value: Any, problem: str
) -> None:
    write("@/manifest.json", changed(MANIFEST, path, value))
    assert problem in problems(tmp_path)


def test_manifest_keys_are_ordered(tmp_path: Path, write: Write) -> None:
    write("@/manifest.json", {"name": MANIFEST["name"], **MANIFEST})
    assert "keys must be domain, name" in problems(tmp_path)


def test_versions_must_agree(tmp_path: Path, write: Write) -> None:
    write("pyproject.toml", '[project]\nversion = "0.2.0"\n')
    write("card/package.json", {"version": "0.1.0"})
    found = problems(tmp_path)
    assert "the versions differ" in found
    assert "pyproject.toml 0.2.0" in found


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"homeassistant": "2026.10.0"}, "name is missing"),
        ({"name": "Mesh Call"}, "homeassistant, the oldest"),
        ({"name": "Mesh Call", "homeassistant": "2099.1.0"}, "the tests run with"),
        (
            {"name": "Mesh Call", "homeassistant": "2026.10.0", "colour": "red"},
            "colour is not known",
        ),
        (
            {"name": "Mesh Call", "homeassistant": "2026.10.0", "zip_release": True},
            "needs a filename",
        ),
    ],
)
def test_store(
    tmp_path: Path, write: Write, content: dict[str, Any], problem: str
) -> None:
    write("hacs.json", content)
    assert problem in problems(tmp_path)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("nonsense", {"a": "b"}, "section nonsense is not known"),
        ("exceptions/no_call/message", "<b>None</b>", "holds HTML"),
        ("exceptions/no_call/message", "None. ", "with a space"),
        ("exceptions/no_call/message", "", "is empty"),
        ("exceptions/no_call/message", "See http://x", "holds an address"),
        ("exceptions/no_call/message", "Not '{party}'", "single quotes"),
        ("exceptions/no_call/message", "[%key:common%]", "refers to another"),
        ("exceptions/no_call/title", "No", "must hold just a message"),
        ("exceptions/no_call", None, "__init__.py:13: exceptions.no_call"),
        ("exceptions/unknown_party", None, "exceptions.unknown_party"),
        ("exceptions/spare", {"message": "Spare"}, "nothing uses exceptions.spare"),
        ("issues/station_lost", None, r"issues.station_\w+ is not"),
        ("issues/station_lost/title", None, "needs title and description"),
        ("issues/spare", {"title": "a", "description": "b"}, "nothing uses issues"),
        ("entity/button/answer", None, "entity.button.answer"),
        ("entity/button/spare", {"name": "Spare"}, "nothing uses entity.button.spare"),
        ("selector/mode/options/first", None, "selector.mode.options.first"),
        ("selector/spare", {"options": {"a": "b"}}, "nothing uses selector.spare"),
        ("services/call", None, "services.call is missing"),
        ("services/call/description", None, "lacks name or description"),
        ("services/call/fields/mode", None, "services.call.fields.mode is missing"),
        ("services/call/fields/mode/name", None, "mode is not described"),
        ("config/step/user/data_description/name", None, "describes no name"),
    ],
)
def test_english(
    tmp_path: Path, write: Write, path: str, value: Any, problem: str
) -> None:
    write("@/translations/en.json", changed(TEXTS, path, value))
    assert problem in problems(tmp_path)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("exceptions/no_call", None, "exceptions.no_call.message is missing"),
        ("exceptions/more/message", "Mehr", "exceptions.more.message is not in Eng"),
        ("exceptions/unknown_party/message", "Nichts", "other placeholders"),
    ],
)
def test_other_languages(
    tmp_path: Path, write: Write, path: str, value: Any, problem: str
) -> None:
    write("@/translations/de.json", changed(TEXTS, path, value))
    assert f"de.json: {path.split('/', maxsplit=1)[0]}" in problems(tmp_path)
    assert problem in problems(tmp_path)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("entity/button/answer/default", "phone", "is no icon"),
        ("entity/button/spare/default", "mdi:phone", "has no name"),
        ("services/call", None, "services.call is missing"),
        ("services/spare/service", "mdi:phone", "services.spare has no name"),
        ("colours/red", "mdi:phone", "section colours"),
    ],
)
def test_icons(
    tmp_path: Path, write: Write, path: str, value: Any, problem: str
) -> None:
    write("@/icons.json", changed(ICONS, path, value))
    assert problem in problems(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("select:", "selekt:", "services.yaml: call: mode"),
        ("default: first", "default: last", "default can't be chosen"),
        ("default: first", "colour: red", "colour is not known"),
        ("call:", "dial:", "services.dial is missing"),
        ("call:", "dial:", "dial stands nowhere in the code"),
        ("- first", "- second", "selector.mode.options.second"),
        ("  fields:", "  target: 1\n  fields:", "call: target"),
    ],
)
def test_actions(
    tmp_path: Path, write: Write, old: str, new: str, problem: str
) -> None:
    write("@/services.yaml", SERVICES.replace(old, new))
    assert problem in problems(tmp_path)


@pytest.mark.parametrize(
    ("default", "problem"), [("00:01:00", ""), ("soon", "default can't be chosen")]
)
def test_durations(tmp_path: Path, write: Write, default: str, problem: str) -> None:
    field = f"{{default: {default}, selector: {{duration: }}}}"
    write("@/services.yaml", f"call:\n  fields:\n    mode: {field}\n")
    write("@/translations/en.json", changed(TEXTS, "selector", {}))
    found = problems(tmp_path)
    assert problem in found
    assert bool(problem) == bool(found)


def test_code_set_up_by_code_says_what_yaml_may_hold(
    tmp_path: Path, write: Write
) -> None:
    write("@/__init__.py", SETUP.replace("CONFIG_SCHEMA", "SCHEMA"))
    assert "needs a CONFIG_SCHEMA" in problems(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("icon", png(128, 128), "must be 256 by 256"),
        ("icon", b"GIF89a", "missing or no PNG"),
        ("logo", png(200, 64), "its shorter side must be"),
        ("dark_logo", png(401, 128), "not twice as large"),
    ],
)
def test_brand(
    tmp_path: Path, write: Write, name: str, content: bytes, problem: str
) -> None:
    write(f"@/brand/{name}.png", content)
    assert problem in problems(tmp_path)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("docs/setup.md", "from https://" + "pypi." + "org/simple"),
        ("scripts/setup", "deb http://" + "deb." + "debian.org/debian forky main"),
        ("card/.npmrc", "registry=https://" + "registry." + "npmjs.org/"),
        ("card/package-lock.json", '{"resolved": ' + '"https://example.org/a.tgz"}'),
        ("requirements/test.txt", "--index-url somewhere\n"),
        ("requirements/test.in", "thing @ https://example.org/thing.whl\n"),
    ],
)
def test_no_address_of_a_registry_is_committed(
    tmp_path: Path, write: Write, path: str, content: str
) -> None:
    write(path, content)
    assert path in problems(tmp_path)
