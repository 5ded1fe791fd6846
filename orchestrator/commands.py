"""The first arrow: a command becomes events in the log, decided on the state as it is."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.domain import meeting, session
from orchestrator.domain.base import Command, Event
from orchestrator.domain.codec import StreamKind
from orchestrator.domain.errors import Forbidden, Refused, state_moved
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.roles import Actor, may_send
from orchestrator.domain.state import SessionState
from orchestrator.states import Known, State, States, stream_name
from orchestrator.store.answers import KeyReused
from orchestrator.store.events import EventStore, ForeignStream, Recorded, TooLate, VersionConflict

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""So many times a command is decided before its sender is told that the state moved."""


class UnknownStream(LookupError):
    """There is no such meeting or session in this organisation (404)."""


class PreconditionFailed(Exception):
    """The stream is not at the version that If-Match names (412)."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the stream is at version {version}")
        self.version = version


class UnknownReference(Exception):
    """A field names something that this organisation does not have, or that is taken (422)."""

    def __init__(self, field: str, id: UUID | str, message: str = "does not exist") -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.id = id
        self.message = message


@dataclass(frozen=True)
class Handled:
    """What a command led to; no events if it was true already."""

    version: int
    events: tuple[Recorded, ...]


@dataclass(frozen=True)
class _Asked:
    organisation_id: UUID
    kind: StreamKind
    id: UUID
    command: Command
    actor: Actor
    if_match: int | None
    command_id: UUID | None
    sender: str

    @property
    def creates(self) -> bool:
        return self.command.type in {"plan_meeting", "plan_session"}


class References(Protocol):
    """Checks what a command names outside its own stream; raises UnknownReference or Refused."""

    async def check(self, organisation_id: UUID, id: UUID, command: Command) -> Command:
        """The command, whole, if everything it names exists in this organisation."""
        ...


class Shown(Protocol):
    """What pages read; see Projector."""

    async def reach(self, position: int) -> None:
        """Return once the views show everything up to this position of the log."""
        ...


class Commands:
    """Handles commands of every stream."""

    def __init__(
        self, events: EventStore, states: States, references: References, shown: Shown, clock: Clock
    ) -> None:
        self._events = events
        self._states = states
        self._references = references
        self._shown = shown
        self._clock = clock
        self.on_handled: Callable[[str, float], None] = lambda _outcome, _seconds: None
        """Told the outcome of each command and the seconds it took, for the metrics."""

    async def handle(
        self,
        organisation_id: UUID,
        kind: StreamKind,
        id: UUID,
        command: Command,
        actor: Actor,
        *,
        if_match: int | None = None,
        key: str | None = None,
        words: str | None = None,
        sender: str = "",
    ) -> Handled:
        """Decide and append; answered only when the views show it.

        Raises Refused (409; Forbidden is 403), UnknownStream, PreconditionFailed, UnknownReference,
        KeyReused, and what store.pool.UNAVAILABLE names when the database is away (503; ask again with the
        same ``key``). ``words``: what was sent, where the command was made from that anew. ``sender`` is who
        is noted in the log: a login's or token's id, never a name.
        """
        command_id = None if key is None else _command_id(key, words or command.model_dump_json())
        asked = _Asked(organisation_id, kind, id, command, actor, if_match, command_id, sender or _who(actor))
        began, outcome = self._clock.monotonic(), "failed"
        try:
            handled = await self._handle(asked)
            outcome = "done"
        except (Refused, UnknownStream, PreconditionFailed, UnknownReference, KeyReused):
            outcome = "refused"
            raise
        else:
            return handled
        finally:
            self.on_handled(outcome, self._clock.monotonic() - began)

    async def meeting(self, organisation_id: UUID, id: UUID) -> MeetingState:
        """The meeting as of now. Raises UnknownStream."""
        state = (await self._known(organisation_id, "meeting", id)).state
        assert isinstance(state, MeetingState)
        return state

    async def session(self, organisation_id: UUID, id: UUID) -> SessionState:
        """The session as of now. Raises UnknownStream."""
        state = (await self._known(organisation_id, "session", id)).state
        assert isinstance(state, SessionState)
        return state

    def last_known(self, id: UUID) -> SessionState | None:
        """The session as of when anybody here last asked for it; None: not at hand."""
        state = self._states.known("session", id)
        return state if isinstance(state, SessionState) else None

    async def _known(self, organisation_id: UUID, kind: StreamKind, id: UUID) -> Known:
        known = await self._states.current(kind, id)
        if known.organisation_id != organisation_id:
            raise UnknownStream(stream_name(kind, id))
        return known

    async def _handle(self, asked: _Asked) -> Handled:
        if not may_send(asked.actor.roles, asked.command.type):
            raise Forbidden("not_your_role", asked.command.type)
        stream = stream_name(asked.kind, asked.id)
        async with self._states.turn(stream):
            done = await self._events.read_command(stream, asked.command_id) if asked.command_id else []
            if done and done[0].organisation_id != asked.organisation_id:
                raise UnknownStream(stream)
            if done and done[0].command_id != asked.command_id:
                raise KeyReused
            if not done:
                whole = await self._references.check(asked.organisation_id, asked.id, asked.command)
                done = await self._append(replace(asked, command=whole))
        if not done:
            known = await self._known(asked.organisation_id, asked.kind, asked.id)
            return Handled(known.state.version, ())
        await self._shown.reach(done[-1].log_position)
        return Handled(done[-1].version, tuple(done))

    async def _append(self, asked: _Asked) -> list[Recorded]:
        """Decide on the newest state and append, again if somebody else was faster or we were too slow."""
        stream = stream_name(asked.kind, asked.id)
        for _ in range(ATTEMPTS):
            known = await self._states.current(asked.kind, asked.id)
            version = known.state.version
            if known.organisation_id != asked.organisation_id and (version or not asked.creates):
                raise UnknownStream(stream)
            if asked.if_match not in (None, version):
                raise PreconditionFailed(version)
            now = self._clock.now()
            try:
                done = await self._events.append(
                    asked.organisation_id,
                    stream,
                    version,
                    _decide(known.state, asked.command, now, asked.actor),
                    recorded_at=now,
                    actor=asked.sender,
                    command_id=asked.command_id,
                )
            except ForeignStream:
                raise UnknownStream(stream) from None
            except VersionConflict:
                continue
            except TooLate as late:
                log.warning("a command was %.1f s too late and is decided again", late.behind)
                continue
            self._states.take(known, done)
            return done
        raise state_moved("others were faster, several times")


def _decide(state: State, command: Command, now: datetime, actor: Actor) -> list[Event]:
    if isinstance(state, MeetingState):
        return meeting.decide(state, command, now, actor)
    return session.decide(state, command, now, actor)


def _command_id(key: str, words: str) -> UUID:
    """The key in its first half and what was asked in the other: so a key used for something else shows."""
    return UUID(bytes=b"".join(hashlib.sha256(half.encode()).digest()[:8] for half in (key, words)))


def _who(actor: Actor) -> str:
    return str(actor.person_id) if actor.person_id else "+".join(sorted(actor.roles))
