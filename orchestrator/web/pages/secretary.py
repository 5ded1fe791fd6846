"""What the secretary's page shows: roll call, proposals, votes, decisions, the running protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.domain.base import running
from orchestrator.domain.items import Item
from orchestrator.domain.release import withheld
from orchestrator.domain.speech import SpeechRequest
from orchestrator.domain.state import Member, SessionState
from orchestrator.web.dates import clock, clock_seconds, speech_duration
from orchestrator.web.i18n import translations
from orchestrator.web.pages.approval import state_words
from orchestrator.web.pages.chair import (
    can_be_closed,
    chair_context,
    people,
    proposals_of,
    proposer,
    votes_of,
)
from orchestrator.web.pages.protocol import protocol_lines
from orchestrator.web.pages.reminders import marks
from orchestrator.web.pages.scene import LivePage, Scene
from orchestrator.web.pages.seating import seating_context
from orchestrator.web.pages.words import (
    ITEM_KINDS,
    ITEM_MARKS,
    OUTCOMES,
    SPEECH_KINDS,
    case_label,
    item_marks,
    item_name,
)


@dataclass(frozen=True)
class AgendaLine:
    """An item in the case list, what is missing in it, and in ``words`` what else there is to know."""

    item: Item
    label: str
    words: list[str]
    missing: bool
    current: bool
    up_before: UUID | None
    down_before: UUID | None
    movable: bool
    can_open: bool


def agenda_lines(state: SessionState, language: str) -> list[AgendaLine]:
    """The case list; a treated item that should have a decision and has none is flagged."""
    t = translations(language)
    agenda = state.agenda
    lines = []
    for place, item in enumerate(agenda):
        earlier = agenda[place - 1] if place and agenda[place - 1].status == "planned" else None
        lines.append(
            AgendaLine(
                item=item,
                label=case_label(item, language),
                words=[
                    *([state_words(item, language)] if item.status != "planned" else []),
                    *([t.gettext("Unntatt offentlighet")] if item.hidden else []),
                    *item_marks(item, language),
                ],
                missing=item.status in ("paused", "closed") and not can_be_closed(item),
                current=item.item_id == state.current_item_id,
                up_before=earlier.item_id if earlier else None,
                down_before=agenda[place + 2].item_id if place + 2 < len(agenda) else None,
                movable=item.status == "planned" and state.approval is None,
                can_open=_can_open(state, item),
            )
        )
    return lines


def _can_open(state: SessionState, item: Item) -> bool:
    """Whether the item can be taken up now: nothing else is in the way, and the doors are as it needs."""
    in_the_way = state.status != "open" or state.in_break or state.current_vote is not None
    treated = item.status == "closed" or item.item_id == state.current_item_id
    return not in_the_way and not treated and (state.doors_closed or not item.hidden)


@dataclass(frozen=True)
class PresenceLine:
    """A member and whether they are there now; ``times`` when they came and went.

    ``never``: what is said of somebody who has not been there at all. ``place``: a substitute's on the list
    of the group; one who has not been there is not missing.
    """

    person_id: UUID
    name: str
    group: str
    seat: int | None
    present: bool
    times: str
    never: str
    substitutes: str
    place: int | None

    @property
    def missing(self) -> bool:
        """Whether somebody with a seat is not there, or somebody who was has left."""
        return not self.present and not (self.place and not self.times)


def presence_lines(scene: Scene, language: str) -> list[PresenceLine]:
    """Everybody who may attend, those who are missing first, uncalled substitutes last; by group and name."""
    state = scene.session
    lines = [
        PresenceLine(
            person_id=key,
            name=scene.name(key),
            group=member.group or "",
            seat=member.seat,
            present=running(state.presence.get(key, ())),
            times=_times(state, key),
            never="" if state.presence.get(key) else _never(state, member, language),
            substitutes=scene.name(member.substitutes_for) if member.substitutes_for else "",
            place=member.list_order,
        )
        for key, member in state.members.items()
        if member.rights.attend
    ]
    return sorted(
        lines,
        key=lambda line: (not line.missing, not line.present, line.group, line.place or 0, line.name),
    )


def _never(state: SessionState, member: Member, language: str) -> str:
    """Absent for a reason given, or not; nothing of those on a list of substitutes, who are not awaited."""
    t = translations(language)
    if member.person_id in state.absences:
        return t.gettext("meldt forfall")
    return "" if member.list_order else t.gettext("ikke møtt")


def from_teams_path(scene: Scene) -> str:
    """Where what Teams tells of a session is read, once it is over; empty where it was not in Teams."""
    room = scene.meeting.rooms.get(scene.session.room_id) if scene.session.room_id else None
    if room is None or room.provider != "teams" or scene.session.status != "adjourned":
        return ""
    return f"/mote/{scene.meeting.slug}/fra-teams?sesjon={scene.session.session_id}"


def _times(state: SessionState, person_id: UUID) -> str:
    """As "18:00–19:12, 19:40–"; nothing for somebody present since the roll call."""
    periods = state.presence.get(person_id, ())
    if len(periods) == 1 and running(periods) and periods[0].start == state.roll_called_at:
        return ""
    return ", ".join(f"{clock(p.start)}–{clock(p.stop) if p.stop else ''}" for p in periods)


def roll(scene: Scene) -> list[tuple[str, list[tuple[UUID, Member, str]]]]:
    """Those to be called, by group; last those of none, and in each the list of its substitutes."""
    groups: dict[str, list[tuple[UUID, Member, str]]] = {}
    for key, member in scene.session.members.items():
        if member.rights.attend:
            groups.setdefault(member.group or "", []).append((key, member, scene.name(key)))
    return [
        (group, sorted(groups[group], key=lambda one: (one[1].list_order or 0, one[2])))
        for group in sorted(groups, key=lambda name: (not name, name))
    ]


@dataclass(frozen=True)
class Draft:
    """What the decision form is filled with before anybody has written anything."""

    outcome: str
    text: str
    source: str


def decision_draft(scene: Scene, item: Item, language: str) -> Draft:
    """The decision as recorded, else the proposal that was carried, else the recommendation."""
    t = translations(language)
    if item.decision:
        return Draft(item.decision.outcome, item.decision.text, "")
    state = scene.session
    usual = "elected" if item.kind == "election" else "adopted"
    voted = [vote for vote in state.votes.values() if vote.item_id == item.item_id and vote.result]
    for vote in reversed(voted):
        proposal = state.proposals.get(vote.proposal_id) if vote.proposal_id else None
        if vote.result and vote.result.carried and proposal:
            return Draft(usual, proposal.text, t.gettext("Fra forslaget som ble vedtatt"))
    recommended = [proposal for proposal in proposals_of(state, item) if proposal.proposer_id is None]
    if recommended and not any(vote.result and not vote.result.carried for vote in voted):
        return Draft(usual, recommended[-1].text, t.gettext("Fra innstillingen"))
    if item.kind in ("report_item", "briefing_item"):
        return Draft("noted", t.gettext("Saken tas til orientering."), "")
    return Draft(usual, "", "")


@dataclass(frozen=True)
class HeldSpeech:
    """A speech that was held in the item, whose times may have to be corrected."""

    speech: SpeechRequest
    who: str
    kind: str
    lasted: str
    start: str
    stop: str


def held_speeches(scene: Scene, item: Item, language: str) -> list[HeldSpeech]:
    """The item's speeches as they were held; times to the second."""
    t = translations(language)
    held = [r for r in scene.session.requests.values() if r.item_id == item.item_id and r.intervals]
    held.sort(key=lambda speech: speech.intervals[0].start)
    return [
        HeldSpeech(
            speech=speech,
            who=scene.signed(speech.person_id),
            kind=t.gettext(SPEECH_KINDS[speech.kind]),
            lasted=speech_duration(sum(p.seconds(p.start) for p in speech.intervals)),
            start=clock_seconds(speech.intervals[-1].start),
            stop=_clock(speech.intervals[-1].stop),
        )
        for speech in held
    ]


def _clock(moment: datetime | None) -> str:
    return clock_seconds(moment) if moment else ""


def secretary_context(scene: Scene, language: str, selected: UUID | None = None) -> Mapping[str, Any]:
    """What the page's templates show; ``selected``: the item to work on instead of the current one."""
    t = translations(language)
    state = scene.session
    chosen = state.items.get(selected) if selected else None
    item = chosen or state.current_item
    draft = decision_draft(scene, item, language) if item else None
    period = item.periods[-1] if item and item.periods else None
    return {
        **chair_context(scene, language),
        **seating_context(scene, item, language),
        "raised_elsewhere": (),  # the case list tells
        "marks": marks(scene, language),
        "sees_reasons": True,
        "from_teams": from_teams_path(scene),
        "follows": chosen is None,
        "work": item,
        "work_name": item_name(item, language) if item else "",
        "work_label": case_label(item, language) if item else "",
        "work_state": state_words(item, language) if item else "",
        "work_proposals": [(p, proposer(scene, p, language)) for p in proposals_of(state, item)],
        "work_votes": votes_of(scene, item, language),
        "work_voting": next(
            (v for v in state.votes.values() if item and v.being_held and v.item_id == item.item_id), None
        ),
        "work_marks": [(mark, t.gettext(words)) for mark, words in ITEM_MARKS.items()],
        "work_closable": item is not None and can_be_closed(item),
        "may_vote": item is not None and _may_vote(state, item),
        "voted_on": {vote.proposal_id for vote in state.votes.values() if not vote.cancelled},
        "draft": draft,
        "speeches": held_speeches(scene, item, language) if item else [],
        "item_start": _clock(period.start) if period else "",
        "item_stop": _clock(period.stop) if period else "",
        "withheld": item is not None and withheld(state, item),
        "agenda": agenda_lines(state, language),
        "presence": presence_lines(scene, language),
        "roll": roll(scene),
        "proposers": people(scene, lambda member: member.rights.propose),
        "outcomes": [(key, t.gettext(words)) for key, words in OUTCOMES.items()],
        "item_kinds": [(key, t.gettext(words)) for key, words in ITEM_KINDS.items()],
        "protocol": protocol_lines(scene, language),
    }


def _may_vote(state: SessionState, item: Item) -> bool:
    treated = item.status in ("open", "paused")
    return (
        treated and state.status == "open" and not state.in_break and (state.doors_closed or not item.hidden)
    )


def _proposes(state: SessionState, person_id: str) -> bool:
    member = state.members.get(UUID(person_id))
    return member is not None and member.rights.propose


PAGE = LivePage(
    template="secretary/page.html",
    fragments={
        "top": "chair/top.html",
        "case": "chair/case.html",
        "doors": "chair/doors.html",
        "approval": "chair/approval.html",
        "floor": "chair/floor.html",
        "queue": "chair/queue.html",
        "last": "chair/last.html",
        "agenda": "secretary/agenda.html",
        "impartiality": "chair/impartiality.html",
        "seats": "secretary/seats.html",
        "presence": "secretary/presence.html",
        "work": "secretary/work.html",
        "protocol": "secretary/protocol.html",
        "asks-begin": "chair/ask_begin.html",
        "asks-resume": "chair/ask_resume.html",
        "asks-adjourn": "chair/ask_adjourn.html",
        "asks-closing": "chair/ask_closing.html",
        "asks-close": "chair/ask_close.html",
        "asks-open": "chair/ask_open.html",
        "asks-count": "chair/ask_count.html",
        "asks-leave": "chair/ask_leave.html",
        "asks-impartial": "chair/ask_impartial.html",
        "asks-agenda": "chair/ask_agenda.html",
    },
    context=secretary_context,
    reminded=True,
)


def working_on(item_id: UUID) -> LivePage:
    """The same page with a chosen item to work on; it stands still while it is written in."""
    return replace(PAGE, context=lambda scene, language: secretary_context(scene, language, item_id))
