"""A random meeting from its plan to its end: each step is mostly one that may be taken as things stand."""

from collections.abc import Callable

from orchestrator.domain.presence import returning
from orchestrator.domain.state import SessionState
from tests.domain.random_body import (
    absence,
    agenda,
    comes_or_leaves,
    counts,
    decides,
    elsewhere,
    impartiality,
    leave,
    open_questions,
    proposes,
    releases,
    substitutes,
    takes_the_chair,
    votes,
)
from tests.domain.random_course import (
    adjourns,
    breaks,
    broadcast,
    changes_room,
    closes_item,
    doors,
    goes_on,
    opens,
    opens_item,
    outlives,
    overruns,
    plans,
    reopens,
    roll,
    who_is_back,
)
from tests.domain.random_debate import (
    asks,
    asks_for_several,
    calls,
    changes,
    chat,
    clock,
    corrects,
    forms,
    group_time,
    interrupts,
    line,
    moves,
    speech,
    turns_back,
    withdraws,
)
from tests.domain.random_hall import Meeting

Try = Callable[[Meeting], object]
PERIODS: dict[str, dict[Try, int]] = {
    "before": {
        opens: 12,
        absence: 2,
        elsewhere: 2,
        changes_room: 1,
        impartiality: 1,
        substitutes: 1,
        plans: 2,
        agenda: 2,
        forms: 1,
    },
    "first": {roll: 9, absence: 1, agenda: 1, opens_item: 1},
    "between": {
        opens_item: 9,
        agenda: 4,
        comes_or_leaves: 2,
        substitutes: 2,
        leave: 1,
        doors: 1,
        impartiality: 1,
        plans: 1,
        turns_back: 1,
        releases: 1,
        takes_the_chair: 1,
        absence: 1,
        adjourns: 1,
        elsewhere: 2,
        overruns: 1,
        broadcast: 1,
    },
    "debating": {
        asks: 18,
        calls: 12,
        interrupts: 2,
        speech: 4,
        moves: 2,
        withdraws: 1,
        asks_for_several: 1,
        line: 3,
        votes: 2,
        proposes: 2,
        decides: 1,
        closes_item: 2,
        opens_item: 1,
        turns_back: 2,
        impartiality: 2,
        comes_or_leaves: 1,
        substitutes: 1,
        leave: 1,
        doors: 1,
        breaks: 1,
        forms: 1,
        group_time: 3,
        changes: 1,
        clock: 1,
        chat: 1,
        corrects: 1,
        broadcast: 2,
        roll: 1,
    },
    "voting": {counts: 7, asks: 1, calls: 1, speech: 1, opens_item: 1, closes_item: 1, adjourns: 1},
    "in_break": {goes_on: 7, broadcast: 1, comes_or_leaves: 1, leave: 1, asks: 1, calls: 1},
    "returning": {who_is_back: 6, comes_or_leaves: 1, calls: 1, opens_item: 1, turns_back: 1},
    "after": {reopens: 1, corrects: 2, releases: 1, outlives: 1, opens_item: 1, asks: 1},
}
"""What is tried in each stretch of a meeting, and how often; a little of it out of place."""
TRIES: dict[str, tuple[Try, ...]] = {
    name: tuple(one for one, often in tries.items() for _ in range(often)) for name, tries in PERIODS.items()
}


def steps(meeting: Meeting) -> None:
    """One thing that somebody tries."""
    random, state = meeting.random, meeting.state
    if state.status == "open" and state.closing is not None and random.random() < 0.2:
        doors(meeting)
    elif state.status == "open" and open_questions(state) and random.random() < 0.2:
        impartiality(meeting)
    else:
        random.choice(TRIES[_stretch(state)])(meeting)


def _stretch(state: SessionState) -> str:
    if state.status != "open":
        return "before" if state.status == "planned" else "after"
    if state.roll_called_at is None:
        return "first"
    if state.in_break:
        return "in_break"
    if returning(state):
        return "returning"
    if state.current_vote:
        return "voting"
    return "debating" if state.current_item_id else "between"


def winds_up(meeting: Meeting) -> None:
    """One step nearer the end of the meeting, and what is done after it."""
    state = meeting.state
    if state.status != "open":
        steps(meeting)
    elif state.current_vote:
        counts(meeting)
    elif state.doors_closed:
        doors(meeting)
    else:
        adjourns(meeting)
