"""Names of people and places as names of files, safe on every file system."""

import re
import unicodedata

LONGEST_NAME = 80
"""Characters."""

_LONGEST_NAME_BYTES = 200
"""File systems count bytes, 255 of them, and a number and a suffix follow."""

_UNNAMED = "unnamed"
_FORBIDDEN = re.compile(r'[/\\:*?"<>|]')
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_name(name: str, longest: int = LONGEST_NAME) -> str:
    """Make a file's or folder's name of any text.

    What Linux, Windows or macOS forbid is left out: separators, control characters
    and those that reverse the text, names of devices, dots at either end.

    Args:
        name: anything a user or somebody outside may have typed.
        longest: how many characters the result may have.
    """
    visible = "".join(
        " " if unicodedata.category(character) in _INVISIBLE else character
        for character in unicodedata.normalize("NFC", name)
    )
    spaced = re.sub(r"\s+", " ", _FORBIDDEN.sub(" ", visible))
    plain = re.sub(r"\.{2,}", ".", spaced).strip(" .")
    if _RESERVED.fullmatch(plain):
        plain = f"_{plain}"
    return _shortened(plain, longest).rstrip(" .") or _UNNAMED


class UniqueNames:
    """Gives every file of a folder a name of its own, whatever its suffix."""

    def __init__(self) -> None:
        """Start with an empty folder."""
        self._taken: set[str] = set()

    def take(self, name: str) -> str:
        """Give a safe name, numbered from 2 if it is taken."""
        number = 1
        while True:
            free = numbered(name, number)
            # Some file systems take upper and lower case for the same.
            if free.casefold() not in self._taken:
                self._taken.add(free.casefold())
                return free
            number += 1


def numbered(name: str, number: int) -> str:
    """Give a safe name with a number behind it, without one for the first."""
    ending = "" if number == 1 else f" {number}"
    return safe_name(name, LONGEST_NAME - len(ending)) + ending


def _shortened(name: str, longest: int) -> str:
    cut = name[:longest].encode()[:_LONGEST_NAME_BYTES]
    return cut.decode(errors="ignore")
