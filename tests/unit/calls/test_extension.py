"""What an extension may hold."""

from typing import Any

import pytest

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.extension import validated
from custom_components.mesh_call.calls.model import NO_EXTENSION


@pytest.mark.parametrize(
    "extension",
    [
        {},
        {"door": "front", "_private-key.2": 1, "größe": 1.5, "known": True},
        {"nothing": None},
        {"a": {"b": {"c": {"d": "four levels"}}}},
        {"text": "x" * (8 * 1024 - len('{"text":""}'))},
    ],
)
def test_what_xml_can_carry_is_taken(extension: dict[str, Any]) -> None:
    assert validated(extension) == extension


@pytest.mark.parametrize(
    ("extension", "problem"),
    [
        ({"1st": 1}, "'1st' is no XML name"),
        ({"": 1}, "'' is no XML name"),
        ({"a:b": 1}, "'a:b' is no XML name"),
        ({"a b": 1}, "'a b' is no XML name"),
        ({"a\n": 1}, "'a\\n' is no XML name"),
        ({7: 1}, "7 is no XML name"),
        ({"a": {"-": 1}}, "a: '-' is no XML name"),
        ({"a": {"b": {"c": {"d": {}}}}}, "a.b.c.d: more than 4 levels"),
        ({"a": [1]}, "a: lists are not allowed"),
        ({"a": {"b": (1,)}}, "a.b: lists are not allowed"),
        ({"a": "bell\a"}, "a: control characters are not allowed"),
        ({"a": "two\nlines"}, "a: control characters are not allowed"),
        ({"a": "\x85"}, "a: control characters are not allowed"),
        ({"a": "\ud800"}, "a: control characters are not allowed"),
        ({"a": "\uffff"}, "a: control characters are not allowed"),
        ({"a": float("nan")}, "a: a number that is not finite"),
        ({"a": b"x"}, "a: bytes is no text, number or mapping"),
        ({"a": "x" * 8192}, "8200 bytes, at most 8192 are allowed"),
        ({"a": "ü" * 4093}, "8194 bytes, at most 8192 are allowed"),
    ],
)
def test_what_it_can_not_is_refused(extension: dict[Any, Any], problem: str) -> None:
    with pytest.raises(CallError) as refusal:
        validated(extension)
    assert refusal.value.key == "invalid_extension"
    assert refusal.value.placeholders == {"problem": problem}


def test_nobody_changes_it_afterwards() -> None:
    inner = {"b": 1}
    taken = validated({"a": inner})
    inner["b"] = 2
    assert taken == {"a": {"b": 1}}


def test_none_is_one() -> None:
    assert validated(NO_EXTENSION) == {}
