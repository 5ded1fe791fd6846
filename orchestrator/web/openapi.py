"""/api/v1/openapi.json: made from the very routes and models that answer, so that it says nothing else."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Final, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from orchestrator import __version__
from orchestrator.web.problems import CONTENT_TYPE, ProblemDetails

PREFIX: Final = "/api/v1/"
_REFS: Final = "#/components/schemas/{model}"

H = TypeVar("H", bound=Callable[..., Any])


@dataclass(frozen=True)
class Parameter:
    """One thing in the query or the headers; all are optional."""

    name: str
    description: str
    type: Any = str
    place: str = "query"


@dataclass(frozen=True)
class Operation:
    """What a route of the API asks for, what it answers, and which problems it may have."""

    summary: str
    asks: Any = None
    answers: Any = None
    status: int = 200
    problems: tuple[int, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    media: str = "application/json"
    public: bool = False


_described: dict[Callable[..., Any], Operation] = {}


def describe(operation: Operation) -> Callable[[H], H]:
    """Say what a handler does; a route of the API without this is an error at start."""

    def put(handler: H) -> H:
        _described[handler] = operation
        return handler

    return put


IF_MATCH: Final = Parameter(
    "If-Match", "The version the stream must be at, as its ETag: otherwise 412.", str, "header"
)
KEY: Final = Parameter(
    "Idempotency-Key", "Made by the client. The same request sent again is done once.", str, "header"
)
IF_NONE_MATCH: Final = Parameter("If-None-Match", "The ETag that is known already: then 304.", str, "header")


Described = tuple[str, str, Handler, Operation]


def operations(router: web.UrlDispatcher) -> Iterable[Described]:
    """Every route of the API: method, path, handler, what it says. KeyError for one that says nothing."""
    for route in router.routes():
        resource = route.resource
        if resource is None or route.method == "HEAD" or not resource.canonical.startswith(PREFIX):
            continue
        yield route.method.lower(), resource.canonical, route.handler, _described[route.handler]


def document(known: tuple[Described, ...]) -> dict[str, Any]:
    """The whole description, OpenAPI 3.1."""
    schemas, definitions = _schemas(tuple(operation for _, _, _, operation in known))
    paths: dict[str, dict[str, Any]] = {}
    for method, path, handler, operation in known:
        paths.setdefault(path, {})[method] = _operation(path, handler, operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "orchestrator",
            "version": __version__,
            "description": "Meetings as one log of events. Commands are imperative, events past tense; "
            "an event's id is its version in its stream, its position is its place in the whole log.",
        },
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


Schemas = Mapping[tuple[Any, JsonSchemaMode], Any]


def _schemas(known: tuple[Operation, ...]) -> tuple[Schemas, dict[str, Any]]:
    """The schema of everything asked for and answered, and the models they share."""
    wanted: list[tuple[Any, Any, TypeAdapter[Any]]] = [
        (ProblemDetails, "serialization", _adapter(ProblemDetails))
    ]
    for operation in known:
        for model, mode in ((operation.asks, "validation"), (operation.answers, "serialization")):
            if model is not None and all(model is not one for one, _, _ in wanted):
                wanted.append((model, mode, _adapter(model)))
    schemas, shared = TypeAdapter.json_schemas(wanted, ref_template=_REFS)
    return schemas, shared.get("$defs", {})


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _operation(path: str, handler: Handler, operation: Operation, schemas: Schemas) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.answers is not None:
        answer["content"] = {operation.media: {"schema": schemas[operation.answers, "serialization"]}}
    elif operation.media == "text/event-stream":
        answer["content"] = {operation.media: {"schema": {"type": "string"}}}
    responses = {str(operation.status): answer}
    if IF_NONE_MATCH in operation.parameters:
        responses["304"] = {"description": HTTPStatus(304).phrase}
    problem = {CONTENT_TYPE: {"schema": schemas[ProblemDetails, "serialization"]}}
    common = () if operation.public else (401, 403, 404, 429, 503)
    for status in sorted({*operation.problems, *common}):
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    said: dict[str, Any] = {
        "operationId": handler.__name__,
        "summary": operation.summary,
        "parameters": [*_path_parameters(path), *map(_parameter, operation.parameters)],
        "responses": responses,
    }
    if operation.asks is not None:
        content = {"application/json": {"schema": schemas[operation.asks, "validation"]}}
        said["requestBody"] = {"required": True, "content": content}
    if operation.public:
        said["security"] = []
    return said


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    uuid = {"type": "string", "format": "uuid"}
    return [{"name": name, "in": "path", "required": True, "schema": uuid} for name in names]


def _parameter(one: Parameter) -> dict[str, Any]:
    return {
        "name": one.name,
        "in": one.place,
        "required": False,
        "description": one.description,
        "schema": _adapter(one.type).json_schema(),
    }


DESCRIBED: Final = web.AppKey("openapi", tuple[Described, ...])


@cache
def _text(known: tuple[Described, ...]) -> bytes:
    """The description as it is sent. Half a second's work, so nobody's start waits for it."""
    return json.dumps(document(known), ensure_ascii=False).encode()


@describe(Operation("This description", answers=dict[str, Any], public=True))
async def show(request: web.Request) -> web.Response:
    """The description of the API, for everyone."""
    return web.Response(
        body=await asyncio.to_thread(_text, request.app[DESCRIBED]),
        content_type="application/json",
        headers={"Cache-Control": "public, max-age=300"},
    )
