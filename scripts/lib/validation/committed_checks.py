"""Checks of what must not be committed."""

from collections.abc import Iterator
from pathlib import Path
import re

from .repository import Repository

# Put together from parts, so that this file does not find itself.
REGISTRIES = re.compile(
    r"\b(?:"
    + "|".join(
        [
            r"(?:test\.)?pypi\." + r"(?:org|python\.org)",
            r"python" + r"hosted\.org",
            r"registry\." + r"(?:npmjs|yarnpkg)\.",
            r"(?:deb|ftp|security|archive|snapshot|cdn-fastly\.deb)\." + r"debian\.",
            r"(?:archive|security|ports)\." + r"ubuntu\.com",
            r"proxy\." + r"golang\.org",
            r"(?:static|index)\." + r"crates\.io",
        ]
    )
    + ")",
    re.IGNORECASE,
)
INDEX_OPTION = re.compile(r"^\s*--?(?:i|f|index-url|extra-index-url|find-links)\b")
RESOLVED = re.compile(r'"resolved"\s*:\s*"(?!file:|\.)')
LARGEST_TEXT = 8 * 1024 * 1024


def check_committed(repository: Repository) -> Iterator[str]:
    """Check that no file names where packages are fetched from."""
    for path in repository.committed:
        text = _read_text(path)
        if text is None:
            continue
        name = path.relative_to(repository.root)
        for number, line in enumerate(text.splitlines(), 1):
            if REGISTRIES.search(line):
                yield f"{name}:{number} names a package registry or mirror"
        yield from _check_lock_file(path, text, str(name))


def _check_lock_file(path: Path, text: str, name: str) -> Iterator[str]:
    if path.name == "package-lock.json" and RESOLVED.search(text):
        yield f"{name} says where packages were fetched: see .npmrc"
    if path.parent.name == "requirements" and path.suffix in {".in", ".txt"}:
        for number, line in enumerate(text.splitlines(), 1):
            if INDEX_OPTION.match(line) or "://" in line:
                yield f"{name}:{number} says where to fetch packages"


def _read_text(path: Path) -> str | None:
    """Read a file, unless it is no text or too large to be written by hand."""
    if path.is_symlink() or path.stat().st_size > LARGEST_TEXT:
        return None
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return None
