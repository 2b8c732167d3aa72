"""Contracts for import-linter that hold the house in shape.

They speak of packages and so need no change when a module is added.
"""

import sys
from typing import Any, cast, override

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


def is_within(module: str, packages: list[str]) -> bool:
    """Tell whether a module is one of the packages or lies below one."""
    return any(
        module == package or module.startswith(f"{package}.") for package in packages
    )


def describe_import(graph: ImportGraph, importer: str, imported: str) -> str:
    """Name an import with the line that it stands on."""
    details = graph.get_import_details(importer=importer, imported=imported)
    line = details[0]["line_number"] if details else "?"
    return f"{importer} -> {imported} (line {line})"


class ListedContract(Contract):
    """A contract whose check lists the imports that break it."""

    def breaches(self, graph: ImportGraph) -> list[str]:
        """List the imports that break the contract."""
        raise NotImplementedError

    @override
    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        breaches = self.breaches(graph)
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    @override
    def render_broken_contract(self, check: ContractCheck) -> None:
        for breach in cast("dict[str, list[str]]", check.metadata)["breaches"]:
            output.print_error(f"- {breach}", bold=False)
        output.new_line()


class InwardContract(ListedContract):
    """A package that may import, of our own, itself and the allowed packages.

    Options:
        root: The package that is ours.
        source: The package that is checked.
        allowed: The packages of ours that it may import.
        libraries: The only libraries it may import, beside Python's own. Any
            library may be imported where the option is left out.
    """

    type_name = "inward"

    root = cast("str", fields.StringField())
    source = cast("str", fields.StringField())
    allowed = cast("list[str]", fields.ListField(subfield=fields.StringField()))
    libraries = cast(
        "list[str] | None",
        fields.ListField(subfield=fields.StringField(), required=False),
    )

    @override
    def breaches(self, graph: ImportGraph) -> list[str]:
        return [
            describe_import(graph, importer, imported)
            for importer in sorted(modules_of(graph, self.source))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not self._may_import(imported)
        ]

    def _may_import(self, module: str) -> bool:
        if is_within(module, [self.root]):
            return is_within(module, [self.source, *self.allowed])
        if self.libraries is None or module in sys.stdlib_module_names:
            return True
        return is_within(module, self.libraries)


class OnlyInContract(ListedContract):
    """Libraries that only some packages may import.

    Options:
        root: The package that is ours.
        libraries: The libraries that are kept to the packages.
        packages: The packages that may import them.
    """

    type_name = "only_in"

    root = cast("str", fields.StringField())
    libraries = cast("list[str]", fields.ListField(subfield=fields.StringField()))
    packages = cast("list[str]", fields.ListField(subfield=fields.StringField()))

    @override
    def breaches(self, graph: ImportGraph) -> list[str]:
        return [
            describe_import(graph, importer, imported)
            for importer in sorted(modules_of(graph, self.root))
            if not is_within(importer, self.packages)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if is_within(imported, self.libraries)
        ]


def modules_of(graph: ImportGraph, package: str) -> set[str]:
    """List a package and all that lies below it; none if it isn't there yet."""
    if package not in graph.modules:
        return set()
    return {package, *cast("Any", graph).find_descendants(package)}
