"""Colours: contrast as WCAG 2.2 measures it, and shades of one hue in OKLCH as CSS Color 4 defines it."""
# ruff: noqa: PLR2004  (the numbers are those of the two specifications)

import math
import re
from typing import TypeAlias

Linear: TypeAlias = tuple[float, float, float]
"""Red, green and blue in proportion to light, from 0 to 1."""


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def text_on(background: str) -> str:
    """White or black, whichever reads better; one of them always reaches 4.5 : 1."""
    return max(("#ffffff", "#000000"), key=lambda text: contrast(text, background))


def lightness(colour: str) -> float:
    """Perceived lightness, from 0 to 1."""
    return _oklch(colour)[0]


def shade(colour: str, wanted: float, share: float = 1.0) -> str:
    """The colour's hue at a wanted lightness, with a share of its saturation as far as screens go."""
    wanted = min(1.0, max(0.0, wanted))
    _, chroma, hue = _oklch(colour)
    chroma *= share
    while chroma > 0.001 and not _on_screen(_from_oklch(wanted, chroma, hue)):
        chroma *= 0.95
    channels = (_from_linear(min(1.0, max(0.0, part))) for part in _from_oklch(wanted, chroma, hue))
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)


def _on_screen(colour: Linear) -> bool:
    return all(-0.0005 <= part <= 1.0005 for part in colour)


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> Linear:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"«{colour}» er ikke en farge på formen #rrggbb")
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _to_linear(red), _to_linear(green), _to_linear(blue)


def _to_linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _from_linear(channel: float) -> float:
    return channel * 12.92 if channel <= 0.0031308 else float(1.055 * channel ** (1 / 2.4) - 0.055)


def _oklch(colour: str) -> tuple[float, float, float]:
    """Lightness, chroma and hue (radians)."""
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    light = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    return light, math.hypot(a, b), math.atan2(b, a)


def _from_oklch(light: float, chroma: float, hue: float) -> Linear:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
