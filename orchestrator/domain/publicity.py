"""What the public may see of a session: the one place where the state is cut down to that."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime

from orchestrator.domain.base import Model, Period
from orchestrator.domain.items import (
    Decision,
    Dropped,
    Impartiality,
    Item,
    ItemKind,
    ItemStatus,
    LegalBasis,
    Paper,
    Question,
)
from orchestrator.domain.limits import ListState
from orchestrator.domain.shut import Shut, outside, shut_periods
from orchestrator.domain.speech import SpeechKind, SpeechRequest
from orchestrator.domain.state import BreakKind, SessionState
from orchestrator.domain.votes import Proposal, Vote, VoteResult

V = TypeVar("V")
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


class PublicClock(Model):
    """The clock of the one who has the floor: seconds spoken, running on from ``since`` (null: it stands)."""

    spoken: float
    since: AwareDatetime | None
    limit: int
    warning: int


class PublicImpartiality(Model):
    """What the body decided of a member's impartiality, and who took the seat in the item (§ 11-4)."""

    person_id: UUID
    group: str | None
    outcome: Impartiality
    legal_basis: LegalBasis
    result: VoteResult
    decided_at: AwareDatetime
    substitute_id: UUID | None = None
    substitute_group: str | None = None


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
    impartiality: tuple[PublicImpartiality, ...] = ()
    unlisted: bool = False
    dropped: Dropped | None = None
    dropped_at: AwareDatetime | None = None
    dropped_by: VoteResult | None = None
    withheld: bool = False


class PublicClosing(Model):
    """That the doors were closed, when, for which items and by which legal basis (§ 11-4)."""

    item_ids: tuple[UUID, ...]
    legal_basis: LegalBasis
    start: AwareDatetime
    stop: AwareDatetime | None


class PublicSession(Model):
    """A session as the public may see it.

    ``list_state``: how far the closing of the speaker list has come; ``list_until``: when the last call ends.
    """

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
    clock: PublicClock | None = None
    voting: bool = False
    next: tuple[SpeechRequest, ...] = ()
    list_state: ListState | None = None
    list_until: AwareDatetime | None = None
    break_kind: BreakKind | None = None
    resume_at: AwareDatetime | None = None
    closing: PublicClosing | None = None
    closings: tuple[PublicClosing, ...] = ()
    recording_public: bool = False
    recording_deleted: bool = False


def public_session(state: SessionState) -> PublicSession | None:
    """The public's view of ``state``; None when the session is not for the public at all.

    While the doors are closed it stays as it was when they closed, but that nothing is current.
    """
    if not state.public or state.status == "unplanned":
        return None
    status = public_status(state)
    before = state.before_doors or state
    items = _items(state, before, live=status in ("live", "break"))
    current = next((item for item in items if item.current), None)
    debated = status == "live" and current is not None
    item = state.current_item if debated else None
    speech, vote = before.current_speech, before.current_vote
    spoken = public_speech(speech, shut_periods(state), state.last_at) if speech and debated else None
    closings = _closings(state)
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
        chair_id=before.chair_id,
        items=items,
        current=current,
        speaking=spoken,
        clock=_clock(state, speech) if spoken and speech else None,
        voting=debated and vote is not None and not vote.behind_doors and not hides(state, vote.item_id),
        next=public_list(state),
        list_state=item.list_state if item else None,
        list_until=item.line.until if item and item.list_state == "last_call" else None,
        break_kind=in_break.kind if in_break else None,
        resume_at=in_break.resume_at if in_break else None,
        closing=closings[-1] if status == "closed" and closings else None,
        closings=closings,
        recording_public=state.recording_public,
        recording_deleted=state.recording_deleted_at is not None,
    )


def _closings(state: SessionState) -> tuple[PublicClosing, ...]:
    return tuple(
        PublicClosing(
            item_ids=closing.item_ids, legal_basis=closing.legal_basis, start=period.start, stop=period.stop
        )
        for closing in state.closings
        for period in (*closing.debate, *closing.periods)
    )


def hides(state: SessionState, item_id: UUID) -> bool:
    """Whether this item is exempt, or not on the agenda any more."""
    item = state.items.get(item_id)
    return item is None or item.hidden


def public_list(state: SessionState) -> tuple[SpeechRequest, ...]:
    """Who waits for the floor, as the public may see it."""
    item = state.current_item
    if not state.public or state.off_air or item is None or item.hidden:
        return ()
    return tuple(
        request.model_copy(update={"note": ""}) if request.note else request
        for request in state.speaker_list
        if not request.unseen
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


def public_speech(speech: SpeechRequest, shut: Shut, now: datetime | None) -> PublicSpeech | None:
    """A speech as far as it was for the public; None if it was not. ``now``: up to when it has lasted."""
    if speech.started_at is None or speech.behind_doors:
        return None
    held = Period(start=speech.started_at, stop=speech.ended_at)
    intervals = speech.intervals
    if speech.unseen:  # begun in a stop: what came after it was seen and heard
        parts = tuple(outside(held, shut))
        if not parts:
            return None
        held = Period(start=parts[0].start, stop=parts[-1].stop)
        intervals = tuple(part for interval in intervals for part in outside(interval, shut))
    return PublicSpeech(
        speech_id=speech.request_id,
        person_id=speech.person_id,
        group=speech.group,
        kind=speech.kind,
        started_at=held.start,
        ended_at=held.stop,
        seconds=sum(interval.seconds(now or held.start) for interval in intervals),
    )


def _clock(state: SessionState, speech: SpeechRequest) -> PublicClock | None:
    """None of a speech begun in a stop: how long it has lasted would tell when."""
    if speech.unseen:
        return None
    over = [interval for interval in speech.intervals if interval.stop is not None]
    return PublicClock(
        spoken=sum(interval.seconds(interval.start) for interval in over),
        since=speech.intervals[-1].start if speech.status == "speaking" and speech.intervals else None,
        limit=max(1, speech.limit_seconds + speech.extra_seconds),
        warning=state.rules_for(speech.item_id).warning_seconds,
    )


def _items(state: SessionState, before: SessionState, *, live: bool) -> tuple[PublicItem, ...]:
    shut = shut_periods(state)
    basis = {
        item_id: closing.legal_basis
        for closing in state.closings
        if not closing.dropped
        for item_id in closing.item_ids
    }
    speeches = _by_item(
        (speech.item_id, shown)
        for speech in before.requests.values()
        if (shown := public_speech(speech, shut, before.last_at))
    )
    proposals = _by_item((one.item_id, one) for one in before.proposals.values() if not one.withdrawn)
    votes = _by_item((one.item_id, one) for one in before.votes.values() if one.result)
    questions = _by_item((one.item_id, one) for one in before.questions.values() if one.outcome)
    return tuple(
        PublicItem(
            item_id=item.item_id,
            kind=item.kind,
            case_number=item.case_number,
            title=state.items.get(item.item_id, item).public_title or "",
            hidden=True,
            legal_basis=basis.get(item.item_id),
            status="closed" if item.status == "closed" else "planned",
        )
        if hides(state, item.item_id)
        else PublicItem(
            item_id=item.item_id,
            kind=item.kind,
            case_number=item.shown.case_number,
            title=item.heading,
            legal_basis=basis.get(item.item_id),
            status=item.status,
            current=live and item.item_id == before.current_item_id,
            started_at=first_public_moment(item, shut),
            summary=item.shown.summary,
            papers=item.shown.papers,
            speeches=tuple(speeches[item.item_id]),
            proposals=tuple(one for one in proposals[item.item_id] if not one.behind_doors),
            votes=tuple(one for one in votes[item.item_id] if not one.behind_doors),
            decision=item.decision if item.decision and not item.decision.behind_doors else None,
            impartiality=tuple(
                told
                for one in questions[item.item_id]
                if not one.behind_doors and (told := _impartiality(before, one))
            ),
            unlisted=item.unlisted,
            dropped=item.dropped,
            dropped_at=item.dropped_at,
            dropped_by=item.dropped_by,
            withheld=item.told is not None
            or any(one.behind_doors for one in questions[item.item_id])
            or (item.decision is not None and item.decision.behind_doors)
            or any(one.behind_doors for one in proposals[item.item_id])
            or any(one.behind_doors for one in votes[item.item_id]),
        )
        for item in before.agenda
    )


def _impartiality(state: SessionState, question: Question) -> PublicImpartiality | None:
    if not (question.outcome and question.legal_basis and question.result and question.decided_at):
        return None
    key = (question.person_id, question.item_id)
    seatings = (one for one in state.seatings if (one.for_id, one.item_id) == key and not one.behind_doors)
    substitute = next((one.person_id for one in seatings if question.outcome != "impartial"), None)
    return PublicImpartiality(
        person_id=question.person_id,
        group=_group(state, question.person_id),
        outcome=question.outcome,
        legal_basis=question.legal_basis,
        result=question.result,
        decided_at=question.decided_at,
        substitute_id=substitute,
        substitute_group=_group(state, substitute) if substitute else None,
    )


def _group(state: SessionState, person_id: UUID) -> str | None:
    member = state.members.get(person_id)
    return member.group if member else None


def _by_item(pairs: Iterable[tuple[UUID, V]]) -> dict[UUID, list[V]]:
    found: dict[UUID, list[V]] = defaultdict(list)
    for item_id, part in pairs:
        found[item_id].append(part)
    return found


def first_public_moment(item: Item, shut: Shut) -> datetime | None:
    """When this item was first treated in public, if it was."""
    parts = (part for period in item.periods for part in outside(period, shut))
    return next((part.start for part in parts), None)
