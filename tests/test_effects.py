import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from orchestrator.effects import Reconciler
from orchestrator.store.pool import Pool, open_pool
from orchestrator.store.views import checkpoint
from orchestrator.uses import CHECKPOINT, Uses
from tests.postgres import Database
from tests.town import Node, Town, founded


class Outside:
    """Something outside that fails as often as it is told, and says how it was called."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.seen: list[str] = []
        self.at_once: dict[str, int] = {}
        self.most_at_once = 0

    async def reconcile(self, target: str) -> None:
        self.at_once[target] = self.at_once.get(target, 0) + 1
        self.most_at_once = max(self.most_at_once, self.at_once[target])
        await asyncio.sleep(0)
        self.at_once[target] -= 1
        self.seen.append(target)
        if self.failures:
            self.failures -= 1
            raise ConnectionError("borte")


async def test_a_target_is_reconciled_until_it_succeeds(caplog: pytest.LogCaptureFixture) -> None:
    outside = Outside(failures=3)
    failed: list[str] = []
    reconciler = Reconciler("ute", outside.reconcile, first_pause=0.001, on_failure=failed.append)
    reconciler.want("a")
    await reconciler.settled()
    assert outside.seen == ["a"] * 4
    assert failed == ["ute"] * 3


async def test_one_target_is_never_reconciled_twice_at_once() -> None:
    outside = Outside()
    reconciler = Reconciler("ute", outside.reconcile)
    for _ in range(10):
        reconciler.want("a")
        reconciler.want("b")
        await asyncio.sleep(0)
    await reconciler.settled()
    assert outside.most_at_once == 1


async def test_what_is_stopped_stays_stopped_although_there_is_more_to_do() -> None:
    looks, begun = 0, asyncio.Event()

    async def reconcile(target: str) -> None:
        nonlocal looks
        looks += 1
        begun.set()
        await asyncio.Event().wait()

    reconciler = Reconciler("ute", reconcile)
    reconciler.want("a")
    await begun.wait()
    reconciler.want("a")
    await reconciler.stop()
    await asyncio.sleep(0)
    assert looks == 1
    await reconciler.settled()


async def test_what_changes_while_it_is_looked_at_is_looked_at_again() -> None:
    looks = 0
    reconciler: Reconciler[str]

    async def reconcile(target: str) -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            reconciler.want(target)

    reconciler = Reconciler("ute", reconcile)
    reconciler.want("a")
    await reconciler.settled()
    assert looks == 2


async def test_a_change_is_tried_at_once_though_the_last_attempt_failed() -> None:
    outside = Outside(failures=1)
    reconciler = Reconciler("ute", outside.reconcile, first_pause=30)
    reconciler.want("a")
    await asyncio.sleep(0.01)
    reconciler.want("a")
    await asyncio.wait_for(reconciler.settled(), 5)
    assert outside.seen == ["a", "a"]


async def test_stopping_leaves_what_is_not_done() -> None:
    outside = Outside(failures=100)
    reconciler = Reconciler("ute", outside.reconcile, first_pause=30)
    reconciler.want("a")
    await asyncio.sleep(0.01)
    await reconciler.stop()
    assert outside.seen == ["a"]


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await founded(Node(pool))


def uses(node: Node) -> Uses:
    return Uses(node.pool, node.events, node.directory, node.people, node.clock)


async def test_the_gate_is_told_what_the_log_says(town: Town) -> None:
    session_id, item_id = await town.debates()
    reading = uses(town.node)
    settled = await reading.read(town.source_id)
    (use,) = settled.sessions
    state = await town.node.commands.session(town.organisation_id, session_id)
    assert use.broadcast_id == state.broadcast_id
    assert [part.end for part in use.parts] == [None]
    assert [interval.end for interval in use.public] == [None]
    assert use.why_shut is None
    assert [entry.id for entry in use.entries] == [str(item_id)]
    await town.says(session_id, "stop_broadcast")
    (use,) = (await reading.read(town.source_id)).sessions
    assert use.why_shut == "stopped"
    assert use.public[-1].end is not None


async def test_names_reach_the_timeline_and_their_correction_too(town: Town) -> None:
    session_id, _ = await town.debates()
    request_id = uuid4()
    await town.says(session_id, "request_floor", request_id=request_id, person_id=town.people[0])
    await town.says(session_id, "call_next_speaker", request_id=request_id, current_id=None)
    reading = uses(town.node)

    async def speaker() -> str | None:
        (use,) = (await reading.read(town.source_id)).sessions
        return next(entry.person for entry in use.entries if entry.kind == "speech")

    assert await speaker() == "Kari Nordli"
    person = await town.node.directory.person(town.organisation_id, town.people[0])
    assert person is not None
    await town.node.directory.put_person(person.model_copy(update={"name": "Kari Nordli Vik"}))
    town.node.people.forget(town.organisation_id)
    assert await speaker() == "Kari Nordli Vik"


async def test_a_session_that_shares_the_source_is_known_at_once(town: Town) -> None:
    await town.debates()
    reading = uses(town.node)
    await reading.read(town.source_id)
    internal = await town.plans_meeting("internt", internal=True)
    other = await town.plans_session(internal, public=False)
    await town.says(other, "open_session")
    settled = await reading.read(town.source_id)
    hidden = next(use for use in settled.sessions if use.session_id == other)
    assert hidden.broadcast_id is None
    assert hidden.public == ()
    assert len(hidden.parts) == 1


async def test_a_session_in_a_room_that_is_sent_into_the_source_keeps_it_private_while_it_is(
    town: Town,
) -> None:
    meeting_id = await town.plans_meeting("dialog", kind="conference")
    room, inner = uuid4(), uuid4()
    for room_id, source_id in ((room, town.source_id), (inner, None)):
        plan = {"room_id": room_id, "name": "Rom", "provider": "embedded", "source_id": source_id}
        await town.says(meeting_id, "plan_room", room=plan)
    streamed = await town.plans_session(meeting_id, room_id=room)
    beside = await town.plans_session(meeting_id, room_id=room, source_id=None)
    for session_id in (streamed, beside):
        await town.says(session_id, "open_session")
    reading = uses(town.node)

    async def heard() -> list[tuple[bool, bool]]:
        """Of each session: whether it uses the source, and whether the public may hear it."""
        found = {use.session_id: use for use in (await reading.read(town.source_id)).sessions}
        assert found[streamed].broadcast_id
        assert found[beside].broadcast_id is None, "it is shown nowhere"
        return [
            (found[one].parts[-1].end is None, bool(found[one].public) and found[one].public[-1].end is None)
            for one in (streamed, beside)
        ]

    assert await heard() == [(True, True), (True, True)]
    basis = {"section": "§ 11-5", "paragraph": "2", "letter": ""}
    closing: dict[str, Any] = {"closing_id": uuid4()}
    item_id = uuid4()
    await town.says(beside, "add_item", item_id=item_id, title="Personalsak", kind="report_item")
    await town.says(beside, "call_roll", present=town.people)
    await town.says(beside, "propose_closing", item_ids=[item_id], legal_basis=basis, **closing)
    await town.says(beside, "record_closing_vote", unanimous=True, **closing)
    await town.says(beside, "close_doors", **closing)
    assert await heard() == [(True, True), (True, False)]
    assert reading.doors_closed(town.source_id)
    await town.says(beside, "use_room", room_id=inner)
    assert await heard() == [(True, True), (False, False)], "it is heard there no more"
    assert not reading.doors_closed(town.source_id)
    again = uses(Node(town.node.pool))
    assert (await again.read(town.source_id)).sessions == (await reading.read(town.source_id)).sessions


async def test_sessions_on_other_sources_do_not_concern_it(town: Town) -> None:
    await town.debates()
    other = await founded(town.node, "naboby")
    assert (await uses(town.node).read(other.source_id)).sessions == ()


async def test_after_a_crash_the_gate_is_told_the_same(town: Town, pool: Pool) -> None:
    session_id, _ = await town.debates()
    await town.says(session_id, "stop_broadcast")
    first = uses(town.node)
    before = (await first.read(town.source_id)).sessions
    again = uses(Node(pool))
    assert (await again.read(town.source_id)).sessions == before
    assert await _checkpoint(pool) > 0, "and what is over need not be read again"


async def test_a_session_that_ended_long_ago_is_forgotten_until_it_moves(town: Town) -> None:
    session_id, item_id = await town.debates()
    await town.says(session_id, "close_item", item_id=item_id)
    await town.says(session_id, "adjourn_session")
    later = Node(town.node.pool, _Later(town.node))
    reading = uses(later)
    assert (await reading.read(town.source_id)).sessions == ()
    reopened = await town.says(session_id, "reopen_session")
    assert reopened.events
    settled = await reading.read(town.source_id)
    assert [use.session_id for use in settled.sessions] == [session_id]
    assert len(settled.sessions[0].parts) == 2


async def test_closed_doors_and_the_end_of_a_break_are_known(town: Town) -> None:
    session_id, _ = await town.debates()
    reading = uses(town.node)
    resumes = town.node.clock.now() + timedelta(minutes=15)
    await town.says(session_id, "start_break", kind="pause", resume_at=resumes)
    await reading.read(town.source_id)
    assert reading.resumes_at(town.source_id) == resumes
    assert not reading.doors_closed(town.source_id)
    await town.says(session_id, "end_break")
    await reading.read(town.source_id)
    assert reading.resumes_at(town.source_id) is None


async def test_without_the_database_nothing_is_known(town: Town, database: Database) -> None:
    async with open_pool(database.dsn) as lost:
        reading = uses(Node(lost))
        await reading.read(town.source_id)
    with pytest.raises(Exception, match="clos"):
        await reading.read(town.source_id)


class _Later:
    """Two days from now."""

    def __init__(self, node: Node) -> None:
        self._clock = node.clock

    def now(self) -> datetime:
        return self._clock.now() + timedelta(days=2)

    def monotonic(self) -> float:
        return self._clock.monotonic()


async def _checkpoint(pool: Pool) -> int:
    async with pool.acquire() as connection, connection.transaction():
        return await checkpoint(connection, CHECKPOINT)
