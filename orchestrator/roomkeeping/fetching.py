"""What a room's own product has made of a meeting: fetched, and published or kept as far as it may be.

Done once: of each recording and transcript it is noted that it has been fetched, at the very end. Who is
killed begins again with what is on disk. What hinders it is kept for IT.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid5

from orchestrator.clock import EVER, Clock
from orchestrator.domain.state import SessionState
from orchestrator.roomkeeping.keeper import Providers, read_ref
from orchestrator.roomkeeping.transcripts import UnplacedError, public_lines
from orchestrator.roomkeeping.uses import RoomUses, room_source
from orchestrator.rooms.provider import RoomRef, RoomTrouble
from orchestrator.rooms.teams import TeamsRooms
from orchestrator.rooms.teams_artifacts import Artifact, Attendance, TeamsArtifacts
from orchestrator.rooms.teams_trouble import TRANSCRIPTS_DISABLED
from orchestrator.rooms.wanted import KEPT_AFTER, presenting
from orchestrator.states import States
from orchestrator.store.directory import Directory
from orchestrator.store.due import Mark, Marks
from orchestrator.store.fetch_troubles import FetchTrouble, FetchTroubles
from orchestrator.store.fetch_troubles import Kind as TroubleKind
from orchestrator.store.pool import Pool
from orchestrator.store.room_attendance import RoomAttendance, Stay
from orchestrator.store.room_rows import RoomView
from orchestrator.store.rooms import RoomStates
from orchestrator.store.transcripts import Transcripts
from orchestrator.streaming.gate import SessionUse
from orchestrator.streaming.imported import Film, Importer, StillOpenError
from orchestrator.streaming.keeper import Keeper
from orchestrator.streaming.storage import DiskFullError, LocalStorage
from orchestrator.streaming.survey import NotAFilmError, survey

log = logging.getLogger(__name__)

KIND = "fetch_artifacts"
LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class Room:
    """A room whose sessions are all over. ``ref``: what its product calls it."""

    view: RoomView
    uses: RoomUses
    sessions: Sequence[SessionUse]
    ref: RoomRef
    product: TeamsArtifacts


class Fetching:
    """Fetches; one recording at a time."""

    def __init__(
        self,
        *,
        providers: Providers,
        rooms: RoomStates,
        troubles: FetchTroubles,
        marks: Marks,
        states: States,
        directory: Directory,
        pool: Pool,
        storage: LocalStorage,
        clock: Clock,
        keeper: Keeper | None = None,
    ) -> None:
        self._providers, self._rooms, self._troubles, self._marks = providers, rooms, troubles, marks
        self._states, self._directory = states, directory
        self._transcripts, self._attendance = Transcripts(pool), RoomAttendance(pool)
        self._storage, self._clock, self._keeper = storage, clock, keeper
        self._one_at_a_time = asyncio.Lock()
        self._publishing: defaultdict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)
        """By room: held by who writes what is public of it, and not while anything is downloaded."""
        self._works: Mapping[TroubleKind, Callable[[Room], Awaitable[None]]] = {
            "recording": self._recordings,
            "transcript": self._all_that_was_said,
            "attendance": self._who_was_there,
        }

    async def refresh(self, view: RoomView, uses: RoomUses) -> None:
        """Follow the log without anything new, where anything has been published; see Importer."""
        async with self._publishing[view.room_id]:
            shown = [use.broadcast_id for use in (await uses.read()).sessions if use.broadcast_id]
            if any(self._storage.index_path(one).exists() for one in shown):
                await self._importer(view, uses).refresh()

    async def fetch(
        self, view: RoomView, uses: RoomUses, kinds: Collection[TroubleKind], pause: timedelta
    ) -> timedelta:
        """Fetch and publish what there is; how long to wait before the next look, ``pause`` or longer.

        One kind that fails hinders no other, unless the product cannot be reached at all.
        """
        sessions = (await uses.read()).sessions
        waits = [pause]
        for kind, work in self._works.items():
            if kind not in kinds:
                continue
            code, wait, again = await self._trying(kind, view, self._doing(work, view, uses, sessions), pause)
            waits.append(wait)
            if code is None:
                await self._troubles.end(view.room_id, kind)
            else:
                now = self._clock.now()
                trouble = FetchTrouble(
                    view.room_id, kind, view.organisation_id, code, now, now + max(wait, pause)
                )
                await self._troubles.put(trouble)
            if not again:
                break
        return max(waits)

    async def _doing(
        self,
        work: Callable[[Room], Awaitable[None]],
        view: RoomView,
        uses: RoomUses,
        sessions: Sequence[SessionUse],
    ) -> None:
        kept = await self._rooms.ref(view.room_id)
        teams = await self._providers.of(view.organisation_id, "teams")
        if kept is not None and isinstance(teams, TeamsRooms):
            await work(Room(view, uses, sessions, read_ref(kept), TeamsArtifacts(teams)))

    async def _trying(
        self, kind: TroubleKind, view: RoomView, work: Awaitable[None], pause: timedelta
    ) -> tuple[str | None, timedelta, bool]:
        """What hindered it, how long to wait for that, and whether it is worth asking for more now."""
        try:
            await work
        except RoomTrouble as trouble:
            log.warning("the %s of room %s: %s", kind, view.room_id, trouble.code)
            if TRANSCRIPTS_DISABLED in trouble.detail:
                return "transcripts_disabled", pause, True
            if trouble.lasting:
                return trouble.code, LONGEST_PAUSE if kind == "recording" else pause, True
            wait = max(pause, timedelta(seconds=trouble.retry_after or 0))
            return trouble.code, wait, trouble.code not in ("throttled", "unavailable")
        except StillOpenError:
            return None, pause, True
        except (NotAFilmError, DiskFullError, UnplacedError) as error:
            log.warning("the %s of room %s waits: %s", kind, view.room_id, type(error).__name__)
            return _CODES[type(error)], pause, True
        return None, pause, True

    # Recordings

    async def _recordings(self, room: Room) -> None:
        found = {
            uuid5(room.view.room_id, one.id): one for one in await room.product.recordings(room.ref, EVER)
        }
        marks = await self._marks.of(found)
        for id_, one in sorted(found.items(), key=lambda item: item[1].starts_at):
            if (id_, KIND) not in marks:
                async with self._one_at_a_time:
                    await self._publish(room, one)
                await self._done(id_, room.view)
        if found:
            await self._done(room.view.room_id, room.view)

    async def _publish(self, room: Room, one: Artifact) -> None:
        path = self._directory_of_films / f"{uuid5(room.view.room_id, one.id)}.mp4"
        if not path.exists():
            await asyncio.to_thread(self._storage.require_room)
            try:
                await room.product.save_recording(room.ref, one, path)
            except OSError as error:
                raise DiskFullError(error.errno, "no room for a recording") from error
        try:
            found = await survey(path)
            async with self._publishing[room.view.room_id]:
                importer = self._importer(room.view, room.uses)
                await importer.bring_in(Film(path, one.id, one.starts_at, one.ends_at), found)
        except NotAFilmError:
            path.unlink(missing_ok=True)
            raise
        path.unlink(missing_ok=True)

    def _importer(self, view: RoomView, uses: RoomUses) -> Importer:
        return Importer(
            room_source(view.room_id),
            storage=self._storage,
            clock=self._clock,
            read_settled=uses.read,
            keeper=self._keeper,
        )

    async def _done(self, target_id: UUID, view: RoomView) -> None:
        await self._marks.claim(Mark(target_id, KIND, view.organisation_id, done_at=self._clock.now()))

    @property
    def _directory_of_films(self) -> Path:
        path = self._storage.private / "recordings"
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    def delete_old(self) -> None:
        """What was fetched and never came to be judged goes when its room does."""
        oldest = (self._clock.now() - KEPT_AFTER).timestamp()
        for path in self._directory_of_films.iterdir():
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    # Transcripts

    async def _all_that_was_said(self, room: Room) -> None:
        listed = await room.product.transcripts(room.ref, EVER)
        found = {uuid5(room.view.room_id, f"transcript/{one.id}"): one for one in listed}
        marks = await self._marks.of(found)
        unplaced = 0
        for id_, one in found.items():
            if (id_, KIND) in marks:
                continue
            cues = await room.product.transcript(room.ref, one)
            try:
                lines = public_lines(one, cues, await room.uses.read())
            except UnplacedError:
                unplaced += 1
                continue
            for session_id, said in lines.items():
                await self._transcripts.put(room.view.organisation_id, session_id, id_, said)
            room.uses.transcript_came()
            await self.refresh(room.view, room.uses)
            await self._done(id_, room.view)
        if unplaced:
            raise UnplacedError

    # Attendance

    async def _who_was_there(self, room: Room) -> None:
        organisation = await self._directory.organisation(room.view.organisation_id)
        found = await room.product.attendance(room.ref)
        for use in room.sessions:
            ended_at = max((part.end for part in use.parts if part.end), default=None)
            if organisation is None or ended_at is None:
                continue
            if self._clock.now() - ended_at >= timedelta(days=organisation.chat_days):
                continue  # it has been deleted, and stays so
            stays = _stays(use, found, *await self._known(room.view.organisation_id, use.session_id))
            await self._attendance.put(room.view.organisation_id, use.session_id, stays, ended_at)

    async def _known(
        self, organisation_id: UUID, session_id: UUID
    ) -> tuple[Mapping[str, UUID], Mapping[str, UUID]]:
        """Those who are in a session, by address and by name; of a name that several have, nobody."""
        state = (await self._states.current("session", session_id)).state
        assert isinstance(state, SessionState)
        ids = {*state.members, *presenting(state), *state.contact_ids}
        people = await self._directory.people(organisation_id, ids)
        contacts = await self._directory.contacts(organisation_id, ids)
        names = [person.name.casefold() for person in people.values()]
        return (
            {contact.email.casefold(): id_ for id_, contact in contacts.items() if contact.email},
            {
                person.name.casefold(): id_
                for id_, person in people.items()
                if names.count(person.name.casefold()) == 1
            },
        )


_CODES: Mapping[type[Exception], str] = {
    NotAFilmError: "not_a_film",
    DiskFullError: "disk_full",
    UnplacedError: "unplaced",
}


def _stays(
    use: SessionUse,
    attendance: Sequence[Attendance],
    by_address: Mapping[str, UUID],
    by_name: Mapping[str, UUID],
) -> list[Stay]:
    """Who was in the room at any time while the session was open."""
    found = []
    for visitor, one in enumerate(attendance):
        known = by_address.get((one.address or "").casefold())
        person_id = known or by_name.get(" ".join(one.name.casefold().split()))
        found += [
            Stay(person_id, 0 if person_id else visitor, bool(person_id and not known), came_at, left_at)
            for came_at, left_at in one.intervals
            if use.uses(came_at, left_at)
        ]
    return found
