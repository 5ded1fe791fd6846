"""Every address of the service on one page."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Final

from aiohttp import web

from orchestrator.roomkeeping.providers import SOCKET
from orchestrator.roomkeeping.subscriptions import HOOK
from orchestrator.services import Services
from orchestrator.store.secrets import Vault
from orchestrator.web import (
    actions,
    api,
    api_chat,
    entrance,
    health_routes,
    hooks,
    hub,
    live,
    media,
    middlewares,
    openapi,
)
from orchestrator.web import api_directory as directory
from orchestrator.web import api_links as links
from orchestrator.web.api_models import streamed
from orchestrator.web.assets import ASSET_ROUTE, ASSETS, Assets
from orchestrator.web.context import LOOK, SERVICES, VAULT, theme
from orchestrator.web.flash import FLASHES
from orchestrator.web.limits import LIMITS, Limits
from orchestrator.web.live import View
from orchestrator.web.look import OUR_LOOK, THEME_ROUTE
from orchestrator.web.pages import (
    calendar_files,
    chat_routes,
    day_routes,
    display_routes,
    from_teams,
    front,
    it_routes,
    link_routes,
    plan_routes,
    programme_planning,
    programme_routes,
    public,
    reason_routes,
    rehearsal_routes,
    room_picture_routes,
    room_routes,
    screens,
    session_routes,
    slide_routes,
    staff,
    statistics_routes,
)

LARGEST_REQUEST: Final = 1024**2
"""In bytes; more is 413."""


VIEWS: Final[Mapping[str, View]] = {
    **staff.VIEWS,
    **chat_routes.VIEWS,
    **display_routes.VIEWS,
    **it_routes.VIEWS,
}
"""The pages that follow, by their name in the address; see live.py."""


def table(assets: Assets) -> list[web.RouteDef]:
    """The addresses. Public ones are Norwegian, short and lasting; the API's are English."""
    return [
        # for everyone
        web.get("/", front.show),
        web.get("/moter", front.calendar),
        web.get("/moter.ics", calendar_files.meetings),
        web.get("/program/{slug}.ics", calendar_files.programme),
        web.get("/program/{slug}", programme_routes.show),
        web.get("/program/{slug}/{day}.ics", calendar_files.day),
        web.get("/program/{slug}/sesjon/{id}.ics", calendar_files.session),
        web.get("/program/{slug}/sesjon/{id}", public.meeting),
        web.get("/program/{slug}/sesjon/{id}/talerliste", public.speaker_list),
        web.get("/program/{slug}/sesjon/{id}/protokoll", public.protocol),
        web.get("/mote/{slug}", public.meeting),
        web.get("/mote/{slug}/talerliste", public.speaker_list),
        web.get("/mote/{slug}/protokoll", public.protocol),
        web.get("/mote/{slug}/sesjoner", session_routes.choose),
        web.get("/mote/{slug}/rom/{room_id}", room_routes.door),
        web.post("/mote/{slug}/rom/{room_id}", room_routes.enter),
        web.post("/mote/{slug}/rom/{room_id}/{act:slipp-inn|demp|ta-ut}", room_routes.act),
        web.get(SOCKET, room_routes.converse, allow_head=False),
        # for screens with a link of their own
        web.get("/mote/{slug}/storskjerm", display_routes.hall_display),
        web.get("/mote/{slug}/navneskilt", display_routes.lower_third),
        # for staff, and for everyone if the municipality publishes them
        web.get("/mote/{slug}/statistikk", statistics_routes.meeting),
        web.get("/mote/{slug}/statistikk.csv", statistics_routes.meeting_file),
        web.get("/statistikk", statistics_routes.year),
        web.get("/statistikk.csv", statistics_routes.year_file),
        web.post("/statistikk/publisering", statistics_routes.publish),
        # for those who are logged in
        web.get("/mote/{slug}/leder", staff.chair),
        web.get("/mote/{slug}/leder/taster", staff.shortcuts),
        web.get("/mote/{slug}/sekretar", staff.secretary),
        web.get("/mote/{slug}/sekretar/grunn", reason_routes.told),
        web.get("/mote/{slug}/fra-teams", from_teams.show),
        web.get("/mote/{slug}/deltaker", staff.participant),
        web.post("/mote/{slug}/deltaker", reason_routes.tell),
        web.get("/mote/{slug}/chat", chat_routes.chat),
        web.post("/mote/{slug}/chat", chat_routes.write),
        web.post("/mote/{slug}/chat/slett", chat_routes.delete),
        web.get("/drift", it_routes.console),
        web.get("/drift/dag/{date}/utskrift", day_routes.printed),
        web.post("/drift/dette-skjer", day_routes.decide),
        web.post("/drift/rom/{id}/igjen", day_routes.again),
        web.post("/drift/ukjente-rom", day_routes.take_away),
        web.get("/drift/sesjoner/{id}/forskyv", slide_routes.show),
        web.post("/drift/sesjoner/{id}/forskyv", slide_routes.slide),
        web.post("/drift/varsler/{id}/kvitter", day_routes.acknowledge),
        web.get("/drift/kilder/ny", it_routes.form),
        web.post("/drift/kilder/ny", it_routes.save),
        web.get("/drift/kilder/{id}", it_routes.form),
        web.post("/drift/kilder/{id}", it_routes.save),
        web.get("/drift/kilder/{id}/bilde", it_routes.preview),
        web.post("/drift/kilder/{id}/passord", it_routes.passphrase),
        web.get("/drift/skjermer/{slug}", screens.overview),
        web.post("/drift/skjermer/{slug}", screens.make),
        web.post("/drift/skjermer/{slug}/{id}/trekk", screens.revoke),
        web.get("/planlegg", plan_routes.overview),
        web.get("/planlegg/ny", plan_routes.new),
        web.post("/planlegg/ny", plan_routes.create),
        web.get("/planlegg/ny/konferanse", plan_routes.new_conference),
        web.post("/planlegg/ny/konferanse", plan_routes.create_conference),
        web.get("/planlegg/{slug}", plan_routes.meeting),
        web.post("/planlegg/{slug}/flytt", plan_routes.move),
        web.post("/planlegg/{slug}/avlys", plan_routes.cancel),
        web.get("/planlegg/{slug}/program", programme_planning.show),
        web.get("/planlegg/{slug}/program/sesjon/ny", programme_planning.session_form),
        web.post("/planlegg/{slug}/program/sesjon/ny", programme_planning.save_session),
        web.get("/planlegg/{slug}/program/sesjon/{id}", programme_planning.session_form),
        web.post("/planlegg/{slug}/program/sesjon/{id}", programme_planning.save_session),
        web.post("/planlegg/{slug}/program/sesjon/{id}/avlys", programme_planning.cancel_session),
        web.get("/planlegg/{slug}/program/rom/ny", programme_planning.room_form),
        web.post("/planlegg/{slug}/program/rom/ny", programme_planning.save_room),
        web.get("/planlegg/{slug}/program/rom/{id}", programme_planning.room_form),
        web.post("/planlegg/{slug}/program/rom/{id}", programme_planning.save_room),
        web.post("/planlegg/{slug}/program/rom/{id}/fjern", programme_planning.remove_room),
        web.post("/planlegg/{slug}/generalprove", rehearsal_routes.make),
        web.post("/planlegg/{slug}/slett", rehearsal_routes.delete),
        web.post("/planlegg/{slug}/lenker", link_routes.make),
        web.post("/planlegg/{slug}/lenker/{id}/trekk", link_routes.revoke),
        # what they send, and what they see change
        web.post("/mote/{slug}/kommando", actions.send),
        web.get("/direkte/{session_id}/{view}", live.stream, allow_head=False),
        web.get("/direkte/{view}", live.stream, allow_head=False),
        # in and out
        web.get("/inn", entrance.closed),
        web.post("/inn", entrance.let_screen_in),
        web.get("/inn/{secret}", entrance.ask),
        web.post("/inn/{secret}", entrance.log_in),
        web.post("/ut", entrance.log_out),
        # for programs
        web.get("/api/v1/openapi.json", openapi.show),
        web.get("/api/v1/sessions/{id}", api.show_session),
        web.post("/api/v1/sessions/{id}/commands", api.command_session),
        web.get("/api/v1/sessions/{id}/events", api.session_events),
        web.get("/api/v1/sessions/{id}/stream", api.session_stream, allow_head=False),
        web.get("/api/v1/sessions/{id}/chat", api_chat.show_chat),
        web.post("/api/v1/sessions/{id}/chat", api_chat.write_line),
        web.delete("/api/v1/sessions/{id}/chat/{line_id}", api_chat.delete_line),
        web.get("/api/v1/meetings/{id}", api.show_meeting),
        web.post("/api/v1/meetings/{id}/commands", api.command_meeting),
        web.get("/api/v1/meetings/{id}/events", api.meeting_events),
        web.get("/api/v1/meetings/{id}/stream", api.meeting_stream, allow_head=False),
        web.get("/api/v1/meetings/{id}/links", links.links),
        web.post("/api/v1/meetings/{id}/links", links.make_link),
        web.delete("/api/v1/links/{id}", links.revoke_link),
        web.get("/api/v1/bodies", directory.bodies),
        web.post("/api/v1/bodies", directory.put_body),
        web.get("/api/v1/people", directory.people),
        web.post("/api/v1/people", directory.put_person),
        web.get("/api/v1/sources", directory.sources),
        web.post("/api/v1/sources", directory.put_source),
        # for the products that rooms are in
        web.get("/rom/{room_id}/bilde/{proof}", room_picture_routes.show),
        web.get("/rom/{room_id}/bilde/{proof}/direkte", room_picture_routes.stream, allow_head=False),
        web.post("/hooks/livekit", hooks.livekit),
        web.post(HOOK, hooks.teams),
        # files
        web.get(ASSET_ROUTE, assets.serve),
        web.get(THEME_ROUTE, theme),
        web.get("/media/{broadcast}/{name}", media.send),
        # for those who keep it running
        web.get("/healthz", health_routes.healthz),
        web.get("/readyz", health_routes.readyz),
        web.get("/metrics", health_routes.metrics),
    ]


def build(services: Services) -> web.Application:
    """The web application over a running service's parts."""
    app = web.Application(
        client_max_size=LARGEST_REQUEST,
        middlewares=[
            middlewares.number,
            middlewares.explain,
            middlewares.by_host(),
            middlewares.same_origin,
            middlewares.whole,
        ],
    )
    app[SERVICES] = services
    app[VAULT] = Vault(services.key.decode())
    app[LOOK] = OUR_LOOK
    app[LIMITS] = Limits(services.clock)
    app[FLASHES] = OrderedDict()
    app[media.BROADCASTS] = media.Broadcasts()
    app[live.VIEWS] = dict(VIEWS)
    app[live.LIVE] = pages = live.Live()
    app[hub.HUB] = streams = hub.Hub(services.events, streamed)
    streams.on_event.append(pages.happened)
    services.metrics.streams.set_function(lambda: streams.open_streams)
    app.on_response_prepare.append(middlewares.add_headers)
    app.on_shutdown.append(partial(_let_go, streams))
    app.cleanup_ctx.append(_driven)
    app.add_routes(table(ASSETS))
    # a route of the API that is not described stops the start
    app[openapi.DESCRIBED] = tuple(openapi.operations(app.router))
    return app


async def _let_go(streams: hub.Hub, _: web.Application) -> None:
    streams.close()


async def _driven(app: web.Application) -> AsyncIterator[None]:
    services, pictures = app[SERVICES], app[live.LIVE]
    listener = services.listener
    take_back = [
        listener.on_chat(pictures.chatted),
        listener.on_rooms(pictures.roomed),
        services.presence.follow(pictures.roomed),
    ]
    async for each in hub.run(app[hub.HUB], listener):
        yield each
    for each_back in take_back:
        each_back()
