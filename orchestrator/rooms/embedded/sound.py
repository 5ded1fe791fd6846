"""What is heard of a room: everybody's sound, decoded and added up."""

from array import array
from collections.abc import Iterable, Sequence
from operator import add
from typing import Final

import av
from av.error import FFmpegError

from orchestrator.rooms.embedded.feed import Frame

RATE: Final = 48_000
"""Samples a second, of one channel of 16 bits."""
_BEGINS_WITH: Final = RATE * 60 // 1000
"""So many are waited for: what comes unevenly is heard evenly."""
_MOST: Final = RATE * 240 // 1000
"""With more waiting, the oldest are dropped: the sender's clock is faster than ours."""
LOUD: Final = 300
"""Mean amplitude of 32767 from which somebody speaks."""
_SMOOTH: Final = 4
"""So many parts count as one: a click is no speech."""
_LOUDEST: Final = 32_767


class Ear:
    """Listens to one sender."""

    def __init__(self) -> None:
        self._level = 0.0
        self._decoder = av.AudioCodecContext.create("libopus", "r")
        self._decoder.sample_rate = RATE
        self._decoder.layout = "stereo"
        self._resampler = av.AudioResampler("s16", "mono", RATE)
        self._waiting = array("h")
        self._begun = False

    def hear(self, frames: Iterable[Frame]) -> None:
        """What has come; what cannot be decoded is not heard."""
        for frame in frames:
            try:
                decoded = self._decoder.decode(av.Packet(frame.data))
            except FFmpegError:
                continue
            for one in decoded:
                for mono in self._resampler.resample(one):
                    self._waiting.frombytes(bytes(mono.planes[0])[: mono.samples * 2])
        if len(self._waiting) > _MOST:
            del self._waiting[:-_BEGINS_WITH]

    def take(self, samples: int) -> "array[int]":
        """The next ones; silence where there are none."""
        self._begun = len(self._waiting) >= (samples if self._begun else max(samples, _BEGINS_WITH))
        if not self._begun:
            self._level = 0.0
            return silence(samples)
        taken, self._waiting = self._waiting[:samples], self._waiting[samples:]
        some = taken[::16]
        self._level += (sum(map(abs, some)) / len(some) - self._level) / _SMOOTH
        return taken

    @property
    def speaks(self) -> bool:
        """Whether what was taken lately is loud."""
        return self._level > LOUD


def silence(samples: int) -> "array[int]":
    """So many of it."""
    return array("h", bytes(2 * samples))


def mixed(parts: Sequence["array[int]"], samples: int) -> "array[int]":
    """All at once, each as loud as it is; what is too loud together is cut off."""
    mix = parts[0] if parts else silence(samples)
    for part in parts[1:]:
        loud = list(map(add, mix, part))
        mix = array("h", (max(-_LOUDEST, min(_LOUDEST, one)) for one in loud))
    return mix
