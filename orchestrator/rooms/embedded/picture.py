"""What is seen of a room: somebody's picture, decoded and fitted into the broadcast's size; or the slate."""

from collections.abc import Hashable, Sequence
from fractions import Fraction
from io import BytesIO
from struct import unpack_from
from typing import Any, Final, Generic, TypeVar

import av
from av.error import FFmpegError
from av.filter import Graph
from PIL import Image

from orchestrator.rooms.embedded.feed import Frame

MOST_PIXELS: Final = 4096 * 2304
"""Of a picture that is decoded: a sender may claim any size, and that costs memory."""
_HEADER: Final = 10
"""Bytes before the first partition of a whole VP8 picture (RFC 6386 9.1)."""


S = TypeVar("S", bound=Hashable)


class Picture(Generic[S]):
    """Makes the pictures of one broadcast. ``slate``: an image, for when there is nothing to see."""

    def __init__(self, size: tuple[int, int], slate: bytes) -> None:
        self._size = size
        self._slate = _still(size, slate)
        self._decoder = _decoder()
        self._graph: tuple[tuple[int, int, str], Graph] | None = None
        self.now = self._slate
        """As it is seen now (yuv420p)."""
        self.whose: S | None = None

    def blank(self) -> None:
        """The slate, from here on; what was seen is forgotten."""
        self.now, self.whose = self._slate, None

    def show(self, pictures: Sequence[tuple[S, Frame]]) -> bool:
        """Decode them in order and show the last one; False if the next must be a whole picture."""
        seen: list[tuple[S, av.VideoFrame]] = []
        for sender, frame in pictures:
            if frame.whole:
                if not _believable(frame.data):
                    return False
                self._decoder = _decoder()
            try:
                seen += ((sender, one) for one in self._decoder.decode(av.Packet(frame.data)))
            except FFmpegError:
                return False
        if seen:
            self.whose, last = seen[-1]
            self.now = self._fit(last)
        return True

    def _fit(self, frame: av.VideoFrame) -> Any:
        kind = (frame.width, frame.height, frame.format.name)
        if self._graph is None or self._graph[0] != kind:
            self._graph = (kind, _fitting(self._size, frame))
        return _through(self._graph[1], frame)


def _still(size: tuple[int, int], image: bytes) -> Any:
    with Image.open(BytesIO(image)) as opened:
        picture = opened.convert("RGB")
    frame = av.VideoFrame(picture.width, picture.height, "rgb24")
    plane = frame.planes[0]
    rows = picture.tobytes()
    line = picture.width * 3
    plane.update(
        b"".join(rows[n : n + line].ljust(plane.line_size, b"\0") for n in range(0, len(rows), line))
    )
    return _through(_fitting(size, frame), frame)


def _fitting(size: tuple[int, int], frame: av.VideoFrame) -> Graph:
    """As large as it fits, black beside it."""
    width, height = size
    graph = Graph()
    fit = f"{width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2"
    graph.link_nodes(
        graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 90_000)
        ),
        graph.add("scale", fit),
        graph.add("pad", f"{width}:{height}:-1:-1"),
        graph.add("setsar", "1"),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ).configure()
    return graph


def _through(graph: Graph, frame: av.VideoFrame) -> Any:
    frame.pts = None
    graph.push(frame)
    return graph.pull()


def _decoder() -> Any:
    decoder = av.VideoCodecContext.create("vp8", "r")
    decoder.thread_count = 1  # with more, pictures come later
    return decoder


def _believable(data: bytes) -> bool:
    if len(data) < _HEADER:
        return False
    width, height = unpack_from("<HH", data, 6)
    return bool(0 < (width & 0x3FFF) * (height & 0x3FFF) <= MOST_PIXELS)
