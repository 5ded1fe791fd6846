"""The course of a random meeting: its plan, its items, its breaks, its doors and its end."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.domain.hall import SECRETARY, named
from tests.domain.random_body import counted, elsewhere
from tests.domain.random_hall import BASIS, ITEMS, MEMBERS, SEATED, START, SUBSTITUTES, Meeting


def opens(meeting: Meeting) -> None:
    meeting.says("open_session")


def roll(meeting: Meeting) -> None:
    meeting.says("call_roll", present=there(meeting))


def there(meeting: Meeting) -> list[UUID]:
    """Most of the members, and now and then a substitute."""
    absent = meeting.random.choice([*SEATED, None, None])
    extra = meeting.random.choice([*SUBSTITUTES, *[None] * 4])
    return [one for one in (*SEATED, extra) if one and one != absent]


def breaks(meeting: Meeting) -> None:
    meeting.says("start_break", kind=meeting.random.choice(["pause", "group_meeting", "lunch"]))


def goes_on(meeting: Meeting) -> None:
    meeting.says("end_break", number=len(meeting.state.breaks))


def who_is_back(meeting: Meeting) -> None:
    meeting.says("confirm_attendance", present=there(meeting))


def adjourns(meeting: Meeting) -> None:
    meeting.says("adjourn_session", part=len(meeting.state.parts))


def overruns(meeting: Meeting) -> None:
    start, later = meeting.state.starts_at, timedelta(minutes=meeting.random.randint(1, 90))
    meeting.says("move_session", starts_at=start, ends_at=PLAN["ends_at"] + later)


def changes_room(meeting: Meeting) -> None:
    meeting.says("use_room", room_id=meeting.random.choice([None, named("plenum"), named("inner")]))


def reopens(meeting: Meeting) -> None:
    meeting.says("reopen_session", part=len(meeting.state.parts))


def outlives(meeting: Meeting) -> None:
    """Its municipality keeps recordings no longer."""
    meeting.says("delete_recording", SECRETARY)


def opens_item(meeting: Meeting) -> None:
    left = [item.item_id for item in meeting.state.agenda if item.status in ("planned", "paused")]
    hidden = named("secret")
    if not meeting.state.doors_closed and len(left) > 1 and meeting.random.random() < 0.9:
        left = [one for one in left if one != hidden]
    if not left:
        plans(meeting)
    elif left == [hidden] and not meeting.state.doors_closed and meeting.random.random() < 0.9:
        doors(meeting)
    else:
        meeting.says("open_item", item_id=meeting.random.choice(left))


def closes_item(meeting: Meeting) -> None:
    item = meeting.state.current_item
    if item is not None and item.decision is None:
        meeting.says("record_decision", item_id=item.item_id, text=f"Vedtak {meeting.number}")
    else:
        meeting.says("close_item", item_id=meeting.item_id())


PLAN: dict[str, Any] = {
    "meeting_id": named("meeting"),
    "title": "Kommunestyret",
    "starts_at": START.now,
    "ends_at": START.now + timedelta(hours=4),
    "members": MEMBERS,
    "source_id": named("source"),
    "chair_id": named("anne"),
}


def plans(meeting: Meeting) -> None:
    random, new = meeting.random, meeting.new("item")
    if meeting.state.status == "planned" and random.random() < 0.3:
        meeting.says("change_session", SECRETARY, **PLAN)
    elif random.random() < 0.3:
        kind = random.choice(["decision", "election", "question", "report_item"])
        meeting.says("add_item", SECRETARY, item_id=new, title="Ny sak", kind=kind)
    elif random.random() < 0.4:
        meeting.says("change_item", SECRETARY, item_id=named("one"), title=f"Sak {meeting.number}")
    elif random.random() < 0.5:
        others = [one.item_id for one in meeting.state.agenda if one.item_id not in ITEMS]
        meeting.says("remove_item", SECRETARY, item_id=random.choice(others or ITEMS))
    else:
        order = random.sample(ITEMS, 2)
        meeting.says("move_item", SECRETARY, item_id=order[0], before_id=order[1])


def broadcast(meeting: Meeting) -> None:
    stopped = meeting.state.stopped
    meeting.says("resume_broadcast" if stopped else "stop_broadcast")


def doors(meeting: Meeting) -> None:
    if meeting.state.closing and meeting.random.random() < 0.4:
        elsewhere(meeting)
    state, random = meeting.state, meeting.random
    closing = state.closing
    if closing is None:
        item_ids = random.choice([[named("secret")], [meeting.item_id(), named("secret")]])
        fields = {"item_ids": list(dict.fromkeys(item_ids)), "legal_basis": BASIS}
        meeting.says("propose_closing", closing_id=meeting.new("c"), **fields)
    elif closing.part is not None:
        item = state.current_item
        if item is not None and item.hidden:
            closes_item(meeting)
        elif closing.part == "items" and item is None and random.random() < 0.6:
            meeting.says("open_item", item_id=named("secret"))
        else:
            meeting.says("open_doors", closing_id=closing.closing_id, part=closing.part)
    elif random.random() < 0.1:
        meeting.says("drop_closing", closing_id=closing.closing_id)
    elif closing.vote is None and random.random() < 0.8:
        meeting.says("record_closing_vote", closing_id=closing.closing_id, **counted(meeting, None))
    else:
        meeting.says("close_doors", closing_id=closing.closing_id, part="items" if closing.vote else "debate")
