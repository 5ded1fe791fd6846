"""What is urgent for IT, and that it is told once on every channel until somebody has seen it."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import AnyHttpUrl, SecretStr

from orchestrator.alert_channels import Told, channels
from orchestrator.alerts import AGAIN, Alarm, Facts, RoomNeeded, SourceNeeded, urgent
from orchestrator.settings import Settings
from orchestrator.store.alerts import Alert, Alerts
from orchestrator.store.pool import Pool
from orchestrator.store.rooms import RoomStanding
from tests.clock import START, FakeClock
from tests.mail_sink import Sink, mail_sink
from tests.town import Node, founded

HERE, ROOM, SOURCE = uuid4(), uuid4(), uuid4()
MINUTE = timedelta(minutes=1)
SECRET = "a-fictional-key-of-ours"


def standing(**fields: Any) -> RoomStanding:
    given: dict[str, Any] = {
        "room_id": ROOM,
        "organisation_id": HERE,
        "state": "verified",
        "changed_at": START,
    } | fields
    return RoomStanding(**given)


def room(opens_in: float = 10, **fields: Any) -> RoomNeeded:
    given: dict[str, Any] = {
        "organisation_id": HERE,
        "room_id": ROOM,
        "name": "Plenum",
        "opens_at": START + opens_in * MINUTE,
        "closes_at": START + (opens_in + 60) * MINUTE,
        "standing": None,
    } | fields
    return RoomNeeded(**given)


def source(starts_in: float | None, silent_for: float | None) -> SourceNeeded:
    starts_at = None if starts_in is None else START + starts_in * MINUTE
    silent = None if silent_for is None else START - timedelta(seconds=silent_for)
    return SourceNeeded(HERE, SOURCE, "Kommunestyresalen", starts_at, silent)


@pytest.mark.parametrize(
    ("needed", "is_urgent"),
    [
        (room(30), True),
        (room(31), False),
        (room(10, standing=standing(state="failed", trouble="refused")), True),
        (room(10, standing=standing(state="asked")), True),
        (room(10, standing=standing()), False),
        (room(-10, standing=standing(state="open", door="open")), False),
        (room(-10), True),
        (room(-70), False),
        (room(opens_at=None), False),
    ],
)
def test_a_room_is_urgent_half_an_hour_before_it_opens_unless_it_is_known_to_be_right(
    needed: RoomNeeded, *, is_urgent: bool
) -> None:
    assert [one.kind for one in urgent(Facts([needed]), START)] == ["room_not_ready"] * is_urgent


@pytest.mark.parametrize(
    ("needed", "is_urgent"),
    [
        (source(10, 60), True),
        (source(11, 60), False),
        (source(-90, 60), True),
        (source(-90, 14), False),
        (source(-90, None), False),
        (source(None, 60), False),
    ],
)
def test_a_source_is_urgent_ten_minutes_before_a_session_and_while_it_lasts(
    needed: SourceNeeded, *, is_urgent: bool
) -> None:
    assert [one.kind for one in urgent(Facts(sources=[needed]), START)] == ["source_silent"] * is_urgent


@pytest.mark.parametrize(("for_seconds", "locked", "is_urgent"), [(15, False, True), (14, False, False)])
def test_doors_that_are_not_known_to_be_closed_are_urgent(
    for_seconds: float, *, locked: bool, is_urgent: bool
) -> None:
    shut = room(
        -10,
        standing=standing(state="open", door="open"),
        doors_closed_at=START - timedelta(seconds=for_seconds),
        locked=locked,
    )
    assert [one.kind for one in urgent(Facts([shut]), START)] == ["doors_not_confirmed"] * is_urgent
    assert urgent(Facts([replace(shut, locked=True)]), START) == []


@dataclass
class Hook:
    """A receiver on loopback that is away for its first calls."""

    away: int = 0
    tried: int = 0
    taken: list[tuple[dict[str, str], bytes, Any]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.tried += 1
        if self.tried <= self.away:
            return web.Response(status=503)
        self.taken.append((dict(request.headers), await request.read(), await request.json()))
        return web.Response()


@dataclass
class Watched:
    """Two processes that see the same facts."""

    clock: FakeClock
    alerts: Alerts
    alarms: list[Alarm]
    hook: Hook
    mail: Sink
    organisation_id: UUID
    facts: Facts = field(default_factory=Facts)

    async def look(self) -> list[Alert]:
        for alarm in self.alarms:
            await alarm.look()
        for alarm in self.alarms:
            await alarm.settled()
        return list(await self.alerts.opened())

    @property
    def told(self) -> tuple[int, int]:
        return len(self.hook.taken), len(self.mail.taken)


@asynccontextmanager
async def watched(pool: Pool, *, away: int = 0) -> AsyncIterator[Watched]:
    clock, hook, app = FakeClock(datetime.now(UTC)), Hook(away), web.Application()
    town = await founded(Node(pool))
    app.router.add_post("/secret-path", hook.take)

    async def words(alert: Alert) -> Told:
        return Told(f"Rommet «{alert.name}» er ikke klart.", "Prøv igjen.", "Fjellvik")

    async with TestServer(app) as server, mail_sink(refuses=away) as mail:
        settings = Settings(
            base_url=AnyHttpUrl("https://moter.fjellvik.example"),
            alert_webhook_url=AnyHttpUrl(str(server.make_url("/secret-path"))),
            alert_webhook_secret=SecretStr(SECRET),
            alert_email=("drift@fjellvik.example", "vakt@fjellvik.example"),
            smtp_host="127.0.0.1",
            smtp_port=mail.port,
            smtp_tls="none",
        )
        async with channels(settings, words, clock) as found:
            made = Watched(clock, Alerts(pool), [], hook, mail, town.organisation_id)

            async def facts() -> Facts:
                return made.facts

            made.alarms = [
                Alarm(alerts=Alerts(pool), facts=facts, channels=found, clock=clock, first_pause=0.01)
                for _ in range(2)
            ]
            yield made


def not_ready(one: Watched) -> Facts:
    return Facts([room(organisation_id=one.organisation_id, opens_at=one.clock.now(), closes_at=None)])


async def test_a_problem_is_told_once_on_each_channel_however_many_processes_see_it(pool: Pool) -> None:
    async with watched(pool) as one:
        one.facts = not_ready(one)
        (alert,) = await one.look()
        await one.look()
        assert one.told == (1, 1)
        headers, body, said = one.hook.taken[0]
        assert said == {
            "id": str(alert.id),
            "kind": "room_not_ready",
            "organisation": "Fjellvik",
            "what": "Rommet «Plenum» er ikke klart.",
            "todo": "Prøv igjen.",
            "opened_at": alert.opened_at.isoformat(),
            "console": "https://moter.fjellvik.example/drift",
        }
        signed = f"{headers['Alert-Timestamp']}.".encode() + body
        expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["Alert-Signature"] == f"sha256={expected}"
        (mail,) = one.mail.taken
        assert mail["Subject"] == "Fjellvik: Rommet «Plenum» er ikke klart."
        assert mail["To"] == "drift@fjellvik.example, vakt@fjellvik.example"
        assert "Prøv igjen." in mail.get_content()
        assert "https://moter.fjellvik.example/drift" in mail.get_content()


async def test_what_is_not_taken_is_tried_again_until_it_is(
    pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    async with watched(pool, away=2) as one:
        one.facts = not_ready(one)
        await one.look()
        await one.look()
        assert one.told == (1, 1)
        assert (one.hook.tried, one.mail.tried) == (3, 3)
        assert "it answered 503" in caplog.text
        assert "secret-path" not in caplog.text, "its address may be secret"


async def test_what_somebody_has_seen_is_told_no_more(pool: Pool) -> None:
    async with watched(pool, away=10_000) as one:
        one.facts = not_ready(one)
        await one.alarms[0].look()
        (alert,) = await one.alerts.opened()
        now = one.clock.now()
        assert not await one.alerts.acknowledge(uuid4(), alert.id, "link-1", now), "another municipality's"
        assert await one.alerts.acknowledge(one.organisation_id, alert.id, "link-1", now)
        assert await one.alerts.acknowledge(one.organisation_id, alert.id, "link-2", now + MINUTE)
        (seen,) = await one.look()  # settles: nothing is tried any more
        assert (seen.acknowledged_by, seen.acknowledged_at) == ("link-1", now)
        assert one.told == (0, 0)


async def test_what_nobody_has_seen_is_told_again_by_one_of_them_until_somebody_has(pool: Pool) -> None:
    async with watched(pool) as one:
        one.facts = not_ready(one)
        (alert,) = await one.look()
        one.clock.advance(AGAIN.total_seconds() - 1)
        await one.look()
        assert one.told == (1, 1)
        one.clock.advance(1)
        await one.look()
        assert one.told == (2, 2)
        ids = [mail["Message-ID"] for mail in one.mail.taken]
        assert len(set(ids)) == 2, "else mail programs show only the first"
        assert await one.alerts.acknowledge(one.organisation_id, alert.id, "link-1", one.clock.now())
        one.clock.advance(AGAIN.total_seconds())
        await one.look()
        assert one.told == (2, 2)


async def test_a_problem_that_comes_back_at_once_is_the_same_and_later_a_new_one(pool: Pool) -> None:
    async with watched(pool) as one:
        one.facts = not_ready(one)
        (first,) = await one.look()
        one.facts = Facts()
        assert await one.look() == []
        one.clock.advance(60)
        one.facts = not_ready(one)
        assert [alert.id for alert in await one.look()] == [first.id]
        assert one.told == (1, 1)
        one.facts = Facts()
        await one.look()
        one.clock.advance(3600)
        one.facts = not_ready(one)
        assert [alert.id for alert in await one.look()] != [first.id]
        assert one.told == (2, 2)


async def test_of_a_source_that_runs_elsewhere_nothing_is_said(pool: Pool) -> None:
    async with watched(pool) as one:
        silent = replace(source(0, 60), organisation_id=one.organisation_id, starts_at=one.clock.now())
        silent = replace(silent, silent_since=one.clock.now() - MINUTE)
        one.facts = Facts(sources=[silent])
        assert len(await one.look()) == 1
        one.facts = Facts(unseen=frozenset({SOURCE}))
        assert len(await one.look()) == 1, "this process cannot know that it is over"


async def test_a_process_that_died_while_telling_is_followed_by_another(pool: Pool) -> None:
    async with watched(pool) as one:
        one.facts = not_ready(one)
        for alarm in one.alarms:
            alarm._channels = {}
        (alert,) = await one.look()
        now = one.clock.now()
        assert await one.alerts.lease(alert.id, "webhook", now, now + MINUTE, again=AGAIN)
        assert not await one.alerts.lease(alert.id, "webhook", now, now + MINUTE, again=AGAIN)
        assert await one.alerts.lease(alert.id, "webhook", now + MINUTE, now + 2 * MINUTE, again=AGAIN)
        await one.alerts.release(alert.id, "webhook", now + MINUTE)
        assert not await one.alerts.lease(
            alert.id, "webhook", now + 9 * MINUTE, now + 10 * MINUTE, again=AGAIN
        )
