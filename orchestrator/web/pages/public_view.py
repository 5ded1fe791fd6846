"""What the public pages show of a session: words and lines made from ``PublicSession``, nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from orchestrator.domain.items import LegalBasis, Paper
from orchestrator.domain.minutes import Minutes
from orchestrator.domain.publicity import PublicImpartiality, PublicItem, PublicSession, PublicSpeech
from orchestrator.domain.speech import SpeechKind
from orchestrator.domain.timeline import Name
from orchestrator.domain.votes import Proposal, Vote
from orchestrator.web.pages.doors import Gettext, written_basis
from orchestrator.web.pages.seating import OUTCOMES
from orchestrator.web.pages.words import SPEECH_KINDS, dropped_words, vote_words

ItemState = Literal["treated", "now", "coming", "dropped"]


@dataclass(frozen=True)
class SpeechLine:
    """One speech in a list: who, what kind, when, how long."""

    speech_id: UUID
    name: str
    group: str
    kind: str
    started_at: datetime
    seconds: float
    running: bool


@dataclass(frozen=True)
class VoteLine:
    """One vote as a sentence, with its groups."""

    at: datetime
    question: str
    result: str
    groups: tuple[str, ...]
    voting: int


@dataclass(frozen=True)
class ProposalLine:
    """One proposal: who put it (nobody: the recommendation), when, its text."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True)
class ImpartialityLine:
    """Whose impartiality was decided, how, by which legal basis and vote, and who took the seat."""

    at: datetime
    who: str
    outcome: str
    basis: str
    vote: str
    substitute: str


@dataclass(frozen=True)
class ItemLine:
    """One item of the case list; ``outcome`` says of a dropped one why it was not treated."""

    item_id: UUID
    key: str
    number: str
    title: str
    state: ItemState
    hidden: bool
    legal_basis: str
    outcome: str
    decision: str
    decided_at: datetime | None
    dropped_at: datetime | None
    dropped_by: str
    impartiality: tuple[ImpartialityLine, ...]
    withheld: bool
    started_at: datetime | None
    summary: str
    papers: tuple[Paper, ...]
    speeches: tuple[SpeechLine, ...]
    proposals: tuple[ProposalLine, ...]
    votes: tuple[VoteLine, ...]


@dataclass(frozen=True)
class Bookmark:
    """A named position in the video."""

    at: datetime
    text: str


def signed(person_id: UUID | None, group: str | None, names: Mapping[UUID, Name]) -> str:
    """Name and group, as in «Kari Nordli (SP)»; a dash for somebody whose name has been erased."""
    if person_id is None:
        return ""
    name = names.get(person_id)
    shown = name.name if name else "–"
    group = group or (name.group if name else None)
    return f"{shown} ({group})" if group else shown


@dataclass(frozen=True)
class NextLine:
    """One who waits for the floor, and for what, unless it is an ordinary speech."""

    who: str
    kind: str


@dataclass(frozen=True)
class ChairLine:
    """One who led the meeting, and from when, if not from its beginning."""

    who: str
    since: datetime | None


def chair_lines(minutes: Minutes, names: Mapping[UUID, Name]) -> list[ChairLine]:
    """Who has led, in order."""
    opened = minutes.session.opened_at
    return [
        ChairLine(signed(one.person_id, None, names), None if one.since == opened else one.since)
        for one in minutes.chairs
    ]


def waiting(view: PublicSession, names: Mapping[UUID, Name], _: Gettext) -> list[NextLine]:
    """The speaker list in order."""
    return [
        NextLine(
            signed(request.person_id, request.group, names),
            _("fortsetter") if request.interrupted else special_kind(request.kind, _),
        )
        for request in view.next
    ]


def floor_words(view: PublicSession, names: Mapping[UUID, Name], _: Gettext) -> str:
    """Who has the floor, or what goes on instead; nothing while nothing is for the public."""
    if view.status != "live":
        return ""
    if view.voting:
        return _("Votering")
    if view.speaking:
        return signed(view.speaking.person_id, view.speaking.group, names)
    chair = signed(view.chair_id, None, names)
    return _("Møteleder: {name}").format(name=chair) if chair and view.current else _("Ingen taler i gang")


def line_words(view: PublicSession | None, _: Gettext) -> str:
    """How far strek has come, without the countdown; nothing while the list is open."""
    words = {
        "proposed": _("Strek er foreslått"),
        "last_call": _("Strek settes snart"),
        "closed": _("Strek er satt"),
    }
    return words.get(view.list_state or "", "") if view else ""


def basis_words(basis: LegalBasis | None, _: Gettext) -> str:
    """The legal basis as minutes write it; nothing where there is none."""
    return written_basis(basis, _) if basis else ""


def speech_kind(kind: SpeechKind, _: Gettext) -> str:
    """The kind of speech, as it stands within a sentence."""
    return _(SPEECH_KINDS[kind]).lower()


def special_kind(kind: SpeechKind, _: Gettext) -> str:
    """The same where an ordinary speech needs no word."""
    return "" if kind is SpeechKind.SPEECH else speech_kind(kind, _)


def outcome_words(outcome: str, _: Gettext) -> str:
    """What came of an item, in one word."""
    return {
        "adopted": _("Vedtatt"),
        "rejected": _("Falt"),
        "deferred": _("Utsatt"),
        "referred": _("Oversendt"),
        "noted": _("Tatt til orientering"),
        "elected": _("Valgt"),
    }[outcome]


def item_lines(view: PublicSession, names: Mapping[UUID, Name], _: Gettext) -> tuple[ItemLine, ...]:
    """The case list in the order of the agenda."""
    return tuple(_item(item, place, names, _) for place, item in enumerate(view.items, 1))


def _item(item: PublicItem, place: int, names: Mapping[UUID, Name], _: Gettext) -> ItemLine:
    dropped = item.dropped is not None
    treated = item.status in ("closed", "paused") or (item.status == "open" and not item.current)
    votes = tuple(_vote(vote, item, _) for vote in item.votes if vote.result)
    return ItemLine(
        item_id=item.item_id,
        key=item.case_number.replace("/", "-").replace(" ", "-") if item.case_number else f"punkt-{place}",
        number=item.case_number or "",
        title=item.title or _("Sak unntatt offentlighet"),
        state="dropped" if dropped else "now" if item.current else "treated" if treated else "coming",
        hidden=item.hidden,
        legal_basis=basis_words(item.legal_basis, _),
        outcome=_outcome(item, _),
        decision=item.decision.text if item.decision else "",
        decided_at=item.decision.decided_at if item.decision else None,
        dropped_at=item.dropped_at,
        dropped_by=vote_words(item.dropped_by, _) if item.dropped_by else "",
        impartiality=tuple(_impartiality(one, names, _) for one in item.impartiality),
        withheld=item.withheld,
        started_at=item.started_at,
        summary=item.summary or "",
        papers=item.papers,
        speeches=tuple(speech_line(speech, names, _) for speech in item.speeches),
        proposals=tuple(_proposal(proposal, names, _) for proposal in item.proposals),
        votes=votes,
    )


def _outcome(item: PublicItem, _: Gettext) -> str:
    """Outcome first, then how: «Vedtatt 23–20», «Vedtatt enstemmig», «Utsatt»."""
    if item.decision is None:
        return dropped_words(item, _)
    word = outcome_words(item.decision.outcome, _)
    carried = {"adopted": True, "elected": True, "rejected": False}.get(item.decision.outcome)
    results = (vote.result for vote in reversed(item.votes) if vote.result)
    last = next((result for result in results if result.carried is carried), None)
    if last is None:
        return word
    how = _("enstemmig") if last.unanimous else f"{last.in_favour}–{last.against}"
    return f"{word} {how}"


def _impartiality(one: PublicImpartiality, names: Mapping[UUID, Name], _: Gettext) -> ImpartialityLine:
    return ImpartialityLine(
        at=one.decided_at,
        who=signed(one.person_id, one.group, names),
        outcome=_(OUTCOMES[one.outcome]),
        basis=written_basis(one.legal_basis, _),
        vote=vote_words(one.result, _),
        substitute=signed(one.substitute_id, one.substitute_group, names),
    )


def speech_line(speech: PublicSpeech, names: Mapping[UUID, Name], _: Gettext) -> SpeechLine:
    """A speech with its speaker's name."""
    name = names.get(speech.person_id)
    return SpeechLine(
        speech_id=speech.speech_id,
        name=name.name if name else "–",
        group=speech.group or "",
        kind=speech_kind(speech.kind, _),
        started_at=speech.started_at,
        seconds=speech.seconds,
        running=speech.ended_at is None,
    )


def _proposal(proposal: Proposal, names: Mapping[UUID, Name], _: Gettext) -> ProposalLine:
    by = signed(proposal.proposer_id, proposal.group, names)
    return ProposalLine(at=proposal.put_at, by=by, text=proposal.text)


def _vote(vote: Vote, item: PublicItem, _: Gettext) -> VoteLine:
    result = vote.result
    assert result is not None
    proposal = next((p for p in item.proposals if p.proposal_id == vote.proposal_id), None)
    if result.unanimous:
        words = _("Enstemmig vedtatt")
    else:
        words = f"{_('Vedtatt') if result.carried else _('Falt')} {result.in_favour}–{result.against}"
        if result.casting_vote:
            words += f" ({_('møtelederens dobbeltstemme')})"
    groups = tuple(
        f"{tally.group}: {_('{count} for').format(count=tally.in_favour)}, "
        f"{_('{count} mot').format(count=tally.against)}"
        for tally in result.tallies
    )
    return VoteLine(
        at=vote.recorded_at or vote.started_at,
        question=vote.question or (proposal.text if proposal else ""),
        result=words,
        groups=groups,
        voting=result.voting,
    )


def bookmarks(view: PublicSession, minutes: Minutes, _: Gettext) -> tuple[Bookmark, ...]:
    """Named positions: opening, breaks, doors, votes, adjourning."""
    marks = [
        Bookmark(part.start, _("Møtet settes") if n == 0 else _("Møtet gjenåpnes"))
        for n, part in enumerate(minutes.parts)
    ]
    resumed = [pause.period.stop for pause in minutes.breaks if pause.period.stop]
    reopened = [closing.stop for closing in view.closings if closing.stop]
    marks += [Bookmark(at, _("Møtet fortsetter etter pause")) for at in resumed]
    marks += [Bookmark(at, _("Dørene åpnes igjen")) for at in reopened]
    for item in view.items:
        words = _("Votering i sak {number}").format(number=item.case_number or item.title)
        marks += [Bookmark(vote.started_at, words) for vote in item.votes]
    return tuple(sorted(marks, key=lambda mark: mark.at))
