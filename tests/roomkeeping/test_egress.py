"""Which LiveKit rooms are sent into which source, when that begins and ends, and what IT is told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from livekit import api
from pydantic import SecretStr

from orchestrator.roomkeeping.egress import BEGINS_WITHIN, LOOK_EVERY, Egresses
from orchestrator.roomkeeping.keeper import RoomKeeper
from orchestrator.roomkeeping.providers import RoomProviders, makers
from orchestrator.roomkeeping.sources import RoomSources
from orchestrator.settings import Settings
from orchestrator.store.pool import Pool
from orchestrator.store.records import Source
from orchestrator.store.rooms import RoomStates
from orchestrator.store.secrets import Vault
from tests.clock import FakeClock
from tests.roomkeeping.test_keeper import wishes_of
from tests.rooms.livekit_server import UNDER_WAY, LivekitServer, Twirp, livekit_server
from tests.town import ITEM, KEY, Node, Town, founded

BASE = "https://moter.fjellvik.example"


@dataclass
class Process:
    """What one process of the service does about rooms."""

    keeper: RoomKeeper
    egresses: Egresses

    async def looks(self) -> None:
        await self.keeper.follow()
        await self.keeper.sweep()
        await self.keeper.settled()
        await self.egresses.sweep()
        await self.egresses.settled()


@dataclass
class Hall:
    """A session in a room on a LiveKit server, with a source."""

    town: Town
    clock: FakeClock
    server: LivekitServer
    rooms: RoomStates
    providers: RoomProviders
    room_id: UUID
    session_id: UUID
    meeting_id: UUID

    def process(self) -> Process:
        node = self.town.node
        wishes = wishes_of(node)
        keeper = RoomKeeper(
            providers=self.providers,
            rooms=self.rooms,
            wishes=wishes,
            views=node.views,
            states=node.states,
            events=node.events,
            clock=self.clock,
        )
        egresses = Egresses(
            providers=self.providers,
            rooms=self.rooms,
            wishes=wishes,
            sources=RoomSources(node.views, node.states, node.directory),
            views=node.views,
            directory=node.directory,
            settings=Settings(base_url=BASE),  # type: ignore[arg-type]
            key=KEY.encode(),
            clock=self.clock,
        )
        return Process(keeper, egresses)

    @property
    def sent(self) -> list[api.RoomCompositeEgressRequest]:
        """What is being sent."""
        return [one.room_composite for one in self.server.egresses.values() if one.status in UNDER_WAY]

    async def says(self, type_: str, **fields: Any) -> None:
        await self.town.says(self.session_id, type_, **fields)

    async def source(self, **changes: Any) -> None:
        directory = self.town.node.directory
        source = await directory.source(self.town.organisation_id, self.town.source_id)
        assert source
        await directory.put_source(source.model_copy(update=changes))

    async def trouble(self) -> str | None:
        standing = await self.rooms.standing(self.room_id)
        assert standing
        return standing.sending


@pytest.fixture
async def hall(pool: Pool) -> AsyncIterator[Hall]:
    """Ten minutes before its session."""
    clock = FakeClock(datetime.now(UTC) + timedelta(days=1))  # the log refuses what is old
    node, room_id = Node(pool, clock), uuid4()
    town = await founded(node)
    start = clock.now() + timedelta(minutes=10)
    when = {"starts_at": start, "ends_at": start + timedelta(hours=1)}
    meeting_id = await town.plans_meeting("kommunestyret", **when)
    room = {"room_id": room_id, "name": "Salen", "provider": "livekit", "source_id": town.source_id}
    await town.says(meeting_id, "plan_room", room=room)
    session_id = await town.plans_session(meeting_id, room_id=room_id, **when)
    async with livekit_server() as server:
        account = {"url": server.url, "key": server.account.key, "secret": server.account.secret}

        async def account_of(_: UUID, __: str) -> dict[str, Any]:
            return account

        providers = RoomProviders(makers(account_of, clock))
        rooms = RoomStates(pool, Vault(KEY))
        yield Hall(town, clock, server, rooms, providers, room_id, session_id, meeting_id)
        await providers.aclose()


@pytest.fixture
def process(hall: Hall) -> Process:
    return hall.process()


async def debates(hall: Hall) -> None:
    item_id = hall.room_id
    await hall.says("add_item", item_id=item_id, **ITEM)
    await hall.says("open_session")
    await hall.says("call_roll", present=hall.town.people)
    await hall.says("open_item", item_id=item_id)


async def closes_doors(hall: Hall) -> None:
    closing: dict[str, Any] = {"closing_id": hall.session_id}
    basis = {"section": "kommuneloven § 11-5", "paragraph": "3", "letter": "a"}
    await hall.says("propose_closing", item_ids=[hall.room_id], legal_basis=basis, **closing)
    await hall.says("record_closing_vote", unanimous=True, **closing)
    await hall.says("close_doors", **closing)


async def test_an_open_room_is_sent_into_its_source_once(hall: Hall, process: Process) -> None:
    for _ in range(3):
        await process.looks()
        hall.clock.advance(LOOK_EVERY)
        hall.server.begin_egress()
    (sent,) = hall.sent
    assert sent.custom_base_url.startswith(f"{BASE}/rom/{hall.room_id}/bilde/")
    (output,) = sent.stream_outputs
    assert output.protocol == api.StreamProtocol.SRT
    assert list(output.urls) == ["srt://moter.fjellvik.example:20000?passphrase=fiktivt-passord&pbkeylen=16"]
    assert await hall.trouble() is None


async def test_a_room_that_is_not_open_yet_is_not_sent(hall: Hall, process: Process) -> None:
    hall.clock.advance(-3600)
    await process.looks()
    assert not hall.sent


async def test_a_service_that_starts_again_finds_what_is_sent_and_two_at_once_send_once(
    hall: Hall, process: Process
) -> None:
    await process.looks()
    hall.server.begin_egress()
    first = [*hall.server.egresses]
    for other in (hall.process(), hall.process()):
        await other.looks()
    assert [*hall.server.egresses] == first
    assert len(hall.sent) == 1


async def test_a_sending_that_ended_is_begun_again(hall: Hall, process: Process) -> None:
    await process.looks()
    for one in hall.server.egresses.values():
        one.status = api.EgressStatus.EGRESS_FAILED
    await process.looks()
    assert not hall.sent, "not before it is time to look"
    hall.clock.advance(LOOK_EVERY)
    await process.looks()
    assert len(hall.sent) == 1


async def test_closed_doors_end_it_at_once_and_open_doors_begin_it_again(
    hall: Hall, process: Process
) -> None:
    await debates(hall)
    await process.looks()
    assert hall.sent
    await closes_doors(hall)
    await process.egresses.sweep()  # also while the product does nothing about its door
    await process.egresses.settled()
    assert not hall.sent
    await process.looks()
    assert not hall.sent
    await hall.says("open_doors", closing_id=hall.session_id)
    await process.looks()
    assert len(hall.sent) == 1


async def test_doors_that_were_closed_while_nobody_looked_end_it_too(hall: Hall, process: Process) -> None:
    await debates(hall)
    await process.looks()
    await closes_doors(hall)
    await hall.process().looks()
    assert not hall.sent


async def test_an_egress_service_that_cannot_be_told_to_end_is_told_again(
    hall: Hall, process: Process
) -> None:
    await debates(hall)
    await process.looks()
    await closes_doors(hall)
    hall.server.failing = Twirp(429, "resource_exhausted")
    await process.looks()
    assert hall.sent
    hall.server.failing = None
    hall.clock.advance(LOOK_EVERY)
    await process.looks()
    assert not hall.sent


async def test_it_ends_when_the_room_closes(hall: Hall, process: Process) -> None:
    await process.looks()
    hall.server.begin_egress()
    hall.clock.advance(10 * 60)
    await hall.says("open_session")
    await hall.says("adjourn_session")
    await process.looks()
    assert hall.sent, "people may say goodbye"
    hall.clock.advance(80 * 60)
    await process.egresses.sweep()
    await process.egresses.settled()
    assert not hall.sent


async def test_a_service_that_starts_ends_what_was_left_behind_of_a_room_that_is_shut(
    hall: Hall, process: Process
) -> None:
    await process.looks()
    hall.server.begin_egress()
    start = hall.clock.now() + timedelta(hours=4)
    await hall.says("move_session", starts_at=start, ends_at=start + timedelta(hours=1))
    await process.keeper.follow()
    await process.keeper.settled()
    assert hall.sent
    await hall.process().looks()
    assert not hall.sent


@pytest.mark.parametrize(
    "changes", [{"passphrase": SecretStr("et-annet-passord")}, {"port": 20050}], ids=["secret", "port"]
)
async def test_another_secret_or_port_is_sent_to_anew(
    hall: Hall, process: Process, changes: dict[str, Any]
) -> None:
    await process.looks()
    hall.server.begin_egress()
    before = hall.sent
    await hall.source(**changes)
    await process.looks()
    (after,) = hall.sent
    assert before[0].stream_outputs[0].urls != after.stream_outputs[0].urls
    assert before[0].custom_base_url != after.custom_base_url


async def test_a_room_without_a_source_or_with_one_that_is_fetched_is_not_sent(
    hall: Hall, process: Process
) -> None:
    await process.looks()
    assert hall.sent
    directory, town = hall.town.node.directory, hall.town
    await directory.put_source(
        Source(
            id=town.source_id,
            organisation_id=town.organisation_id,
            name="Salen",
            slug="salen",
            kind="pull",
            url="rtsp://192.0.2.1/salen",
        )
    )
    await process.looks()
    assert not hall.sent


async def test_it_is_told_to_it_when_no_egress_service_answers_and_healed_when_one_does(
    hall: Hall, process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    hall.server.egress = "no worker"
    await process.looks()
    assert await hall.trouble() == "no_egress"
    assert [one.sending for one in await hall.rooms.troubled(hall.town.organisation_id)] == ["no_egress"]
    asked = len(hall.server.asked)
    await process.looks()
    assert len(hall.server.asked) == asked, "not before the pause is over"
    hall.server.egress = "ready"
    for _ in range(2):
        hall.clock.advance(60)
        await process.looks()
        hall.server.begin_egress()
    assert (len(hall.sent), await hall.trouble()) == (1, None)
    assert "fiktivt-passord" not in caplog.text
    assert "/bilde/" not in caplog.text


async def test_a_refusal_is_told_and_no_longer_when_the_room_is_not_to_be_sent(
    hall: Hall, process: Process
) -> None:
    await process.looks()
    hall.server.failing = Twirp(403, "permission_denied")
    hall.clock.advance(LOOK_EVERY)
    await process.looks()
    assert await hall.trouble() == "refused"
    await hall.town.says(
        hall.meeting_id,
        "change_room",
        room={"room_id": hall.room_id, "name": "Salen", "provider": "livekit", "source_id": None},
    )
    await process.looks()
    assert await hall.trouble() is None


async def test_one_that_never_begins_is_begun_anew_and_told_of(hall: Hall, process: Process) -> None:
    await process.looks()
    hall.clock.advance(BEGINS_WITHIN)
    await process.looks()
    assert (len(hall.sent), await hall.trouble()) == (0, "sends_nothing")
    hall.clock.advance(LOOK_EVERY)
    await process.looks()
    assert (len(hall.sent), await hall.trouble()) == (1, "sends_nothing"), "until a picture is on its way"
    hall.server.begin_egress()
    hall.clock.advance(LOOK_EVERY)
    await process.looks()
    assert await hall.trouble() is None
