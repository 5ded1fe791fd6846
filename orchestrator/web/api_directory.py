"""The API of what belongs to an organisation: bodies, people and sources."""

from collections.abc import Collection
from typing import Annotated, Any, Final, Literal
from uuid import UUID, uuid4, uuid5

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from orchestrator.domain.base import Text
from orchestrator.domain.meeting import Slug
from orchestrator.domain.roles import PEOPLE, Role
from orchestrator.domain.rules import DebateRules
from orchestrator.slugs import slugify
from orchestrator.store.access import Right
from orchestrator.store.records import (
    Body,
    Contact,
    EmailAddress,
    Gender,
    HelpPhone,
    Language,
    Milliseconds,
    Person,
    Source,
)
from orchestrator.web.auth import Login, require, require_login
from orchestrator.web.context import SERVICES, organisation_id
from orchestrator.web.once import key_of, once
from orchestrator.web.openapi import KEY, Operation, describe
from orchestrator.web.problems import invalid, read_json

STAFF: Final = PEOPLE - {Role.PARTICIPANT}
OFFICE: Final = frozenset({Role.SECRETARY, Role.ADMINISTRATOR})
TECHNICAL: Final = frozenset({Role.IT_SUPPORT, Role.ADMINISTRATOR})

BAD: Final = (400, 413, 415, 422, 409)


class Given(BaseModel):
    """What is sent: no field that is not known. With an ``id`` that exists, that one is changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BodyGiven(Given):
    """A council or committee. Without a slug it gets one from its name."""

    id: UUID | None = None
    name: Text
    slug: Slug | None = None
    recording_public: Literal["at_once", "on_word"] = "at_once"
    language: Language = "nb"
    rules: DebateRules | None = None


class PersonGiven(Given):
    """Somebody who takes part. E-mail and telephone are never shown again."""

    id: UUID | None = None
    name: Text
    group_name: Annotated[str, Field(max_length=200)] = ""
    group_short: Annotated[str, Field(max_length=20)] = ""
    title: Annotated[str, Field(max_length=200)] = ""
    gender: Gender | None = None
    help_phone: HelpPhone = ""
    email: Annotated[EmailAddress | None, Field(repr=False)] = None
    phone: Annotated[str, Field(max_length=40)] | None = None


class SourceGiven(Given):
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
    help_phone: str


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
        problems=BAD,
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
        problems=BAD,
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
        problems=BAD,
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
