"""A number burnt into a picture that survives encoding and scaling: a row of black and white squares."""

import time
from collections.abc import Sequence

BITS = 48


def picture(size: tuple[int, int], number: int) -> bytes:
    """An rgb24 picture whose upper half is the number, most significant bit first."""
    return _rows(size, number).ljust(size[0] * size[1] * 3, b"\x60")


def time_of_day(size: tuple[int, int]) -> bytes:
    """A picture that says when it was taken, in milliseconds since 1970."""
    return picture(size, round(time.time() * 1000))


def read(grey: Sequence[int], size: tuple[int, int]) -> int:
    """The number in a picture of one byte per pixel (bytes, or a canvas's red channel)."""
    width, height = size
    row = height // 4 * width
    cell = width / BITS
    bits = (grey[row + int((place + 0.5) * cell)] > 127 for place in range(BITS))
    return sum(bit << (BITS - 1 - place) for place, bit in enumerate(bits))


def _rows(size: tuple[int, int], number: int) -> bytes:
    width, height = size
    cell = width / BITS
    places = [int(x / cell) for x in range(width)]
    row = b"".join(b"\xeb" * 3 if number >> (BITS - 1 - place) & 1 else b"\x10" * 3 for place in places)
    return row * (height // 2)
