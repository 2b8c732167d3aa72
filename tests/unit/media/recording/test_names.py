"""Names of files, whatever people are called."""

import pytest

from custom_components.mesh_call.media.recording.names import (
    LONGEST_NAME,
    UniqueNames,
    numbered,
    safe_name,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Front door", "Front door"),
        ("Küche & Co. (oben)", "Küche & Co. (oben)"),
        ("Ku\u0308che", "Küche"),
        ("日本 🚪", "日本 🚪"),
        ("../../etc/passwd", "etc passwd"),
        ("a/../b", "a . b"),
        ("..", "unnamed"),
        (".hidden", "hidden"),
        ("a..b...c", "a.b.c"),
        ("C:\\Users\\x", "C Users x"),
        ('what? "this" <is> |it*', "what this is it"),
        ("line\nbreak\tand\0null\x7f", "line break and null"),
        ("right\u202eto\u2066left\u200b", "right to left"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("  wide\u00a0\u2003spaces\u2028 ", "wide spaces"),
        ("dots and spaces . . ", "dots and spaces"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("lpt1", "_lpt1"),
        ("Console", "Console"),
        ("", "unnamed"),
        (" \0/ ", "unnamed"),
    ],
)
def test_table(name: str, expected: str) -> None:
    assert safe_name(name) == expected


@pytest.mark.parametrize("character", ["x", "ü", "日", "🚪"])
def test_length(character: str) -> None:
    name = safe_name(character * 300)
    assert len(name) <= LONGEST_NAME
    assert len(f"{name} 1000.webm".encode()) <= 255
    name.encode("utf-8", errors="strict")
    assert len(numbered(character * 300, 17)) <= LONGEST_NAME


def test_a_cut_leaves_no_space_or_dot_at_the_end() -> None:
    assert safe_name("x" * 79 + " y") == "x" * 79
    assert safe_name("x" * 79 + ".y") == "x" * 79


def test_collisions_are_numbered() -> None:
    names = UniqueNames()
    given = ["Anna", "anna", "A/nna", "Anna", "Anna 2", "x" * 90, "x" * 95]
    assert [names.take(name) for name in given] == [
        "Anna",
        "anna 2",
        "A nna",
        "Anna 3",
        "Anna 2 2",
        "x" * 80,
        "x" * 78 + " 2",
    ]
