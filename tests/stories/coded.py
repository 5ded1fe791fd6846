"""A picture that says, to people and to machines, when it was taken and which item and speaker it shows.

Three rows of sixteen black or white blocks: 24 bits of time in hundredths of a second, 4 bits item, 4 bits
speaker, and a checksum with its inverse. `READ` is the same thing backwards, in the browser that watches.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, BLOCK = 640, 360, 40
BLACK, WHITE = 16, 235
_TIME = 1 << 24


@dataclass
class Scene:
    """What the camera sees: numbers of the item and the speaker, 0 for none."""

    item: int = 0
    speaker: int = 0


@dataclass(frozen=True)
class Shown:
    """What a picture says of itself."""

    stamp: int
    item: int
    speaker: int


def stamp(seconds: float) -> int:
    """A moment as the picture carries it."""
    return int(seconds * 100) % _TIME


def seconds_between(earlier: int, later: int) -> float:
    """Seconds from one stamp to another, the short way round."""
    return ((later - earlier + _TIME // 2) % _TIME - _TIME // 2) / 100


def frame(scene: Scene, now: float | None = None) -> bytes:
    """One picture as yuv420p, WIDTH × HEIGHT."""
    moment = time.time() if now is None else now
    code = stamp(moment).to_bytes(3, "big") + bytes([scene.item << 4 | scene.speaker])
    check = sum(code) & 0xFF
    bits = f"{int.from_bytes(code, 'big'):032b}{check:08b}{check ^ 0xFF:08b}"
    rows = b"".join(
        b"".join(bytes([WHITE if bit == "1" else BLACK]) * BLOCK for bit in row) * BLOCK
        for row in (bits[0:16], bits[16:32], bits[32:48])
    )
    return rows + _words(scene, moment) + bytes([128]) * (WIDTH * HEIGHT // 2)


def read_blocks(grey: bytes) -> Shown | None:
    """What a picture says whose blocks are one pixel each (16 × 9); None for one without the code."""
    bits = "".join("1" if level > 128 else "0" for level in grey[:48])
    *code, check, inverse = int(bits, 2).to_bytes(6, "big")
    if check != sum(code) & 0xFF or inverse != check ^ 0xFF:
        return None
    return Shown(int.from_bytes(code[:3], "big"), code[3] >> 4, code[3] & 15)


def read_picture(data: bytes) -> Shown | None:
    """What a picture in any file format says."""
    with Image.open(BytesIO(data)) as image:
        return read_blocks(image.convert("L").resize((16, 9), Image.Resampling.BOX).tobytes())


def _words(scene: Scene, moment: float) -> bytes:
    clock = time.strftime("%H:%M:%S", time.gmtime(moment))
    return _written(f"{clock}  item {scene.item}  speaker {scene.speaker}")


@lru_cache(maxsize=4)
def _written(text: str) -> bytes:
    """Drawn once a second, not for every picture."""
    image = Image.new("L", (WIDTH, HEIGHT - 3 * BLOCK), 90)
    ImageDraw.Draw(image).text((20, 90), text, fill=WHITE, font=ImageFont.load_default(32))
    return image.tobytes()


READ = """
window.readPicture = (video) => {
  const canvas = window.pictureCanvas ??= document.createElement("canvas");
  Object.assign(canvas, {width: 640, height: 360});
  const draw = canvas.getContext("2d", {willReadFrequently: true});
  draw.drawImage(video, 0, 0, 640, 360);
  const pixels = draw.getImageData(0, 0, 640, 120).data;
  const bit = (n) => pixels[4 * ((20 + 40 * Math.floor(n / 16)) * 640 + 20 + 40 * (n % 16))] > 128 ? 1 : 0;
  const byte = (n) => [0, 1, 2, 3, 4, 5, 6, 7].reduce((value, k) => value * 2 + bit(8 * n + k), 0);
  const bytes = [0, 1, 2, 3, 4, 5].map(byte);
  const check = (bytes[0] + bytes[1] + bytes[2] + bytes[3]) & 255;
  if (bytes[4] !== check || bytes[5] !== (check ^ 255)) return null;
  const stamp = bytes[0] * 65536 + bytes[1] * 256 + bytes[2];
  return {stamp, item: bytes[3] >> 4, speaker: bytes[3] & 15};
};
"""
"""`readPicture(video)` → {stamp, item, speaker}; null for a picture without the code, such as the slate."""
