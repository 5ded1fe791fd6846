"""The tracks that a `moov` describes: what a fragment's numbers mean, and the codecs' names."""

import struct
from dataclasses import dataclass
from struct import unpack_from

from orchestrator.streaming.boxes import BadMediaError, boxes, find
from orchestrator.streaming.media import Init

_OWN_FIELDS = {0x03: 3, 0x04: 13}
"""Descriptors with others inside, and the bytes before those: ES_Descriptor, DecoderConfigDescriptor."""
_DECODER_SPECIFIC = 0x05


@dataclass(frozen=True, slots=True)
class Track:
    """One track: its unit of time, and what holds for samples that say nothing themselves."""

    id: int
    kind: str
    timescale: int
    codec: str
    width: int
    height: int
    parameter_sets: frozenset[bytes]
    """H.264 sequence parameter sets in force (the picture's size and format)."""
    default_duration: int = 0
    default_size: int = 0
    default_flags: int = 0


def read_init(data: bytes) -> tuple[Init, dict[int, Track]]:
    """What `ftyp` + `moov` say: exactly one H.264 picture and one AAC sound.

    Raises BadMediaError for anything else.
    """
    try:
        tracks = _tracks(data)
    except (struct.error, IndexError) as error:
        raise BadMediaError("the moov box is cut short") from error
    video = [track for track in tracks.values() if track.kind == "vide"]
    sound = [track for track in tracks.values() if track.kind == "soun"]
    if len(video) != 1 or len(sound) != 1:
        raise BadMediaError(
            f"{len(video)} pictures and {len(sound)} sounds, where there should be one of each"
        )
    return Init(data, video[0].width, video[0].height, video[0].codec, sound[0].codec), tracks


def _tracks(data: bytes) -> dict[int, Track]:
    moov, moov_end = find(data, "moov")
    defaults: dict[int, tuple[int, int, int]] = {}
    for kind, start, _ in boxes(data, *find(data, "mvex", moov, moov_end)):
        if kind == b"trex":
            track_id, _, duration, size, flags = unpack_from(">5I", data, start + 4)
            defaults[track_id] = (duration, size, flags)
    tracks = [_track(data, a, b, defaults) for kind, a, b in boxes(data, moov, moov_end) if kind == b"trak"]
    return {track.id: track for track in tracks}


def _track(data: bytes, start: int, end: int, defaults: dict[int, tuple[int, int, int]]) -> Track:
    at, _ = find(data, "tkhd", start, end)
    track_id: int = unpack_from(">I", data, at + (20 if data[at] == 1 else 12))[0]
    at, _ = find(data, "mdia/mdhd", start, end)
    timescale: int = unpack_from(">I", data, at + (20 if data[at] == 1 else 12))[0]
    if timescale == 0:
        raise BadMediaError(f"track {track_id} has no unit of time")
    at, _ = find(data, "mdia/hdlr", start, end)
    kind = data[at + 8 : at + 12].decode("latin-1")
    at, stop = find(data, "mdia/minf/stbl/stsd", start, end)
    entry, at, stop = next(boxes(data, at + 8, stop), (b"", 0, 0))
    duration, size, flags = defaults.get(track_id, (0, 0, 0))
    width = height = 0
    parameters: frozenset[bytes] = frozenset()
    if entry in {b"avc1", b"avc3"}:
        width, height = unpack_from(">2H", data, at + 24)
        at, stop = find(data, "avcC", at + 78, stop)
        codec, parameters = _avc(data[at:stop])
    elif entry == b"mp4a":
        at, stop = find(data, "esds", at + 28, stop)
        codec = _aac(data[at + 4 : stop])
    else:
        raise BadMediaError(f"track {track_id} is {entry.decode('latin-1') or 'nothing'}, not H.264 or AAC")
    return Track(track_id, kind, timescale, codec, width, height, parameters, duration, size, flags)


def _avc(record: bytes) -> tuple[str, frozenset[bytes]]:
    """The RFC 6381 name and the sequence parameter sets of an AVCDecoderConfigurationRecord (14496-15)."""
    sets, at = set(), 6
    for _ in range(record[5] & 0x1F):
        size: int = unpack_from(">H", record, at)[0]
        sets.add(record[at + 2 : at + 2 + size])
        at += 2 + size
    return f"avc1.{record[1:4].hex()}", frozenset(sets)


def _aac(descriptors: bytes) -> str:
    """The RFC 6381 name from an ES_Descriptor (14496-1): the object type of its DecoderSpecificInfo."""
    at = 0
    while at < len(descriptors):
        tag = descriptors[at]
        at += 1
        while descriptors[at] & 0x80:
            at += 1
        at += 1
        if tag == _DECODER_SPECIFIC:
            return f"mp4a.40.{descriptors[at] >> 3}"
        if tag not in _OWN_FIELDS:
            break
        at += _OWN_FIELDS[tag]
    raise BadMediaError("the sound does not say what kind of AAC it is")
