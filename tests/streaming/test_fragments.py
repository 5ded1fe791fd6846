import contextlib
import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.streaming.boxes import BadMediaError
from orchestrator.streaming.fragments import Fragmenter, ParametersChangedError
from orchestrator.streaming.media import Fragment, Init
from tests.streaming.film import fragmented


def cut(*chunks: bytes) -> list[Init | Fragment]:
    fragmenter = Fragmenter()
    return [part for chunk in chunks for part in fragmenter.feed(chunk)]


def fragments_of(film: bytes) -> list[Fragment]:
    return [part for part in cut(film) if isinstance(part, Fragment)]


def test_the_init_says_what_the_film_is() -> None:
    init = cut(fragmented())[0]
    assert isinstance(init, Init)
    assert (init.width, init.height) == (320, 180)
    assert init.video_codec.startswith("avc1.42c0")
    assert init.audio_codec == "mp4a.40.2"
    assert init.data[4:8] == b"ftyp"


def test_fragments_follow_each_other_and_are_short() -> None:
    cuts = fragments_of(fragmented())
    assert cuts[0].start == pytest.approx(0, abs=0.03)
    assert cuts[-1].end == pytest.approx(4.0, abs=0.1)
    for before, after in itertools.pairwise(cuts):
        assert after.start == pytest.approx(before.end, abs=0.001)
    assert max(fragment.duration for fragment in cuts) <= 0.52
    assert all(
        fragment.earliest <= fragment.start < fragment.end <= fragment.latest + 0.03 for fragment in cuts
    )


def test_keyframes_are_where_the_encoder_put_them() -> None:
    starts = [fragment.start for fragment in fragments_of(fragmented()) if fragment.keyframe]
    assert starts == pytest.approx([0, 1, 2, 3], abs=0.03)  # the sound begins one AAC frame earlier


def test_pictures_that_refer_forward_still_follow_each_other() -> None:
    cuts = fragments_of(fragmented(b_frames=2, gop=50))
    assert [fragment.keyframe for fragment in cuts].count(True) == 2
    assert sum(fragment.duration for fragment in cuts) == pytest.approx(4.0, abs=0.1)
    assert cuts[0].start == min(fragment.start for fragment in cuts)
    for before, after in itertools.pairwise(cuts):
        assert after.start == pytest.approx(before.end, abs=0.001)
    assert any(fragment.earliest < fragment.start - 0.03 for fragment in cuts), "none refers over an edge"
    assert all(fragment.earliest <= fragment.start + 0.001 for fragment in cuts)


def test_every_byte_belongs_to_the_init_or_a_fragment() -> None:
    film = fragmented()
    parts = b"".join(part.data for part in cut(film))
    assert film.startswith(parts)
    assert film[len(parts) + 4 : len(parts) + 8] in {b"mfra", b""}


@given(st.lists(st.integers(min_value=0, max_value=len(fragmented())), max_size=30))
def test_any_chunking_gives_the_same(cuts: list[int]) -> None:
    film = fragmented()
    edges = [0, *sorted(cuts), len(film)]
    chunks = [film[a:b] for a, b in itertools.pairwise(edges)]
    assert cut(*chunks) == cut(film)


@given(st.binary(min_size=8, max_size=300))
def test_rubbish_is_refused_or_waited_for_but_never_believed(rubbish: bytes) -> None:
    with contextlib.suppress(BadMediaError):
        assert not any(isinstance(part, Fragment) for part in cut(rubbish, b"\0" * 64))


@given(st.data())
def test_a_film_with_broken_bytes_raises_nothing_but_the_named_errors(data: st.DataObject) -> None:
    film = bytearray(fragmented()[:4000])
    for _ in range(data.draw(st.integers(1, 5))):
        film[data.draw(st.integers(0, len(film) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadMediaError, ParametersChangedError):
        cut(bytes(film))


@pytest.mark.parametrize(
    ("film", "why"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "does not begin an MP4 box"),
        (struct.pack(">I4s", 16, b"mdat") + b"12345678", "without a moof"),
        (struct.pack(">I4s", 4, b"moof"), "4 bytes long"),
        (struct.pack(">I4sQ", 1, b"mdat", 1 << 40), "a box of 1099511627776 bytes"),
        (struct.pack(">I4s", 16, b"moov") + b"\0\0\0\x08free", "there is no mvex box"),
    ],
)
def test_what_is_wrong_is_said(film: bytes, why: str) -> None:
    with pytest.raises(BadMediaError, match=why):
        cut(film)


def test_other_parameters_in_the_middle_are_noticed() -> None:
    """Another encoder's keyframe, behind the first one's init."""
    first = cut(fragmented())[0]
    other = fragments_of(fragmented(size="640x360"))
    fragmenter = Fragmenter()
    list(fragmenter.feed(first.data))
    with pytest.raises(ParametersChangedError):
        list(fragmenter.feed(other[0].data))
