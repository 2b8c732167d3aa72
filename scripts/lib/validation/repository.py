"""The files that the checks look at."""

import ast
from collections.abc import Callable, Iterator
from functools import cached_property
import json
from pathlib import Path
import subprocess
from typing import Any

import yaml

DOMAIN = "mesh_call"

type Check = Callable[[Repository], Iterator[str]]
"""Looks at a repository and yields what is wrong with it, a sentence each."""

type Texts = dict[str, Any]


class Repository:
    """A working tree that holds the integration."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.integration = root / "custom_components" / DOMAIN

    @property
    def has_integration(self) -> bool:
        """Tell whether there is an integration to check."""
        return (self.integration / "manifest.json").is_file()

    def json(self, path: str) -> Texts:
        """Read a JSON object below the integration; empty if it is missing."""
        return read_json(self.integration / path)

    def yaml(self, path: str) -> Texts:
        """Read a YAML mapping below the integration; empty if it is missing."""
        file = self.integration / path
        if not file.is_file():
            return {}
        content = yaml.safe_load(file.read_text())
        return content if isinstance(content, dict) else {}

    @cached_property
    def modules(self) -> dict[Path, ast.Module]:
        """The integration's Python, by its path below the integration."""
        return {
            path.relative_to(self.integration): ast.parse(path.read_text())
            for path in sorted(self.integration.rglob("*.py"))
        }

    @cached_property
    def constants(self) -> dict[str, str]:
        """Names that stand for a text, anywhere in the integration."""
        found: dict[str, str] = {}
        for node in self.nodes():
            match node:
                case ast.Assign(
                    targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))
                ):
                    found[name] = text
                case ast.AnnAssign(
                    target=ast.Name(id=name), value=ast.Constant(value=str(text))
                ):
                    found[name] = text
        return found

    @cached_property
    def literals(self) -> frozenset[str]:
        """Every text that stands in the integration's Python."""
        return frozenset(
            node.value
            for node in self.nodes()
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )

    def nodes(self) -> Iterator[ast.AST]:
        """Walk through all of the integration's Python."""
        for module in self.modules.values():
            yield from ast.walk(module)

    @cached_property
    def committed(self) -> list[Path]:
        """The files that git knows or would take in, else all files."""
        # In a container the tree may well belong to somebody else.
        git = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
        listing = subprocess.run(
            [*git, "--cached", "--others", "--exclude-standard"],
            cwd=self.root,
            capture_output=True,
            check=False,
            text=True,
        )
        if listing.returncode:
            return [path for path in self.root.rglob("*") if path.is_file()]
        paths = (self.root / name for name in listing.stdout.split("\0") if name)
        return [path for path in paths if path.is_file()]


def read_json(path: Path) -> Texts:
    """Read a JSON object; empty if the file is missing or holds none."""
    if not path.is_file():
        return {}
    content = json.loads(path.read_text())
    return content if isinstance(content, dict) else {}


def flatten(texts: Texts, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Walk through all leaves of nested texts, with their paths."""
    for key, value in texts.items():
        path = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, dict):
            yield from flatten(value, path)
        else:
            yield path, value
