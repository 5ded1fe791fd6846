"""What the products that rooms are in tell us by themselves: only a reason to look at once."""

import logging

from aiohttp import web

from orchestrator.rooms.livekit_account import LivekitAccount
from orchestrator.rooms.livekit_hooks import ForgedHook, hook_of
from orchestrator.rooms.provider import RoomTrouble
from orchestrator.web.context import SERVICES, organisation_id
from orchestrator.web.limits import LIMITS
from orchestrator.web.origins import client_address
from orchestrator.web.problems import Problem

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
    return web.Response(status=204)
