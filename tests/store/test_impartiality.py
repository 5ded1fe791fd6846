"""Who stepped down in a matter: written by the projector from the log, read by later sessions."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.items import Item
from orchestrator.store.impartiality import SteppedDown, stepped_down
from orchestrator.store.pool import Pool
from tests.town import Node, Town, founded

BASIS = {"section": "forvaltningsloven § 6", "paragraph": "1", "letter": ""}
MATTER = {"archive_number": "26/1041", "case_number": "12/26"}


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await founded(Node(pool))


async def treats(town: Town, slug: str, **item: Any) -> tuple[UUID, UUID]:
    """An open session in which an item is treated; their ids."""
    meeting_id = await town.plans_meeting(slug)
    session_id, item_id = await town.plans_session(meeting_id, body_id=town.body_id), uuid4()
    await town.says(session_id, "add_item", item_id=item_id, title="Elvebakken", **(item or MATTER))
    await town.says(session_id, "open_session")
    await town.says(session_id, "call_roll", present=town.people)
    await town.says(session_id, "open_item", item_id=item_id)
    return session_id, item_id


async def questions(town: Town, session_id: UUID, item_id: UUID, outcome: str = "disqualified") -> UUID:
    """Kari is questioned, and what came of it."""
    question_id = uuid4()
    asked: Any = {"item_id": item_id, "person_id": town.people[0]}
    await town.says(session_id, "raise_impartiality", question_id=question_id, **asked)
    await decides(town, session_id, question_id, outcome)
    return question_id


async def decides(town: Town, session_id: UUID, question_id: UUID, outcome: str) -> None:
    decision: Any = {"outcome": outcome, "legal_basis": BASIS, "unanimous": True}
    await town.says(session_id, "decide_impartiality", question_id=question_id, **decision)


async def known(
    town: Town, matter: str = "archive 26/1041", apart_from: UUID | None = None, here: UUID | None = None
) -> list[SteppedDown]:
    now = town.node.clock.now()
    return await stepped_down(
        *(town.node.pool, here or town.organisation_id, [matter], town.people),
        before=now,
        apart_from=apart_from or uuid4(),
    )


async def test_whoever_stepped_down_is_known_to_other_sessions_alone(town: Town) -> None:
    session_id, item_id = await treats(town, "formannskapet")
    await questions(town, session_id, item_id)
    (found,) = await known(town)
    assert (found.person_id, found.outcome) == (town.people[0], "disqualified")
    assert (found.legal_basis.model_dump(), found.body) == (BASIS, "Kommunestyret")
    assert await known(town, apart_from=session_id) == []
    assert await known(town, "archive 26/1042") == []
    assert await known(town, here=uuid4()) == []


async def test_without_an_archive_number_the_case_number_tells_within_its_body(town: Town) -> None:
    await questions(town, *await treats(town, "kommunestyret", case_number=" 12/26 A"))
    again = Item(item_id=uuid4(), title="Elvebakken", case_number="12/26 a", position=1, kind="decision")
    assert len(await known(town, again.matter(town.body_id))) == 1
    assert await known(town, again.matter(uuid4())) == []
    assert again.matter(None) == ""


async def test_decided_anew_it_is_replaced(town: Town) -> None:
    session_id, item_id = await treats(town, "formannskapet")
    question_id = await questions(town, session_id, item_id)
    await decides(town, session_id, question_id, "exempted")
    assert [one.outcome for one in await known(town)] == ["exempted"]
    await decides(town, session_id, question_id, "impartial")
    assert await known(town) == []


async def test_the_latest_session_to_decide_is_believed(town: Town) -> None:
    await questions(town, *await treats(town, "formannskapet"))
    later, item_id = await treats(town, "kommunestyret")
    await questions(town, later, item_id, "impartial")
    assert await known(town) == []
    assert len(await known(town, apart_from=later)) == 1


async def test_a_number_corrected_afterwards_is_followed(town: Town) -> None:
    session_id, item_id = await treats(town, "formannskapet")
    await questions(town, session_id, item_id)
    await town.says(session_id, "change_item", item_id=item_id, title="Elvebakken", archive_number="26/1042")
    assert await known(town) == []
    assert len(await known(town, "archive 26/1042")) == 1


async def test_rows_made_anew_are_the_same(town: Town) -> None:
    await questions(town, *await treats(town, "formannskapet"))
    await questions(town, *await treats(town, "kommunestyret", case_number="13/26"), "exempted")
    before = await _rows(town.node.pool), await known(town)
    assert len(before[0]) == 2
    await town.node.pool.execute("delete from impartiality_view")
    await Node(town.node.pool).projector.rebuild()
    assert (await _rows(town.node.pool), await known(town)) == before


async def _rows(pool: Pool) -> list[tuple[Any, ...]]:
    rows = await pool.fetch("select * from impartiality_view order by decided_at")
    return [tuple(row.values()) for row in rows]
