"""Whoever leads, presents or helps hears by e-mail that a session was moved or cancelled; others do not."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import AnyHttpUrl

from orchestrator.move_letters import MoveLetters
from orchestrator.settings import Settings
from orchestrator.store.pool import Pool
from orchestrator.store.records import Contact
from orchestrator.web.pages.letter_words import letter_words
from tests.clock import FakeClock
from tests.mail_sink import Sink, mail_sink
from tests.town import Node, Town, founded

NINE = datetime(2027, 5, 4, 7, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KARI, OLA, SIRI = "kari@fjellvik.example", "ola@fjellvik.example", "siri@fjellvik.example"


@dataclass
class Post:
    """A conference whose first three people have e-mail addresses, and where the letters go."""

    town: Town
    meeting_id: UUID
    sink: Sink
    clock: FakeClock
    settings: Settings

    def letters(self) -> MoveLetters:
        node = self.town.node
        return MoveLetters(
            pool=node.pool,
            events=node.events,
            states=node.states,
            views=node.views,
            directory=node.directory,
            settings=self.settings,
            words=letter_words,
            clock=self.clock,
        )

    async def plans(self, title: str, start: int, **fields: Any) -> UUID:
        starts_at = NINE + start * MINUTE
        own = {"title": title, "starts_at": starts_at, "ends_at": starts_at + 30 * MINUTE, "source_id": None}
        return await self.town.plans_session(self.meeting_id, **(own | fields))

    async def moves(self, session_id: UUID, start: int, note: str = "") -> None:
        starts_at = NINE + start * MINUTE
        times: dict[str, Any] = {"starts_at": starts_at, "ends_at": starts_at + 30 * MINUTE}
        await self.town.says(session_id, "move_session", note=note, **times)

    async def changes(self, session_id: UUID, title: str, start: int, **fields: Any) -> None:
        """Plan it anew, as the form does."""
        starts_at = NINE + start * MINUTE
        plan: dict[str, Any] = {
            "meeting_id": self.meeting_id,
            "title": title,
            "members": [],
            "starts_at": starts_at,
        }
        await self.town.says(session_id, "change_session", **plan, ends_at=starts_at + 30 * MINUTE, **fields)

    @property
    def taken(self) -> dict[str, str]:
        """Each letter's text by its address."""
        found = {one["To"]: one.get_content().replace("\r\n", "\n") for one in self.sink.taken}
        assert len(found) == len(self.sink.taken), "one each"
        return found


@pytest.fixture
async def post(pool: Pool) -> AsyncIterator[Post]:
    clock = FakeClock(NINE - timedelta(days=1))
    town = await founded(Node(pool, clock))
    for id_, email in zip(town.people, (KARI, OLA, SIRI), strict=False):
        person = await town.node.directory.person(town.organisation_id, id_)
        assert person
        await town.node.directory.put_person(person, Contact(email=email))
    meeting_id = await town.plans_meeting("dialog", kind="conference", title="Dialog", body_id=None)
    async with mail_sink() as sink:
        settings = Settings(
            base_url=AnyHttpUrl("https://moter.fjellvik.example"),
            smtp_host="127.0.0.1",
            smtp_port=sink.port,
            smtp_tls="none",
            smtp_from="moter@fjellvik.example",
        )
        post = Post(town, meeting_id, sink, clock, settings)
        await post.letters().follow()  # from here on
        yield post


async def test_each_is_told_once_of_all_that_moves_together_and_nobody_else_is(post: Post) -> None:
    kari, ola, _siri, per = post.town.people
    first = await post.plans("Vann", 0, chair_id=kari, contact_ids=[per])
    second = await post.plans("Vei", 60, topics=[{"title": "Nå", "presenter_ids": [ola]}], contact_ids=[kari])
    for session_id, start in ((first, 10), (second, 65), (second, 70)):
        await post.moves(session_id, start, "Toget er forsinket.")
    letters = post.letters()
    await letters.follow()
    await letters.follow()
    await post.letters().follow()
    assert post.taken.keys() == {KARI, OLA}, "Siri only takes part, and Per has no address"
    vann = "«Vann» er flyttet til tirsdag 4. mai 09:10–09:40. Før: tirsdag 4. mai 09:00–09:30."
    vei = "«Vei» er flyttet til tirsdag 4. mai 10:10–10:40. Før: tirsdag 4. mai 10:00–10:30."
    assert f"- {vann} Toget er forsinket.\n- {vei} Toget er forsinket.\n" in post.taken[KARI]
    assert vann not in post.taken[OLA]
    assert vei in post.taken[OLA]
    assert "https://moter.fjellvik.example/program/dialog\n" in post.taken[OLA]
    subjects = {one["To"]: one["Subject"] for one in post.sink.taken}
    assert subjects == {KARI: "Fjellvik: endringer i «Dialog»", OLA: "Fjellvik: ny tid for «Vei»"}


async def test_what_is_planned_anew_for_another_time_is_told_but_not_of_a_draft(
    post: Post,
) -> None:
    kari, ola, _, _ = post.town.people
    changed = await post.plans("Vann", 0, presenter_ids=[kari])
    same = await post.plans("Vei", 60, presenter_ids=[ola])
    await post.changes(changed, "Vann", 20, presenter_ids=[kari])
    await post.changes(same, "Vei og gate", 60, presenter_ids=[ola])
    await post.letters().follow()
    assert post.taken.keys() == {KARI}
    assert "tirsdag 4. mai 09:20–09:50. Før: tirsdag 4. mai 09:00–09:30." in post.taken[KARI]
    draft = uuid4()
    times: dict[str, Any] = {"starts_at": NINE, "ends_at": NINE + 60 * MINUTE}
    await post.town.says(draft, "plan_meeting", slug="utkast", title="Utkast", kind="conference", **times)
    post.meeting_id = draft
    early = await post.plans("Skole", 0, presenter_ids=[ola])
    await post.changes(early, "Skole", 20, presenter_ids=[ola])
    post.clock.advance(1)
    await post.town.says(draft, "publish_meeting")
    await post.letters().follow()
    assert post.taken.keys() == {KARI}


async def test_what_is_cancelled_is_told_and_what_came_back_where_it_was_is_not(post: Post) -> None:
    kari, ola, siri, _ = post.town.people
    cancelled = await post.plans("Vann", 0, presenter_ids=[kari])
    back = await post.plans("Vei", 60, presenter_ids=[ola])
    await post.town.says(cancelled, "cancel_session")
    await post.moves(back, 90)
    await post.moves(back, 60)
    await post.letters().follow()
    assert post.taken.keys() == {KARI}
    assert "«Vann», tirsdag 4. mai 09:00–09:30, er avlyst." in post.taken[KARI]
    await post.plans("Skole", 120, contact_ids=[siri])
    await post.town.says(post.meeting_id, "cancel_meeting", note="Uvær.")
    await post.letters().follow()
    assert post.taken.keys() == {KARI, OLA, SIRI}, "of what was cancelled before nobody hears again"
    assert "er avlyst. Uvær." in post.taken[SIRI]


async def test_a_draft_and_a_rehearsal_are_told_of_to_nobody(post: Post) -> None:
    kari, held = post.town.people[0], post.meeting_id
    drafts: tuple[dict[str, Any], ...] = ({}, {"rehearsal_of": held, "internal": True})
    for fields in drafts:
        post.meeting_id = UUID(int=len(fields))
        times = {"starts_at": NINE, "ends_at": NINE + 60 * MINUTE}
        plan: dict[str, Any] = {
            "slug": f"m{len(fields)}",
            "title": "Dialog",
            "kind": "conference",
            **times,
            **fields,
        }
        await post.town.says(post.meeting_id, "plan_meeting", **plan)
        if fields:
            await post.town.says(post.meeting_id, "publish_meeting")
        await post.moves(await post.plans("Vann", 0, presenter_ids=[kari], public=False), 10)
    await post.letters().follow()
    assert not post.taken


async def test_what_the_mail_server_does_not_take_is_told_when_it_does_unless_it_is_old(post: Post) -> None:
    kari, ola, *_ = post.town.people
    session_id = await post.plans("Vann", 0, presenter_ids=[kari, ola])
    await post.moves(session_id, 10)
    post.sink.refuses = 1
    letters = post.letters()
    with pytest.raises(SMTPDataError):
        await letters.follow()
    await letters.follow()
    assert post.taken.keys() == {KARI, OLA}
    post.sink.taken.clear()
    await post.moves(session_id, 20)
    post.clock.advance(13 * 3600)
    await post.letters().follow()
    assert not post.taken


async def test_an_address_that_takes_no_mail_hinders_nobody_else(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    town = post.town
    for id_, email in zip(town.people, ("kari@", "bj\u00f8rn@fjellvik.example", SIRI), strict=False):
        person = await town.node.directory.person(town.organisation_id, id_)
        assert person
        await town.node.directory.put_person(person, Contact(email=email))
    per = await town.node.directory.person(town.organisation_id, town.people[3])
    assert per
    await town.node.directory.put_person(per, Contact(email="per@fjellvik.example"))
    post.sink.codes["per@fjellvik.example"] = 550
    session_id = await post.plans("Vann", 0, presenter_ids=town.people)
    await post.moves(session_id, 10)
    letters = post.letters()
    await letters.follow()
    await letters.follow()
    assert post.taken.keys() == {SIRI}
    for id_ in (*town.people[:2], town.people[3]):
        assert f"person {id_} cannot be told by e-mail" in caplog.text
    assert "kari@" not in caplog.text
    assert "fjellvik.example" not in caplog.text


async def test_who_is_not_taken_yet_is_tried_again_when_the_others_have_been_told(post: Post) -> None:
    kari, ola, siri, _ = post.town.people
    session_id = await post.plans("Vann", 0, presenter_ids=[kari, ola, siri])
    await post.moves(session_id, 10)
    post.sink.codes[OLA] = 451
    letters = post.letters()
    with pytest.raises(SMTPRecipientsRefused):
        await letters.follow()
    assert post.taken.keys() == {KARI, SIRI}
    post.sink.codes.clear()
    await letters.follow()
    assert post.taken.keys() == {KARI, OLA, SIRI}


async def test_each_is_told_of_what_moves_in_two_meetings_at_once_and_of_what_moves_before_the_next_try(
    post: Post,
) -> None:
    kari, ola, *_ = post.town.people
    session_id = await post.plans("Vann", 0, presenter_ids=[kari, ola])
    other = await post.town.plans_meeting("fagdag", kind="conference", title="Fagdag", body_id=None)
    times = {"starts_at": NINE, "ends_at": NINE + 30 * MINUTE}
    beside = await post.town.plans_session(other, title="Vei", source_id=None, presenter_ids=[kari], **times)
    await post.letters().follow()
    await post.moves(session_id, 10)
    await post.moves(beside, 20)
    post.sink.codes[OLA] = 451
    letters = post.letters()
    with pytest.raises(SMTPRecipientsRefused):
        await letters.follow()
    assert sorted(one["Subject"] for one in post.sink.taken) == [
        "Fjellvik: ny tid for «Vann»",
        "Fjellvik: ny tid for «Vei»",
    ]
    await post.moves(session_id, 40)
    post.sink.codes.clear()
    await letters.follow()
    last = {one["To"]: one.get_content() for one in post.sink.taken}
    assert "09:40" in last[KARI]
    assert "09:40" in last[OLA]
    assert len(post.sink.taken) == 4, "of «Vei» once"
