"""The second arrow: events become the rows that pages read. Rows and checkpoint change in one transaction."""

import asyncio
import logging
from collections.abc import Callable

from orchestrator.domain.base import Period
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.publicity import public_session
from orchestrator.domain.reasons import occasions
from orchestrator.domain.shut import outside, shut_periods
from orchestrator.domain.state import SessionState
from orchestrator.domain.statistics import publicly_spoken, spoken, without_items
from orchestrator.states import Known, States, parse_stream
from orchestrator.store import views
from orchestrator.store.events import EventStore
from orchestrator.store.impartiality import ImpartialityRow, put_impartiality
from orchestrator.store.listener import Listener
from orchestrator.store.pool import UNAVAILABLE, Connection, Pool
from orchestrator.store.reasons import keep_only
from orchestrator.store.room_rows import RoomView, put_room, remove_rooms
from orchestrator.store.statistics import SpokenRow, put_spoken

log = logging.getLogger(__name__)

CHECKPOINT = "views"
BATCH = 1000


class Projector:
    """Brings the views up to the log, whoever asks; several processes take turns on the checkpoint's row."""

    def __init__(self, pool: Pool, events: EventStore, states: States) -> None:
        self._pool = pool
        self._events = events
        self._states = states
        self._turn = asyncio.Lock()
        self.position = 0
        """Up to where the views are known to show the log."""
        self.on_moved: Callable[[int], None] = lambda _position: None
        """Told the new position each time."""

    async def reach(self, position: int) -> None:
        """Return once the views show everything up to this position of the log."""
        while self.position < position:
            async with self._turn:
                if self.position < position and not await self._step():
                    self.position = position  # the end of the log has been deleted since

    async def catch_up(self) -> None:
        """Return once the views show all that was in the log when asked."""
        await self.reach(await self._events.head())

    async def follow(self, listener: Listener) -> None:
        """Keep up with the log for ever, through losses of the database."""
        while True:
            try:
                await self.catch_up()
            except UNAVAILABLE as error:
                log.warning("the views wait for the database: %s", type(error).__name__)
                await asyncio.sleep(1)
                continue
            await listener.wait(self.position)

    async def rebuild(self) -> int:
        """Make all rows anew from the log; readers see the old ones until all is done. Fires no effects."""
        async with self._pool.acquire() as connection, connection.transaction():
            await views.checkpoint(connection, CHECKPOINT)  # whoever else projects waits
            await views.clear(connection, CHECKPOINT)
            position = 0
            while (after := await self._project(connection, position)) != position:
                position = after
            return position

    async def _step(self) -> bool:
        """Project the next stretch of the log; False: there was nothing more."""
        async with self._pool.acquire() as connection, connection.transaction():
            before = await views.checkpoint(connection, CHECKPOINT)
            after = await self._project(connection, before)
        self.position = max(self.position, after)
        self.on_moved(after)
        return after != before

    async def _project(self, connection: Connection, position: int) -> int:
        """Write the rows of all streams that moved in the next stretch of the log; where that ends.

        A row shows its stream as of now, which may be later; it is then written again, the same.
        """
        stretch = await self._events.read_log(position, BATCH)
        for stream in dict.fromkeys(recorded.stream for recorded in stretch):
            await _put(connection, await self._states.current(*parse_stream(stream)))
        if not stretch:
            return position
        await views.set_checkpoint(connection, CHECKPOINT, stretch[-1].log_position)
        return stretch[-1].log_position


async def _put(connection: Connection, known: Known) -> None:
    if not known.state.version:
        return  # the stream has been deleted since it was read
    if isinstance(known.state, MeetingState):
        await views.put_meeting(connection, meeting_row(known, known.state))
        for room in room_rows(known, known.state):
            await put_room(connection, room)
        await remove_rooms(connection, known.state.removed_rooms)
    else:
        await views.put_session(connection, session_row(known, known.state))
        await keep_only(connection, known.state.session_id, occasions(known.state))
        if any(part.stop for part in known.state.parts):  # else it has no rows yet
            await put_spoken(connection, known.state.session_id, spoken_rows(known.state))
        if known.state.questions:  # one that has been decided stays
            await put_impartiality(connection, known.state.session_id, impartiality_rows(known, known.state))


def meeting_row(known: Known, state: MeetingState) -> views.MeetingView:
    """A meeting's row; it is a pure function of the stream."""
    if (
        known.organisation_id is None
        or state.status == "unplanned"
        or not state.starts_at
        or not state.ends_at
    ):
        raise ValueError("a meeting's stream begins with meeting_planned")
    return views.MeetingView(
        meeting_id=state.meeting_id,
        organisation_id=known.organisation_id,
        slug=state.slug,
        body_id=state.body_id,
        title=state.title,
        status=state.status,
        public=state.announced or (state.status == "draft" and not state.internal),
        starts_at=state.starts_at,
        ends_at=state.ends_at,
        place=state.place,
        kind=state.kind,
        changed_at=state.changes[-1].at if state.changes else None,
        version=state.version,
        rehearsal_of=state.rehearsal_of,
    )


def room_rows(known: Known, state: MeetingState) -> list[RoomView]:
    """The rows of a meeting's rooms."""
    assert known.organisation_id
    return [
        RoomView(
            room_id=room.room_id,
            meeting_id=state.meeting_id,
            organisation_id=known.organisation_id,
            name=room.name,
            provider=room.provider,
        )
        for room in state.rooms.values()
    ]


def session_row(known: Known, state: SessionState) -> views.SessionView:
    """A session's row: of what goes on in it only what the public may see."""
    if known.organisation_id is None or not state.meeting_id or not state.starts_at or not state.ends_at:
        raise ValueError("a session's stream begins with session_planned")
    public = public_session(state)
    current = public.current if public else None
    return views.SessionView(
        session_id=state.session_id,
        meeting_id=state.meeting_id,
        organisation_id=known.organisation_id,
        title=state.title,
        kind=state.kind,
        status=_status(state),
        public=state.public,
        starts_at=state.starts_at,
        ends_at=state.ends_at,
        opened_at=state.parts[0].start if state.parts else None,
        adjourned_at=state.parts[-1].stop if state.parts else None,
        current_item_id=current.item_id if current else None,
        current_item_number=current.case_number if current else None,
        current_item_title=current.title if current else None,
        current_speaker_id=public.speaking.person_id if public and public.speaking else None,
        broadcast_id=state.broadcast_id,
        source_id=state.source_id,
        recording_published=public is not None and public.recording_public,
        duration_seconds=_public_seconds(state),
        version=state.version,
        room_id=state.room_id,
        by_itself=state.by_itself,
        recording_deleted_at=state.recording_deleted_at,
    )


def _status(state: SessionState) -> views.SessionStatus:
    match state.status:
        case "open":
            if state.doors_closed:
                return "closed_doors"
            return "break" if state.in_break else "open"
        case "adjourned" | "cancelled":
            return state.status
        case _:
            return "planned"


def _public_seconds(state: SessionState) -> float | None:
    """How long it was public, in seconds, once adjourned: what there is to watch."""
    if state.status != "adjourned":
        return None
    shut = shut_periods(state)
    public: list[Period] = [part for whole in state.parts for part in outside(whole, shut)]
    return sum((part.stop - part.start).total_seconds() for part in public if part.stop)


def spoken_rows(state: SessionState) -> list[SpokenRow]:
    """Who has spoken in an adjourned session, counted; while it goes on, only its own page counts it."""
    if state.status != "adjourned":
        return []
    public = {(line.person_id, line.group, line.kind): line for line in without_items(publicly_spoken(state))}
    rows = []
    for line in without_items(spoken(state)):
        seen = public.get((line.person_id, line.group, line.kind))
        rows.append(
            SpokenRow(
                person_id=line.person_id,
                group_name=line.group,
                kind=line.kind,
                number=line.number,
                seconds=line.seconds,
                public_number=seen.number if seen else 0,
                public_seconds=seen.seconds if seen else 0.0,
            )
        )
    return rows


def impartiality_rows(known: Known, state: SessionState) -> list[ImpartialityRow]:
    """What has been decided of anybody's impartiality, in items that can be known again in other sessions."""
    assert known.organisation_id
    rows = []
    for one in state.questions.values():
        item = state.items.get(one.item_id)
        matter = item.matter(state.body_id) if item else ""
        if not (matter and one.outcome and one.legal_basis and one.decided_at):
            continue
        rows.append(
            ImpartialityRow(
                organisation_id=known.organisation_id,
                matter=matter,
                person_id=one.person_id,
                session_id=state.session_id,
                item_id=one.item_id,
                outcome=one.outcome,
                **one.legal_basis.model_dump(),
                decided_at=one.decided_at,
            )
        )
    return rows
