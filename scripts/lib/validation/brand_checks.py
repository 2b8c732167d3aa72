"""Checks of the brand images."""

from collections.abc import Iterator
from pathlib import Path
import struct

from .repository import Repository

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
ICON_SIDE = 256
LOGO_SHORTEST_SIDE = (128, 256)

type Size = tuple[int, int]


def check_brand(repository: Repository) -> Iterator[str]:
    """Check that the images are there and have the sizes that are asked for."""
    folder = repository.integration / "brand"
    for name in ("icon", "logo", "dark_logo"):
        size = read_png_size(folder / f"{name}.png")
        double = read_png_size(folder / f"{name}@2x.png")
        if size is None or double is None:
            yield f"brand/{name}.png or {name}@2x.png is missing or no PNG"
            continue
        if double != (size[0] * 2, size[1] * 2):
            yield f"brand/{name}@2x.png is not twice as large as {name}.png"
        if name == "icon" and size != (ICON_SIDE, ICON_SIDE):
            yield f"brand/icon.png must be {ICON_SIDE} by {ICON_SIDE}"
        smallest, largest = LOGO_SHORTEST_SIDE
        if name != "icon" and not smallest <= min(size) <= largest:
            yield f"brand/{name}.png: its shorter side must be {smallest} to {largest}"


def read_png_size(path: Path) -> Size | None:
    """Read width and height from a PNG's head."""
    if not path.is_file():
        return None
    head = path.read_bytes()[:24]
    if not head.startswith(PNG_SIGNATURE):
        return None
    width, height = struct.unpack(">II", head[16:24])
    return width, height
