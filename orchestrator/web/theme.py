"""One accent colour per municipality becomes a whole set of shades, each with enough contrast for its use (WCAG 2.2).

`stylesheet("#1e4b78")` sets Designsystemet's accent variables, light and dark, from a single colour. Lightness follows the
contrast each shade must have; hue and saturation are the municipality's own. A colour too pale for white text gets black.
"""

import math
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeAlias

Rgb: TypeAlias = tuple[float, float, float]

DEFAULT_ACCENT = "#1e4b78"

# OKLCH lightness of the surfaces; saturation falls off so that large areas stay calm.
_LIGHT_SURFACES = {
    "background-tinted": (0.971, 0.07),
    "surface-tinted": (0.945, 0.13),
    "surface-hover": (0.905, 0.2),
    "surface-active": (0.865, 0.3),
    "border-subtle": (0.815, 0.4),
}
_DARK_SURFACES = {
    "background-default": (0.2, 0.15),
    "background-tinted": (0.235, 0.2),
    "surface-default": (0.265, 0.25),
    "surface-tinted": (0.29, 0.3),
    "surface-hover": (0.325, 0.35),
    "surface-active": (0.375, 0.4),
    "border-subtle": (0.42, 0.45),
}
_DARK_BACKGROUND = "#17181a"  # Designsystemet's own, which our dark shades are measured against


def stylesheet(accent: str) -> str:
    """The style sheet of an organisation. Raises ValueError unless the colour is written #rrggbb."""
    light = _declarations(light_shades(accent))
    dark = _declarations(dark_shades(accent))
    return (
        f":root,[data-color-scheme=light]{{{light}}}\n"
        f"[data-color-scheme=dark]{{{dark}}}\n"
        f"@media (prefers-color-scheme:dark){{[data-color-scheme=auto]{{{dark}}}}}\n"
    )


@lru_cache(maxsize=256)
def light_shades(accent: str) -> dict[str, str]:
    """Designsystemet's accent shades on white."""
    surfaces = {name: _shade(accent, lightness, share) for name, (lightness, share) in _LIGHT_SURFACES.items()}
    ground = surfaces["surface-active"]  # the darkest surface that text may stand on
    strong = _darkened(accent, lambda colour: contrast(colour, ground) >= 4.5)
    return {
        "background-default": "#ffffff",
        "surface-default": "#ffffff",
        **surfaces,
        "border-default": _darkened(accent, lambda colour: contrast(colour, surfaces["surface-tinted"]) >= 3),
        "border-strong": strong,
        "text-subtle": strong,
        "text-default": _darkened(accent, lambda colour: contrast(colour, ground) >= 8),
        **_base_shades(accent),
    }


@lru_cache(maxsize=256)
def dark_shades(accent: str) -> dict[str, str]:
    """Designsystemet's accent shades on near-black."""
    surfaces = {name: _shade(accent, lightness, share) for name, (lightness, share) in _DARK_SURFACES.items()}
    ground = surfaces["surface-active"]
    strong = _lightened(accent, lambda colour: contrast(colour, ground) >= 4.5)
    return {
        **surfaces,
        "border-default": _lightened(accent, lambda colour: contrast(colour, surfaces["surface-tinted"]) >= 3),
        "border-strong": strong,
        "text-subtle": strong,
        "text-default": _lightened(accent, lambda colour: contrast(colour, ground) >= 7),
        **_base_shades(_lightened(accent, lambda colour: contrast(colour, _DARK_BACKGROUND) >= 4.5)),
    }


def _base_shades(base: str) -> dict[str, str]:
    """Filled buttons: the colour itself, moved away from its text when pointed at and pressed."""
    text = text_on(base)
    step = -0.06 if text == "#ffffff" else 0.05
    lightness, _, _ = _oklch(base)
    return {
        "base-default": base,
        "base-hover": _shade(base, lightness + step),
        "base-active": _shade(base, lightness + 2 * step),
        "base-contrast-subtle": text,
        "base-contrast-default": text,
    }


def text_on(background: str) -> str:
    """White or black, whichever reads better; one of them always reaches 4.5 : 1."""
    return max(("#ffffff", "#000000"), key=lambda text: contrast(text, background))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _declarations(shades: dict[str, str]) -> str:
    return "".join(f"--ds-color-accent-{name}:{colour};" for name, colour in shades.items())


def _darkened(accent: str, good: Callable[[str], bool]) -> str:
    lightness, _, _ = _oklch(accent)
    return _first(accent, (lightness - step / 200 for step in range(int(lightness * 200) + 1)), good, "#000000")


def _lightened(accent: str, good: Callable[[str], bool]) -> str:
    lightness, _, _ = _oklch(accent)
    return _first(accent, (lightness + step / 200 for step in range(int((1 - lightness) * 200) + 1)), good, "#ffffff")


def _first(accent: str, lightnesses: Iterable[float], good: Callable[[str], bool], otherwise: str) -> str:
    return next((shade for lightness in lightnesses if good(shade := _shade(accent, lightness))), otherwise)


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> Rgb:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"«{colour}» er ikke en farge på formen #rrggbb")
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _to_linear(red), _to_linear(green), _to_linear(blue)


def _to_linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _from_linear(channel: float) -> float:
    return channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def _oklch(colour: str) -> tuple[float, float, float]:
    """Lightness, chroma and hue (radians) in OKLCH, as CSS Color 4 defines it."""
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def _from_oklch(lightness: float, chroma: float, hue: float) -> Rgb:
    """Linear sRGB, which may lie outside 0 to 1."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _shade(accent: str, lightness: float, share: float = 1.0) -> str:
    """The accent at another lightness with a share of its chroma, less where the screen cannot show so much."""
    lightness = min(1.0, max(0.0, lightness))
    _, chroma, hue = _oklch(accent)
    chroma *= share
    while chroma > 0.001 and not all(-0.0005 <= part <= 1.0005 for part in _from_oklch(lightness, chroma, hue)):
        chroma *= 0.95
    channels = (_from_linear(min(1.0, max(0.0, part))) for part in _from_oklch(lightness, chroma, hue))
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
