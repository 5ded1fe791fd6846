"""Pictures and sound as one stream of bytes that ffmpeg reads: a NUT file without an end, uncompressed."""

from array import array
from fractions import Fraction
from typing import Any, Final

import av

from orchestrator.rooms.embedded.sound import RATE

PICTURES: Final = 25
"""A second."""
SAMPLES: Final = RATE // PICTURES
"""Of sound, to each picture."""


class Film:
    """Each picture has its sound beside it, so that nothing that comes later can part them."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._file = _Written()
        self._container: Any = av.open(self._file, "w", format="nut", options={"flush_packets": "1"})
        self._video = self._container.add_stream("rawvideo", rate=PICTURES)
        self._video.width, self._video.height = size
        self._video.pix_fmt = "yuv420p"
        self._audio = self._container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        self._number = 0

    def add(self, picture: av.VideoFrame, sound: "array[int]") -> bytes:
        """The next picture and its sound; what there is to send."""
        picture.pts, picture.time_base = self._number, Fraction(1, PICTURES)
        heard = av.AudioFrame(format="s16", layout="mono", samples=len(sound))
        heard.planes[0].update(sound.tobytes())
        heard.sample_rate = RATE
        heard.pts, heard.time_base = self._number * SAMPLES, Fraction(1, RATE)
        self._number += 1
        self._container.mux([*self._video.encode(picture), *self._audio.encode(heard)])
        return self._file.taken()

    def close(self) -> None:
        """No more of it."""
        self._container.close()


class _Written:
    """A file that is fetched from as it is written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)
