"""The demo camera's picture: a drawn council hall, who has the floor, the case and a clock."""

from datetime import datetime
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from orchestrator.demo.stage import Stage

WIDTH, HEIGHT = 1280, 720
_FONTS = Path(__file__).parents[2] / "node_modules/@fontsource/inter/files"

WALL, PANEL, FLOOR, DESK, CARD = "#d9cfc0", "#c3b49f", "#6f5a48", "#8a6f57", "#fbf7f0"
INK, SOFT, CLOSED = "#1d2733", "#5a6672", "#7a1f2b"
_PEOPLE = ("#41566b", "#6b4c4a", "#4b6350", "#5c5270", "#6d6045")


@cache
def font(size: int, weight: int = 500) -> ImageFont.FreeTypeFont:
    """Inter, as the pages use it."""
    return ImageFont.truetype(_FONTS / f"inter-latin-{weight}-normal.woff2", size)


def fitted(text: str, size: int, width: int, weight: int = 500) -> ImageFont.FreeTypeFont:
    """The largest font up to ``size`` in which ``text`` is no wider than ``width`` pixels."""
    while size > 16 and font(size, weight).getlength(text) > width:
        size -= 2
    return font(size, weight)


@cache
def hall() -> Image.Image:
    """The empty hall: panels, benches with members seen from behind, and the rostrum."""
    image = Image.new("RGB", (WIDTH, HEIGHT), WALL)
    draw = ImageDraw.Draw(image)
    for x in range(0, WIDTH, 160):
        draw.rectangle((x + 8, 0, x + 152, 430), outline=PANEL, width=4)
    draw.rectangle((0, 430, WIDTH, HEIGHT), fill=FLOOR)
    draw.ellipse((605, 40, 675, 110), fill=CARD, outline=PANEL, width=4)
    draw.polygon(((640, 54), (664, 96), (616, 96)), fill="#2f5d50")
    draw.rounded_rectangle((500, 330, 780, 560), 12, fill=DESK)
    draw.rounded_rectangle((480, 316, 800, 346), 8, fill="#a3876b")
    for row, (y, scale) in enumerate(((560, 1.0), (640, 1.35))):
        step = int(150 * scale)
        for number, x in enumerate(range(40 + row * 60, WIDTH, step)):
            if row == 0 and 430 < x < 830:
                continue
            _member(draw, x, y, scale, _PEOPLE[(number + row) % len(_PEOPLE)])
    return image


def _member(draw: ImageDraw.ImageDraw, x: int, y: int, scale: float, colour: str) -> None:
    head, body = int(24 * scale), int(52 * scale)
    draw.ellipse((x - body, y, x + body, y + body * 3), fill=colour)
    draw.ellipse((x - head, y - head * 2 + 8, x + head, y + 8), fill="#3a2f2a")


def frame(stage: Stage, now: datetime) -> bytes:
    """One picture as raw RGB, WIDTH × HEIGHT."""
    image = hall().copy()
    draw = ImageDraw.Draw(image)
    if stage.speaker:
        draw.ellipse((596, 170, 684, 268), fill="#e0b896")
        draw.ellipse((590, 156, 690, 220), fill="#3a2f2a")
        draw.rounded_rectangle((560, 262, 720, 330), 26, fill="#2c4a63")
        draw.line((640, 318, 640, 286), fill=INK, width=6)
    _card(draw, stage)
    clock = now.strftime("%H:%M:%S")
    draw.rounded_rectangle((1040, 28, 1250, 92), 10, fill=CARD)
    draw.text((1145, 60), clock, font=font(38, 600), fill=INK, anchor="mm")
    draw.rounded_rectangle((30, 28, 470, 92), 10, fill=CLOSED if stage.behind_doors else CARD)
    heading = "BAK LUKKEDE DØRER" if stage.behind_doors else stage.heading
    draw.text(
        (50, 60),
        heading,
        font=fitted(heading, 30, 400, 600),
        fill=CARD if stage.behind_doors else INK,
        anchor="lm",
    )
    return image.tobytes()


def _card(draw: ImageDraw.ImageDraw, stage: Stage) -> None:
    lines = [line for line in (stage.item, stage.note) if line]
    if not lines and not stage.speaker:
        return
    draw.rounded_rectangle((30, 470, 760, 690), 14, fill=CARD)
    draw.rectangle((30, 490, 40, 670), fill=CLOSED if stage.behind_doors else "#2f5d50")
    y = 505
    for line in lines:
        draw.text((66, y), line, font=fitted(line, 28, 670), fill=SOFT, anchor="lm")
        y += 42
    if stage.speaker:
        draw.text((66, 610), stage.speaker, font=fitted(stage.speaker, 50, 670, 600), fill=INK, anchor="lm")
        draw.text((66, 660), stage.group, font=fitted(stage.group, 26, 670), fill=SOFT, anchor="lm")
