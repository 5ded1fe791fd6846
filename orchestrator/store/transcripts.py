"""What was said in sessions while they were public: for captions, and for whoever writes the minutes."""

from collections.abc import Sequence
from uuid import UUID

from orchestrator.domain.captions import Said
from orchestrator.store.pool import Pool


class Transcripts:
    """Writes and reads them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put(
        self, organisation_id: UUID, session_id: UUID, transcript_id: UUID, lines: Sequence[Said]
    ) -> None:
        """Keep one transcript of a session in the place of what was kept of it."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "delete from transcript_line where session_id = $1 and transcript_id = $2",
                *(session_id, transcript_id),
            )
            await connection.execute(
                "insert into transcript_line "
                "(organisation_id, session_id, transcript_id, starts_at, ends_at, voice, text) "
                "select $1, $2, $3, one.* from unnest($4::timestamptz[], $5::timestamptz[], $6::text[], "
                "$7::text[]) as one",
                *(organisation_id, session_id, transcript_id),
                [one.start for one in lines],
                [one.end for one in lines],
                [one.voice or "" for one in lines],
                [one.text for one in lines],
            )

    async def delete_with_recordings(self) -> int:
        """Delete what was said in sessions whose recordings have been deleted; how many lines."""
        rows = await self._pool.fetch(
            "delete from transcript_line using session_view where session_view.session_id = "
            "transcript_line.session_id and recording_deleted_at is not null returning 1"
        )
        return len(rows)

    async def of(self, session_id: UUID) -> tuple[Said, ...]:
        """What was said in a session, in order."""
        rows = await self._pool.fetch(
            "select starts_at, ends_at, text, voice from transcript_line where session_id = $1 "
            "order by starts_at, ends_at, text",
            session_id,
        )
        return tuple(
            Said(row["starts_at"], row["ends_at"], row["text"], row["voice"] or None) for row in rows
        )
