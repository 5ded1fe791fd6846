import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.store import views as written
from orchestrator.store.pool import Pool
from orchestrator.store.views import MeetingView, SessionView, Views
from tests.store.examples import FJORDBY, SKOGVIK

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MEETING = MeetingView(
    meeting_id=UUID(int=10),
    organisation_id=FJORDBY,
    slug="kommunestyret-2-mars",
    body_id=None,
    title="Kommunestyret",
    status="published",
    public=True,
    starts_at=NOW,
    ends_at=NOW + 3 * HOUR,
    place="Rådhuset",
    kind="council",
    changed_at=None,
    version=2,
)
SESSION = SessionView(
    session_id=UUID(int=20),
    meeting_id=MEETING.meeting_id,
    organisation_id=FJORDBY,
    title="Kommunestyret",
    kind="plenary",
    status="planned",
    public=True,
    starts_at=NOW,
    ends_at=NOW + 3 * HOUR,
    opened_at=None,
    adjourned_at=None,
    current_item_id=None,
    current_item_number=None,
    current_item_title=None,
    current_speaker_id=None,
    broadcast_id=UUID(int=30),
    source_id=None,
    recording_published=False,
    duration_seconds=None,
    version=1,
)
OPEN = replace(
    SESSION,
    status="open",
    opened_at=NOW,
    current_item_id=uuid4(),
    current_item_number="PS 1/26",
    current_item_title="Budsjett",
    current_speaker_id=uuid4(),
)
ENDED = replace(
    SESSION,
    status="adjourned",
    opened_at=NOW,
    adjourned_at=NOW + HOUR,
    recording_published=True,
    duration_seconds=3600.0,
)


@pytest.fixture
def views(pool: Pool) -> Views:
    return Views(pool)


async def put(pool: Pool, *rows: MeetingView | SessionView) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for row in rows:
            if isinstance(row, MeetingView):
                await written.put_meeting(connection, row)
            else:
                await written.put_session(connection, row)


def another(number: int, session: SessionView, **changes: Any) -> tuple[MeetingView, SessionView]:
    """A meeting with one session that starts ``number`` hours later."""
    meeting = replace(
        MEETING,
        meeting_id=UUID(int=1000 + number),
        slug=f"m{number}",
        starts_at=NOW + number * HOUR,
        **changes,
    )
    return meeting, replace(
        session,
        session_id=UUID(int=2000 + number),
        broadcast_id=UUID(int=3000 + number),
        meeting_id=meeting.meeting_id,
        starts_at=meeting.starts_at,
        adjourned_at=session.adjourned_at and session.adjourned_at + number * HOUR,
    )


async def test_rows_are_read_back_and_replaced(pool: Pool, views: Views) -> None:
    await put(pool, MEETING, SESSION)
    assert await views.meeting(FJORDBY, MEETING.meeting_id) == MEETING
    assert await views.meeting_by_slug(FJORDBY, MEETING.slug) == MEETING
    assert await views.sessions_of(FJORDBY, MEETING.meeting_id) == [SESSION]
    await put(pool, OPEN)
    assert await views.session(FJORDBY, SESSION.session_id) == OPEN
    assert await views.session_by_broadcast(FJORDBY, SESSION.broadcast_id) == OPEN


async def test_live_now_shows_what_has_been_opened_and_not_adjourned(pool: Pool, views: Views) -> None:
    for session, live in ((SESSION, False), (OPEN, True), (ENDED, False)):
        await put(pool, MEETING, session)
        assert [listed.session for listed in await views.live_now(FJORDBY)] == [session] * live
    await put(pool, replace(OPEN, status="closed_doors"))
    listed = (await views.live_now(FJORDBY))[0]
    assert (listed.meeting, listed.session.status) == (MEETING, "closed_doors")


async def test_drafts_and_internal_meetings_are_on_no_public_list(pool: Pool, views: Views) -> None:
    for hidden in (replace(MEETING, status="draft"), replace(MEETING, public=False)):
        for session in (SESSION, OPEN, ENDED):
            await put(pool, hidden, session)
            assert not hidden.announced
            assert await views.live_now(FJORDBY) == []
            assert await views.upcoming(FJORDBY, NOW) == []
            assert await views.latest_recordings(FJORDBY) == []
            assert await views.calendar(FJORDBY, NOW - HOUR, NOW + HOUR) == []
            assert await views.meetings(FJORDBY) == [hidden]
    for session in (OPEN, ENDED):
        await put(pool, MEETING, replace(session, public=False))
        assert await views.live_now(FJORDBY) == []
        assert await views.latest_recordings(FJORDBY) == []


async def test_upcoming_is_what_is_yet_to_come(pool: Pool, views: Views) -> None:
    for number in (5, 1, 3):
        await put(pool, *another(number, SESSION))
    await put(pool, *another(2, OPEN), *another(4, ENDED), *another(-1, SESSION), *another(-20, SESSION))
    await put(pool, *another(6, replace(SESSION, status="cancelled"), status="cancelled"))
    await put(pool, replace(MEETING, meeting_id=uuid4(), slug="no-session-yet", starts_at=NOW + 7 * HOUR))
    slugs = [meeting.slug for meeting in await views.upcoming(FJORDBY, NOW)]
    assert slugs == ["m-1", "m1", "m3", "m5", "m6", "no-session-yet"]
    assert len(await views.upcoming(FJORDBY, NOW, limit=2)) == 2


async def test_the_latest_recordings_come_page_by_page(pool: Pool, views: Views) -> None:
    for number in range(5):
        await put(pool, *another(number, ENDED))
    await put(pool, *another(9, replace(ENDED, recording_published=False)))
    pages = [await views.latest_recordings(FJORDBY, limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [[listed.meeting.slug for listed in page] for page in pages] == [
        ["m4", "m3"],
        ["m2", "m1"],
        ["m0"],
        [],
    ]


async def test_the_calendar_shows_what_any_part_of_lies_in_it(pool: Pool, views: Views) -> None:
    await put(pool, MEETING)
    for start, end, shown in ((-2, 0, False), (-2, 1, True), (1, 2, True), (2, 9, True), (3, 9, False)):
        found = await views.calendar(FJORDBY, NOW + start * HOUR, NOW + end * HOUR)
        assert (found == [MEETING]) is shown


async def test_effects_see_what_is_or_may_be_going_on_everywhere(pool: Pool, views: Views) -> None:
    theirs = replace(OPEN, session_id=uuid4(), broadcast_id=uuid4(), organisation_id=SKOGVIK)
    await put(pool, MEETING, SESSION, theirs, another(1, ENDED)[1])
    await put(pool, another(2, replace(SESSION, status="cancelled"))[1])
    assert {session.session_id for session in await views.sessions_not_adjourned()} == {
        SESSION.session_id,
        theirs.session_id,
    }


async def test_an_address_leads_to_one_meeting_for_good(pool: Pool, views: Views) -> None:
    assert await views.claim_address(FJORDBY, MEETING.slug, MEETING.meeting_id)
    assert await views.claim_address(FJORDBY, MEETING.slug, MEETING.meeting_id), "asked again"
    assert not await views.claim_address(FJORDBY, MEETING.slug, uuid4())
    assert await views.claim_address(SKOGVIK, MEETING.slug, uuid4())
    assert await views.meeting_by_slug(FJORDBY, MEETING.slug) is None, "nothing there yet"
    await put(pool, replace(MEETING, meeting_id=uuid4()), MEETING)
    await put(pool, replace(MEETING, slug="renamed"))
    for slug in (MEETING.slug, "renamed"):
        found = await views.meeting_by_slug(FJORDBY, slug)
        assert found is not None
        assert found.meeting_id == MEETING.meeting_id


async def test_rows_and_checkpoint_are_written_together_or_not_at_all(pool: Pool, views: Views) -> None:
    async def project(position: int, *, fail: bool) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await written.put_meeting(connection, MEETING)
            await written.set_checkpoint(connection, "views", position)
            if fail:
                raise RuntimeError

    with pytest.raises(RuntimeError):
        await project(7, fail=True)
    async with pool.acquire() as connection:
        assert await written.checkpoint(connection, "views") == 0
    assert await views.meetings(FJORDBY) == []
    await project(7, fail=False)
    async with pool.acquire() as connection:
        assert await written.checkpoint(connection, "views") == 7
        assert await written.checkpoint(connection, "effects") == 0


async def test_two_projectors_take_turns(pool: Pool) -> None:
    async def step() -> None:
        async with pool.acquire() as connection, connection.transaction():
            position = await written.checkpoint(connection, "views")
            await asyncio.sleep(0.01)
            await written.set_checkpoint(connection, "views", position + 1)

    await asyncio.gather(*(step() for _ in range(8)))
    async with pool.acquire() as connection:
        assert await written.checkpoint(connection, "views") == 8


async def test_views_are_cleared_to_be_made_anew_and_addresses_stay(pool: Pool, views: Views) -> None:
    await put(pool, MEETING, SESSION)
    async with pool.acquire() as connection, connection.transaction():
        await written.set_checkpoint(connection, "views", 7)
        await written.clear(connection, "views")
        assert await written.checkpoint(connection, "views") == 0
    assert await views.meetings(FJORDBY) == []
    assert await views.sessions_not_adjourned() == []
    assert not await views.claim_address(FJORDBY, MEETING.slug, uuid4())


async def test_another_organisations_rows_do_not_exist(pool: Pool, views: Views) -> None:
    await put(pool, MEETING, OPEN, *another(1, ENDED))
    assert await views.meeting(SKOGVIK, MEETING.meeting_id) is None
    assert await views.meeting_by_slug(SKOGVIK, MEETING.slug) is None
    assert await views.session(SKOGVIK, OPEN.session_id) is None
    assert await views.session_by_broadcast(SKOGVIK, OPEN.broadcast_id) is None
    assert await views.sessions_of(SKOGVIK, MEETING.meeting_id) == []
    assert await views.meetings(SKOGVIK) == []
    assert await views.live_now(SKOGVIK) == []
    assert await views.upcoming(SKOGVIK, NOW) == []
    assert await views.latest_recordings(SKOGVIK) == []
    assert await views.calendar(SKOGVIK, NOW - HOUR, NOW + HOUR) == []
