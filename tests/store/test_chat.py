"""Lines of a chat: kept once, read in order, gone when deleted and when their time is up."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.roles import Role
from orchestrator.store import views as written
from orchestrator.store.chat import ChatLines, Line
from orchestrator.store.directory import Directory
from orchestrator.store.listener import Listener
from orchestrator.store.pool import Pool
from orchestrator.store.views import Views
from tests.postgres import Database
from tests.store.examples import FJORDBY, SKOGVIK
from tests.store.test_views import SESSION

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
HERE = SESSION.session_id
DAY = timedelta(days=1)


def line(text: str = "Hei", **more: Any) -> Line:
    made = Line(
        line_id=uuid4(),
        organisation_id=FJORDBY,
        session_id=HERE,
        item_id=None,
        behind_doors=False,
        author=UUID(int=7),
        person_id=UUID(int=7),
        role=Role.PARTICIPANT,
        text=text,
        answer=None,
        written_at=NOW,
    )
    return replace(made, **more)


@pytest.fixture
async def chats(directory: Directory, pool: Pool) -> ChatLines:
    return ChatLines(pool)


async def ended(pool: Pool, at: datetime | None, ends_at: datetime = NOW) -> None:
    """The session has ended then; None: nobody has adjourned it."""
    row = replace(SESSION, adjourned_at=at, ends_at=ends_at, status="adjourned" if at else "open")
    async with pool.acquire() as connection, connection.transaction():
        await written.put_session(connection, row)
    assert await Views(pool).sessions_of(FJORDBY, SESSION.meeting_id)


async def test_lines_are_read_in_the_order_they_were_written(chats: ChatLines) -> None:
    for number in range(5):
        await chats.add(line(str(number), answer={"place": number}))
    found = await chats.lines(FJORDBY, HERE)
    assert [one.text for one in found] == list("01234")
    assert found[3].answer == {"place": 3}
    assert [one.text for one in await chats.lines(FJORDBY, HERE, limit=2)] == ["3", "4"]
    assert [one.text for one in await chats.lines(FJORDBY, HERE, found[1].place, limit=2)] == ["2", "3"]


async def test_the_same_line_again_is_one_line(chats: ChatLines) -> None:
    first = line("Hei")
    assert (kept := await chats.add(first))
    again = await chats.add(replace(first, text="Noe annet"))
    assert again == kept
    assert len(await chats.lines(FJORDBY, HERE)) == 1


async def test_a_line_is_found_in_its_own_session_and_municipality_only(chats: ChatLines) -> None:
    mine = line()
    await chats.add(mine)
    assert await chats.line(SKOGVIK, HERE, mine.line_id) is None
    assert await chats.line(FJORDBY, uuid4(), mine.line_id) is None
    assert await chats.lines(SKOGVIK, HERE) == []
    assert await chats.add(replace(mine, organisation_id=SKOGVIK)) is None
    assert not await chats.delete(SKOGVIK, HERE, mine.line_id, NOW)
    assert (await chats.lines(FJORDBY, HERE))[0].text == "Hei"


async def test_what_is_deleted_leaves_its_place_and_no_word(chats: ChatLines, pool: Pool) -> None:
    gone = line("Kari er en tosk", answer={"place": 2})
    await chats.add(gone)
    assert await chats.delete(FJORDBY, HERE, gone.line_id, NOW)
    assert await chats.delete(FJORDBY, HERE, gone.line_id, NOW + DAY)
    [left] = await chats.lines(FJORDBY, HERE)
    assert (left.text, left.answer, left.deleted_at) == (None, None, NOW)
    for row in await pool.fetch("select chat_line::text as everything from chat_line"):
        assert "tosk" not in row["everything"]
    assert not await chats.delete(FJORDBY, HERE, uuid4(), NOW)


async def test_a_chat_is_deleted_thirty_days_after_the_session(chats: ChatLines, pool: Pool) -> None:
    await chats.add(line())
    await ended(pool, NOW + DAY)
    assert await chats.purge(NOW + 31 * DAY) == 0
    assert await chats.purge(NOW + 31 * DAY + timedelta(seconds=1)) == 1
    assert await pool.fetchval("select count(*) from chat_line") == 0


async def test_a_municipality_chooses_how_long(chats: ChatLines, directory: Directory, pool: Pool) -> None:
    here = await directory.organisation(FJORDBY)
    assert here
    assert here.chat_days == 30
    await directory.put_organisation(here.model_copy(update={"chat_days": 2}))
    await chats.add(line())
    await chats.add(line(organisation_id=SKOGVIK, session_id=uuid4()))
    await ended(pool, NOW)
    assert await chats.purge(NOW + 3 * DAY) == 1
    assert len(await chats.lines(FJORDBY, HERE)) == 0


async def test_a_session_that_nobody_adjourned_keeps_its_chat_no_longer(chats: ChatLines, pool: Pool) -> None:
    await chats.add(line())
    await ended(pool, None, ends_at=NOW + DAY)
    assert await chats.purge(NOW + 30 * DAY) == 0
    assert await chats.purge(NOW + 32 * DAY) == 1


async def test_a_line_is_kept_for_as_long_after_it_was_written(chats: ChatLines, pool: Pool) -> None:
    await ended(pool, None, ends_at=NOW - 90 * DAY)
    await chats.add(line())
    assert await chats.purge(NOW + 29 * DAY) == 0
    assert await chats.purge(NOW + 31 * DAY) == 1


async def test_whoever_listens_hears_of_a_new_line_and_of_one_that_is_gone(
    chats: ChatLines, database: Database
) -> None:
    heard: list[str | None] = []
    async with Listener(database.dsn) as listener:
        take_back = listener.on_chat(heard.append)
        await listener.connected.wait()
        assert heard == [None]
        one = line()
        await chats.add(one)
        await chats.add(one)
        await chats.delete(FJORDBY, HERE, one.line_id, NOW)
        await chats.delete(FJORDBY, HERE, uuid4(), NOW)
        for _ in range(100):
            if len(heard) == 3:
                break
            await asyncio.sleep(0.02)
        take_back()
        await chats.add(line())
        await asyncio.sleep(0.02)
    assert heard == [None, str(HERE), str(HERE)]
