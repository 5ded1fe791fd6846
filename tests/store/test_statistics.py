"""The rows of statistics: written by the projector from the log, read by year and body."""

from datetime import datetime
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.statistics import by, publicly_spoken, spoken, total
from orchestrator.store.pool import Pool
from orchestrator.store.records import Body
from orchestrator.store.statistics import CountedMeeting, Statistics
from tests.town import ITEM, Node, Town, founded


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await founded(Node(pool))


async def speaks(town: Town, session_id: UUID, number: int) -> None:
    request = uuid4()
    await town.says(session_id, "request_floor", request_id=request, person_id=town.people[number])
    await town.says(session_id, "start_speech", request_id=request, current_id=None)
    await town.says(session_id, "end_speech", speech_id=request)


async def held(town: Town, slug: str = "kommunestyret", **meeting: object) -> UUID:
    """An adjourned session in which the first two have spoken, the first twice."""
    session_id = await town.plans_session(await town.plans_meeting(slug, **meeting))
    item_id = uuid4()
    await town.says(session_id, "add_item", item_id=item_id, **ITEM)
    await town.says(session_id, "open_session")
    await town.says(session_id, "call_roll", present=town.people)
    await town.says(session_id, "open_item", item_id=item_id)
    for number in (0, 1, 0):
        await speaks(town, session_id, number)
    await town.says(session_id, "close_item", item_id=item_id)
    await town.says(session_id, "adjourn_session")
    return session_id


async def year(
    town: Town, *, public: bool = False, body_id: UUID | None = None, organisation_id: UUID | None = None
) -> list[CountedMeeting]:
    now: datetime = town.node.clock.now()
    reader = Statistics(town.node.pool)
    return await reader.year(organisation_id or town.organisation_id, now.year, body_id, public=public)


async def test_a_year_adds_up_to_what_its_sessions_say(town: Town) -> None:
    sessions = [await held(town), await held(town, "igjen")]
    states = [await town.node.commands.session(town.organisation_id, one) for one in sessions]
    found = await year(town)
    assert [one.slug for one in found] == ["kommunestyret", "igjen"]
    assert [one.opened_at for one in found] == [state.parts[0].start for state in states]
    for one, state in zip(found, states, strict=True):
        assert total(one.lines).number == 3
        assert total(one.lines).seconds == pytest.approx(total(spoken(state)).seconds)
        people = by(one.lines, lambda line: line.person_id)
        assert {key: people[key].number for key in people} == {town.people[0]: 2, town.people[1]: 1}
    public = await year(town, public=True)
    assert total(public[0].lines).seconds == pytest.approx(total(publicly_spoken(states[0])).seconds)
    assert await Statistics(town.node.pool).years(town.organisation_id, public=True) == [
        town.node.clock.now().year
    ]


async def test_a_session_is_in_the_year_once_it_is_adjourned_and_out_while_it_is_reopened(town: Town) -> None:
    session_id, _ = await town.debates()
    await speaks(town, session_id, 0)
    assert await year(town) == []
    await town.says(session_id, "adjourn_session")
    assert total((await year(town))[0].lines).number == 1
    await town.says(session_id, "reopen_session")
    assert await year(town) == []
    await town.says(session_id, "adjourn_session")
    assert total((await year(town))[0].lines).number == 1


async def test_a_time_corrected_after_the_meeting_is_followed(town: Town) -> None:
    session_id = await held(town)
    state = await town.node.commands.session(town.organisation_id, session_id)
    last = list(state.requests.values())[-1]
    start = last.intervals[0].start
    before = total((await year(town))[0].lines).seconds
    await town.says(session_id, "correct_time", kind="speech", id=last.request_id, stop=start)
    after = total((await year(town))[0].lines)
    assert after.number == 3
    assert after.seconds == pytest.approx(before - last.intervals[0].seconds(start))


async def test_a_year_is_of_one_body_when_one_is_asked_for(town: Town) -> None:
    other = uuid4()
    body = Body(id=other, organisation_id=town.organisation_id, name="Formannskapet", slug="formannskapet")
    await town.node.directory.put_body(body)
    await held(town)
    await held(town, "formannskapet", body_id=other)
    assert [one.slug for one in await year(town, body_id=other)] == ["formannskapet"]
    assert len(await year(town)) == 2


async def test_an_internal_meeting_is_in_no_public_year(town: Town) -> None:
    session_id = await town.plans_session(await town.plans_meeting("internt", internal=True), public=False)
    item_id = uuid4()
    await town.says(session_id, "add_item", item_id=item_id, **ITEM)
    await town.says(session_id, "open_session")
    await town.says(session_id, "open_item", item_id=item_id)
    await speaks(town, session_id, 0)
    await town.says(session_id, "adjourn_session")
    assert len(await year(town)) == 1
    assert await year(town, public=True) == []
    assert await Statistics(town.node.pool).years(town.organisation_id, public=True) == []


async def test_another_organisations_year_is_empty(town: Town) -> None:
    await held(town)
    assert await year(town, organisation_id=uuid4()) == []
    assert await Statistics(town.node.pool).years(uuid4(), public=False) == []


async def test_rows_made_anew_are_the_same(town: Town) -> None:
    await held(town)
    before = await year(town)
    await town.node.pool.execute("delete from spoken_view")
    assert await year(town) == []
    await Node(town.node.pool).projector.rebuild()
    assert await year(town) == before
