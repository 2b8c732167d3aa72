"""The contracts between the rooms of the house are held."""

import grimp
from importlinter import Contract
import pytest

from scripts.lib.import_contract import InwardContract, OnlyInContract

HOUSE = "house"


@pytest.fixture
def graph() -> grimp.ImportGraph:
    """Imports of a small house, all as they should be."""
    graph = grimp.ImportGraph()
    for module in ("house", "house.front", "house.calls", "house.calls.model"):
        graph.add_module(module)
    for module in ("house.media", "house.media.peer"):
        graph.add_module(module)
    for library in ("asyncio", "aiortc", "homeassistant"):
        graph.add_module(library, is_squashed=True)
    add(graph, "house.calls", "house.calls.model")
    add(graph, "house.calls.model", "asyncio")
    add(graph, "house.media.peer", "house.calls.model")
    add(graph, "house.media.peer", "aiortc")
    add(graph, "house.front", "homeassistant")
    return graph


def add(graph: grimp.ImportGraph, importer: str, imported: str) -> None:
    """Add an import on line 7."""
    graph.add_import(
        importer=importer, imported=imported, line_number=7, line_contents="import"
    )


def inward(source: str, **options: list[str]) -> InwardContract:
    """A contract on what a package may import."""
    given = {"root": HOUSE, "source": source, "allowed": [], **options}
    return InwardContract(name="inward", session_options={}, contract_options=given)


def only_in() -> OnlyInContract:
    """A contract that keeps a library to a package."""
    return OnlyInContract(
        name="only in",
        session_options={},
        contract_options={
            "root": HOUSE,
            "libraries": ["aiortc"],
            "packages": ["house.media"],
        },
    )


def breaches(contract: Contract, graph: grimp.ImportGraph) -> object:
    """What breaks the contract."""
    check = contract.check(graph, verbose=False)
    assert check.kept is (not check.metadata["breaches"])
    return check.metadata["breaches"]


def test_a_house_in_order_keeps_its_contracts(graph: grimp.ImportGraph) -> None:
    assert breaches(inward("house.calls", libraries=[]), graph) == []
    assert breaches(inward("house.media", allowed=["house.calls"]), graph) == []
    assert breaches(only_in(), graph) == []


@pytest.mark.parametrize("imported", ["house.media.peer", "house.front", "house"])
def test_the_core_imports_no_other_room(
    graph: grimp.ImportGraph, imported: str
) -> None:
    add(graph, "house.calls.model", imported)
    assert breaches(inward("house.calls"), graph) == [
        f"house.calls.model -> {imported} (line 7)"
    ]


def test_the_core_imports_no_library(graph: grimp.ImportGraph) -> None:
    add(graph, "house.calls", "homeassistant")
    assert breaches(inward("house.calls", libraries=[]), graph) == [
        "house.calls -> homeassistant (line 7)"
    ]
    assert breaches(inward("house.calls"), graph) == []


def test_a_library_stays_in_its_room(graph: grimp.ImportGraph) -> None:
    add(graph, "house.front", "aiortc")
    assert breaches(only_in(), graph) == ["house.front -> aiortc (line 7)"]


def test_a_room_that_is_not_there_yet_breaks_nothing(
    graph: grimp.ImportGraph,
) -> None:
    assert breaches(inward("house.signaling"), graph) == []
