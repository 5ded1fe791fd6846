"""Where a moment is found in live and in the recording, and the chapters that follow."""

import json
from pathlib import Path

import pytest

from orchestrator.domain.captions import Said
from orchestrator.domain.timeline import Entry, NextSpeaker
from orchestrator.streaming.captions import captions
from orchestrator.streaming.chapters import chapters
from orchestrator.streaming.index import Index
from orchestrator.streaming.recording import RecordingTime, stretches
from orchestrator.streaming.timeline_file import timeline
from tests.streaming.listing import at, fill, segment, slate


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """Media 0-8, closed doors 8-16 with a slate, media 16-24; media 24-28 held while the log was away."""
    index = Index(tmp_path / "index")
    fill(index, segment(0), segment(4), slate(8, start=0.0), slate(12, start=4.0), segment(16), segment(20))
    fill(index, slate(24, start=0.0, reason="technical"), segment(24, live=False), segment(28))
    return index


def found(index: Index) -> list[tuple[float, float, float | None, float | None]]:
    return [
        (
            (each.start - at(0)).total_seconds(),
            (each.end - at(0)).total_seconds(),
            each.live_offset,
            each.recording_offset,
        )
        for each in stretches(index)
    ]


def test_live_offsets_count_what_the_live_playlist_lists(index: Index) -> None:
    assert found(index) == [(0, 32, 0, None)]


def test_recording_offsets_count_what_the_recording_lists(index: Index) -> None:
    index.end(1, at(32))
    assert found(index) == [
        (0, 8, 0, 0),
        (8, 16, 8, None),
        (16, 24, 16, 8),
        (24, 28, 24, None),
        (24, 28, None, 16),
        (28, 32, 28, 20),
    ]


def test_live_offsets_are_those_of_the_newest_part(index: Index) -> None:
    index.end(1, at(32))
    fill(index, segment(60, part=2))
    assert found(index)[-1] == (60, 64, 0, None)
    assert all(live is None for _, _, live, _ in found(index)[:-1])


def test_a_withdrawn_segment_is_found_nowhere_and_moves_nothing_in_live(index: Index) -> None:
    index.end(1, at(32))
    index.withdraw("s4.m4s")
    assert found(index)[:3] == [(0, 4, 0, 0), (8, 16, 8, None), (16, 24, 16, 4)]


def test_a_drifting_encoder_gives_new_stretches_before_it_is_noticed(tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    fill(index, *(segment(number * 4.0, at=at(number * 4.02)) for number in range(12)))
    assert [live for _, _, live, _ in found(index)] == [0, 20, 40]


def item(since: float, until: float | None, id: str = "1", **fields: str) -> Entry:
    return Entry(
        kind="item",
        id=id,
        start=at(since),
        end=None if until is None else at(until),
        **{"title": "Reguleringsplan Elvebakken", "number": "PS 47/21", **fields},
    )


def cues(text: str) -> list[tuple[str, str]]:
    head, *blocks = text.rstrip("\n").split("\n\n")
    assert head == "WEBVTT"
    return [(block.splitlines()[0], block.splitlines()[1]) for block in blocks]


def test_a_chapter_goes_on_across_what_was_cut_out(index: Index) -> None:
    index.end(1, at(32))
    text = chapters([item(2, 8), item(16, 20), item(20, None, "2")], RecordingTime(index.recorded()))
    assert cues(text) == [
        ("00:00:02.000 --> 00:00:12.000", "PS 47/21 Reguleringsplan Elvebakken"),
        ("00:00:12.000 --> 00:00:24.000", "PS 47/21 Reguleringsplan Elvebakken"),
    ]


def test_a_case_of_which_nothing_was_recorded_has_no_chapter(index: Index) -> None:
    index.end(1, at(32))
    assert cues(chapters([item(9, 15)], RecordingTime(index.recorded()))) == []


def test_a_title_cannot_break_the_chapters(index: Index) -> None:
    index.end(1, at(32))
    text = chapters([item(0, 8, title="A --> B\n\n<v Hei> & C")], RecordingTime(index.recorded()))
    assert cues(text)[0][1] == "PS 47/21 A --&gt; B &lt;v Hei&gt; &amp; C"


def test_moments_outside_the_recording_are_its_ends(index: Index) -> None:
    index.end(1, at(32))
    recording = RecordingTime(index.recorded())
    assert recording.at_or_after(at(-5)) == 0
    assert recording.at_or_before(at(-5)) == 0
    assert recording.at_or_after(at(10)) == 8
    assert recording.at_or_before(at(10)) == 8
    assert recording.at_or_after(at(99)) == recording.at_or_before(at(99)) == 24


def test_the_timeline_reads_so(tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    fill(index, segment(0))
    speech = Entry(kind="speech", id="s", start=at(1.5), end=at(3), person="Kari Nordli", group="SP")
    document = json.loads(
        timeline(index, [item(0, None), speech], [NextSpeaker(person="Ola Vik")], recording=False)
    )
    assert document == {
        "version": 1,
        "state": "live",
        "live": "live.m3u8",
        "recording": None,
        "captions": None,
        "stretches": [
            {
                "start": "2026-01-14T17:00:00.000Z",
                "end": "2026-01-14T17:00:04.000Z",
                "live_offset": 0,
                "recording_offset": None,
            }
        ],
        "entries": [
            {
                "kind": "item",
                "id": "1",
                "start": "2026-01-14T17:00:00.000Z",
                "end": None,
                "title": "Reguleringsplan Elvebakken",
                "number": "PS 47/21",
                "person": None,
                "group": None,
            },
            {
                "kind": "speech",
                "id": "s",
                "start": "2026-01-14T17:00:01.500Z",
                "end": "2026-01-14T17:00:03.000Z",
                "title": None,
                "number": None,
                "person": "Kari Nordli",
                "group": "SP",
            },
        ],
        "next": [{"person": "Ola Vik", "group": None, "kind": "speech"}],
    }


def said(start: float, end: float, text: str, voice: str | None = None) -> Said:
    return Said(at(start), at(end), text, voice)


def test_captions_are_where_it_is_heard_and_of_what_was_cut_into_nothing_is_written(index: Index) -> None:
    index.end(1, at(32))
    index.withdraw("s20.m4s")
    spoken = [
        said(1, 3, "Velkommen <alle> & enhver.", "Kari Nordli"),
        said(6, 9, "Nå lukker vi"),
        said(10, 12, "Hemmelig"),
        said(15, 17, "Nå er det åpent"),
        said(17, 19.5, "Velkommen tilbake.", "Gjest"),
        said(21, 22, "Trukket tilbake"),
        said(31, 33, "Etter slutten"),
    ]
    assert captions(spoken, RecordingTime(index.recorded()), {"Kari Nordli"}) == (
        "WEBVTT\n\n"
        "00:00:01.000 --> 00:00:03.000\n<v Kari Nordli>Velkommen &lt;alle&gt; &amp; enhver.</v>\n\n"
        "00:00:09.000 --> 00:00:11.500\nVelkommen tilbake.\n"
    )
    assert captions(spoken[1:3], RecordingTime(index.recorded()), set()) is None
