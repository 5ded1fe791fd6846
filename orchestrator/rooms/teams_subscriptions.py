"""Subscriptions to what is made after a meeting: begun, renewed well before they end, and ended."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING

from orchestrator.clock import EVER
from orchestrator.rooms.provider import RoomTrouble
from orchestrator.rooms.teams import TeamsRooms

if TYPE_CHECKING:
    from msgraph.generated.models.subscription import Subscription

    from orchestrator.rooms.teams_connection import Connection

LONGEST = timedelta(minutes=4320)
"""How long a subscription to recordings or transcripts may last."""
LIFETIME = LONGEST - timedelta(minutes=30)
"""What we ask for: clocks differ, and an answer takes its time."""
RENEWED_BEFORE = timedelta(hours=24)
"""How long before its end a subscription is renewed: a whole night of trouble may pass."""
KINDS = ("getAllRecordings", "getAllTranscripts")


@dataclass(frozen=True, slots=True)
class Listener:
    """Where we listen: two https addresses, and the secret that shows that Graph is speaking."""

    url: str
    lifecycle_url: str
    client_state: str = field(repr=False)
    """At most 128 characters."""


async def keep(
    rooms: TeamsRooms, now: datetime, listener: Listener, *, renew: frozenset[str] = frozenset()
) -> datetime:
    """See to it that the organizer has one subscription of each kind; when this must be done again.

    ``renew``: ids of those that must be renewed at once. May be done as often as one likes, also by two.
    """
    connection = await rooms.connection()
    ends: list[datetime] = []
    existing = await _existing(connection)
    for kind in KINDS:
        resource = f"users/{connection.account.organizer}/onlineMeetings/{kind}"
        mine = [one for one in existing if (one.resource, one.notification_url) == (resource, listener.url)]
        mine.sort(key=_end, reverse=True)
        for superfluous in mine[1:]:
            await _end_it(connection, superfluous)
        end = _end(mine[0]) if mine else now
        if end <= now + RENEWED_BEFORE or mine[0].id in renew:
            end = now + LIFETIME
            if not mine or not await _renewed(connection, mine[0], end):
                await _begin(connection, resource, end, listener)
        ends.append(end)
    return min(ends) - RENEWED_BEFORE


async def stop(rooms: TeamsRooms, url: str) -> None:
    """End all subscriptions that tell this address."""
    connection = await rooms.connection()
    for one in await _existing(connection):
        if one.notification_url == url:
            await _end_it(connection, one)


async def _existing(connection: "Connection") -> "list[Subscription]":
    builder = connection.graph.subscriptions
    found: list[Subscription] = []
    while True:
        async with connection.asking():
            page = await builder.get()
        found += (page.value if page else None) or []
        if not page or not page.odata_next_link:
            return found
        builder = builder.with_url(page.odata_next_link)


async def _begin(connection: "Connection", resource: str, ends_at: datetime, listener: Listener) -> None:
    body = _new()
    body.change_type = "created"
    body.resource = resource
    body.notification_url = listener.url
    body.lifecycle_notification_url = listener.lifecycle_url  # required where it lasts over an hour
    body.client_state = listener.client_state
    body.expiration_date_time = ends_at.astimezone(UTC)
    async with connection.asking():
        await connection.graph.subscriptions.post(body)


async def _renewed(connection: "Connection", one: "Subscription", ends_at: datetime) -> bool:
    """Renew it, which also authorizes it anew; False if it has ended meanwhile."""
    body = _new()
    body.expiration_date_time = ends_at.astimezone(UTC)
    try:
        async with connection.asking():
            await connection.graph.subscriptions.by_subscription_id(one.id or "").patch(body)
    except RoomTrouble as trouble:
        if trouble.code != "gone":
            raise
        return False
    return True


async def _end_it(connection: "Connection", one: "Subscription") -> None:
    try:
        async with connection.asking():
            await connection.graph.subscriptions.by_subscription_id(one.id or "").delete()
    except RoomTrouble as trouble:
        if trouble.code != "gone":
            raise


def _new() -> "Subscription":
    """An empty one. Whoever has a connection has loaded the SDK."""
    made: Subscription = import_module("msgraph.generated.models.subscription").Subscription()
    return made


def _end(one: "Subscription") -> datetime:
    return one.expiration_date_time or EVER
