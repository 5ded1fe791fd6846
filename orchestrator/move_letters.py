"""Whoever leads, presents or helps in a session is told by e-mail that it was moved or cancelled.

An effect of the log with a checkpoint of its own: what is moved in one stretch of it is one letter to each.
Killed between sending and noting that, it sends again, under the same Message-ID.
"""

import asyncio
import logging
import smtplib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from uuid import UUID

from orchestrator.clock import NEVER, Clock
from orchestrator.core import Core
from orchestrator.domain.meeting import MeetingCancelled, MeetingState
from orchestrator.domain.moving import SessionMoved
from orchestrator.domain.planning import SessionCancelled, SessionChanged
from orchestrator.domain.state import SessionState
from orchestrator.mail import UndeliverableError, deliver
from orchestrator.settings import Settings
from orchestrator.states import States, parse_stream
from orchestrator.store.directory import Directory
from orchestrator.store.events import EventStore, Recorded
from orchestrator.store.following import Following
from orchestrator.store.leader import leadership
from orchestrator.store.pool import UNAVAILABLE, Pool
from orchestrator.store.records import Organisation
from orchestrator.store.views import Views

log = logging.getLogger(__name__)

CHECKPOINT: Final = "letters"
LOOK_EVERY: Final = 10.0
"""Seconds between looks: sessions that slide together are told of together."""
LONGEST_PAUSE: Final = 300.0
"""Seconds between attempts, at most, while the mail server does not take our mail."""
STALE: Final = timedelta(hours=12)
"""What could not be told for so long is told no more: it is on the programme."""


@dataclass(frozen=True)
class Change:
    """A session that is not when it was, or is cancelled. ``note``: what was said of it."""

    session: SessionState
    starts_at: datetime
    ends_at: datetime
    position: int
    """Of the last event that it is told by."""
    note: str = ""
    cancelled: bool = False


@dataclass(frozen=True)
class Letter:
    """What somebody is told of one meeting. ``link``: to its public page; empty: it has none."""

    organisation: Organisation
    meeting: MeetingState
    changes: tuple[Change, ...]
    link: str


Words = Callable[[Letter], tuple[str, str]]
"""A letter's subject and its text."""


def concerned(session: SessionState) -> frozenset[UUID]:
    """Who leads, presents or helps in the session."""
    presenters = {id_ for topic in session.topics for id_ in topic.presenter_ids}
    chair = {session.chair_id} if session.chair_id else set()
    return frozenset(presenters | chair | {*session.presenter_ids, *session.contact_ids})


def told_of(meeting: MeetingState) -> bool:
    """Whether anybody is told of what happens to its programme: not of a draft, nor of a rehearsal."""
    return meeting.published_at is not None and meeting.rehearsal_of is None


class MoveLetters:
    """Follows the log and writes to those concerned. Without a mail server it is not to be run."""

    def __init__(
        self,
        *,
        pool: Pool,
        events: EventStore,
        states: States,
        views: Views,
        directory: Directory,
        settings: Settings,
        words: Words,
        clock: Clock,
    ) -> None:
        self._states, self._views = states, views
        self._directory, self._settings, self._words, self._clock = directory, settings, words, clock
        self._log = Following(pool, events, CHECKPOINT)  # before there was a mail server nobody is told of
        self._sent = set[str]()
        """Message-IDs of the stretch under way, which may have to be begun again."""
        self._refused: smtplib.SMTPRecipientsRefused | None = None

    async def run(self, dsn: str) -> None:
        """Follow while no other process does; ``dsn`` must lead to PostgreSQL itself."""
        async with leadership(dsn, CHECKPOINT) as leader:
            pause = LOOK_EVERY
            while True:
                await leader.held.wait()
                try:
                    await self.follow()
                except UNAVAILABLE as error:
                    log.warning("letters wait for the database: %s", type(error).__name__)
                except (OSError, smtplib.SMTPException) as error:  # its words may hold addresses
                    pause = min(2 * pause, LONGEST_PAUSE)
                    log.warning("the mail server did not take a letter: %s", type(error).__name__)
                else:
                    pause = LOOK_EVERY
                await asyncio.sleep(pause)

    async def follow(self) -> None:
        """Tell of all that has been moved or cancelled since last time. Raises OSError and SMTPException."""
        async for news in self._log.news():
            self._refused = None
            fresh = [one for one in news if one.recorded_at > self._clock.now() - STALE]
            for meeting_id, changes in (await self._changes(fresh)).items():
                await self._tell(meeting_id, changes)
            if self._refused:
                raise self._refused
            self._sent.clear()

    async def _changes(self, news: Iterable[Recorded]) -> dict[UUID, dict[UUID, Change]]:
        """What has changed, by meeting and session; what is back where it was has not."""
        found: dict[UUID, dict[UUID, Change]] = {}
        for one in news:
            _, id_ = parse_stream(one.stream)
            match one.event:
                case SessionMoved() | SessionChanged() | SessionCancelled():
                    ids, note = [id_], getattr(one.event, "note", "")
                case MeetingCancelled(note=note):
                    ids = [row.session_id for row in await self._views.sessions_of(one.organisation_id, id_)]
                case _:
                    continue
            for session_id in ids:
                state = (await self._states.current("session", session_id)).state
                if not isinstance(state, SessionState) or state.meeting_id is None:
                    continue  # it has been deleted since
                if one.event.at < await self._announced_at(state.meeting_id):
                    continue
                of_meeting = found.setdefault(state.meeting_id, {})
                if change := _changed(state, one, of_meeting.get(session_id)):
                    of_meeting[session_id] = replace(change, note=note or change.note)
        return {
            key: {id_: one for id_, one in changes.items() if one.cancelled or _moved(one)}
            for key, changes in found.items()
        }

    async def _announced_at(self, meeting_id: UUID) -> datetime:
        """What is changed before that nobody has been told of."""
        meeting = (await self._states.current("meeting", meeting_id)).state
        published_at = meeting.published_at if isinstance(meeting, MeetingState) else None
        return published_at or NEVER

    async def _tell(self, meeting_id: UUID, changes: Mapping[UUID, Change]) -> None:
        known = await self._states.current("meeting", meeting_id)
        meeting = known.state
        if not isinstance(meeting, MeetingState) or known.organisation_id is None or not told_of(meeting):
            return
        organisation = await self._directory.organisation(known.organisation_id)
        if organisation is None:
            return
        ordered = sorted(changes.values(), key=lambda one: one.starts_at)
        ids = {id_ for one in ordered for id_ in concerned(one.session)}
        for id_, contact in (await self._directory.contacts(organisation.id, ids)).items():
            if contact.email:
                theirs = tuple(one for one in ordered if id_ in concerned(one.session))
                letter = Letter(organisation, meeting, theirs, self._link(organisation, meeting))
                last = max((one.position for one in theirs), default=0)
                await self._send(f"move-{last}-{meeting_id}-{id_}", id_, contact.email, letter)

    def _link(self, organisation: Organisation, meeting: MeetingState) -> str:
        if not meeting.announced:
            return ""
        page = "program" if meeting.kind == "conference" else "mote"
        return f"{self._settings.address_of(organisation.hosts)}/{page}/{meeting.slug}"

    async def _send(self, message_id: str, person_id: UUID, address: str, letter: Letter) -> None:
        if message_id in self._sent:
            return
        try:
            message = self._message(message_id, address, letter)
            await asyncio.to_thread(deliver, message, self._settings)
        except smtplib.SMTPRecipientsRefused as error:  # not yet, while others may be told
            self._refused = error
            return
        except (UndeliverableError, ValueError, IndexError, MessageError) as error:  # an address that is none
            log.warning("person %s cannot be told by e-mail: %s", person_id, type(error).__name__)
        self._sent.add(message_id)

    def _message(self, message_id: str, address: str, letter: Letter) -> EmailMessage:
        sender, message = self._settings.mail_from, EmailMessage()
        subject, text = self._words(letter)
        message["From"], message["To"] = sender, address
        message["Subject"] = " ".join(subject.split())
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message


def letters(base: Core, words: Words) -> MoveLetters:
    """The letters of this service."""
    return MoveLetters(
        pool=base.pool,
        events=base.events,
        states=base.states,
        views=base.views,
        directory=base.directory,
        settings=base.settings,
        words=words,
        clock=base.clock,
    )


def _changed(state: SessionState, one: Recorded, before: Change | None) -> Change | None:
    """The session as it is now beside how it was before ``one``, or before what came first."""
    called_off = isinstance(one.event, MeetingCancelled)
    if called_off and state.status != "planned":
        return before
    cancelled = called_off or state.status == "cancelled"
    if before:
        return replace(before, session=state, position=one.log_position, cancelled=cancelled)
    move = next((move for move in state.moves if move.at == one.event.at), None)
    was = move if isinstance(one.event, SessionMoved | SessionChanged) else state
    if was is None or was.starts_at is None or was.ends_at is None:
        return None
    return Change(state, was.starts_at, was.ends_at, one.log_position, cancelled=cancelled)


def _moved(one: Change) -> bool:
    return (one.session.starts_at, one.session.ends_at) != (one.starts_at, one.ends_at)
