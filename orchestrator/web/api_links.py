"""The API of the links that let people and screens into a meeting."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, model_validator

from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.roles import Role
from orchestrator.web.api_directory import BAD, OFFICE, TECHNICAL, Given
from orchestrator.web.auth import Login, require_login
from orchestrator.web.context import SERVICES, id_in, organisation_id
from orchestrator.web.entrance import screen_addresses
from orchestrator.web.once import once
from orchestrator.web.openapi import KEY, Operation, describe
from orchestrator.web.origins import own_address
from orchestrator.web.problems import Problem, invalid, read_json


class LinkGiven(Given):
    """A personal way into one meeting. ``reusable`` false: it can be used once."""

    person_id: UUID | None = None
    role: Role
    label: Annotated[str, Field(max_length=200)] = ""
    reusable: bool = True
    expires_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _participants_are_somebody(self) -> Self:
        if self.role is Role.PARTICIPANT and self.person_id is None:
            raise ValueError("person_id is required for a participant")
        if self.role is Role.DISPLAY and self.person_id is not None:
            raise ValueError("a display is nobody: no person_id")
        return self


class LinkMade(BaseModel):
    """The link. Its address is given out this once.

    A display has two, with the secret after #: ``url`` for the hall, ``lower_third_url`` for OBS and vMix.
    """

    id: UUID
    url: str
    lower_third_url: str | None = None


class LinkShown(BaseModel):
    """A link as it can be listed: its address is not known any more."""

    id: UUID
    person_id: UUID | None
    roles: list[Role]
    label: str
    reusable: bool
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


@describe(
    Operation(
        "Make a login link into a meeting",
        asks=LinkGiven,
        answers=LinkMade,
        status=201,
        parameters=(KEY,),
        problems=BAD,
    )
)
async def make_link(request: web.Request) -> web.Response:
    """A personal link; who opens it and presses the button has this role in this meeting, and there alone."""
    login = await require_login(request)
    meeting = await _their_meeting(request, login)
    meeting_id = meeting.meeting_id

    async def do() -> web.Response:
        services, here = request.app[SERVICES], organisation_id(request)
        given = LinkGiven.model_validate(await read_json(request))
        _require_office(login, meeting_id, {given.role})
        if given.role is Role.ADMINISTRATOR and Role.ADMINISTRATOR not in login.actor(meeting_id).roles:
            raise Problem(403, "only an administrator makes administrators", rule="not_your_role")
        if given.person_id and await services.directory.person(here, given.person_id) is None:
            raise invalid("person_id", "does not exist")
        id_, secret = await services.access.create_link(
            here,
            {given.role},
            services.clock.now(),
            meeting_id=meeting_id,
            person_id=given.person_id,
            label=given.label,
            reusable=given.reusable,
            expires_at=given.expires_at,
        )
        made = LinkMade(id=id_, url=f"{own_address(request)}/inn/{secret}")
        if given.role is Role.DISPLAY:
            hall, lower_third = screen_addresses(request, meeting.slug, secret)
            made = LinkMade(id=id_, url=hall, lower_third_url=lower_third)
        return web.json_response(
            text=made.model_dump_json(), status=201, headers={"Cache-Control": "no-store"}
        )

    return await once(request, login, do)


@describe(Operation("A meeting's links", answers=list[LinkShown]))
async def links(request: web.Request) -> web.Response:
    """Who has been given a link into this meeting; to IT, which screens."""
    login = await require_login(request)
    meeting_id = (await _their_meeting(request, login)).meeting_id
    found = [
        link
        for link in await request.app[SERVICES].access.links(organisation_id(request), meeting_id)
        if _may_let_in(login, meeting_id, link.roles)
    ]
    shown = TypeAdapter(list[LinkShown]).validate_python(found, from_attributes=True)
    return web.Response(
        body=TypeAdapter(list[LinkShown]).dump_json(shown),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


@describe(Operation("Revoke a link", status=204))
async def revoke_link(request: web.Request) -> web.Response:
    """The link and all its logins end; open streams too, within two seconds."""
    login = await require_login(request)
    services, here, id_ = request.app[SERVICES], organisation_id(request), id_in(request, "id")
    found = next((link for link in await services.access.links(here) if link.id == id_), None)
    if found is None:
        raise Problem(404)
    _require_office(login, found.meeting_id, found.roles)
    await services.access.revoke_link(here, id_, services.clock.now())
    return web.Response(status=204)


async def _their_meeting(request: web.Request, login: Login) -> MeetingState:
    """The meeting in the address, if it is this organisation's and they may let people or screens into it."""
    meeting_id = id_in(request, "id")
    meeting = await request.app[SERVICES].commands.meeting(organisation_id(request), meeting_id)
    _require_office(login, meeting_id, {Role.DISPLAY})
    return meeting


def _require_office(login: Login, meeting_id: UUID | None, roles: Collection[Role]) -> None:
    if not _may_let_in(login, meeting_id, roles):
        raise Problem(403, "only the secretary or an administrator lets people in", rule="not_your_role")


def _may_let_in(login: Login, meeting_id: UUID | None, roles: Collection[Role]) -> bool:
    """Whether they may hand out, and take back, a link that gives ``roles``: IT only those of screens."""
    may = OFFICE | TECHNICAL if set(roles) == {Role.DISPLAY} else OFFICE
    return "links" in login.rights or bool(login.actor(meeting_id).roles & may)
