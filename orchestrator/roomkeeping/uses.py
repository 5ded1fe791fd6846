"""Which sessions used a room, and when they were public: for the gate, of what the room's product recorded.

Read from the log itself, however long ago it was: a recording may come days after the meeting.
"""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID, uuid5

from orchestrator.domain.captions import Said
from orchestrator.domain.session import initial
from orchestrator.domain.timeline import Name
from orchestrator.people import People
from orchestrator.states import stream_name
from orchestrator.store.events import EventStore
from orchestrator.store.room_rows import RoomView
from orchestrator.store.transcripts import Transcripts
from orchestrator.store.views import Views
from orchestrator.streaming.gate import SessionUse, Settled
from orchestrator.uses import Sitting, Uses, common


def room_source(room_id: UUID) -> UUID:
    """The source that a room is when its own product's recording is published."""
    return uuid5(room_id, "source")


class RoomUses:
    """Reads of one room; what was read is kept for the next read."""

    def __init__(
        self,
        room: RoomView,
        *,
        uses: Uses,
        events: EventStore,
        views: Views,
        people: People,
        transcripts: Transcripts,
    ) -> None:
        self._room = room
        self._uses, self._events, self._views, self._people = uses, events, views, people
        self._transcripts = transcripts
        self._sittings: dict[str, Sitting] = {}
        self._said: dict[UUID, tuple[Said, ...]] = {}

    def transcript_came(self) -> None:
        """Read what was said anew."""
        self._said.clear()

    async def read(self) -> Settled:
        """Every session that was in the room while it was open, as of ``read_begun``.

        A session of which the table does not know yet has no part in what was recorded earlier.
        """
        room = self._room
        for row in await self._views.sessions_of(room.organisation_id, room.meeting_id):
            stream = stream_name("session", row.session_id)
            self._sittings.setdefault(stream, Sitting(room.organisation_id, initial(row.session_id)))
        known = {stream: one.state.version for stream, one in self._sittings.items()}
        log = await self._events.read_settled(known, known)
        for stream, news in log.events.items():
            for recorded in news:
                self._sittings[stream].take(recorded)
        names = await self._people.names(room.organisation_id)
        uses = []
        for sitting in self._sittings.values():
            use = self._use(sitting, names, keep_unpublished=await self._uses.keeps(sitting))
            if any(common(use.parts, sitting.stays.get(room.room_id, ()))):
                uses.append(replace(use, said=await self._said_in(use.session_id)))
        return Settled(log.read_begun, tuple(uses))

    async def _said_in(self, session_id: UUID) -> tuple[Said, ...]:
        if session_id not in self._said:
            self._said[session_id] = await self._transcripts.of(session_id)
        return self._said[session_id]

    def _use(self, sitting: Sitting, names: Mapping[UUID, Name], *, keep_unpublished: bool) -> SessionUse:
        """Public only while it was here; shown only where it has no source of its own."""
        use = sitting.use(names, keep_unpublished=keep_unpublished)
        return replace(
            use,
            broadcast_id=None if sitting.state.source_id else use.broadcast_id,
            public=tuple(common(use.public, sitting.stays.get(self._room.room_id, ()))),
        )
