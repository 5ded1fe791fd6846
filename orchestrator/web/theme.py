"""One accent colour per municipality becomes a whole set of shades, each with the contrast its use needs.

`stylesheet("#1e4b78")` sets Designsystemet's accent variables, light and dark, from a single colour.
Lightness follows the contrast a shade must have; the hue is the municipality's own. A colour too pale for
white text gets black.
"""

from functools import lru_cache
from typing import Final

from orchestrator.web.colour import contrast, lightness, shade, text_on

DEFAULT_ACCENT: Final = "#1e4b78"

# WCAG 2.2, 1.4.3, 1.4.6 and 1.4.11
_TEXT: Final = 4.5
_MAIN_TEXT: Final = 7.0
_LINES: Final = 3.0

# Lightness of the surfaces and the share of saturation they keep: large areas stay calm.
_LIGHT_SURFACES: Final = {
    "background-tinted": (0.971, 0.07),
    "surface-tinted": (0.945, 0.13),
    "surface-hover": (0.905, 0.2),
    "surface-active": (0.865, 0.3),
    "border-subtle": (0.815, 0.4),
}
_DARK_SURFACES: Final = {
    "background-default": (0.2, 0.15),
    "background-tinted": (0.235, 0.2),
    "surface-default": (0.265, 0.25),
    "surface-tinted": (0.29, 0.3),
    "surface-hover": (0.325, 0.35),
    "surface-active": (0.375, 0.4),
    "border-subtle": (0.42, 0.45),
}


def stylesheet(accent: str) -> str:
    """The style sheet of an organisation. Raises ValueError unless the colour is written #rrggbb."""
    light, dark = _declarations(light_shades(accent)), _declarations(dark_shades(accent))
    return (
        f":root,[data-color-scheme=light]{{{light}}}\n"
        f"[data-color-scheme=dark]{{{dark}}}\n"
        f"@media (prefers-color-scheme:dark){{[data-color-scheme=auto]{{{dark}}}}}\n"
    )


@lru_cache(maxsize=256)
def light_shades(accent: str) -> dict[str, str]:
    """Designsystemet's accent shades on white."""
    white = {"background-default": "#ffffff", "surface-default": "#ffffff"}
    return white | _shades(accent, _LIGHT_SURFACES, darker=True) | _base_shades(accent)


@lru_cache(maxsize=256)
def dark_shades(accent: str) -> dict[str, str]:
    """Designsystemet's accent shades on near-black."""
    shades = _shades(accent, _DARK_SURFACES, darker=False)
    return shades | _base_shades(_until(accent, shades["background-default"], _TEXT, darker=False))


def _shades(accent: str, surfaces: dict[str, tuple[float, float]], *, darker: bool) -> dict[str, str]:
    grounds = {name: shade(accent, light, share) for name, (light, share) in surfaces.items()}
    ground = grounds["surface-active"]  # the surface furthest from the background that text may stand on
    strong = _until(accent, ground, _TEXT, darker=darker)
    return grounds | {
        "border-default": _until(accent, grounds["surface-tinted"], _LINES, darker=darker),
        "border-strong": strong,
        "text-subtle": strong,
        "text-default": _until(accent, ground, _MAIN_TEXT, darker=darker),
    }


def _base_shades(base: str) -> dict[str, str]:
    """Filled buttons: the colour itself, moved away from its text when pointed at and pressed."""
    text = text_on(base)
    step = -0.06 if text == "#ffffff" else 0.05
    return {
        "base-default": base,
        "base-hover": shade(base, lightness(base) + step),
        "base-active": shade(base, lightness(base) + 2 * step),
        "base-contrast-subtle": text,
        "base-contrast-default": text,
    }


def _until(accent: str, ground: str, ratio: float, *, darker: bool) -> str:
    """The accent itself if it stands out from the ground, else moved by as little as it takes."""
    step = -0.005 if darker else 0.005
    wanted = lightness(accent)
    while 0 <= wanted <= 1:
        if contrast(found := shade(accent, wanted), ground) >= ratio:
            return found
        wanted += step
    return "#000000" if darker else "#ffffff"


def _declarations(shades: dict[str, str]) -> str:
    return "".join(f"--ds-color-accent-{name}:{colour};" for name, colour in shades.items())
