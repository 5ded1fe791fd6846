"""What the public may see of a session: the one place where the state is cut down to that."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from orchestrator.domain.base import Model
from orchestrator.domain.state import (
    BreakKind,
    Decision,
    Item,
    ItemKind,
    ItemStatus,
    LegalBasis,
    Paper,
    Proposal,
    SessionState,
    SpeechKind,
    SpeechRequest,
    Vote,
)

PublicStatus = Literal["planned", "live", "break", "closed", "stopped", "adjourned", "cancelled"]


class PublicSpeech(Model):
    """A speech that was held in public."""

    speech_id: UUID
    person_id: UUID
    group: str | None
    kind: SpeechKind
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    seconds: float


class PublicItem(Model):
    """An item as the public may see it; a hidden one is number, public title and legal basis."""

    item_id: UUID
    kind: ItemKind
    case_number: str | None
    title: str
    hidden: bool = False
    legal_basis: LegalBasis | None = None
    status: ItemStatus = "planned"
    current: bool = False
    started_at: AwareDatetime | None = None
    summary: str | None = None
    papers: tuple[Paper, ...] = ()
    speeches: tuple[PublicSpeech, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    votes: tuple[Vote, ...] = ()
    decision: Decision | None = None
    withheld: bool = False


class PublicClosing(Model):
    """That the doors were closed, when, for which items and by which legal basis (§ 11-4)."""

    item_ids: tuple[UUID, ...]
    legal_basis: LegalBasis
    start: AwareDatetime
    stop: AwareDatetime | None


class PublicSession(Model):
    """A session as the public may see it."""

    session_id: UUID
    broadcast_id: UUID
    title: str
    status: PublicStatus
    starts_at: AwareDatetime | None
    ends_at: AwareDatetime | None
    opened_at: AwareDatetime | None
    adjourned_at: AwareDatetime | None
    chair_id: UUID | None
    items: tuple[PublicItem, ...]
    current: PublicItem | None = None
    speaking: PublicSpeech | None = None
    voting: bool = False
    next: tuple[SpeechRequest, ...] = ()
    break_kind: BreakKind | None = None
    resume_at: AwareDatetime | None = None
    closing: PublicClosing | None = None
    closings: tuple[PublicClosing, ...] = ()
    recording_public: bool = False


def public_session(state: SessionState) -> PublicSession | None:
    """The public's view of ``state``; None when the session is not for the public at all."""
    if not state.public or state.status == "unplanned":
        return None
    status = public_status(state)
    seen = status == "live"
    bases = {item_id: closing.legal_basis for closing in state.closings for item_id in closing.item_ids}
    items = tuple(_item(state, item, bases, seen=seen) for item in state.agenda)
    closings = tuple(
        PublicClosing(
            item_ids=closing.item_ids, legal_basis=closing.legal_basis, start=period.start, stop=period.stop
        )
        for closing in state.closings
        for period in (*closing.debate, *closing.periods)
    )
    speech = state.current_speech
    waiting = tuple(request for request in state.speaker_list if not request.unseen)
    current = next((item for item in items if item.current), None)
    visible_list = seen and current is not None and not current.hidden
    in_break = state.breaks[-1] if status == "break" else None
    return PublicSession(
        session_id=state.session_id,
        broadcast_id=state.broadcast_id,
        title=state.title,
        status=status,
        starts_at=state.starts_at,
        ends_at=state.ends_at,
        opened_at=state.parts[0].start if state.parts else None,
        adjourned_at=state.parts[-1].stop if state.parts else None,
        chair_id=state.chair_id,
        items=items,
        current=current,
        speaking=_speech(speech, state.last_at) if speech and visible_list and not speech.unseen else None,
        voting=visible_list and state.current_vote is not None and not state.current_vote.behind_doors,
        next=waiting if visible_list else (),
        break_kind=in_break.kind if in_break else None,
        resume_at=in_break.resume_at if in_break else None,
        closing=closings[-1] if status == "closed" and closings else None,
        closings=closings,
        recording_public=state.status == "adjourned"
        and (state.recording_at_once or state.recording_released),
    )


def public_status(state: SessionState) -> PublicStatus:
    """What the session is to those outside."""
    if state.status == "cancelled":
        return "cancelled"
    if state.status == "adjourned":
        return "adjourned"
    if state.status != "open":
        return "planned"
    if state.doors_closed:
        return "closed"
    if state.stopped:
        return "stopped"
    return "break" if state.in_break else "live"


def _speech(speech: SpeechRequest, now: datetime | None) -> PublicSpeech | None:
    if speech.started_at is None:
        return None
    until = now or speech.started_at
    return PublicSpeech(
        speech_id=speech.request_id,
        person_id=speech.person_id,
        group=speech.group,
        kind=speech.kind,
        started_at=speech.started_at,
        ended_at=speech.ended_at,
        seconds=sum(interval.seconds(until) for interval in speech.intervals),
    )


def _item(state: SessionState, item: Item, bases: Mapping[UUID, LegalBasis], *, seen: bool) -> PublicItem:
    current = item.item_id == state.current_item_id and (seen or state.in_break)
    started = first_public_moment(state, item)
    if item.hidden:
        return PublicItem(
            item_id=item.item_id,
            kind=item.kind,
            case_number=item.case_number,
            title=item.public_title or "",
            hidden=True,
            legal_basis=bases.get(item.item_id),
            status="closed" if item.status == "closed" and not state.doors_closed else "planned",
        )
    held = (
        speech for speech in state.requests.values() if speech.item_id == item.item_id and speech.started_at
    )
    shown = [speech for speech in held if item.released or not speech.unseen]
    proposals = [p for p in state.proposals.values() if p.item_id == item.item_id and not p.withdrawn]
    votes = [v for v in state.votes.values() if v.item_id == item.item_id and v.result is not None]
    decision = item.decision
    withheld = not item.released and (
        any(p.behind_doors for p in proposals)
        or any(v.behind_doors for v in votes)
        or (decision is not None and decision.behind_doors)
    )
    status = item.status
    if state.doors_closed and item.periods and started is None:
        status = "planned"
    return PublicItem(
        item_id=item.item_id,
        kind=item.kind,
        case_number=item.case_number,
        title=item.public_title if item.public_title and not item.released else item.title,
        legal_basis=bases.get(item.item_id),
        status=status,
        current=current,
        started_at=started,
        summary=item.summary,
        papers=item.papers,
        speeches=tuple(s for speech in shown if (s := _speech(speech, state.last_at))),
        proposals=tuple(p for p in proposals if item.released or not p.behind_doors),
        votes=tuple(v for v in votes if item.released or not v.behind_doors),
        decision=decision if decision and (item.released or not decision.behind_doors) else None,
        withheld=withheld,
    )


def shut_periods(state: SessionState) -> tuple[tuple[datetime, datetime | None], ...]:
    """When the doors were closed, the stream stopped or a break held, in order of start."""
    periods = [
        *(period for closing in state.closings for period in (*closing.debate, *closing.periods)),
        *state.stops,
        *(pause.period for pause in state.breaks),
    ]
    return tuple(sorted(((p.start, p.stop) for p in periods), key=lambda pair: pair[0]))


def first_public_moment(state: SessionState, item: Item) -> datetime | None:
    """When this item was first treated in public, if it was."""
    shut = shut_periods(state)
    for period in item.periods:
        moment = period.start
        for start, stop in shut:
            if start <= moment and (stop is None or moment < stop):
                if stop is None:
                    return None
                moment = stop
        if period.stop is None or moment < period.stop:
            return moment
    return None
