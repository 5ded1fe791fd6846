import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.commands import PreconditionFailed, UnknownReference, UnknownStream
from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.roles import Actor, Role
from orchestrator.domain.rules import DebateRules
from orchestrator.store.answers import KeyReused
from orchestrator.store.pool import Pool
from tests.clock import FakeClock
from tests.town import CHAIR, Node, Town, founded


@pytest.fixture
async def town(pool: Pool) -> Town:
    return await founded(Node(pool))


async def requests(town: Town, session_id: UUID, person: int) -> UUID:
    request_id = uuid4()
    await town.says(session_id, "request_floor", request_id=request_id, person_id=town.people[person])
    return request_id


async def test_an_answered_command_is_in_the_log_and_in_the_state(town: Town) -> None:
    meeting_id = await town.plans_meeting()
    state = await town.node.commands.meeting(town.organisation_id, meeting_id)
    assert (state.status, state.version) == ("published", 2)
    logged = await town.node.events.read_stream(f"meeting/{meeting_id}")
    assert [recorded.event.type for recorded in logged] == ["meeting_planned", "meeting_published"]


async def test_a_started_again_process_knows_everything(town: Town, pool: Pool) -> None:
    session_id, item_id = await town.debates()
    before = await town.node.commands.session(town.organisation_id, session_id)
    after = await Node(pool).commands.session(town.organisation_id, session_id)
    assert after == before
    assert after.current_item_id == item_id


async def test_two_chairs_clicking_next_at_once_call_one_speaker(town: Town, pool: Pool) -> None:
    session_id, _ = await town.debates()
    first = await requests(town, session_id, 0)
    second = await requests(town, session_id, 1)
    others = [town.node, Node(pool), Node(pool), town.node]
    answers = await asyncio.gather(
        *(
            town.says(
                session_id,
                "call_next_speaker",
                CHAIR,
                on=node,
                request_id=first,
                current_id=None,
            )
            for node in others
        ),
        return_exceptions=True,
    )
    state = await town.node.commands.session(town.organisation_id, session_id)
    assert state.current_speech_id == first
    assert state.waiting == (second,)
    told = [answer for answer in answers if isinstance(answer, Refused)]
    done = [answer for answer in answers if not isinstance(answer, BaseException) and answer.events]
    assert len(done) == 1
    assert all(answer.rule == "state_moved" for answer in told)


async def test_everybody_asking_at_once_is_heard(town: Town, pool: Pool) -> None:
    session_id, _ = await town.debates()
    nodes = [town.node, Node(pool)]
    await asyncio.gather(
        *(
            town.says(
                session_id,
                "request_floor",
                on=nodes[number % 2],
                request_id=uuid4(),
                person_id=person,
            )
            for number, person in enumerate(town.people)
        )
    )
    state = await town.node.commands.session(town.organisation_id, session_id)
    assert len(state.waiting) == len(town.people)


async def test_a_repeated_key_gives_the_first_answer(town: Town, pool: Pool) -> None:
    session_id, item_id = await town.debates()
    stream = session_id
    request_id = await requests(town, session_id, 0)
    sent: dict[str, Any] = {"request_id": request_id, "current_id": None}
    first = await town.says(stream, "call_next_speaker", key="klikk-1", **sent)
    await town.says(stream, "end_speech", speech_id=request_id)
    again = await town.says(stream, "call_next_speaker", key="klikk-1", on=Node(pool), **sent)
    assert again.version == first.version
    assert [one.event for one in again.events] == [one.event for one in first.events]
    state = await town.node.commands.session(town.organisation_id, session_id)
    assert state.current_speech_id is None
    assert state.current_item_id == item_id


async def test_a_key_used_for_another_command_is_told_and_nothing_is_done(town: Town, pool: Pool) -> None:
    meeting_id = await town.plans_meeting()
    await town.says(meeting_id, "change_meeting", key="k", place="Samfunnshuset")
    for on in (town.node, Node(pool)):
        with pytest.raises(KeyReused):
            await town.says(meeting_id, "cancel_meeting", key="k", on=on)
    meeting = await town.node.commands.meeting(town.organisation_id, meeting_id)
    assert (meeting.place, meeting.status) == ("Samfunnshuset", "published")


async def test_the_same_key_in_another_stream_is_another_command(town: Town) -> None:
    first, second = await town.plans_meeting("a"), await town.plans_meeting("b")
    for meeting_id in (first, second):
        handled = await town.says(meeting_id, "cancel_meeting", key="avlys")
        assert len(handled.events) == 1


async def test_if_match_that_does_not_fit_changes_nothing(town: Town) -> None:
    meeting_id = await town.plans_meeting()
    with pytest.raises(PreconditionFailed) as failed:
        await town.says(meeting_id, "cancel_meeting", if_match=1)
    assert failed.value.version == 2
    handled = await town.says(meeting_id, "cancel_meeting", if_match=2)
    assert handled.version == 3


async def test_another_organisations_stream_is_unknown(town: Town) -> None:
    other = await founded(town.node, "naboby")
    meeting_id = await town.plans_meeting()
    for attempt in ("publish_meeting", "cancel_meeting"):
        with pytest.raises(UnknownStream):
            await other.says(meeting_id, attempt)
    with pytest.raises(UnknownStream):
        await other.node.commands.meeting(other.organisation_id, meeting_id)
    with pytest.raises(UnknownStream):
        await other.says(
            meeting_id,
            "plan_meeting",
            slug="x",
            title="X",
            starts_at="2026-05-05T16:00:00Z",
            ends_at="2026-05-05T18:00:00Z",
        )


async def test_another_organisations_key_tells_nothing(town: Town) -> None:
    other = await founded(town.node, "naboby")
    meeting_id = await town.plans_meeting()
    await town.says(meeting_id, "cancel_meeting", key="k")
    with pytest.raises(UnknownStream):
        await other.says(meeting_id, "cancel_meeting", key="k")


async def test_a_stream_that_nobody_planned_is_unknown(town: Town) -> None:
    with pytest.raises(UnknownStream):
        await town.says(uuid4(), "open_session")
    with pytest.raises(UnknownStream):
        await town.node.commands.session(town.organisation_id, uuid4())


@pytest.mark.parametrize("field", ["meeting_id", "body_id", "source_id", "chair_id"])
async def test_what_another_organisation_has_is_an_error_of_the_field(town: Town, field: str) -> None:
    other = await founded(town.node, "naboby")
    foreign = {
        "meeting_id": await other.plans_meeting(),
        "body_id": other.body_id,
        "source_id": other.source_id,
        "chair_id": other.people[0],
    }
    meeting_id = await town.plans_meeting()
    with pytest.raises(UnknownReference) as refused:
        await town.plans_session(meeting_id, **{field: foreign[field]})
    assert refused.value.field == field


async def test_an_unknown_member_is_named_by_its_place(town: Town) -> None:
    meeting_id = await town.plans_meeting()
    members = [{"person_id": town.people[0]}, {"person_id": uuid4()}]
    with pytest.raises(UnknownReference) as refused:
        await town.plans_session(meeting_id, members=members)
    assert refused.value.field == "members.1.person_id"


async def test_of_two_meetings_with_one_slug_at_once_one_is_planned(town: Town, pool: Pool) -> None:
    answers = await asyncio.gather(
        *(town.plans_meeting("budsjett") for _ in range(4)), return_exceptions=True
    )
    assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
    assert {answer.field for answer in answers if isinstance(answer, UnknownReference)} == {"slug"}


async def test_the_same_slug_in_another_organisation_is_free(town: Town) -> None:
    other = await founded(town.node, "naboby")
    await town.plans_meeting("budsjett")
    await other.plans_meeting("budsjett")


async def test_a_session_of_a_draft_is_not_opened_to_the_public(town: Town) -> None:
    meeting_id = uuid4()
    await town.says(
        meeting_id,
        "plan_meeting",
        slug="utkast",
        title="Utkast",
        starts_at="2026-05-05T16:00:00Z",
        ends_at="2026-05-05T18:00:00Z",
    )
    session_id = await town.plans_session(meeting_id)
    with pytest.raises(Refused) as refused:
        await town.says(session_id, "open_session")
    assert refused.value.rule == "meeting_not_published"


async def test_a_session_of_an_internal_meeting_is_never_public(town: Town) -> None:
    meeting_id = await town.plans_meeting(internal=True)
    with pytest.raises(Refused) as refused:
        await town.plans_session(meeting_id)
    assert refused.value.rule == "meeting_internal"
    await town.plans_session(meeting_id, public=False)


@pytest.mark.parametrize("of", ["meeting", "session"])
async def test_a_recording_waits_for_the_secretary_where_the_body_says_so(town: Town, of: str) -> None:
    body = await town.node.directory.body(town.organisation_id, town.body_id)
    assert body is not None
    await town.node.directory.put_body(body.model_copy(update={"recording_public": "on_word"}))
    whose: dict[str, Any] = {"meeting": {"body_id": town.body_id}, "session": {"body_id": None}}
    meeting_id = await town.plans_meeting(**(whose["meeting"] if of == "meeting" else whose["session"]))
    fields = whose["session"] if of == "meeting" else whose["meeting"]
    session_id = await town.plans_session(meeting_id, **fields)
    state = await town.node.commands.session(town.organisation_id, session_id)
    assert not state.recording_at_once
    session_id = await town.plans_session(meeting_id, recording_at_once=True, **fields)
    state = await town.node.commands.session(town.organisation_id, session_id)
    assert state.recording_at_once


async def test_a_meeting_that_has_begun_is_not_cancelled(town: Town) -> None:
    meeting_id = await town.plans_meeting()
    session_id = await town.plans_session(meeting_id)
    await town.says(meeting_id, "publish_meeting")
    for step in ("open_session", "adjourn_session"):
        await town.says(session_id, step)
        with pytest.raises(Refused) as refused:
            await town.says(meeting_id, "cancel_meeting")
        assert refused.value.rule == "meeting_begun"


async def test_a_session_debates_by_its_body_s_rules_unless_it_has_its_own(town: Town) -> None:
    body = await town.node.directory.body(town.organisation_id, town.body_id)
    assert body is not None
    await town.node.directory.put_body(body.model_copy(update={"rules": DebateRules(speech_seconds=240)}))
    meeting_id = await town.plans_meeting(body_id=town.body_id)
    for own, seconds in ({}, 240), ({"rules": {"speech_seconds": 120}}, 120):
        session_id = await town.plans_session(meeting_id, **own)
        state = await town.node.commands.session(town.organisation_id, session_id)
        assert state.rules.speech_seconds == seconds


async def test_a_role_that_may_not_is_told_so_and_nothing_else(town: Town) -> None:
    meeting_id = await town.plans_meeting()
    with pytest.raises(Forbidden):
        await town.says(meeting_id, "cancel_meeting", Actor(frozenset({Role.PARTICIPANT})))


class _LateOnce(FakeClock):
    """Says a time three seconds ago the first time it is asked."""

    def __init__(self, node: Node) -> None:
        super().__init__(node.clock.now())
        self._real = node.clock
        self.asked = 0

    def now(self) -> datetime:

        self.asked += 1
        return self._real.now() - timedelta(seconds=3 if self.asked == 1 else 0)


async def test_a_command_decided_too_late_is_decided_again(town: Town, pool: Pool) -> None:
    meeting_id = await town.plans_meeting()
    clock = _LateOnce(town.node)
    handled = await town.says(meeting_id, "cancel_meeting", on=Node(pool, clock))
    assert clock.asked == 2
    assert len(handled.events) == 1


async def test_a_clock_that_stays_behind_is_refused_at_last(town: Town, pool: Pool) -> None:
    meeting_id = await town.plans_meeting()
    with pytest.raises(Refused) as refused:
        await town.says(meeting_id, "cancel_meeting", on=Node(pool, FakeClock()))
    assert refused.value.rule == "state_moved"


async def test_a_command_that_changes_nothing_answers_with_the_version(town: Town) -> None:
    meeting_id = await town.plans_meeting()
    handled = await town.says(meeting_id, "publish_meeting")
    assert (handled.version, handled.events) == (2, ())


async def test_a_session_is_not_put_into_another_meeting(town: Town) -> None:
    own, other = await town.plans_meeting("a"), await town.plans_meeting("b")
    session_id = await town.plans_session(own)
    now = town.node.clock.now()
    plan: dict[str, Any] = {"title": "Flyttet", "starts_at": now, "ends_at": now + timedelta(hours=1)}
    with pytest.raises(UnknownReference, match="meeting_id"):
        await town.says(session_id, "change_session", meeting_id=other, **plan)
    await town.says(session_id, "change_session", meeting_id=own, **plan)
    state = await town.node.commands.session(town.organisation_id, session_id)
    assert (state.meeting_id, state.title) == (own, "Flyttet")
