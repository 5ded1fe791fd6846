"""Playlists as functions of what is listed."""

from orchestrator.streaming.playlist import playlist
from tests.streaming.legality import check_version, parse
from tests.streaming.listing import at, segment, slate


def test_a_live_playlist_reads_so() -> None:
    text = playlist(
        [segment(0), segment(4, duration=3.48), slate(7.48, start=0.0, duration=3.84)],
        kind="EVENT",
        ended=False,
    )
    assert (
        text
        == """\
#EXTM3U
#EXT-X-VERSION:8
#EXT-X-TARGETDURATION:6
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:EVENT
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="camera.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-14T17:00:00.000Z
#EXTINF:4,
s0.m4s
#EXTINF:3.48,
s4.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="slate.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-14T17:00:07.480Z
#EXTINF:3.84,
slate7.48.m4s
"""
    )


def test_a_slate_has_one_discontinuity_in_and_one_out() -> None:
    listed = [segment(0), *(slate(since, start=since - 4) for since in (4, 8, 12)), segment(16), segment(20)]
    parsed = check_version(playlist(listed, kind="EVENT", ended=True))
    assert [each.discontinuity for each in parsed.segments] == [False, True, False, False, True, False]
    assert parsed.ended


def test_the_date_is_told_about_once_a_minute_and_when_it_drifts() -> None:
    steady = [segment(since) for since in range(0, 124, 4)]
    dates = [each.date for each in parse(playlist(steady, kind="EVENT", ended=False)).segments]
    assert [date for date in dates if date] == [at(0), at(60), at(120)]
    drifting = [segment(0), segment(4, at=at(4.2)), segment(8, at=at(8.4)), segment(12, at=at(12.4))]
    dates = [each.date for each in parse(playlist(drifting, kind="EVENT", ended=False)).segments]
    assert dates == [at(0), None, at(8.4), None]


def test_a_new_connection_of_the_same_camera_needs_no_new_map() -> None:
    text = playlist([segment(0), segment(10, connection=2, start=0.0)], kind="EVENT", ended=False)
    assert text.count("#EXT-X-MAP") == 1
    assert text.count("#EXT-X-DISCONTINUITY") == 1


def test_a_withdrawn_segment_is_a_gap_in_the_live_playlist() -> None:
    text = playlist([segment(0), segment(4)], kind="EVENT", ended=True, withdrawn={"s4.m4s"})
    assert "#EXT-X-GAP\n#EXTINF:4,\ns4.m4s\n" in text


def test_segments_are_said_to_be_independent_only_if_all_are() -> None:
    text = playlist([segment(0), segment(4, keyframe=False)], kind="EVENT", ended=False)
    assert "INDEPENDENT" not in text


def test_a_recording_joins_what_was_cut() -> None:
    parsed = check_version(playlist([segment(0), segment(30), segment(34)], kind="VOD", ended=True))
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in parsed.header
    assert [each.discontinuity for each in parsed.segments] == [False, True, False]
