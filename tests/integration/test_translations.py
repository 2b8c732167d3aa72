"""Every text that the code asks for is there, in every language."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

from custom_components import mesh_call
from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.exceptions import NOT_THE_CALLERS_FAULT
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.media.recording.errors import RecordingProblem
from custom_components.mesh_call.media.source import SourceProblem
from custom_components.mesh_call.media.station_player import ERRORS
from custom_components.mesh_call.stations.problem import SOURCE_LOST

from .accounts import FakeLine, contact, make_account_entry
from .conftest import OpenPage

ROOT = Path(mesh_call.__file__).parent
LANGUAGES = sorted(path.stem for path in (ROOT / "translations").glob("*.json"))
LOGIN_ERRORS = {"invalid_auth", "cannot_connect", "invalid_certificate"}
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def read(name: str) -> dict[str, Any]:
    """Read a JSON file of the integration."""
    content: dict[str, Any] = json.loads((ROOT / name).read_text())
    return content


ENGLISH = read("translations/en.json")
ICONS = read("icons.json")
SERVICES = yaml.safe_load((ROOT / "services.yaml").read_text())


def flat(texts: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Walk through all texts with their paths."""
    for key, value in texts.items():
        path = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict):
            yield from flat(value, path)
        else:
            yield path, value


def raised(error: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Find where errors of a kind are made: their keys and their fields."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) == error and node.args:
                fields = frozenset(str(word.arg) for word in node.keywords)
                yield from ((key, fields) for key in _strings(node.args[0]))


def _name(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else None


def _strings(node: ast.expr) -> list[str]:
    """The texts an argument may be: one or, with a condition, two."""
    if isinstance(node, ast.IfExp):
        return [*_strings(node.body), *_strings(node.orelse)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return []


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_same_texts(language: str) -> None:
    english, other = (
        dict(flat(ENGLISH)),
        dict(flat(read(f"translations/{language}.json"))),
    )
    assert english.keys() == other.keys()
    for path, text in other.items():
        assert set(PLACEHOLDER.findall(text)) == set(
            PLACEHOLDER.findall(english[path])
        ), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_well_formed(language: str) -> None:
    for path, text in flat(read(f"translations/{language}.json")):
        assert text, path
        assert text == text.strip(), path
        assert not re.search(r"</?\w+>", text), f"HTML in {path}"
        assert not re.search(r"'\{\w+\}'", text), f"quoted placeholder in {path}"
        assert "://" not in text, f"address in {path}"


def test_every_error_has_a_sentence_that_its_fields_fill_in() -> None:
    sentences = ENGLISH["exceptions"]
    for key, fields in [*raised("CallError"), *raised("invalid")]:
        assert key in sentences, f"no sentence for {key}"
        wanted = set(PLACEHOLDER.findall(sentences[key]["message"]))
        assert wanted <= fields, f"{key} lacks {wanted - fields}"


def test_every_sentence_is_of_an_error() -> None:
    keys = {key for key, _ in [*raised("CallError"), *raised("invalid")]}
    # Keys that reach a CallError by another way than as its first argument.
    keys |= {"call_ended", "unknown_call", "unauthorized", *RecordingProblem}
    keys |= LOGIN_ERRORS | set(ERRORS.values())
    assert keys == ENGLISH["exceptions"].keys()


def test_faults_of_nobody_are_errors_there_are() -> None:
    assert ENGLISH["exceptions"].keys() >= NOT_THE_CALLERS_FAULT


def test_every_error_of_the_form_has_a_sentence() -> None:
    keys = {key for key, _ in raised("StationRefusedError")} | set(SourceProblem)
    subentries = ENGLISH["config_subentries"]
    assert keys == subentries["station"]["error"].keys()
    keys = {key for key, _ in raised("AccountRefusedError")} | LOGIN_ERRORS
    told = subentries["contact"]["error"].keys() | ENGLISH["config"]["error"].keys()
    assert keys == told


def test_every_problem_has_an_issue() -> None:
    keys = {f"station_{key}" for key in [*SourceProblem, SOURCE_LOST]}
    keys |= {f"recording_{key}" for key in RecordingProblem}
    assert keys == ENGLISH["issues"].keys()
    for issue in ENGLISH["issues"].values():
        for text in issue.values():
            assert set(PLACEHOLDER.findall(text)) <= {"name", "detail"}


def test_every_service_is_described() -> None:
    texts = ENGLISH["services"]
    assert texts.keys() == SERVICES.keys() == ICONS["services"].keys()
    for name, service in SERVICES.items():
        assert texts[name]["name"]
        assert texts[name]["description"]
        assert texts[name]["fields"].keys() == service["fields"].keys(), name
        for field in texts[name]["fields"].values():
            assert field["name"]
            assert field["description"]


def test_every_choice_of_a_service_is_described() -> None:
    for service in SERVICES.values():
        for field in service["fields"].values():
            select = field["selector"].get("select")
            if select:
                texts = ENGLISH["selector"][select["translation_key"]]["options"]
                assert texts.keys() == set(select["options"])


def test_services_are_those_that_are_registered(
    hass: HomeAssistant, home: Home
) -> None:
    assert hass.services.async_services_for_domain(DOMAIN).keys() == SERVICES.keys()


def _described(step: dict[str, Any], form: Any) -> None:
    _fields_described(step, form["data_schema"].schema)


def _fields_described(step: dict[str, Any], schema: dict[Any, Any]) -> None:
    sections = {str(k): v for k, v in schema.items() if isinstance(v, section)}
    assert step.get("sections", {}).keys() == sections.keys()
    for name, folded in sections.items():
        _fields_described(step["sections"][name], folded.schema.schema)
    fields = {str(key) for key in schema} - sections.keys()
    assert step["data"].keys() == fields
    assert step["data_description"].keys() == fields


async def test_every_field_of_the_forms_is_described(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry
) -> None:
    options = await hass.config_entries.options.async_init(entry.entry_id)
    _described(ENGLISH["options"]["step"]["init"], options)
    steps = ENGLISH["config_subentries"]["station"]["step"]
    subentries = hass.config_entries.subentries
    user = await subentries.async_init(
        (entry.entry_id, "station"), context={"source": "user"}
    )
    _described(steps["user"], user)
    again = await entry.start_subentry_reconfigure_flow(hass, "front_door")
    _described(steps["reconfigure"], again)
    assert user["data_schema"]
    for selector in user["data_schema"].schema.values():
        if key := selector.config.get("translation_key"):
            texts = ENGLISH["selector"][key]["options"]
            values = [_value(option) for option in selector.config["options"]]
            assert texts.keys() == {value for value in values if ":" not in value}


async def test_every_field_of_an_account_is_described(hass: HomeAssistant) -> None:
    account = make_account_entry(contact("anna", "Anna", "102"))
    account.add_to_hass(hass)
    flows, steps = hass.config_entries.flow, ENGLISH["config"]["step"]
    menu: Any = await flows.async_init(DOMAIN, context={"source": "user"})
    assert steps["user"]["menu_options"].keys() == set(menu["menu_options"])
    form = await flows.async_configure(
        menu["flow_id"], {"next_step_id": "connectycube"}
    )
    _described(steps["connectycube"], form)
    _described(steps["reconfigure"], await account.start_reconfigure_flow(hass))
    _described(steps["reauth_confirm"], await account.start_reauth_flow(hass))
    options = await hass.config_entries.options.async_init(account.entry_id)
    _described(ENGLISH["options"]["step"]["account"], options)
    steps = ENGLISH["config_subentries"]["contact"]["step"]
    user = await hass.config_entries.subentries.async_init(
        (account.entry_id, "contact"), context={"source": "user"}
    )
    _described(steps["user"], user)
    again = await account.start_subentry_reconfigure_flow(hass, "anna")
    _described(steps["reconfigure"], again)


def _value(option: str | dict[str, str]) -> str:
    return option if isinstance(option, str) else option["value"]


async def test_every_entity_has_a_name_its_states_and_an_icon(
    hass: HomeAssistant, home: Home, line: FakeLine, open_page: OpenPage
) -> None:
    await (await open_page()).command("screen/name", name="Kitchen")
    await hass.async_block_till_done()
    found: dict[str, set[str]] = {}
    for entity in er.async_get(hass).entities.values():
        key = entity.translation_key
        assert key, entity.entity_id
        found.setdefault(entity.domain, set()).add(key)
        texts = ENGLISH["entity"][entity.domain][key]
        assert texts["name"]
        capabilities = entity.capabilities or {}
        options = capabilities.get("options")
        # Cameras and speakers are called what their users call them.
        if options and key not in {"camera", "speaker"}:
            assert texts["state"].keys() == set(options)
        if types := capabilities.get("event_types"):
            states = texts["state_attributes"]["event_type"]["state"]
            assert states.keys() == set(types)
    for part in (ENGLISH["entity"], ICONS["entity"]):
        assert {domain: set(keys) for domain, keys in part.items()} == found
