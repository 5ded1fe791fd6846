"""Why somebody is absent, asks for leave or is questioned: told with the command, for the secretary alone.

The words lie beside the log (see store/reasons.py). Neither they nor anything made of them is in the events
of the command, its id, the service's own log or what pages are sent.
"""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from orchestrator.clock import Clock
from orchestrator.commands import Commands
from orchestrator.domain.errors import Forbidden
from orchestrator.domain.reasons import Explained, Occasion, occasions
from orchestrator.domain.roles import Actor, Role
from orchestrator.side_tasks import hourly
from orchestrator.store.reasons import Reason, ReasonStore

ReasonText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000)]
"""Empty when nothing was written: nobody has to say why."""


class Reasons:
    """The reasons of all sessions."""

    def __init__(self, store: ReasonStore, commands: Commands, clock: Clock) -> None:
        self._store = store
        self._commands = commands
        self._clock = clock

    async def tell(
        self,
        organisation_id: UUID,
        session_id: UUID,
        command: Explained,
        text: str,
        actor: Actor,
        *,
        key: str | None,
        words: str,
        sender: str,
    ) -> None:
        """Handle the command of somebody about themselves, and keep why; refused, nothing is kept.

        Raises as Commands.handle. ``words``: what was sent apart from the reason.
        """
        if command.person_id != actor.person_id:
            raise Forbidden("not_yourself")
        handled = await self._commands.handle(
            *(organisation_id, "session", session_id, command, actor), key=key, words=words, sender=sender
        )
        occasion = Occasion.of(command)
        if occasion not in occasions(await self._commands.session(organisation_id, session_id)):
            return  # sent again after it was taken back
        if text:
            await self._store.put(Reason(organisation_id, session_id, occasion, text, self._clock.now()))
        elif handled.events:  # what was written for an earlier one is not for this
            await self._store.delete(organisation_id, session_id, occasion)

    async def told(
        self, organisation_id: UUID, session_id: UUID, occasion: Occasion, actor: Actor
    ) -> str | None:
        """What somebody wrote; None: nothing. Raises Forbidden for all but the session's secretary.

        Raises LookupError when there is nothing to give a reason for (any more).
        """
        if Role.SECRETARY not in actor.roles:
            raise Forbidden("not_your_role")
        if occasion not in occasions(await self._commands.session(organisation_id, session_id)):
            raise LookupError(occasion)
        return await self._store.text(organisation_id, session_id, occasion)

    async def purge(self) -> None:
        """Delete for ever what is older than its municipality keeps it."""
        await hourly("reasons", lambda: self._store.purge(self._clock.now()))
