"""No sequence of commands tells the public a word, a name or a moment from behind closed doors."""

import json
import re
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.domain.base import Period
from orchestrator.domain.minutes import Minutes, public_minutes
from orchestrator.domain.publicity import PublicItem, PublicSession, public_session
from orchestrator.domain.state import SessionState
from orchestrator.domain.timeline import Entry, Name, entries, next_speakers
from tests.domain.hall import PEOPLE, named
from tests.domain.story import Story

NAMES = {named(name): Name(name=f"Navn-{name}") for name in PEOPLE}
WORD = re.compile(r"ord\d+ord")


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_sequence_of_commands_lets_anything_out(data: st.DataObject) -> None:
    @st.composite
    def meetings(draw: st.DrawFn) -> Story:
        story = Story(draw)
        for _ in range(draw(st.integers(5, 60))):
            story.step()
            check(story)
        return story

    data.draw(meetings())


def check(story: Story) -> None:
    state = story.state
    minutes = public_minutes(state)
    assert minutes is not None
    timeline = entries(state, NAMES)
    check_words(story, minutes, timeline)
    check_names(story, minutes.session, timeline)
    check_times(state, minutes)
    if story.before_doors is not None and state.doors_closed:
        check_stillness(story.before_doors, state, minutes.session)


def check_words(story: Story, minutes: Minutes, timeline: tuple[Entry, ...]) -> None:
    """Nothing written behind closed doors, nor of what is exempt now."""
    told = minutes.model_dump_json() + json.dumps([entry.model_dump(mode="json") for entry in timeline])
    words = set(WORD.findall(told)) | ({"Nils Hemmelig"} if "Nils Hemmelig" in told else set())
    for secret in story.secret.values():
        assert not secret & words
    for item_id, written in story.words.items():
        item = story.state.items.get(item_id)
        if item is not None and item.hidden:
            assert not {word for word in words if any(word in text for text in written)}


def check_names(story: Story, view: PublicSession, timeline: tuple[Entry, ...]) -> None:
    """Only who spoke, or asked for the floor, in public."""
    state = story.state
    for item in view.items:
        for speech in item.speeches:
            assert speech.speech_id in story.seen or state.items[item.item_id].released
    for entry in timeline:
        if entry.kind == "speech":
            assert entry.id in {str(speech_id) for speech_id in story.seen}
    assert {request.request_id for request in view.next} <= story.listed
    if view.status != "live":
        assert view.current is None or view.status == "break"
        assert not view.speaking
        assert not view.clock
        assert not view.next
        assert not next_speakers(state, NAMES)


def check_times(state: SessionState, minutes: Minutes) -> None:
    """No moment that lies behind closed doors, but of what has been released."""
    moments = [moment for one in minutes.attendance for p in one.periods for moment in (p.start, p.stop)]
    moments.append(minutes.roll_called_at)
    moments += [one.since for one in minutes.chairs]
    moments += [leave for one in minutes.attendance for leave in one.leaves]
    moments += [
        at for one in minutes.attendance for sat in one.sat for at in (sat.period.start, sat.period.stop)
    ]
    for item in minutes.session.items:
        moments += [item.started_at]
        if not state.items.get(item.item_id) or not state.items[item.item_id].released:
            moments += _moments(item)
    for moment in moments:
        assert moment is None or not any(_inside(moment, door) for door in state.doors)


def _moments(item: PublicItem) -> list[datetime | None]:
    found: list[datetime | None] = [item.decision.decided_at] if item.decision else []
    found += [proposal.put_at for proposal in item.proposals]
    for vote in item.votes:
        found += [vote.started_at, vote.recorded_at]
    for speech in item.speeches:
        found += [speech.started_at, speech.ended_at]
    found += [question.decided_at for question in item.impartiality]
    found += [item.dropped_at]
    return found


def _inside(moment: datetime, door: Period) -> bool:
    return door.start < moment and (door.stop is None or moment < door.stop)


def check_stillness(before: SessionState, state: SessionState, view: PublicSession) -> None:
    """While the doors are closed the public sees what it saw when they closed."""
    then = public_session(before)
    assert then is not None
    former = {item.item_id: item for item in then.items}
    for item in view.items:
        same = {name: getattr(item, name) for name in ("current", "speeches", "legal_basis", "started_at")}
        assert item.hidden or item == former[item.item_id].model_copy(update=same)
    assert [item.item_id for item in view.items] == [item.item_id for item in then.items]
    assert (view.chair_id, view.opened_at) == (then.chair_id, then.opened_at)
