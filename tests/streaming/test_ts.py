import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.streaming.ts import PACKET, TransportStream
from tests.streaming.film import transport_stream


def watch(media: bytes, *edges: int) -> tuple[TransportStream, bytes]:
    stream = TransportStream(lambda: 7.0)
    cuts = [0, *sorted(edges), len(media)]
    passed = b"".join(stream.feed(media[a:b]) for a, b in itertools.pairwise(cuts))
    return stream, passed


def test_pictures_and_keyframes_are_counted_and_timed() -> None:
    stream, _ = watch(transport_stream(gop=50))
    assert stream.pictures == 100
    assert stream.keyframes == 2
    assert stream.keyframe_interval == 2.0
    assert 1.9 < stream.since_keyframe < 2.0
    assert stream.sound_at == 7.0


def test_without_sound_none_is_seen() -> None:
    stream, _ = watch(transport_stream(sound=False))
    assert stream.sound_at is None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, len(transport_stream())), max_size=20))
def test_any_chunking_gives_the_same(edges: list[int]) -> None:
    whole, _ = watch(transport_stream())
    stream, passed = watch(transport_stream(), *edges)
    assert passed == transport_stream()
    assert (stream.pictures, stream.keyframes) == (whole.pictures, whole.keyframes)
    assert stream.from_keyframe() == whole.from_keyframe()


def test_one_can_begin_again_from_the_last_keyframe() -> None:
    stream, _ = watch(transport_stream(gop=25))
    again, _ = watch(stream.from_keyframe())
    assert again.keyframes == 1
    assert again.pictures == 25
    assert len(stream.from_keyframe()) % PACKET == 0


def test_before_the_first_keyframe_one_begins_at_the_beginning() -> None:
    media = transport_stream()[: 3 * PACKET]
    stream, _ = watch(media)
    assert stream.from_keyframe() in {media, media + media}
