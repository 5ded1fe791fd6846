"""What Teams has made of a meeting: recordings, transcripts, and who was there when.

All of it carries the time of day, so that it can be held against the session's own log: nothing of it is
public until the gate has said so. Teams keeps it for 60 days after the meeting.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from orchestrator.domain.captions import Cue
from orchestrator.rooms.provider import RoomRef, RoomTrouble
from orchestrator.rooms.teams import TeamsRooms
from orchestrator.rooms.transcript import cues

if TYPE_CHECKING:
    from orchestrator.rooms.teams_connection import Connection

Kind = Literal["recording", "transcript"]
CHUNK = 1 << 20
"""Bytes of a recording that are in memory at a time."""
TRANSCRIPT_LONGEST = 64 << 20
"""Bytes; a whole day's talk is a few million."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A recording or transcript. ``starts_at``, ``ends_at``: what it covers, by the clock on the wall."""

    kind: Kind
    id: str
    starts_at: datetime
    ends_at: datetime
    correlation_id: str | None
    """The same for a recording and its transcript."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """Somebody who was in the room. An address is known only of those who were logged in."""

    name: str
    address: str | None
    intervals: tuple[tuple[datetime, datetime], ...]


class TeamsArtifacts:
    """All methods raise RoomTrouble: "refused" if the tenant does not let applications read transcripts."""

    def __init__(self, rooms: TeamsRooms) -> None:
        self._rooms = rooms

    async def recordings(self, ref: RoomRef, since: datetime) -> tuple[Artifact, ...]:
        """Those that ended at `since` or later. One that is still being made is not among them."""
        connection, meeting = await self._meeting(ref)
        return await self._listed(connection, "recording", meeting.recordings, since)

    async def transcripts(self, ref: RoomRef, since: datetime) -> tuple[Artifact, ...]:
        """Those that ended at `since` or later. One that is still being made is not among them."""
        connection, meeting = await self._meeting(ref)
        return await self._listed(connection, "transcript", meeting.transcripts, since)

    async def _listed(
        self, connection: "Connection", kind: Kind, builder: Any, since: datetime
    ) -> tuple[Artifact, ...]:
        found = [_artifact(kind, one) for one in await _all(connection, builder)]
        return tuple(one for one in found if one is not None and one.ends_at >= since)

    async def save_recording(self, ref: RoomRef, artifact: Artifact, path: Path) -> None:
        """Into a file that is there only when it is whole; never whole in memory."""
        connection, meeting = await self._meeting(ref)
        content = meeting.recordings.by_call_recording_id(artifact.id).content
        part = path.with_name(f"{path.name}.part")
        try:
            async with connection.streaming(content.to_get_request_information()) as answer:
                with await asyncio.to_thread(part.open, "wb") as file:
                    async for chunk in answer.aiter_bytes(CHUNK):
                        await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(part.replace, path)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)

    async def transcript(self, ref: RoomRef, artifact: Artifact) -> tuple[Cue, ...]:
        """What was said, from the artifact's start on."""
        connection, meeting = await self._meeting(ref)
        info = meeting.transcripts.by_call_transcript_id(artifact.id).content.to_get_request_information()
        info.url_template += "{?%24format}"  # the SDK has no name for it
        info.query_parameters["%24format"] = "text/vtt"
        text = bytearray()
        async with connection.streaming(info) as answer:
            async for chunk in answer.aiter_bytes(CHUNK):
                text += chunk
                if len(text) > TRANSCRIPT_LONGEST:
                    raise RoomTrouble("refused", "the transcript is too long", lasting=True)
        return await asyncio.to_thread(cues, text.decode(errors="replace"))

    async def attendance(self, ref: RoomRef) -> tuple[Attendance, ...]:
        """Who was in the room, from all its reports: there is one for each time the meeting was held."""
        connection, meeting = await self._meeting(ref)
        reports = meeting.attendance_reports
        found: list[Attendance] = []
        for report in await _all(connection, reports):
            records = reports.by_meeting_attendance_report_id(report.id).attendance_records
            found += [_attendance(one) for one in await _all(connection, records)]
        return tuple(found)

    async def _meeting(self, ref: RoomRef) -> "tuple[Connection, Any]":
        connection = await self._rooms.connection()
        meeting_id = await self._rooms.meeting_id(ref)
        return connection, connection.organizer.online_meetings.by_online_meeting_id(meeting_id)


async def _all(connection: "Connection", builder: Any) -> list[Any]:
    """A whole list, page by page."""
    found: list[Any] = []
    while True:
        async with connection.asking():
            page = await builder.get()
        found += (page.value if page else None) or []
        if not page or not page.odata_next_link:
            return found
        builder = builder.with_url(page.odata_next_link)


def _artifact(kind: Kind, read: Any) -> Artifact | None:
    """None for what has no known time: it could not be held against the log."""
    if not read.created_date_time or not read.end_date_time:
        return None
    return Artifact(kind, read.id, read.created_date_time, read.end_date_time, read.content_correlation_id)


def _attendance(read: Any) -> Attendance:
    return Attendance(
        (read.identity.display_name if read.identity else None) or "",
        read.email_address or None,
        tuple(
            (one.join_date_time, one.leave_date_time)
            for one in read.attendance_intervals or []
            if one.join_date_time and one.leave_date_time
        ),
    )
