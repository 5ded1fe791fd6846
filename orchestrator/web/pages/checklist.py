"""What must be in order on a day with meetings, filled in by what the service knows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from orchestrator.domain.roles import Role
from orchestrator.store.access import Link
from orchestrator.web.i18n import translations
from orchestrator.web.pages.day import DayFacts, OnDay, RoomFacts
from orchestrator.web.pages.it import SourceCard

CHAIR, SECRETARY = frozenset({Role.CHAIR, Role.DEPUTY}), frozenset({Role.SECRETARY})


@dataclass(frozen=True)
class Check:
    """One thing. ``rest``: what remains, in words; empty when it is done."""

    what: str
    rest: str = ""

    @property
    def done(self) -> bool:
        """Whether nothing remains."""
        return not self.rest


def checklist(day: DayFacts, links: Collection[Link], locked: Collection[UUID], language: str) -> list[Check]:
    """What is in order, and what remains. ``locked``: rooms known to be closed to all but those inside."""
    t = translations(language)
    held = [one for one in day.sessions if not one.cancelled]
    if not held:
        return []
    unready = [one.room.name for one in day.rooms.values() if not _verified(one)]
    wanted = {str(one.listed.session.source_id) for one in held if one.listed.session.status != "adjourned"}
    silent = [card.name for card in day.cards if card.id in wanted and not card.receiving]
    found = [
        Check(t.gettext("Alle rom er bekreftet"), ", ".join(unready)),
        Check(t.gettext("Alle kilder sender"), ", ".join(silent)),
    ]
    handed, came = t.gettext("Lenker er delt ut"), t.gettext("Møteleder og sekretær har logget inn")
    valid = [link for link in links if link.revoked_at is None]
    for meeting_id, title in {
        one.listed.meeting.meeting_id: one.listed.meeting.title for one in held
    }.items():
        here = [link for link in valid if link.meeting_id in (None, meeting_id)]
        mine = [one for one in held if one.listed.meeting.meeting_id == meeting_id]
        found += [
            Check(f"{handed}: {title}", _unlinked(here, mine, language)),
            Check(
                f"{came}: {title}",
                _lacking([link for link in here if link.used_at], language),
            ),
        ]
    return [
        *found,
        Check(t.gettext("Dører og sending er som de skal"), _amiss(held, locked, day.cards, language)),
    ]


def _verified(facts: RoomFacts) -> bool:
    standing = facts.standing
    return standing is not None and standing.state in ("verified", "open", "closed") and not standing.trouble


def _lacking(links: Iterable[Link], language: str) -> str:
    t = translations(language)
    roles = frozenset(role for link in links for role in link.roles)
    missing = [(CHAIR, t.gettext("møteleder")), (SECRETARY, t.gettext("sekretær"))]
    return ", ".join(words for wanted, words in missing if not roles & wanted)


def _unlinked(links: Sequence[Link], sessions: Iterable[OnDay], language: str) -> str:
    """Who has no link: the chair, the secretary, and how many of the members who are called."""
    t = translations(language)
    handed = {link.person_id for link in links}
    members = {id_ for one in sessions for id_, who in one.state.members.items() if not who.substitute}
    without = len(members - handed)
    people = (
        t.ngettext("%(num)s deltaker", "%(num)s deltakere", without) % {"num": without} if without else ""
    )
    return ", ".join(words for words in (_lacking(links, language), people) if words)


def _amiss(
    sessions: Iterable[OnDay], locked: Collection[UUID], cards: Iterable[SourceCard], language: str
) -> str:
    t = translations(language)
    silent = {card.id for card in cards if not card.receiving}
    found = []
    for one in sessions:
        if one.state.status != "open":
            continue
        if one.state.doors_closed and one.state.room_id and one.state.room_id not in locked:
            found.append(t.gettext("ikke bekreftet lukket: %(title)s") % {"title": one.state.title})
        if one.state.stopped:
            found.append(t.gettext("sending stoppet: %(title)s") % {"title": one.state.title})
        elif str(one.listed.session.source_id) in silent:
            found.append(t.gettext("ikke noe signal: %(title)s") % {"title": one.state.title})
    return ", ".join(found)
