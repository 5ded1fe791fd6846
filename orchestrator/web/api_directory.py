"""The API of what belongs to an organisation: bodies, people, sources, and the links that let people in."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self, TypeVar
from uuid import UUID, uuid4, uuid5

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, model_validator

from orchestrator.domain.base import Text
from orchestrator.domain.meeting import MeetingState, Slug
from orchestrator.domain.roles import PEOPLE, Role
from orchestrator.domain.rules import DebateRules
from orchestrator.slugs import slugify
from orchestrator.store.access import Right
from orchestrator.store.records import Body, Contact, Gender, Language, Milliseconds, Person, Source
from orchestrator.web.auth import Login, require, require_login
from orchestrator.web.context import SERVICES, id_in, organisation_id
from orchestrator.web.entrance import screen_addresses
from orchestrator.web.once import key_of, once
from orchestrator.web.openapi import KEY, Operation, describe
from orchestrator.web.origins import own_address
from orchestrator.web.problems import Problem, invalid, read_json

STAFF: Final = PEOPLE - {Role.PARTICIPANT}
OFFICE: Final = frozenset({Role.SECRETARY, Role.ADMINISTRATOR})
TECHNICAL: Final = frozenset({Role.IT_SUPPORT, Role.ADMINISTRATOR})

_BAD: Final = (400, 413, 415, 422, 409)
G = TypeVar("G", bound=BaseModel)


class _Given(BaseModel):
    """What is sent: no field that is not known. With an ``id`` that exists, that one is changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BodyGiven(_Given):
    """A council or committee. Without a slug it gets one from its name."""

    id: UUID | None = None
    name: Text
    slug: Slug | None = None
    recording_public: Literal["at_once", "on_word"] = "at_once"
    language: Language = "nb"
    rules: DebateRules | None = None


class PersonGiven(_Given):
    """Somebody who takes part. E-mail and telephone are never shown again."""

    id: UUID | None = None
    name: Text
    group_name: Annotated[str, Field(max_length=200)] = ""
    group_short: Annotated[str, Field(max_length=20)] = ""
    title: Annotated[str, Field(max_length=200)] = ""
    gender: Gender | None = None
    email: Annotated[str, Field(max_length=320)] | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None


class SourceGiven(_Given):
    """An encoder in a hall: ``srt`` sends to our port with a passphrase, ``pull`` is fetched from a URL."""

    id: UUID | None = None
    name: Text
    slug: Slug | None = None
    kind: Literal["srt", "pull"] = "srt"
    port: Annotated[int, Field(ge=1024, le=65535)] | None = None
    passphrase: Annotated[SecretStr, Field(min_length=10, max_length=79)] | None = None
    url: Annotated[str, Field(max_length=2_000)] | None = None
    delay_ms: Milliseconds = 0
    spread_ms: Milliseconds = 5_000


class BodyShown(BaseModel):
    """A council or committee."""

    id: UUID
    name: str
    slug: str
    recording_public: Literal["at_once", "on_word"]
    language: Language
    rules: DebateRules | None


class PersonShown(BaseModel):
    """Somebody as staff may see them."""

    id: UUID
    name: str
    group_name: str
    group_short: str
    title: str
    gender: Gender | None


class SourceShown(BaseModel):
    """A source without its secrets; ``url`` without what may be secret in it."""

    id: UUID
    name: str
    slug: str
    kind: Literal["srt", "pull"]
    port: int | None
    url: str | None
    delay_ms: int
    spread_ms: int


class LinkGiven(_Given):
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


# Bodies, people and sources


@describe(Operation("All bodies", answers=list[BodyShown]))
async def bodies(request: web.Request) -> web.Response:
    """The bodies of the organisation, in alphabetical order."""
    await _may(request, STAFF, "bodies")
    return _listed(BodyShown, await request.app[SERVICES].directory.bodies(organisation_id(request)))


@describe(
    Operation(
        "Add a body, or change one",
        asks=BodyGiven,
        answers=BodyShown,
        status=201,
        parameters=(KEY,),
        problems=_BAD,
    )
)
async def put_body(request: web.Request) -> web.Response:
    """Add a council or committee."""
    login = await _may(request, OFFICE, "bodies")

    async def do() -> web.Response:
        given = BodyGiven.model_validate(await read_json(request))
        body = Body(**_whose(request, login, given, {"slug": given.slug or slugify(given.name)}))
        await request.app[SERVICES].directory.put_body(body)
        return _made(BodyShown, body)

    return await once(request, login, do)


@describe(Operation("All people", answers=list[PersonShown]))
async def people(request: web.Request) -> web.Response:
    """The people of the organisation, in alphabetical order."""
    await _may(request, STAFF, "people")
    found = await request.app[SERVICES].directory.people(organisation_id(request))
    return _listed(PersonShown, found.values())


@describe(
    Operation(
        "Add a person, or change one",
        asks=PersonGiven,
        answers=PersonShown,
        status=201,
        parameters=(KEY,),
        problems=_BAD,
    )
)
async def put_person(request: web.Request) -> web.Response:
    """Add a person."""
    login = await _may(request, OFFICE, "people")

    async def do() -> web.Response:
        services = request.app[SERVICES]
        given = PersonGiven.model_validate(await read_json(request))
        values = _whose(request, login, given)
        email, phone = values.pop("email"), values.pop("phone")
        contact = None if email is None and phone is None else Contact(email=email or "", phone=phone or "")
        person = Person(**values)
        await services.directory.put_person(person, contact)
        services.people.forget(person.organisation_id)
        return _made(PersonShown, person)

    return await once(request, login, do)


@describe(Operation("All sources", answers=list[SourceShown]))
async def sources(request: web.Request) -> web.Response:
    """The sources of the organisation, in alphabetical order, without their secrets."""
    await _may(request, STAFF, "sources")
    found = await request.app[SERVICES].directory.sources(organisation_id(request))
    return web.json_response([_source(one) for one in found], headers={"Cache-Control": "no-store"})


@describe(
    Operation(
        "Add a source, or change one",
        asks=SourceGiven,
        answers=SourceShown,
        status=201,
        parameters=(KEY,),
        problems=_BAD,
    )
)
async def put_source(request: web.Request) -> web.Response:
    """Add an encoder or camera; it is listened for at once. An SRT source without a port gets a free one."""
    login = await _may(request, TECHNICAL, "sources")

    async def do() -> web.Response:
        services = request.app[SERVICES]
        given = SourceGiven.model_validate(await read_json(request))
        values = _whose(request, login, given, {"slug": given.slug or slugify(given.name)})
        if given.kind == "srt" and given.port is None:
            values["port"] = await _free_port(request, values["id"])
        source = Source(**values)
        await services.sources.vet(source)
        await services.directory.put_source(source)
        services.sources.look()
        return web.json_response(_source(source), status=201)

    return await once(request, login, do)


async def _free_port(request: web.Request, source_id: UUID) -> int:
    services = request.app[SERVICES]
    known = await services.directory.all_sources()
    for source in known:
        if source.id == source_id and source.port is not None:
            return source.port
    taken = {source.port for source in known}
    for port in services.settings.srt_ports:
        if port not in taken:
            return port
    raise invalid("port", "no free port is left in the range set for SRT")


def _source(source: Source) -> dict[str, Any]:
    values = source.model_dump(mode="json", exclude={"passphrase", "organisation_id"})
    return values | {"url": source.shown_url}


def _whose(
    request: web.Request, login: Login, given: BaseModel, more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What was given, here; without an id it gets one, the same when the request is repeated."""
    here = organisation_id(request)
    values = dict(given) | (more or {})
    if values["id"] is None:
        key = key_of(request, login)
        values["id"] = uuid5(here, f"{request.path} {key}") if key else uuid4()
    return values | {"organisation_id": here}


def _listed(model: type[BaseModel], rows: Collection[BaseModel]) -> web.Response:
    shown = [model.model_validate(dict(row)).model_dump(mode="json") for row in rows]
    return web.json_response(shown, headers={"Cache-Control": "no-store"})


def _made(model: type[BaseModel], row: BaseModel) -> web.Response:
    return web.json_response(text=model.model_validate(dict(row)).model_dump_json(), status=201)


async def _may(request: web.Request, roles: frozenset[Role], right: Right) -> Login:
    """The login, if a role in the organisation or a right of the token allows it."""
    login = await require_login(request)
    if right not in login.rights:
        await require(request, None, roles)
    return login


# Links


@describe(
    Operation(
        "Make a login link into a meeting",
        asks=LinkGiven,
        answers=LinkMade,
        status=201,
        parameters=(KEY,),
        problems=_BAD,
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
