import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.captions import Cue, to_vtt
from orchestrator.rooms.transcript import cues

TEAMS = """\ufeffWEBVTT\r
\r
0:0:0.0 --> 0:0:5.320\r
<v Kari Nordli>Velkommen til møtet.</v>\r
\r
3e1f/12-0\r
00:00:05.320 --> 00:01:02.5 align:start\r
<v Ola Vik>Takk, ordfører.\r
Vi begynner.</v>\r
"""
VALID = re.compile(r"\d{2,}:[0-5]\d:[0-5]\d\.\d{3} --> \d{2,}:[0-5]\d:[0-5]\d\.\d{3}")


def test_what_teams_writes_becomes_valid() -> None:
    assert to_vtt(cues(TEAMS)) == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:05.320\n<v Kari Nordli>Velkommen til møtet.</v>\n\n"
        "00:00:05.320 --> 00:01:02.500\n<v Ola Vik>Takk, ordfører. Vi begynner.</v>\n"
    )


@pytest.mark.parametrize(
    ("timing", "cue"),
    [
        ("-0:0:1.200 --> 0:0:2.0", (0, 2000)),
        ("0:0:-1.200 --> 0:0:2.0", (0, 2000)),
        ("-0:0:3.0 --> -0:0:1.0", None),
        ("0:0:2.0 --> 0:0:2.0", None),
        ("0:0:2.0 --> 0:0:1.0", None),
        ("1:2:3.4567 --> 25:00:00.1", (3_723_456, 90_000_100)),
        ("02:03.5 --> 2:4", (123_500, 124_000)),
        ("0:0:0:1 --> 0:0:2", None),
        ("soon --> later", None),
    ],
)
def test_timestamps_are_read_as_they_come(timing: str, cue: tuple[int, int] | None) -> None:
    assert [(one.start, one.end) for one in cues(f"WEBVTT\n\n{timing}\nHei")] == ([cue] if cue else [])


def test_what_is_said_late_in_the_file_but_early_in_the_meeting_is_put_in_order() -> None:
    text = "WEBVTT\n\n0:0:9.0 --> 0:0:10.0\nB\n\n0:0:1.0 --> 0:0:2.0\nA"
    assert [cue.text for cue in cues(text)] == ["A", "B"]


def test_several_voices_in_one_cue_are_told_apart() -> None:
    text = "WEBVTT\n\n0:0:1.0 --> 0:0:2.0\n<v Kari Nordli>Ja?</v><v Ola Vik>Nei.</v>"
    assert cues(text) == (
        Cue(1000, 2000, "Ja?", "Kari Nordli"),
        Cue(1000, 2000, "Nei.", "Ola Vik"),
    )


def test_notes_and_styles_and_markup_are_left_out() -> None:
    text = "WEBVTT\n\nNOTE 0:0:1.0\n\nSTYLE\n::cue {}\n\n0:0:1.0 --> 0:0:2.0\n<b>Tre</b> &lt; fire & fem"
    assert to_vtt(cues(text)).endswith("\nTre &lt; fire &amp; fem\n")


@given(st.text(alphabet=st.sampled_from("WEBVT\n\r01:.-> <v/&;Ål"), max_size=80))
def test_whatever_comes_what_goes_out_is_valid_and_stays_as_it_is(words: str) -> None:
    clean = to_vtt(cues(f"WEBVTT\n\n0:0:1.0 --> 0:0:2.0\n{words}"))
    assert to_vtt(cues(clean)) == clean
    assert all(VALID.fullmatch(line) for line in clean.split("\n") if "-->" in line)
