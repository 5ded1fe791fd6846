from itertools import pairwise
from pathlib import Path

import pytest

from orchestrator.streaming.fragments import Fragmenter
from orchestrator.streaming.media import Fragment
from orchestrator.streaming.rendering import text_picture
from orchestrator.streaming.slate import FRAGMENT_SECONDS, Face, Slate, make_slate
from orchestrator.streaming.slates import SlateBook
from tests.streaming.collector import decode_errors, described

SMALL = Face("Lukkede dører", ("Møtet fortsetter.",), "Nordfjord kommune", width=320, height=180)


@pytest.fixture
async def slate(tmp_path: Path) -> Slate:
    return await make_slate(SMALL, tmp_path)


def fragments(slate: Slate, *segments: bytes) -> list[Fragment]:
    parts = Fragmenter().feed(slate.init.data + b"".join(segments))
    return [part for part in parts if isinstance(part, Fragment)]


def files(directory: Path) -> list[tuple[str, int]]:
    return [(file.name, file.stat().st_mtime_ns) for file in directory.iterdir()]


async def test_it_is_what_the_encoders_media_is(slate: Slate, tmp_path: Path) -> None:
    assert slate.init.video_codec.startswith("avc1.")
    assert slate.init.audio_codec == "mp4a.40.2"
    said = described(slate.init.data + slate.segment(0, 12), tmp_path)
    assert "320x180" in said
    assert "25 fps" in said
    assert "48000 Hz, stereo" in said


async def test_segments_are_as_long_as_asked_and_follow_each_other_exactly(slate: Slate) -> None:
    lengths = [12, 1, 13, 30, 5]
    starts = [1000.0]
    for length in lengths:
        starts.append(starts[-1] + length * FRAGMENT_SECONDS)
    made = fragments(slate, *(slate.segment(at, n) for at, n in zip(starts, lengths, strict=False)))
    for fragment, start, n in zip(made, starts, lengths, strict=False):
        assert fragment.keyframe
        assert fragment.start == pytest.approx(start, abs=1e-4)
        assert fragment.duration == pytest.approx(n * FRAGMENT_SECONDS, abs=1e-9)
        assert (fragment.earliest, fragment.latest) == pytest.approx(
            (start, start + fragment.duration), abs=1e-4
        )
    for before, after in pairwise(made):
        assert after.start == pytest.approx(before.end, abs=1e-4)


async def test_it_can_be_decoded_from_any_segment_on(slate: Slate, tmp_path: Path) -> None:
    film = slate.init.data + slate.segment(50.0, 7) + slate.segment(50.0 + 7 * FRAGMENT_SECONDS, 40)
    assert decode_errors(film, tmp_path) == ""


async def test_it_is_encoded_once(tmp_path: Path) -> None:
    first = await make_slate(SMALL, tmp_path)
    written = files(tmp_path)
    again = await make_slate(SMALL, tmp_path)
    assert files(tmp_path) == written
    assert again.segment(3.0, 4) == first.segment(3.0, 4)


def test_every_norwegian_and_sami_letter_is_really_drawn() -> None:
    """A letter that a font lacks would be the same box for all of them."""
    letters = "æøåÆØÅáčđŋšŧžé–"
    pictures = {text_picture((64, 64), letter, (), "", "#000") for letter in letters}
    assert len(pictures) == len(letters)


def test_the_text_can_be_read_on_any_ground() -> None:
    assert text_picture((64, 64), "a", (), "", "#ffffff") != text_picture((64, 64), "", (), "", "#ffffff")


async def test_the_book_has_a_slate_for_every_reason_at_once(tmp_path: Path) -> None:
    book = SlateBook(tmp_path, name="Nordfjord kommune")
    await book.prepare()
    reasons = ("not_opened", "starting", "break", "closed", "stopped", "technical", "adjourned", "internal")
    assert len({book(reason).segment(0, 1) for reason in reasons}) == len(reasons)
    before = book("break").segment(0, 1)
    await book.resumes_at("19.30")
    assert book("break").segment(0, 1) != before
    assert book("something new") is book("technical")
