"""What is seen when there is nothing to see: a still picture with silence, in segments of any length.

A slate is encoded once; its segments are put together from those samples, with whatever times are
wanted. One fragment is 0.32 s: exactly 8 pictures at 25 a second and 15 AAC frames at 48 kHz, so that
picture and silence stay together for as long as it lasts.
"""

import asyncio
import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from orchestrator.streaming.boxes import boxes
from orchestrator.streaming.ffmpeg import running
from orchestrator.streaming.fragments import samples_of
from orchestrator.streaming.media import Init
from orchestrator.streaming.rendering import text_picture
from orchestrator.streaming.tracks import Track, read_init

FRAGMENT_SECONDS = 0.32
_PICTURES, _SOUNDS = 8, 15  # in a fragment
_FRAME_RATE, _SAMPLE_RATE, _AAC_FRAME = 25, 48_000, 1024
_LOOP = 13  # fragments from one keyframe to the next: the longest segment is about that
_SYNC, _NOT_SYNC = 0x02000000, 0x01010000
_FORMAT = "2"  # of the cached files: part of their names


@dataclass(frozen=True, slots=True)
class Face:
    """What a slate shows. `colour` as CSS writes it; sizes in pixels, even."""

    heading: str
    lines: tuple[str, ...] = ()
    footer: str = ""
    colour: str = "#0b2545"
    width: int = 1280
    height: int = 720


class Slate:
    """One slate's samples, and segments made from them."""

    fragment_seconds = FRAGMENT_SECONDS

    def __init__(self, init: Init, pictures: Sequence[bytes], silence: bytes) -> None:
        self.init = init
        self._pictures = pictures
        self._silence = silence
        _, tracks = read_init(init.data)
        self._video = next(track for track in tracks.values() if track.kind == "vide")
        self._sound = next(track for track in tracks.values() if track.kind == "soun")

    def segment(self, start_seconds: float, n_fragments: int) -> bytes:
        """A `moof` + `mdat` of `n_fragments` of 0.32 s each, that begins at this media time, with a keyframe.

        Segments whose times follow on each other may be listed without a discontinuity.
        """
        pictures = list(islice(cycle(self._pictures), n_fragments * _PICTURES))
        sounds = [self._silence] * (n_fragments * _SOUNDS)
        moof = b""
        for _ in range(2):  # the first time to learn how long it is
            video = self._traf(self._video, start_seconds, 1 / _FRAME_RATE, pictures, len(moof) + 8)
            after_pictures = len(moof) + 8 + sum(map(len, pictures))
            sound = self._traf(self._sound, start_seconds, _AAC_FRAME / _SAMPLE_RATE, sounds, after_pictures)
            moof = _box(b"moof", _box(b"mfhd", struct.pack(">2I", 0, 1)) + video + sound)
        return moof + _box(b"mdat", b"".join(pictures + sounds))

    def _traf(
        self, track: Track, start: float, length: float, samples: Sequence[bytes], offset: int
    ) -> bytes:
        """One track's table; `offset` of its first sample from the beginning of the moof."""
        is_video = track.kind == "vide"
        default_flags = _NOT_SYNC if is_video else _SYNC
        tfhd = struct.pack(">4I", 0x020028, track.id, round(length * track.timescale), default_flags)
        tfdt = struct.pack(">IQ", 0x01000000, round(start * track.timescale))
        rows = [
            struct.pack(">2I", len(s), self._flags(n) if is_video else _SYNC) for n, s in enumerate(samples)
        ]
        trun = struct.pack(">IIi", 0x000601, len(samples), offset) + b"".join(rows)
        return _box(b"traf", _box(b"tfhd", tfhd) + _box(b"tfdt", tfdt) + _box(b"trun", trun))

    def _flags(self, number: int) -> int:
        return _NOT_SYNC if number % len(self._pictures) else _SYNC


async def make_slate(face: Face, cache: Path) -> Slate:
    """Render and encode a slate, or take it from `cache`, where it lies under what it shows."""
    digest = hashlib.sha256(f"{_FORMAT}{face!r}".encode()).hexdigest()[:32]
    file = cache / f"{digest}.mp4"
    return await asyncio.to_thread(_cached, file) or await _new(face, file)


def _cached(file: Path) -> Slate | None:
    return read_slate(file.read_bytes()) if file.exists() else None


async def _new(face: Face, file: Path) -> Slate:
    size = (face.width, face.height)
    png = await asyncio.to_thread(text_picture, size, face.heading, face.lines, face.footer, face.colour)
    film = await _encode(png)
    await asyncio.to_thread(_keep, film, file)
    return read_slate(film)


def _keep(film: bytes, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".part")
    half.write_bytes(film)
    half.replace(file)


def read_slate(film: bytes) -> Slate:
    """A slate from its encoded film (fragmented MP4); raises BadMediaError if it is not one."""
    _, start, _ = next(part for part in boxes(film) if part[0] == b"moof")
    init, tracks = read_init(film[: start - 8])
    pictures: list[bytes] = []
    sounds: list[bytes] = []
    moof = b""
    for kind, inner, end in boxes(film):
        if kind == b"moof":
            moof = film[inner - 8 : end]
        elif kind == b"mdat":
            for track, sample in samples_of(moof + film[inner - 8 : end], tracks):
                (pictures if track.kind == "vide" else sounds).append(sample)
    return Slate(init, pictures[: _LOOP * _PICTURES], sounds[len(sounds) // 2])


async def _encode(png: bytes) -> bytes:
    # The picture is decoded and converted once, and repeated. What a slower preset does better is not seen in
    # a still picture (0.8 dB at 41), while the first broadcast of a new installation waits for eight of them.
    args = [
        *("-loglevel", "error", "-framerate", str(_FRAME_RATE), "-f", "png_pipe", "-i", "pipe:0"),
        *("-f", "lavfi", "-i", f"anullsrc=r={_SAMPLE_RATE}:cl=stereo", "-t", str(_LOOP * FRAGMENT_SECONDS)),
        *("-vf", "format=yuv420p,loop=loop=-1:size=1"),
        *("-c:v", "libx264", "-preset", "veryfast", "-tune", "stillimage", "-crf", "20"),
        *("-bf", "0", "-g", str(_LOOP * _PICTURES), "-sc_threshold", "0", "-c:a", "aac", "-b:a", "32k"),
        *("-f", "mp4", "-movflags", "frag_keyframe+empty_moov+delay_moov+default_base_moof"),
        *("-use_editlist", "0", "pipe:1"),
    ]
    async with running(args, feed=True) as child:
        child.stdin.write(png)
        child.stdin.close()
        film = b"".join([chunk async for chunk in child])
        if await child.wait() != 0:
            raise RuntimeError(f"a slate could not be encoded: {' | '.join(child.said)}")
    return film


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content
