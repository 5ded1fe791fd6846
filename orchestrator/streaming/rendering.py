"""Text on a plain ground, as a picture: what a slate shows."""

import io
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

_INTER = Path(__file__).parents[2] / "node_modules/@fontsource/inter/files"
_INSTALLED = ("DejaVuSans-Bold.ttf", "LiberationSans-Bold.ttf", "Arial.ttf")
_NORWEGIAN = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "Æ": "AE", "Ø": "O", "Å": "A"})
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_Glyphs = list[tuple[_Font, str]]


def text_picture(
    size: tuple[int, int], heading: str, lines: Iterable[str], footer: str, colour: str
) -> bytes:
    """A PNG: `heading` large, `lines` under it, `footer` small at the bottom, on `colour` (CSS).

    Text is black or white, whichever is easier to read, and wrapped to the width.
    """
    width, height = size
    ground = ImageColor.getrgb(colour)[:3]
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    ink = "white" if _luminance(ground) < 0.179 else "black"  # noqa: PLR2004 - equal contrast to both (WCAG)
    margin, unit = width // 12, min(width * 9 // 16, height)
    paragraphs = [(heading, unit // 9)] + [(line, unit // 20) for line in lines]
    rows = [
        (row, pixels)
        for text, pixels in paragraphs
        for row in _wrapped(draw, text, pixels, width - 2 * margin)
    ]
    y = (height - sum(pixels * 1.4 for _, pixels in rows)) / 2
    for row, pixels in rows:
        _write(draw, (margin, y), row, pixels, ink)
        y += pixels * 1.4
    _write(draw, (margin, height - margin * 0.9), footer, unit // 26, ink)
    png = io.BytesIO()
    image.save(png, "PNG")
    return png.getvalue()


def _wrapped(draw: ImageDraw.ImageDraw, text: str, pixels: int, width: int) -> Iterator[str]:
    row = ""
    for word in text.split():
        longer = f"{row} {word}".strip()
        if row and _length(draw, longer, pixels) > width:
            yield row
            longer = word
        row = longer
    yield row


def _length(draw: ImageDraw.ImageDraw, text: str, pixels: int) -> float:
    return sum(draw.textlength(run, font) for font, run in _runs(text, pixels))


def _write(draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, pixels: int, ink: str) -> None:
    x, y = at
    for font, run in _runs(text, pixels):
        draw.text((x, y), run, fill=ink, font=font)
        x += draw.textlength(run, font)


def _runs(text: str, pixels: int) -> _Glyphs:
    """The text in stretches that one font can write."""
    text = unicodedata.normalize("NFC", text)
    fonts = _fonts(pixels)
    if not fonts:
        plain = unicodedata.normalize("NFKD", text.translate(_NORWEGIAN)).encode("ascii", "ignore").decode()
        return [(ImageFont.load_default(pixels), plain)]

    def font_for(character: str) -> int:
        latin = ord(character) < 0x100 or 0x2000 <= ord(character) <= 0x20AC  # noqa: PLR2004 - and punctuation
        return 0 if latin or len(fonts) == 1 else 1

    return [(fonts[which], "".join(run)) for which, run in groupby(text, font_for)]


@cache
def _fonts(pixels: int) -> list[ImageFont.FreeTypeFont]:
    """Inter as the pages use it, in two files (the second has the Sámi letters); else an installed font."""
    files = [_INTER / f"inter-{script}-600-normal.woff2" for script in ("latin", "latin-ext")]
    try:
        return [ImageFont.truetype(file, pixels) for file in files]
    except OSError:
        pass
    for name in _INSTALLED:
        try:
            return [ImageFont.truetype(name, pixels)]
        except OSError:
            continue
    return []


def _luminance(colour: tuple[int, ...]) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]  # noqa: PLR2004
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
