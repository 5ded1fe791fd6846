"""Fragmented MP4 in chunks of any size → `Init` and `Fragment`, with exact times (ISO/IEC 14496-12)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack_from

from orchestrator.streaming.boxes import HEADER, BadMediaError, box_size, boxes, find
from orchestrator.streaming.media import Fragment, Init
from orchestrator.streaming.tracks import Track, read_init

LARGEST = 32 << 20
"""Bytes that one box may have: half a second of far more than any encoder sends."""

_KNOWN = {b"ftyp", b"moov", b"moof", b"mdat", b"styp", b"sidx", b"free", b"skip", b"prft", b"emsg", b"mfra"}
_NOT_SYNC = 0x10000
_SEQUENCE_PARAMETER_SET = 7


class ParametersChangedError(Exception):
    """The encoder changed its picture in the middle of a connection: the init no longer fits."""


@dataclass(slots=True)
class _Span:
    """What one track has in one fragment, in its own unit of time."""

    decoded: int
    shown: int
    duration: int
    earliest: int
    latest: int
    first_is_sync: bool
    first_at: int
    first_size: int


class Fragmenter:
    """Cuts a stream at its `moof` boxes."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._head = b""
        self._moof = b""
        self._tracks: dict[int, Track] = {}
        self._shift = 0.0
        """Seconds between decoding and showing the last keyframe."""

    def feed(self, chunk: bytes) -> Iterator[Init | Fragment]:
        """Take a chunk; yields what is now complete.

        Raises BadMediaError for what is not fragmented MP4 with one H.264 picture and one AAC sound,
        and ParametersChangedError when a keyframe brings other parameters than the init's; what was
        yielded before stands.
        """
        self._rest += chunk
        while box := self._next_box():
            kind = box[4:8]
            if kind == b"ftyp":
                self._head = box
            elif kind == b"moov":
                init, self._tracks = read_init(self._head + box)
                yield init
            elif kind == b"moof":
                self._moof = box
            elif kind == b"mdat":
                if not self._moof:
                    raise BadMediaError("media without a moof before it")
                moof, self._moof = self._moof, b""
                yield self._read_fragment(moof + box)

    def _next_box(self) -> bytes:
        """The next box that is all there; empty if there is none."""
        rest = self._rest
        if len(rest) < HEADER:
            return b""
        if bytes(rest[4:8]) not in _KNOWN:
            raise BadMediaError(f"{bytes(rest[:8])!r} does not begin an MP4 box")
        _, size = box_size(bytes(rest[:16]), 0, min(16, len(rest)))
        if size > LARGEST:
            raise BadMediaError(f"a box of {size} bytes")
        if size == 0 or len(rest) < size:
            return b""
        box = bytes(rest[:size])
        del rest[:size]
        return box

    def _read_fragment(self, data: bytes) -> Fragment:
        """The times of one `moof` + `mdat`; raises as `feed` does.

        Pictures that refer forward are shown in another order than they are decoded, and across fragments:
        only their times of decoding follow on each other. From those, shifted as the last keyframe was,
        is told where a fragment begins.
        """
        tracks = self._tracks
        try:
            spans = {track.id: span for track, span in _spans(data, tracks)}
        except (struct.error, IndexError) as error:
            raise BadMediaError("the moof box is cut short") from error
        if not spans:
            raise BadMediaError("a fragment with nothing in it")
        earliest = min(span.earliest / tracks[track_id].timescale for track_id, span in spans.items())
        latest = max(span.latest / tracks[track_id].timescale for track_id, span in spans.items())
        video = next((track for track in tracks.values() if track.kind == "vide" and track.id in spans), None)
        if video is None:
            return Fragment(
                data, earliest, 0.0, keyframe=False, earliest=earliest, latest=latest, has_picture=False
            )
        span = spans[video.id]
        if span.first_is_sync:
            if not _parameter_sets(data, span) <= video.parameter_sets:
                raise ParametersChangedError
            self._shift = (span.shown - span.decoded) / video.timescale
        return Fragment(
            data,
            start=span.decoded / video.timescale + self._shift,
            duration=span.duration / video.timescale,
            keyframe=span.first_is_sync,
            earliest=earliest,
            latest=latest,
        )


def samples_of(data: bytes, tracks: dict[int, Track]) -> Iterator[tuple[Track, bytes]]:
    """Every sample of one `moof` + `mdat`, track by track."""
    for kind, traf, traf_end in boxes(data, *find(data, "moof")):
        if kind != b"traf":
            continue
        inside = list(boxes(data, traf, traf_end))
        tfhd = next(at for name, at, _ in inside if name == b"tfhd")
        track = tracks[unpack_from(">I", data, tfhd + 4)[0]]
        defaults = _fragment_defaults(data, tfhd, track)
        for name, at, _ in inside:
            if name == b"trun":
                for sample_at, size, *_ in _samples(data, at, *defaults):
                    yield track, data[sample_at : sample_at + size]


def _spans(data: bytes, tracks: dict[int, Track]) -> Iterator[tuple[Track, _Span]]:
    for kind, traf, traf_end in boxes(data, *find(data, "moof")):
        if kind == b"traf":
            inside = list(boxes(data, traf, traf_end))
            track_id: int = next((unpack_from(">I", data, a + 4)[0] for k, a, _ in inside if k == b"tfhd"), 0)
            if track_id not in tracks:
                raise BadMediaError(f"a fragment of track {track_id}, which the init does not have")
            if span := _span(data, tracks[track_id], inside):
                yield tracks[track_id], span


def _span(data: bytes, track: Track, inside: list[tuple[bytes, int, int]]) -> _Span | None:
    """Follows `tfhd`, `tfdt` and every `trun` of one `traf`; None if it has no samples."""
    defaults, decode_time, time = (track.default_duration, track.default_size, track.default_flags), -1, 0
    span: _Span | None = None
    for kind, at, _ in inside:
        if kind == b"tfhd":
            defaults = _fragment_defaults(data, at, track)
        elif kind == b"tfdt":
            decode_time = time = unpack_from(">Q" if data[at] == 1 else ">I", data, at + 4)[0]
        elif kind == b"trun":
            for sample_at, a_size, a_duration, a_flags, shift in _samples(data, at, *defaults):
                shown, gone = time + shift, time + shift + a_duration
                if span is None:
                    sync = not a_flags & _NOT_SYNC
                    span = _Span(time, shown, 0, shown, gone, sync, sample_at, a_size)
                span.earliest, span.latest = min(span.earliest, shown), max(span.latest, gone)
                span.duration += a_duration
                time += a_duration
    if span and decode_time < 0:
        raise BadMediaError("a fragment does not say when it is (tfdt)")
    return span


def _fragment_defaults(data: bytes, at: int, track: Track) -> tuple[int, int, int]:
    """Sample duration, size and flags that `tfhd` sets for its fragment, else those of the track."""
    duration, size, flags = track.default_duration, track.default_size, track.default_flags
    said: int = unpack_from(">I", data, at)[0]
    at += 8 + (8 if said & 0x1 else 0) + (4 if said & 0x2 else 0)
    if said & 0x8:
        duration = unpack_from(">I", data, at)[0]
        at += 4
    if said & 0x10:
        size = unpack_from(">I", data, at)[0]
        at += 4
    if said & 0x20:
        flags = unpack_from(">I", data, at)[0]
    return duration, size, flags


def _samples(
    data: bytes, at: int, duration: int, size: int, flags: int
) -> Iterator[tuple[int, int, int, int, int]]:
    """Each sample of a `trun`: offset in the data, size, duration, flags, composition offset."""
    head, count = unpack_from(">2I", data, at)
    version, said = head >> 24, head & 0xFFFFFF
    at += 8
    sample_at, first_flags = 0, flags
    if said & 0x1:
        sample_at = unpack_from(">i", data, at)[0]  # from the moof's first byte (default-base-is-moof)
        at += 4
    if said & 0x4:
        first_flags = unpack_from(">I", data, at)[0]
        at += 4
    width = 4 * (said & 0xF00).bit_count()
    if at + count * width > len(data):
        raise BadMediaError(f"a fragment says that it has {count} samples")
    for number in range(count):
        a_duration, a_size, shift = duration, size, 0
        a_flags = first_flags if number == 0 else flags
        if said & 0x100:
            a_duration = unpack_from(">I", data, at)[0]
            at += 4
        if said & 0x200:
            a_size = unpack_from(">I", data, at)[0]
            at += 4
        if said & 0x400:
            a_flags = unpack_from(">I", data, at)[0]
            at += 4
        if said & 0x800:
            shift = unpack_from(">i" if version else ">I", data, at)[0]
            at += 4
        yield sample_at, a_size, a_duration, a_flags, shift
        sample_at += a_size


def _parameter_sets(data: bytes, span: _Span) -> frozenset[bytes]:
    """Sequence parameter sets inside a keyframe: NAL units behind lengths of four bytes (14496-15)."""
    found, at, end = set(), span.first_at, span.first_at + span.first_size
    if end > len(data):
        raise BadMediaError("a sample lies outside its fragment")
    while at + 5 <= end:
        size: int = unpack_from(">I", data, at)[0]
        kind = data[at + 4] & 0x1F
        if kind == _SEQUENCE_PARAMETER_SET:
            found.add(data[at + 4 : at + 4 + size])
        if kind in {1, 5}:
            break
        at += 4 + size
    return frozenset(found)
