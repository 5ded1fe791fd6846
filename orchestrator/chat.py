"""Write, read and delete in the chat of a session; a line that asks for the floor is also its command.

The lines lie beside the log, not in it. No line is ever written to the service's own log, nor to the record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from orchestrator.clock import Clock
from orchestrator.commands import Commands
from orchestrator.domain.chat import (
    Reading,
    asked_commands,
    check_may_write,
    may_ask,
    reading,
    request_id_of,
)
from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.floor_words import Asked, asked
from orchestrator.domain.roles import MAY_CHAT, Actor, Role
from orchestrator.domain.speakers import WithdrawRequest
from orchestrator.domain.state import SessionState
from orchestrator.people import People
from orchestrator.side_tasks import hourly
from orchestrator.store.chat import SHOWN, ChatLines, Line
from orchestrator.store.directory import NotFound

_FIRST: Final = (Role.CHAIR, Role.DEPUTY, Role.SECRETARY, Role.IT_SUPPORT, Role.PARTICIPANT)
"""The role that a line is signed with, of several."""


@dataclass(frozen=True)
class Writer:
    """Who writes: what they may here, and whose their lines are. ``sender`` is who is noted in the log."""

    actor: Actor
    sender: str

    @property
    def author(self) -> UUID:
        """The person, or an id made of the login or token of somebody who is none."""
        return self.actor.person_id or uuid5(NAMESPACE_URL, self.sender)

    @property
    def role(self) -> Role:
        """The role they write in."""
        return next(role for role in _FIRST if role in self.actor.roles)


class Chat:
    """The chats of all sessions."""

    def __init__(self, lines: ChatLines, commands: Commands, people: People, clock: Clock) -> None:
        self._lines = lines
        self._commands = commands
        self._people = people
        self._clock = clock

    async def known(
        self, organisation_id: UUID, session_id: UUID, line_id: UUID, writer: Writer
    ) -> Line | None:
        """Their line with this id, if it was written before."""
        line = await self._lines.line(organisation_id, session_id, line_id)
        return line if line and line.author == writer.author else None

    async def write(
        self, organisation_id: UUID, session_id: UUID, line_id: UUID, text: str, writer: Writer
    ) -> Line:
        """Write a line, with what was answered if it asked for the floor. Sent again it is the same line.

        Raises UnknownStream, Refused (Forbidden for who may never write).
        """
        state = await self._commands.session(organisation_id, session_id)
        if not writer.actor.roles & MAY_CHAT:
            raise Forbidden("not_your_role")
        if known := await self.known(organisation_id, session_id, line_id, writer):
            return known
        wish = await self._wish(organisation_id, state, text, writer.actor)
        check_may_write(state, writer.actor, asks=wish is not None)
        answer = await self._answer(organisation_id, state, wish, line_id, writer) if wish else None
        line = await self._lines.add(
            Line(
                line_id=line_id,
                organisation_id=organisation_id,
                session_id=session_id,
                item_id=state.current_item_id,
                behind_doors=state.doors_closed,
                author=writer.author,
                person_id=writer.actor.person_id,
                role=writer.role,
                text=text,
                answer=answer,
                written_at=self._clock.now(),
            )
        )
        if line is None or line.author != writer.author:
            raise Refused("line_exists")
        return line

    async def _wish(
        self, organisation_id: UUID, state: SessionState, text: str, actor: Actor
    ) -> Asked | None:
        if not may_ask(actor):
            return None
        names = await self._people.names(organisation_id)
        own = names.get(actor.person_id) if actor.person_id else None
        hall = [names[person].name for person in state.members if person in names]
        return asked(text, [own.name, own.group or ""] if own else (), hall)

    async def _answer(
        self, organisation_id: UUID, state: SessionState, wish: Asked, line_id: UUID, writer: Writer
    ) -> Mapping[str, Any]:
        """What came of it: the place on the list, how many were taken back, or the rule why not."""
        names = {id_: name.name for id_, name in (await self._people.names(organisation_id)).items()}
        assert writer.actor.person_id is not None
        withdrawn = 0
        try:
            for command in asked_commands(state, wish, writer.actor.person_id, line_id, names):
                id_ = command.request_id if isinstance(command, WithdrawRequest) else line_id
                await self._commands.handle(
                    *(organisation_id, "session", state.session_id, command, writer.actor),
                    key=str(uuid5(line_id, str(id_))),
                    sender=writer.sender,
                )
                withdrawn += isinstance(command, WithdrawRequest)
        except Refused as refused:
            return {"refused": refused.rule}
        if wish.wish == "withdraw":
            return {"withdrawn": withdrawn}
        after = await self._commands.session(organisation_id, state.session_id)
        made = request_id_of(line_id)
        places = [request.request_id for request in after.speaker_list]
        return {
            "kind": after.requests[made].kind if made in after.requests else wish.wish,
            "place": places.index(made) + 1 if made in places else None,
        }

    async def lines(
        self, organisation_id: UUID, session_id: UUID, reader: Reading, after: int = 0, limit: int = SHOWN
    ) -> list[Line]:
        """The lines that ``reader`` shows, in order: the latest, or the first above place ``after``."""
        return readable(await self._lines.lines(organisation_id, session_id, after, limit), reader)

    async def read(
        self, organisation_id: UUID, session_id: UUID, actor: Actor, after: int = 0, limit: int = SHOWN
    ) -> tuple[SessionState, list[Line]]:
        """The same of what they may read now, and the session then. Raises UnknownStream, Forbidden."""
        # The lines first: whoever is shut out of an item by now reads nothing that was written since.
        lines = await self._lines.lines(organisation_id, session_id, after, limit)
        state = await self._commands.session(organisation_id, session_id)
        reader = reading(state, actor)
        if reader is None:
            raise Forbidden("not_your_role")
        return state, readable(lines, reader)

    async def delete(self, organisation_id: UUID, session_id: UUID, line_id: UUID, writer: Writer) -> None:
        """Delete one's own line, or as one who leads anybody's. Raises NotFound, Forbidden."""
        state = await self._commands.session(organisation_id, session_id)
        reader = reading(state, writer.actor)
        if reader is None:
            raise Forbidden("not_your_role")
        line = await self._lines.line(organisation_id, session_id, line_id)
        if line is None or not readable([line], reader):
            raise NotFound
        own = line.author == writer.author
        if not (reader.leads or own):
            raise Forbidden("not_your_role")
        by = None if own else writer.role
        await self._lines.delete(organisation_id, session_id, line_id, self._clock.now(), by)

    async def purge(self) -> None:
        """Delete for ever what is older than its municipality keeps it."""
        await hourly("chats", lambda: self._lines.purge(self._clock.now()))


def readable(lines: Iterable[Line], reader: Reading) -> list[Line]:
    """Those of the lines that they may read."""
    return [line for line in lines if reader.shows(line.item_id, behind_doors=line.behind_doors)]
