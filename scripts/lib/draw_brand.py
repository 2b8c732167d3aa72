"""Draws the brand images: a house that is a speech bubble, and a mesh of four.

The four joined members of a call are the four nodes, their six links the lines.
Needs Pillow and Debian's fonts-lato; run it from the repository:

    .environments/run/bin/python -m scripts.lib.draw_brand
"""

from collections.abc import Iterable
import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FOLDER = Path(__file__).parents[2] / "custom_components" / "mesh_call" / "brand"
FONT = Path("/usr/share/fonts/truetype/lato/Lato-Bold.ttf")

type Point = tuple[float, float]
type Colour = tuple[int, int, int]

SKY: Colour = (34, 190, 244)
SEA: Colour = (11, 98, 209)
PAPER: Colour = (255, 255, 255)
LAMP: Colour = (255, 200, 61)
INK: Colour = (24, 44, 74)

# The drawing's own units: a square of 100, drawn large and then made smaller.
UNITS = 100
OVERSAMPLING = 4

# The outline runs along the middle of its round pen.
PEN = 14.0
HOUSE: list[Point] = [(50, 9), (91, 44), (91, 79), (9, 79), (9, 44)]
# The bubble's tail comes to a finer point than the house.
TAIL_PEN = 5.0
TAIL: list[Point] = [(24, 78), (24, 95.5), (46, 78)]
NODES: list[Point] = [(50, 25), (25, 67), (75, 67), (50, 51.5)]
NODE_RADIUS = 7.6
CALLER_RADIUS = 9.4
LINK_WIDTH = 4.6


class Pad:
    """A mask to draw on in the drawing's own units."""

    def __init__(self, size: int) -> None:
        self.scale = size * OVERSAMPLING / UNITS
        self.image = Image.new("L", (size * OVERSAMPLING, size * OVERSAMPLING))
        self._draw = ImageDraw.Draw(self.image)

    def dot(self, centre: Point, radius: float, ink: int = 255) -> None:
        """Draw a filled circle."""
        x, y = centre
        corners = [x - radius, y - radius, x + radius, y + radius]
        self._draw.ellipse([value * self.scale for value in corners], fill=ink)

    def line(self, start: Point, end: Point, width: float) -> None:
        """Draw a line with round ends."""
        (x, y), (x_end, y_end) = start, end
        length = math.hypot(x_end - x, y_end - y)
        across = (
            -(y_end - y) / length * width / 2,
            (x_end - x) / length * width / 2,
        )
        self.area(
            [
                (x + across[0], y + across[1]),
                (x_end + across[0], y_end + across[1]),
                (x_end - across[0], y_end - across[1]),
                (x - across[0], y - across[1]),
            ]
        )
        self.dot(start, width / 2)
        self.dot(end, width / 2)

    def area(self, points: Iterable[Point]) -> None:
        """Fill a polygon."""
        self._draw.polygon(
            [(x * self.scale, y * self.scale) for x, y in points], fill=255
        )

    def rounded_area(self, points: list[Point], pen: float) -> None:
        """Fill a polygon and run round its edge with a round pen."""
        self.area(points)
        for start, end in zip(points, points[1:] + points[:1], strict=True):
            self.line(start, end, pen)


def draw_house(size: int) -> Image.Image:
    """Draw the house's shape."""
    pad = Pad(size)
    pad.rounded_area(HOUSE, PEN)
    pad.rounded_area(TAIL, TAIL_PEN)
    return pad.image


def draw_mesh(size: int) -> Image.Image:
    """Draw the four nodes and the six links between them."""
    pad = Pad(size)
    for index, node in enumerate(NODES):
        pad.dot(node, NODE_RADIUS)
        for other in NODES[index + 1 :]:
            pad.line(node, other, LINK_WIDTH)
    return pad.image


def draw_caller(size: int, radius: float) -> Image.Image:
    """Draw the node in the middle: the one that calls."""
    pad = Pad(size)
    pad.dot(NODES[-1], radius)
    return pad.image


def draw_gradient(size: int) -> Image.Image:
    """Fill a square from the top left to the bottom right."""
    small = Image.new("RGB", (64, 64))
    for x in range(64):
        for y in range(64):
            share = (x * 0.6 + y * 1.4) / 126
            small.putpixel(
                (x, y),
                tuple(
                    round(a + (b - a) * share) for a, b in zip(SKY, SEA, strict=True)
                ),
            )
    return small.resize((size, size), Image.Resampling.BICUBIC)


def draw_icon(size: int) -> Image.Image:
    """Draw the mark on a transparent square."""
    large = size * OVERSAMPLING
    icon = Image.new("RGBA", (large, large), (*SEA, 0))
    icon.paste(draw_gradient(large), mask=draw_house(size))
    icon.paste(PAPER, mask=draw_mesh(size))
    icon.paste(PAPER, mask=draw_caller(size, CALLER_RADIUS))
    icon.paste(LAMP, mask=draw_caller(size, CALLER_RADIUS - 2.2))
    return icon.resize((size, size), Image.Resampling.LANCZOS)


def draw_logo(height: int, colour: Colour) -> Image.Image:
    """Draw the mark with the name beside it."""
    font = ImageFont.truetype(str(FONT), round(height * 0.52))
    gap = round(height * 0.16)
    left, _, right, _ = font.getbbox("Mesh Call")
    # An even one, so that half of it is a whole number, too.
    width = math.ceil((height + gap + right - left) / 2 + 1) * 2
    logo = Image.new("RGBA", (width, height), (*colour, 0))
    name = Image.new("L", logo.size)
    ImageDraw.Draw(name).text(
        (height + gap - left, height * 0.49),
        "Mesh Call",
        fill=255,
        font=font,
        anchor="lm",
    )
    logo.paste(colour, mask=name)
    logo.alpha_composite(draw_icon(height))
    return logo


def main() -> None:
    """Write all images."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    images = {
        "icon": draw_icon(512),
        "logo": draw_logo(256, INK),
        "dark_logo": draw_logo(256, PAPER),
    }
    for name, image in images.items():
        image.save(FOLDER / f"{name}@2x.png", optimize=True)
        image.reduce(2).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
