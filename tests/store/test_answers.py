from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.store.answers import (
    ABANDONED,
    KEPT,
    Answer,
    InProgress,
    KeyReused,
    claim,
    release,
    remember,
)
from orchestrator.store.pool import Pool
from tests.store.examples import FJORDBY, SKOGVIK

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
CREATED = Answer(201, "application/json", b'{"id": 1}')


async def test_a_repeated_request_gets_the_first_answer(pool: Pool) -> None:
    assert await claim(pool, FJORDBY, "key", b"request", NOW) is None
    await remember(pool, FJORDBY, "key", CREATED)
    assert await claim(pool, FJORDBY, "key", b"request", NOW + timedelta(hours=23)) == CREATED


async def test_a_request_repeated_too_soon_is_told_so(pool: Pool) -> None:
    assert await claim(pool, FJORDBY, "key", b"request", NOW) is None
    with pytest.raises(InProgress):
        await claim(pool, FJORDBY, "key", b"request", NOW)


async def test_a_key_is_for_one_request(pool: Pool) -> None:
    assert await claim(pool, FJORDBY, "key", b"request", NOW) is None
    with pytest.raises(KeyReused):
        await claim(pool, FJORDBY, "key", b"another", NOW)
    await remember(pool, FJORDBY, "key", CREATED)
    with pytest.raises(KeyReused):
        await claim(pool, FJORDBY, "key", b"another", NOW)


async def test_a_request_that_failed_or_died_may_be_made_again(pool: Pool) -> None:
    assert await claim(pool, FJORDBY, "key", b"request", NOW) is None
    await release(pool, FJORDBY, "key")
    assert await claim(pool, FJORDBY, "key", b"request", NOW) is None
    assert await claim(pool, FJORDBY, "key", b"request", NOW + ABANDONED * 2) is None


async def test_answers_are_forgotten_after_a_day(pool: Pool) -> None:
    assert await claim(pool, FJORDBY, "key", b"request", NOW) is None
    await remember(pool, FJORDBY, "key", CREATED)
    assert await claim(pool, FJORDBY, "key", b"request", NOW + KEPT * 1.01) is None


async def test_keys_of_two_organisations_are_apart(pool: Pool) -> None:
    assert await claim(pool, FJORDBY, "key", b"request", NOW) is None
    await remember(pool, FJORDBY, "key", CREATED)
    assert await claim(pool, SKOGVIK, "key", b"another", NOW) is None
