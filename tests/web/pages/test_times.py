"""How long people have spoken, who has not, and how long one waits."""

from orchestrator.web.pages import debate, times
from tests.domain.hall import PEOPLE, Hall, asks, debating, named
from tests.web.pages import council


def spoken(*speeches: tuple[str, float], **fields: object) -> Hall:
    """An item in which these have spoken, one after another, for so many seconds."""
    hall = debating(**fields)
    hall.tick = 0
    for number, (name, seconds) in enumerate(speeches):
        asks(hall, name, f"speech {number}")
        hall.says("call_next_speaker", request_id=named(f"speech {number}"), current_id=None)
        hall.wait(seconds)
        hall.says("end_speech", speech_id=named(f"speech {number}"))
    return hall


def test_time_is_counted_per_group_most_first() -> None:
    hall = spoken(("ola", 30), ("kari", 90), ("per", 30))
    found = times.group_times(hall.state, named("two"))
    assert [(one.group, one.speeches, one.seconds, one.share) for one in found] == [
        ("SP", 2, 120, 1),
        ("AP", 1, 30, 0.25),
    ]


def test_time_is_counted_per_person_pauses_left_out() -> None:
    hall = spoken(("ola", 30))
    asks(hall, "kari", "paused")
    hall.says("call_next_speaker", request_id=named("paused"), current_id=None)
    hall.wait(20)
    hall.says("pause_speech", speech_id=named("paused"))
    hall.wait(600)
    hall.says("end_speech", speech_id=named("paused"))
    found = times.person_times(council.scene(hall), named("two"))
    assert [(one.name, one.group, one.seconds) for one in found] == [
        ("Ola Vik", "AP", 30),
        ("Kari Nordli", "SP", 20),
    ]


def test_the_list_shows_how_long_each_has_spoken_already() -> None:
    hall = spoken(("kari", 95))
    asks(hall, "kari", "again")
    (entry,) = debate.speaker_list(council.scene(hall), "nb")
    assert (entry.words, entry.spoken) == ("Innlegg (2.)", 95)


def test_those_present_who_have_not_spoken_nor_ask_to_are_named() -> None:
    hall = spoken(("kari", 95))
    asks(hall, "ola", "waits")
    hall.says("record_departure", person_id=named("anne"))
    assert times.silent(council.scene(hall), named("two")) == ["Per Haug (SP)", "Siri Moen (AP)"]


def test_whoever_may_not_speak_is_not_said_to_be_silent() -> None:
    members = [{"person_id": named(name), "rights": {"speak": name == "kari"}} for name in PEOPLE]
    hall = debating(members=members)
    assert times.silent(council.scene(hall), named("two")) == ["Kari Nordli"]


def test_the_wait_is_reckoned_from_the_limits_until_enough_have_spoken() -> None:
    hall = spoken(("kari", 40), ("ola", 50))
    for name in ("siri", "per"):
        asks(hall, name, f"{name} waits")
    assert [entry.wait_seconds for entry in debate.speaker_list(council.scene(hall), "nb")] == [0, 180]


def test_the_wait_follows_how_long_they_have_really_spoken() -> None:
    hall = spoken(("kari", 40), ("ola", 50), ("anne", 60))
    for name in ("siri", "per"):
        asks(hall, name, f"{name} waits")
    assert [entry.wait_seconds for entry in debate.speaker_list(council.scene(hall), "nb")] == [0, 50]
