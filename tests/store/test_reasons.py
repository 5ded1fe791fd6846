"""Reasons: one for each occasion, found in its own session, gone when there is nothing left to explain."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.reasons import Occasion
from orchestrator.store.directory import Directory
from orchestrator.store.pool import Pool
from orchestrator.store.reasons import Reason, ReasonStore, keep_only
from orchestrator.store.records import Person
from tests.store.examples import FJORDBY, SKOGVIK
from tests.store.test_chat import ended
from tests.store.test_views import SESSION

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
HERE = SESSION.session_id
DAY = timedelta(days=1)
KARI, OLA = UUID(int=7), UUID(int=8)
ABSENT = Occasion("absence", KARI)
QUESTIONED = [Occasion("impartiality", KARI, UUID(int=item)) for item in (41, 42)]


def reason(text: str = "Skal opereres", occasion: Occasion = ABSENT, **more: Any) -> Reason:
    return replace(Reason(FJORDBY, HERE, occasion, text, NOW), **more)


@pytest.fixture
async def reasons(directory: Directory, pool: Pool) -> ReasonStore:
    for organisation_id, person_id in ((FJORDBY, KARI), (FJORDBY, OLA), (SKOGVIK, UUID(int=9))):
        person = Person(id=person_id, organisation_id=organisation_id, name="Fiktiv Person")
        await directory.put_person(person)
    return ReasonStore(pool)


async def count(pool: Pool) -> int:
    found: int = await pool.fetchval("select count(*) from reason")
    return found


async def test_one_is_kept_for_each_occasion_and_the_latest_counts(reasons: ReasonStore, pool: Pool) -> None:
    await reasons.put(reason("Først"))
    await reasons.put(reason("Så dette"))
    for number, occasion in enumerate(QUESTIONED):
        await reasons.put(reason(f"Sak {number}", occasion))
    assert await reasons.text(FJORDBY, HERE, ABSENT) == "Så dette"
    assert [await reasons.text(FJORDBY, HERE, one) for one in QUESTIONED] == ["Sak 0", "Sak 1"]
    assert await reasons.text(FJORDBY, HERE, Occasion("leave", KARI)) is None
    assert await count(pool) == 3


async def test_it_is_found_in_its_own_session_and_municipality_only(reasons: ReasonStore) -> None:
    await reasons.put(reason())
    await reasons.put(reason("Tatt over", organisation_id=SKOGVIK))
    await reasons.delete(SKOGVIK, HERE, ABSENT)
    await reasons.delete(FJORDBY, uuid4(), ABSENT)
    assert await reasons.text(SKOGVIK, HERE, ABSENT) is None
    assert await reasons.text(FJORDBY, uuid4(), ABSENT) is None
    assert await reasons.text(FJORDBY, HERE, ABSENT) == "Skal opereres"


async def test_it_can_be_deleted(reasons: ReasonStore, pool: Pool) -> None:
    await reasons.put(reason())
    await reasons.delete(FJORDBY, HERE, ABSENT)
    assert await count(pool) == 0


async def test_what_there_is_nothing_to_explain_of_any_more_is_deleted(
    reasons: ReasonStore, pool: Pool
) -> None:
    elsewhere = uuid4()
    for one in (reason(), reason(occasion=QUESTIONED[0]), reason(occasion=Occasion("absence", OLA))):
        await reasons.put(one)
    await reasons.put(reason(session_id=elsewhere))
    async with pool.acquire() as connection:
        await keep_only(connection, HERE, [QUESTIONED[0], Occasion("absence", OLA)])
        assert await reasons.text(FJORDBY, HERE, ABSENT) is None
        assert await count(pool) == 3
        await keep_only(connection, HERE, [])
    assert await count(pool) == 1
    assert await reasons.text(FJORDBY, elsewhere, ABSENT)


async def test_it_goes_with_the_person_who_is_erased(
    reasons: ReasonStore, directory: Directory, pool: Pool
) -> None:
    await reasons.put(reason())
    await directory.delete_person(FJORDBY, KARI)
    assert await count(pool) == 0
    await reasons.put(reason())
    assert await count(pool) == 0


async def test_it_is_deleted_thirty_days_after_the_session(reasons: ReasonStore, pool: Pool) -> None:
    await reasons.put(reason())
    await ended(pool, NOW + DAY)
    assert await reasons.purge(NOW + 31 * DAY) == 0
    assert await reasons.purge(NOW + 31 * DAY + timedelta(seconds=1)) == 1
    assert await count(pool) == 0


async def test_a_municipality_chooses_how_long_with_its_chats(
    reasons: ReasonStore, directory: Directory, pool: Pool
) -> None:
    here = await directory.organisation(FJORDBY)
    assert here
    await directory.put_organisation(here.model_copy(update={"chat_days": 2}))
    await reasons.put(reason())
    await ended(pool, NOW)
    assert await reasons.purge(NOW + 2 * DAY) == 0
    assert await reasons.purge(NOW + 3 * DAY) == 1
