"""What the products that rooms are in tell us by themselves: only a reason to look at once."""

import logging

from aiohttp import web

from orchestrator.roomkeeping.subscriptions import client_state
from orchestrator.rooms.livekit_account import LivekitAccount
from orchestrator.rooms.livekit_hooks import ForgedHook, hook_of
from orchestrator.rooms.provider import RoomTrouble
from orchestrator.rooms.teams_account import TeamsAccount
from orchestrator.rooms.teams_notifications import NotADelivery, Told, read, validation_answer
from orchestrator.store.room_news import Kind
from orchestrator.web.context import SERVICES, organisation_id
from orchestrator.web.limits import LIMITS
from orchestrator.web.origins import client_address
from orchestrator.web.problems import Problem, invalid, read_json

log = logging.getLogger(__name__)


async def livekit(request: web.Request) -> web.Response:
    """POST /hooks/livekit: signed with the account's secret, else 401; what is not ours is taken silently."""
    services, here = request.app[SERVICES], organisation_id(request)
    try:
        account = LivekitAccount.of(await services.room_accounts.get(here, "livekit"))
        hook = hook_of(await request.read(), request.headers.get("Authorization", ""), account)
    except RoomTrouble:
        raise Problem(404) from None
    except ForgedHook:
        request.app[LIMITS].failures.take(client_address(request))
        raise Problem(401, "not signed with this account's secret") from None
    if hook is not None and hook.organisation_id == here:
        if hook.dropped:
            log.warning("LiveKit has dropped %d hooks", hook.dropped)
        services.rooms.look_again(hook.room_id)
        services.presence.moved(hook.room_id)
    return web.Response(status=204)


async def teams(request: web.Request) -> web.Response:
    """POST /hooks/teams: what Graph tells, noted and answered at once; whoever looks after rooms acts on it.

    Whether the address is ours is answered with Graph's own words. A notice that lacks our secret, of a
    subscription that is not ours any more, is taken silently.
    """
    services, here = request.app[SERVICES], organisation_id(request)
    try:
        TeamsAccount.of(await services.room_accounts.get(here, "teams"))
    except RoomTrouble:
        raise Problem(404) from None
    words = validation_answer(request.query)
    if words is not None:
        return web.Response(text=words, content_type="text/plain")
    try:
        told = read(await read_json(request), client_state(services.key, here))
    except NotADelivery:
        raise invalid("value", "is no list of notices") from None
    if told.refused:
        request.app[LIMITS].failures.take(client_address(request))
    if news := _news(told):
        await services.room_news.put(here, news, services.clock.now())
    return web.Response(status=202)


def _news(told: Told) -> list[tuple[Kind, str]]:
    news: list[tuple[Kind, str]] = [("made", one.meeting_id) for one in told.made]
    news += [("renew", id_) for id_ in told.renew]
    news += [("removed", "")] if told.subscribe else []
    return news + ([("missed", "")] if told.look else [])
