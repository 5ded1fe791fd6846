"""Reasons as the service keeps them: told by the person alone, read by the secretary alone, gone in time."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from orchestrator.domain.absence import ReportAbsence
from orchestrator.domain.errors import Forbidden
from orchestrator.domain.reasons import Occasion
from orchestrator.domain.roles import Actor, Role
from orchestrator.store.pool import Pool
from tests.clock import FakeClock
from tests.town import Node, Town, founded

SECRET = "Blindtarmen skal ut"
SECRETARY = Actor(frozenset({Role.SECRETARY}))


@pytest.fixture
async def clock() -> FakeClock:
    return FakeClock(datetime.now(UTC) + timedelta(minutes=1))  # the log refuses what is already old


@pytest.fixture
async def town(pool: Pool, clock: FakeClock) -> Town:
    return await founded(Node(pool, clock))


@pytest.fixture
async def session_id(town: Town) -> UUID:
    return await town.plans_session(await town.plans_meeting())


async def tells(town: Town, session_id: UUID, by: int = 0) -> None:
    await town.node.reasons.tell(
        *(town.organisation_id, session_id, ReportAbsence(person_id=town.people[0]), SECRET),
        Actor(frozenset({Role.PARTICIPANT}), town.people[by]),
        key="en",
        words="forfall",
        sender="login/kari",
    )


async def told(town: Town, session_id: UUID, by: Actor = SECRETARY) -> str | None:
    occasion = Occasion("absence", town.people[0])
    return await town.node.reasons.told(town.organisation_id, session_id, occasion, by)


async def test_nobody_gives_a_reason_for_somebody_else(town: Town, session_id: UUID) -> None:
    with pytest.raises(Forbidden):
        await tells(town, session_id, by=1)
    state = await town.node.commands.session(town.organisation_id, session_id)
    assert not state.absences


@pytest.mark.parametrize("role", sorted(frozenset(Role) - {Role.SECRETARY}))
async def test_it_is_told_to_no_other_role(town: Town, session_id: UUID, role: Role) -> None:
    await tells(town, session_id)
    assert await told(town, session_id) == SECRET
    with pytest.raises(Forbidden):
        await told(town, session_id, Actor(frozenset({role}), town.people[0]))


async def test_it_is_gone_when_its_time_is_up_and_in_no_line_of_the_service(
    town: Town, session_id: UUID, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await tells(town, session_id)
        clock.advance(timedelta(days=31).total_seconds())
        purging = asyncio.create_task(town.node.reasons.purge())
        async with asyncio.timeout(5):
            while "reasons: 1 rows were old" not in caplog.text:
                await asyncio.sleep(0.01)
        purging.cancel()
    assert await told(town, session_id) is None
    assert SECRET not in caplog.text
