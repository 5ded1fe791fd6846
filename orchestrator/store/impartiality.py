"""What was decided of somebody's impartiality in a matter: the projector's rows, for the meetings after."""

from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from uuid import UUID

from orchestrator.domain.items import Impartiality, LegalBasis
from orchestrator.store.pool import Connection, Pool


@dataclass(frozen=True, slots=True)
class ImpartialityRow:
    """What one session decided of one person in one item; ``matter``: see ``ItemWords.matter``."""

    organisation_id: UUID
    matter: str
    person_id: UUID
    session_id: UUID
    item_id: UUID
    outcome: Impartiality
    section: str
    paragraph: str
    letter: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class SteppedDown:
    """Somebody was found disqualified in a matter, or exempted from it; ``body``: its name, or the meeting's.

    Also from behind closed doors: for those inside alone.
    """

    matter: str
    person_id: UUID
    outcome: Impartiality
    legal_basis: LegalBasis
    decided_at: datetime
    body: str


_COLUMNS = [field.name for field in fields(ImpartialityRow)]


async def put_impartiality(connection: Connection, session_id: UUID, rows: Iterable[ImpartialityRow]) -> None:
    """Let these be the session's rows."""
    await connection.execute("delete from impartiality_view where session_id = $1", session_id)
    if records := [astuple(row) for row in rows]:
        await connection.copy_records_to_table("impartiality_view", records=records, columns=_COLUMNS)


async def stepped_down(
    pool: Pool,
    organisation_id: UUID,
    matters: Collection[str],
    people: Collection[UUID],
    *,
    before: datetime,
    apart_from: UUID,
) -> list[SteppedDown]:
    """Who of these stepped down in these matters, by what was decided last, ``apart_from`` this session."""
    rows = await pool.fetch(
        "select matter, person_id, outcome, section, paragraph, letter, decided_at, "
        "coalesce(body.name, meeting.title) as body from ("
        "  select distinct on (matter, person_id) * from impartiality_view where organisation_id = $1"
        "  and matter = any($2) and person_id = any($3) and decided_at <= $4 and session_id <> $5"
        "  and not exists (select from session_view join meeting_view rehearsal using (meeting_id)"
        "    where session_view.session_id = impartiality_view.session_id"
        "    and rehearsal.rehearsal_of is not null)"
        "  order by matter, person_id, decided_at desc"
        ") decided join session_view session using (session_id) "
        "join meeting_view meeting using (meeting_id) "
        "left join body on body.organisation_id = meeting.organisation_id and body.id = meeting.body_id "
        "where outcome <> 'impartial' order by decided_at, person_id",
        *(organisation_id, list(matters), list(people), before, apart_from),
    )
    return [
        SteppedDown(
            matter=row["matter"],
            person_id=row["person_id"],
            outcome=row["outcome"],
            legal_basis=LegalBasis(section=row["section"], paragraph=row["paragraph"], letter=row["letter"]),
            decided_at=row["decided_at"],
            body=row["body"],
        )
        for row in rows
    ]
