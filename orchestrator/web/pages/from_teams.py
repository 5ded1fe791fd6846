"""/mote/{slug}/fra-teams: who was in a session's room and what was said there, as Teams tells it afterwards.

For the session's secretary and IT. It makes nobody present, and what was said only helps with the minutes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from aiohttp import web

from orchestrator.domain.captions import Said
from orchestrator.domain.roles import Role
from orchestrator.store.room_attendance import RoomAttendance, Stay
from orchestrator.store.transcripts import Transcripts
from orchestrator.web import context
from orchestrator.web.context import SERVICES
from orchestrator.web.dates import clock
from orchestrator.web.pages import staff

READERS: Final = frozenset({Role.SECRETARY, Role.IT_SUPPORT, Role.ADMINISTRATOR})
_PRIVATE: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Person:
    """Somebody who was in the room, and when. ``by_name``: known by the name alone."""

    name: str
    times: tuple[str, ...]
    by_name: bool


@dataclass(frozen=True)
class Passage:
    """What one voice says without a break, and when it begins."""

    at: datetime
    voice: str
    text: str


async def show(request: web.Request) -> web.Response:
    """GET ?sesjon=: what there is of it. The words are for the secretary alone."""
    scene, actor = await staff.scene_of(request, READERS)
    services, here = request.app[SERVICES], context.organisation_id(request)
    session_id = scene.session.session_id
    stays = await RoomAttendance(services.pool).of(here, session_id)
    reads = Role.SECRETARY in actor.roles
    said = await Transcripts(services.pool).of(session_id) if reads else ()
    back = f"/mote/{scene.meeting.slug}/sekretar?sesjon={session_id}" if reads else "/drift"
    return context.page(
        request,
        "secretary/from_teams.html",
        headers=_PRIVATE,
        back=back,
        title=scene.session.title,
        people=who_was_there(stays, scene.names),
        others=len({one.visitor for one in stays if one.person_id is None}),
        days=context.organisation(request).chat_days,
        reads=reads,
        passages=passages(said),
    )


def who_was_there(stays: Iterable[Stay], names: Mapping[UUID, str]) -> list[Person]:
    """Those whom we know, by name, with all their times."""
    found: dict[UUID, list[Stay]] = {}
    for one in stays:
        if one.person_id in names and one.person_id:
            found.setdefault(one.person_id, []).append(one)
    people = [
        Person(
            names[person_id],
            tuple(f"{clock(one.came_at)}–{clock(one.left_at)}" for one in theirs),
            any(one.by_name for one in theirs),
        )
        for person_id, theirs in found.items()
    ]
    return sorted(people, key=lambda one: one.name)


def passages(said: Sequence[Said]) -> list[Passage]:
    """What was said, in order, by whom."""
    runs = [list(run) for _, run in groupby(said, key=lambda one: one.voice)]
    return [Passage(run[0].start, run[0].voice or "", " ".join(one.text for one in run)) for run in runs]
