"""The chat of a session: what is written, what asks for the floor, who reads it, and what is gone."""

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.chat import Writer
from orchestrator.commands import UnknownStream
from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.roles import Actor, Role
from orchestrator.store.chat import Line
from orchestrator.store.directory import NotFound
from orchestrator.store.pool import Pool
from tests.clock import FakeClock
from tests.town import Node, Town, founded

BASIS = {"section": "kommuneloven § 11-5", "paragraph": "3", "letter": "a"}


def writer(role: Role, person_id: UUID | None = None, sender: str | None = None) -> Writer:
    return Writer(Actor(frozenset({role}), person_id), sender or f"login/{role}")


CHAIR = writer(Role.CHAIR)
IT = writer(Role.IT_SUPPORT)


@dataclass
class Room:
    """An open session of a town, and its chat."""

    town: Town
    session_id: UUID
    item_id: UUID
    clock: FakeClock

    def member(self, number: int) -> Writer:
        person_id = self.town.people[number]
        return writer(Role.PARTICIPANT, person_id, f"login/{person_id}")

    async def writes(self, who: Writer, text: str, line_id: UUID | None = None) -> Line:
        return await self.town.node.chat.write(
            self.town.organisation_id, self.session_id, line_id or uuid4(), text, who
        )

    async def reads(self, who: Writer) -> list[str | None]:
        _, lines = await self.town.node.chat.read(self.town.organisation_id, self.session_id, who.actor)
        return [line.text for line in lines]

    async def deletes(self, who: Writer, line: Line) -> None:
        await self.town.node.chat.delete(self.town.organisation_id, self.session_id, line.line_id, who)

    async def says(self, type_: str, **fields: Any) -> None:
        await self.town.says(self.session_id, type_, **fields)

    async def waiting(self) -> list[UUID]:
        state = await self.town.node.commands.session(self.town.organisation_id, self.session_id)
        return [request.person_id for request in state.speaker_list]


@pytest.fixture
async def room(pool: Pool) -> Room:
    clock = FakeClock(datetime.now(UTC) + timedelta(minutes=1))  # the log refuses what is already old
    town = await founded(Node(pool, clock))
    session_id, item_id = await town.debates()
    await town.says(session_id, "set_chat", mode="open")
    return Room(town, session_id, item_id, clock)


async def refused(room: Room, who: Writer, text: str = "Hei") -> str:
    with pytest.raises(Refused) as why:
        await room.writes(who, text)
    return why.value.rule


# Writing


async def test_a_line_is_kept_with_its_writer_its_item_and_its_time(room: Room) -> None:
    line = await room.writes(room.member(0), "God kveld")
    assert (line.text, line.person_id, line.role) == ("God kveld", room.town.people[0], Role.PARTICIPANT)
    assert (line.item_id, line.behind_doors, line.answer) == (room.item_id, False, None)
    assert line.written_at == room.clock.now()


async def test_the_same_line_sent_again_is_one_line_and_one_request(room: Room) -> None:
    line_id = uuid4()
    first = await room.writes(room.member(0), "innlegg", line_id)
    room.clock.advance(5)
    again = await room.writes(room.member(0), "innlegg", line_id)
    assert again == first
    assert await room.reads(CHAIR) == ["innlegg"]
    assert await room.waiting() == [room.town.people[0]]


async def test_the_same_line_sent_twice_at_once_is_one_line_and_one_request(room: Room) -> None:
    line_id = uuid4()
    both = await asyncio.gather(*(room.writes(room.member(0), "innlegg", line_id) for _ in range(2)))
    assert both[0] == both[1]
    assert await room.waiting() == [room.town.people[0]]


async def test_somebody_elses_line_is_not_overwritten(room: Room) -> None:
    line = await room.writes(room.member(0), "Min")
    with pytest.raises(Refused, match="line_exists"):
        await room.writes(room.member(1), "Din", line.line_id)
    assert await room.reads(CHAIR) == ["Min"]


async def test_two_of_no_name_with_the_same_role_are_two_writers(room: Room) -> None:
    one, other = writer(Role.IT_SUPPORT, sender="login/1"), writer(Role.IT_SUPPORT, sender="login/2")
    line = await room.writes(one, "Lyden er nede")
    with pytest.raises(Forbidden):
        await room.deletes(other, line)
    await room.deletes(one, line)
    assert await room.reads(CHAIR) == [None]


async def test_no_line_is_written_to_the_services_log(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        line = await room.writes(room.member(0), "Hemmelighet som ingen skal lese")
        await room.deletes(room.member(0), line)
    assert "Hemmelighet" not in caplog.text


# Asking for the floor


async def test_a_line_that_asks_is_answered_with_the_place_on_the_list(room: Room) -> None:
    answers = [(await room.writes(room.member(number), "Innlegg!")).answer for number in (2, 0)]
    assert answers == [{"kind": "speech", "place": 1}, {"kind": "speech", "place": 2}]
    assert await room.waiting() == [room.town.people[2], room.town.people[0]]


async def test_a_reply_stands_before_the_speeches(room: Room) -> None:
    await room.writes(room.member(0), "innlegg")
    state = await room.town.node.commands.session(room.town.organisation_id, room.session_id)
    await room.says("call_next_speaker", request_id=state.waiting[0], current_id=None)
    await room.writes(room.member(1), "innlegg")
    assert (await room.writes(room.member(2), "replikk")).answer == {"kind": "reply", "place": 1}


async def test_talk_that_mentions_the_word_asks_for_nothing(room: Room) -> None:
    assert (await room.writes(room.member(0), "Innlegget til Ola var bra")).answer is None
    assert await room.waiting() == []


async def test_stryk_meg_takes_everything_back_and_says_how_much(room: Room) -> None:
    await room.writes(room.member(0), "innlegg")
    assert (await room.writes(room.member(0), "stryk meg")).answer == {"withdrawn": 1}
    assert await room.waiting() == []


async def test_what_cannot_be_had_is_answered_with_the_rule(room: Room) -> None:
    assert (await room.writes(room.member(0), "stryk meg")).answer == {"refused": "unknown_request"}
    assert (await room.writes(room.member(0), "replikk")).answer == {"refused": "reply_to_nothing"}
    await room.says("close_list", item_id=str(room.item_id))
    assert (await room.writes(room.member(0), "innlegg")).answer == {"refused": "list_closed"}
    assert await room.waiting() == []


async def test_whoever_is_no_person_asks_for_nothing(room: Room) -> None:
    assert (await room.writes(CHAIR, "innlegg")).answer is None
    assert (await room.writes(IT, "innlegg")).answer is None


async def test_a_request_by_chat_is_in_the_log_and_its_words_are_not(room: Room) -> None:
    await room.writes(room.member(0), "Jeg ber om ordet!")
    logged = await room.town.node.events.read_stream(f"session/{room.session_id}")
    assert logged[-1].event.type == "floor_requested"
    assert not [one for one in logged if "Jeg ber" in one.event.model_dump_json()]


# Who may


async def test_while_it_is_for_asking_only_talk_is_refused_and_those_who_lead_answer(room: Room) -> None:
    await room.says("set_chat", mode="floor_only")
    assert await refused(room, room.member(0), "Enig") == "chat_floor_only"
    assert await refused(room, IT) == "chat_floor_only"
    assert (await room.writes(room.member(0), "innlegg")).answer
    await room.writes(CHAIR, "Du får ordet etter pausen")
    assert await room.reads(room.member(0)) == ["innlegg", "Du får ordet etter pausen"]


async def test_a_closed_chat_takes_nothing_and_is_still_read(room: Room) -> None:
    await room.writes(room.member(0), "Hei")
    await room.says("set_chat", mode="closed", item_id=str(room.item_id))
    assert await refused(room, room.member(0), "innlegg") == "chat_closed"
    assert await refused(room, CHAIR) == "chat_closed"
    assert await room.reads(room.member(1)) == ["Hei"]


@pytest.mark.parametrize("role", [None, Role.DISPLAY, Role.ADMINISTRATOR])
async def test_others_neither_write_nor_read_nor_delete(room: Room, role: Role | None) -> None:
    line = await room.writes(room.member(0), "Hei")
    other = Writer(Actor(frozenset({role} if role else ())), "login/x")
    assert await refused(room, other) == "not_your_role"
    with pytest.raises(Forbidden):
        await room.reads(other)
    with pytest.raises(Forbidden):
        await room.deletes(other, line)


async def test_a_chat_of_another_municipality_is_not_there(room: Room) -> None:
    chat = room.town.node.chat
    line = await room.writes(room.member(0), "Hei")
    with pytest.raises(UnknownStream):
        await chat.write(uuid4(), room.session_id, uuid4(), "Hei", CHAIR)
    with pytest.raises(UnknownStream):
        await chat.read(uuid4(), room.session_id, CHAIR.actor)
    with pytest.raises(UnknownStream):
        await chat.delete(uuid4(), room.session_id, line.line_id, CHAIR)


async def test_behind_closed_doors_only_the_hall_writes_and_reads(room: Room) -> None:
    await room.writes(IT, "Lyden er god")
    closing = str(uuid4())
    await room.says("propose_closing", closing_id=closing, item_ids=[str(room.item_id)], legal_basis=BASIS)
    await room.says("record_closing_vote", closing_id=closing, unanimous=True)
    await room.says("close_doors", closing_id=closing, remaining="Kommunedirektøren")
    assert await refused(room, IT) == "chat_behind_doors"
    line = await room.writes(room.member(0), "Bak lukkede dører")
    assert line.behind_doors
    assert await room.reads(room.member(1)) == ["Lyden er god", "Bak lukkede dører"]
    assert await room.reads(IT) == ["Lyden er god"]
    with pytest.raises(NotFound):
        await room.deletes(IT, line)
    await room.says("open_doors", closing_id=closing)
    assert await room.reads(IT) == ["Lyden er god"]


async def test_whoever_is_disqualified_neither_writes_nor_reads_in_that_item(room: Room) -> None:
    question = str(uuid4())
    person = str(room.town.people[0])
    await room.writes(room.member(0), "Før")
    await room.says("raise_impartiality", question_id=question, item_id=str(room.item_id), person_id=person)
    await room.says(
        "decide_impartiality",
        question_id=question,
        outcome="disqualified",
        legal_basis={"section": "forvaltningsloven § 6"},
        unanimous=True,
    )
    assert await refused(room, room.member(0), "innlegg") == "disqualified"
    await room.writes(room.member(1), "Etter")
    assert await room.reads(room.member(0)) == []
    assert await room.reads(room.member(1)) == ["Før", "Etter"]


# Deleting, and in time everything


async def test_ones_own_line_can_be_deleted_and_leaves_its_place(room: Room) -> None:
    line = await room.writes(room.member(0), "Feil sak")
    await room.deletes(room.member(0), line)
    _, [left] = await room.town.node.chat.read(room.town.organisation_id, room.session_id, IT.actor)
    assert (left.text, left.deleted_at, left.deleted_as) == (None, room.clock.now(), None)


async def test_those_who_lead_delete_what_others_wrote_and_it_is_seen(room: Room) -> None:
    line = await room.writes(room.member(0), "Utilbørlig")
    with pytest.raises(Forbidden):
        await room.deletes(room.member(1), line)
    await room.deletes(writer(Role.SECRETARY), line)
    await room.deletes(CHAIR, line)
    _, [left] = await room.town.node.chat.read(room.town.organisation_id, room.session_id, IT.actor)
    assert (left.text, left.deleted_as) == (None, Role.SECRETARY)


async def test_deleting_the_line_leaves_the_request(room: Room) -> None:
    await room.deletes(room.member(0), await room.writes(room.member(0), "innlegg"))
    assert await room.waiting() == [room.town.people[0]]


async def test_a_line_that_is_not_there_cannot_be_deleted(room: Room) -> None:
    line = await room.writes(room.member(0), "Hei")
    with pytest.raises(NotFound):
        await room.deletes(CHAIR, replace(line, line_id=uuid4()))


async def test_a_line_that_was_deleted_and_is_sent_again_stays_deleted(room: Room) -> None:
    line = await room.writes(room.member(0), "Hei")
    await room.deletes(room.member(0), line)
    assert (await room.writes(room.member(0), "Hei", line.line_id)).text is None


async def test_the_chat_is_gone_when_its_time_is_up(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    await room.writes(room.member(0), "Hemmelighet")
    await room.says("adjourn_session")
    assert await refused(room, room.member(0)) == "session_ended"
    assert await room.reads(room.member(0)) == ["Hemmelighet"]
    room.clock.advance(timedelta(days=30, seconds=1).total_seconds())
    with caplog.at_level(logging.INFO):
        purging = asyncio.create_task(room.town.node.chat.purge())
        async with asyncio.timeout(5):
            while await room.reads(CHAIR):
                await asyncio.sleep(0.01)
        purging.cancel()
    assert "1 rows" in caplog.text
    assert "Hemmelighet" not in caplog.text
