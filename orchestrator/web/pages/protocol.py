"""The running protocol as staff see it while the meeting lasts: what has been recorded, line by line."""

from dataclasses import dataclass
from datetime import datetime

from orchestrator.domain.limits import Line as Closing
from orchestrator.domain.state import SessionState
from orchestrator.web.dates import clock, speech_duration
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.chair import closing_items, decision_words, proposer, question_of, result_words
from orchestrator.web.pages.doors import written_basis
from orchestrator.web.pages.scene import Scene
from orchestrator.web.pages.seating import OUTCOMES
from orchestrator.web.pages.words import BREAK_KINDS, SPEECH_KINDS, dropped_words, item_name, vote_words

_LEAVES = {True: N_("Permisjon innvilget: %(name)s"), False: N_("Permisjon avslått: %(name)s")}


@dataclass(frozen=True)
class Line:
    """One thing recorded, and when; ``level`` 0 for what divides the meeting, 1 for what happens inside."""

    at: datetime
    text: str
    level: int = 1
    private: bool = False


def protocol_lines(scene: Scene, language: str) -> list[Line]:
    """Everything recorded so far, the latest first."""
    lines = [
        *_course(scene, language),
        *_chairs(scene, language),
        *_presence(scene, language),
        *_absence(scene, language),
        *_seats(scene, language),
        *_approval(scene, language),
        *_items(scene, language),
        *_impartiality(scene, language),
        *_speeches(scene, language),
        *_decisions(scene, language),
        *_doors(scene, language),
    ]
    order = {line: place for place, line in enumerate(lines)}
    return sorted(lines, key=lambda line: (line.at, order[line]), reverse=True)


def _course(scene: Scene, language: str) -> list[Line]:
    t = translations(language)
    state = scene.session
    lines = []
    for number, part in enumerate(state.parts):
        lines.append(
            Line(part.start, t.gettext("Møtet åpnet") if not number else t.gettext("Møtet gjenåpnet"), 0)
        )
        if part.stop:
            lines.append(Line(part.stop, t.gettext("Møtet hevet"), 0))
    for pause in state.breaks:
        kind = t.gettext(BREAK_KINDS[pause.kind])
        until = t.gettext("til kl. %(time)s") % {"time": clock(pause.resume_at)} if pause.resume_at else ""
        lines.append(Line(pause.period.start, f"{kind} {until}".strip(), 0))
        if pause.period.stop:
            lines.append(Line(pause.period.stop, t.gettext("Møtet fortsatte"), 0))
    for stop in state.stops:
        lines.append(Line(stop.start, t.gettext("Sendingen stoppet")))
        if stop.stop:
            lines.append(Line(stop.stop, t.gettext("Sendingen startet igjen")))
    return lines


def _chairs(scene: Scene, language: str) -> list[Line]:
    """Who took over from the one who led when the meeting was opened."""
    t = translations(language)
    state = scene.session
    opened = state.parts[0].start if state.parts else None
    return [
        Line(
            one.since,
            t.gettext("%(name)s overtok møteledelsen") % {"name": scene.name(one.person_id)},
            private=one.behind_doors,
        )
        for one in state.chairs
        if one.since != opened
    ]


def _presence(scene: Scene, language: str) -> list[Line]:
    t = translations(language)
    state = scene.session
    lines = []
    called = state.roll_called_at
    if called:
        number = sum(
            any(p.start <= called and (p.stop is None or p.stop > called) for p in ps)
            for ps in state.presence.values()
        )
        lines.append(Line(called, t.gettext("Opprop: %(number)s til stede") % {"number": number}))
    for person, periods in state.presence.items():
        for period in periods:
            if called is None or period.start > called:
                lines.append(
                    Line(period.start, t.gettext("%(name)s tiltrådte") % {"name": scene.signed(person)})
                )
            if period.stop and not any(part.stop == period.stop for part in state.parts):
                lines.append(
                    Line(period.stop, t.gettext("%(name)s fratrådte") % {"name": scene.signed(person)})
                )
    return lines


def _absence(scene: Scene, language: str) -> list[Line]:
    """Forfall and permisjon; that leave was refused is for nobody else."""
    t = translations(language)
    state = scene.session
    lines = [
        Line(one.reported_at, t.gettext("%(name)s meldte forfall") % {"name": scene.signed(person)})
        for person, one in state.absences.items()
    ]
    for leave in state.leaves:
        if leave.decided_at is None:
            continue
        granted = leave.outcome == "granted"
        words = t.gettext(_LEAVES[granted])
        item = state.items.get(leave.item_id) if leave.item_id else None
        during = f" ({item_name(item, language)})" if item else ""
        name = scene.signed(leave.person_id) + during
        lines.append(Line(leave.decided_at, words % {"name": name}, private=not granted))
    return lines


def _seats(scene: Scene, language: str) -> list[Line]:
    """Substitutes, from when they take a seat; those in one item are told with the item."""
    t = translations(language)
    state = scene.session
    lines = []
    for seat in state.seatings:
        item = state.items.get(seat.item_id) if seat.item_id else None
        if seat.period is None or (seat.item_id and item is None):
            continue
        who = {"name": scene.signed(seat.person_id), "for": scene.signed(seat.for_id)}
        during = f" ({item_name(item, language)})" if item else ""
        private = item is not None and (seat.behind_doors or item.hidden)
        took = t.gettext("%(name)s tok sete for %(for)s") % who + during
        lines.append(Line(seat.period.start, took, private=private))
        if seat.period.stop and not any(part.stop == seat.period.stop for part in state.parts):
            left = t.gettext("%(name)s forlot setet for %(for)s") % who + during
            lines.append(Line(seat.period.stop, left, private=private))
    return lines


def _approval(scene: Scene, language: str) -> list[Line]:
    """The agenda approved, its order changed, and what was taken off it."""
    t = translations(language)
    state = scene.session
    lines = []
    if state.approval:
        words = t.gettext("Innkalling og saksliste godkjent (%(vote)s)")
        vote = vote_words(state.approval.result, t.gettext)
        lines.append(Line(state.approval.at, words % {"vote": vote}))
    for one in state.reorderings:
        words = t.gettext("Sakslisten endret (%(vote)s)") % {"vote": vote_words(one.result, t.gettext)}
        lines.append(Line(one.at, words))
    for item in state.agenda:
        if item.dropped_at:
            vote = f" ({vote_words(item.dropped_by, t.gettext)})" if item.dropped_by else ""
            words = f"{item_name(item, language)}: {dropped_words(item, t.gettext)}{vote}"
            lines.append(Line(item.dropped_at, words, private=item.hidden))
    return lines


def _impartiality(scene: Scene, language: str) -> list[Line]:
    """Raised, explained, decided; for the public once it has been decided in open meeting."""
    t = translations(language)
    lines = []
    for one in scene.session.questions.values():
        item = scene.session.items.get(one.item_id)
        if item is None:
            continue
        about = {"name": scene.signed(one.person_id), "item": item_name(item, language)}
        private = one.outcome is None or one.behind_doors or item.hidden
        raised = t.gettext("Habilitet reist i %(item)s: %(name)s") % about
        lines.append(Line(one.raised_at, raised, private=private))
        if one.explained_at:
            explained = t.gettext("%(name)s redegjorde for sin habilitet i %(item)s") % about
            lines.append(Line(one.explained_at, explained, private=private))
        if one.outcome and one.legal_basis and one.result and one.decided_at:
            questioned = t.gettext("Habilitet i %(item)s: %(name)s") % about
            basis, vote = written_basis(one.legal_basis, t.gettext), vote_words(one.result, t.gettext)
            words = f"{questioned} – {t.gettext(OUTCOMES[one.outcome])}, {basis} ({vote})"
            lines.append(Line(one.decided_at, words, private=private))
    return lines


def _items(scene: Scene, language: str) -> list[Line]:
    t = translations(language)
    lines = []
    for item in scene.session.agenda:
        title = " ".join(part for part in (item.case_number, item.title) if part)
        for number, period in enumerate(item.periods):
            words = (
                title if not number else t.gettext("%(item)s fortsatte") % {"item": item_name(item, language)}
            )
            lines.append(Line(period.start, words, 0, item.hidden))
        if item.status == "closed" and item.periods and item.periods[-1].stop:
            done = t.gettext("%(item)s avsluttet") % {"item": item_name(item, language)}
            lines.append(Line(item.periods[-1].stop, done, private=item.hidden))
        lines += [Line(at, t.gettext(words), private=item.hidden) for at, words in _strek(item.line) if at]
    return lines


def _strek(line: Closing) -> tuple[tuple[datetime | None, str], ...]:
    by_vote = line.by == "vote"
    return (
        (line.proposed_at, N_("Strek ble foreslått")),
        (line.called_at, N_("Siste frist for å tegne seg ble satt")),
        (line.drawn_at, N_("Strek ble satt ved votering") if by_vote else N_("Strek ble satt")),
    )


def _speeches(scene: Scene, language: str) -> list[Line]:
    t = translations(language)
    lines = []
    for speech in scene.session.requests.values():
        if speech.started_at is None:
            continue
        lasted = (
            "" if speech.has_floor else speech_duration(sum(p.seconds(p.start) for p in speech.intervals))
        )
        kind = t.gettext(SPEECH_KINDS[speech.kind])
        words = f"{scene.signed(speech.person_id)}, {kind.lower()} {lasted}".strip()
        lines.append(Line(speech.started_at, words, private=_hidden(scene.session, speech.unseen)))
    return lines


def _hidden(state: SessionState, unseen: bool) -> bool:  # noqa: FBT001  (a fact handed on)
    return unseen and state.public


def _decisions(scene: Scene, language: str) -> list[Line]:
    t = translations(language)
    state = scene.session
    lines = []
    for proposal in state.proposals.values():
        if not proposal.withdrawn:
            who = proposer(scene, proposal, language)
            words = t.gettext("Forslag fra %(who)s") % {"who": who} if proposal.proposer_id else who
            lines.append(Line(proposal.put_at, words, private=proposal.behind_doors))
    for vote in state.votes.values():
        if vote.result and vote.recorded_at:
            question = question_of(scene, vote, language)
            words = f"{t.gettext('Votering')}: {question} – {result_words(vote, language)}"
            lines.append(Line(vote.recorded_at, words, private=vote.behind_doors))
    for item in state.agenda:
        if item.decision:
            where = t.gettext("Vedtak i %(item)s") % {"item": item_name(item, language)}
            words = f"{where}: {decision_words(item, language)}"
            lines.append(Line(item.decision.decided_at, words, private=item.decision.behind_doors))
    return lines


def _doors(scene: Scene, language: str) -> list[Line]:
    t = translations(language)
    state = scene.session
    lines = []
    for closing in state.closings:
        what = f"{closing_items(state, closing, language)}, {written_basis(closing.legal_basis, t.gettext)}"
        lines.append(
            Line(closing.proposed_at, t.gettext("Foreslått å lukke møtet: %(what)s") % {"what": what})
        )
        if closing.vote and closing.voted_at:
            votes = t.gettext("%(for)s mot %(against)s") % {
                "for": closing.vote.in_favour,
                "against": closing.vote.against,
            }
            words = (
                t.gettext("Lukking vedtatt: %(votes)s")
                if closing.vote.carried
                else t.gettext("Lukking forkastet: %(votes)s")
            )
            lines.append(Line(closing.voted_at, words % {"votes": votes}))
        for period in (*closing.debate, *closing.periods):
            lines.append(Line(period.start, t.gettext("Dørene lukket"), 0))
            if period.stop:
                lines.append(Line(period.stop, t.gettext("Dørene åpnet"), 0))
        if closing.remaining and closing.periods:
            who = t.gettext("Blir i salen: %(who)s") % {"who": closing.remaining}
            lines.append(Line(closing.periods[-1].start, who, private=True))
    return lines
