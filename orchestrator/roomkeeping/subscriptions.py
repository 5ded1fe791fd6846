"""Teams is asked to tell us what it makes of meetings, for as long as a municipality has rooms there.

Nothing depends on being told: what was made is also looked for. Done by one process at a time, and again
after it was killed: what is noted before it is asked for is found and put in order then.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from orchestrator.backoff import Backoff
from orchestrator.clock import EVER, Clock
from orchestrator.effects import Reconciler
from orchestrator.roomkeeping.keeper import Providers
from orchestrator.rooms import teams_subscriptions
from orchestrator.rooms.provider import RoomTrouble
from orchestrator.rooms.teams import TeamsRooms
from orchestrator.rooms.teams_subscriptions import Listener
from orchestrator.settings import Settings
from orchestrator.store.directory import Directory
from orchestrator.store.fetch_troubles import FetchTrouble, FetchTroubles
from orchestrator.store.room_news import News, RoomNews, Subscription
from orchestrator.store.rooms import RoomStates

log = logging.getLogger(__name__)

HOOK: Final = "/hooks/teams"
"""The address at which Teams is heard."""
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0
"""Seconds between attempts."""
NO_ADDRESS: Final = "no_address"


def client_state(key: bytes, organisation_id: UUID) -> str:
    """What Teams shows with all it tells this organisation; nobody else can know it."""
    return hmac.new(key, f"{HOOK}/{organisation_id}".encode(), hashlib.sha256).hexdigest()


def hook_url(address: str) -> str | None:
    """Where Microsoft can reach the pages at this address; None if it cannot."""
    parts = urlsplit(address)
    host = parts.hostname or "localhost"
    try:
        reachable = ip_address(host).is_global
    except ValueError:
        reachable = "." in host and not host.endswith((".localhost", ".local", ".internal"))
    return f"{address}{HOOK}" if parts.scheme == "https" and reachable else None


class Subscriptions:
    """Makes, renews and ends them; what hinders it is kept for IT."""

    def __init__(
        self,
        *,
        providers: Providers,
        rooms: RoomStates,
        news: RoomNews,
        troubles: FetchTroubles,
        directory: Directory,
        settings: Settings,
        key: bytes,
        clock: Clock,
        on_failure: Callable[[str], None] = lambda _name: None,
    ) -> None:
        """``key``: of encryption at rest."""
        self._providers, self._rooms, self._news, self._troubles = providers, rooms, news, troubles
        self._directory, self._settings, self._key, self._clock = directory, settings, key, clock
        self._reconciler = Reconciler("subscriptions", self._reconcile, on_failure=on_failure)
        self._again: dict[UUID, datetime] = {}
        self._backoffs: dict[UUID, Backoff] = {}
        self._told_of_none = set[UUID]()

    async def sweep(self) -> None:
        """Look at every organisation that has rooms in Teams, or had."""
        noted = {one.organisation_id for one in await self._news.subscriptions()}
        for organisation_id in noted | await self._rooms.organisations_in("teams"):
            if self._again.get(organisation_id, EVER) <= self._clock.now():
                self._reconciler.want(organisation_id)

    async def settled(self) -> None:
        """Return when all is as wanted, or is to be tried again later."""
        await self._reconciler.settled()

    async def stop(self) -> None:
        """Leave what is not done; the next start does it."""
        await self._reconciler.stop()

    def look_now(self, organisation_id: UUID) -> None:
        """Teams has said something of its subscriptions."""
        self._again.pop(organisation_id, None)
        self._reconciler.want(organisation_id)

    async def _reconcile(self, organisation_id: UUID) -> None:
        now = self._clock.now()
        if self._again.get(organisation_id, EVER) > now:
            return
        known = {one.organisation_id: one for one in await self._news.subscriptions()}.get(organisation_id)
        wanted = organisation_id in await self._rooms.organisations_in("teams")
        url = await self._url(organisation_id) if wanted else None
        if wanted and url is None:
            await self._say_none(organisation_id, now)
        news = [
            one
            for one in await self._news.unread()
            if one.organisation_id == organisation_id and one.kind in ("renew", "removed")
        ]
        try:
            if known and known.url != url:
                await self._end(known)
                known = None
            if url and (known is None or news or known.renew_at <= now):
                await self._keep(organisation_id, url, now, news)
        except RoomTrouble as trouble:
            await self._wait(organisation_id, trouble, now)
            return
        if url or not wanted:
            await self._troubles.end(organisation_id, "subscription")
        await self._news.forget(news)
        self._backoffs.pop(organisation_id, None)

    async def _keep(self, organisation_id: UUID, url: str, now: datetime, news: list[News]) -> None:
        # Noted before it is asked for: what was begun is never forgotten.
        await self._news.put_subscription(Subscription(organisation_id, url, now))
        teams = await self._teams(organisation_id)
        listener = Listener(url, url, client_state(self._key, organisation_id))
        renew = frozenset(one.what for one in news if one.kind == "renew")
        renew_at = await teams_subscriptions.keep(teams, now, listener, renew=renew)
        await self._news.put_subscription(Subscription(organisation_id, url, renew_at))

    async def _end(self, known: Subscription) -> None:
        """What can be reached no more (an account that was removed) ends by itself within days."""
        try:
            await teams_subscriptions.stop(await self._teams(known.organisation_id), known.url)
        except RoomTrouble as trouble:
            if not trouble.lasting:
                raise
        await self._news.end_subscription(known.organisation_id)

    async def _teams(self, organisation_id: UUID) -> TeamsRooms:
        teams = await self._providers.of(organisation_id, "teams")
        if not isinstance(teams, TeamsRooms):
            raise RoomTrouble("not_configured", "teams", lasting=True)
        return teams

    async def _url(self, organisation_id: UUID) -> str | None:
        organisation = await self._directory.organisation(organisation_id)
        return hook_url(self._settings.address_of(organisation.hosts)) if organisation else None

    async def _say_none(self, organisation_id: UUID, now: datetime) -> None:
        if organisation_id not in self._told_of_none:
            log.warning("Microsoft cannot reach this service over https: recordings are found by looking")
            self._told_of_none.add(organisation_id)
        trouble = FetchTrouble(organisation_id, "subscription", organisation_id, NO_ADDRESS, now, None)
        await self._troubles.put(trouble)
        self._again[organisation_id] = now + timedelta(seconds=LONGEST_PAUSE)

    async def _wait(self, organisation_id: UUID, trouble: RoomTrouble, now: datetime) -> None:
        backoff = self._backoffs.setdefault(organisation_id, Backoff(FIRST_PAUSE, LONGEST_PAUSE))
        again = now + timedelta(seconds=max(backoff.after(0.0), trouble.retry_after or 0.0))
        self._again[organisation_id] = again
        log.warning("Teams does not tell us of recordings: %s", trouble.code)
        await self._troubles.put(
            FetchTrouble(organisation_id, "subscription", organisation_id, trouble.code, now, again)
        )
