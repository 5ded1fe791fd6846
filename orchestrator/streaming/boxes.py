"""ISO base media file format boxes (ISO/IEC 14496-12): sizes, types, and where one lies in another."""

from collections.abc import Iterator
from struct import unpack_from

HEADER = 8
"""Bytes that give a box's size and type."""


class BadMediaError(ValueError):
    """What came is not the fragmented MP4 that was asked for."""


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """The boxes between two offsets: each one's type, and where its content starts and ends.

    Raises BadMediaError for a size that does not fit.
    """
    end = len(data) if end is None else end
    while start < end:
        header, size = box_size(data, start, end)
        if size == 0 or start + size > end:
            raise BadMediaError(f"a box of {size} bytes does not fit in the {end - start} that are left")
        yield data[start + 4 : start + 8], start + header, start + size
        start += size


def box_size(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Bytes of a box's header and of the whole box; a size of 0 if its header is not all there yet.

    Raises BadMediaError for a box smaller than its own header, or without an end.
    """
    if end - start < HEADER:
        return HEADER, 0
    size: int = unpack_from(">I", data, start)[0]
    header = HEADER
    if size == 1:
        header = 16
        if end - start < header:
            return header, 0
        size = unpack_from(">Q", data, start + 8)[0]
    if size < header:
        raise BadMediaError(f"a box says that it is {size} bytes long")
    return header, size


def find(data: bytes, path: str, start: int = 0, end: int | None = None) -> tuple[int, int]:
    """Where the content of the first box at `path` ("mdia/mdhd") starts and ends.

    Raises BadMediaError that names it if there is none.
    """
    for name in path.split("/"):
        for kind, inner, stop in boxes(data, start, end):
            if kind == name.encode():
                start, end = inner, stop
                break
        else:
            raise BadMediaError(f"there is no {name} box")
    return start, len(data) if end is None else end
