"""What goes wrong, as RFC 9457 problem details: one body for the API and for forms sent in the background."""

import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

CONTENT_TYPE: Final = "application/problem+json"

Say = Callable[[str, str, Mapping[str, Any]], str]
"""From pydantic's type of error, its message, and the limits it speaks of, to a sentence."""


class FieldError(BaseModel):
    """One field of what was sent, by its dotted name (``papers.0.url``), and what is wrong with it."""

    field: str
    message: str


class ProblemDetails(BaseModel):
    """RFC 9457. ``rule`` names why a command was refused, ``errors`` which fields were wrong (422)."""

    type: str = "about:blank"
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str = ""
    rule: str | None = None
    version: Annotated[int, Field(description="The stream's version, when it is not the one in If-Match")] | (
        None
    ) = None
    errors: tuple[FieldError, ...] | None = None


class Problem(Exception):
    """Raised by a handler; the middleware answers with it, as JSON or as a page."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        rule: str | None = None,
        errors: Iterable[FieldError] = (),
        version: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or HTTPStatus(status).phrase)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.body = ProblemDetails(
            title=HTTPStatus(status).phrase,
            status=status,
            detail=detail,
            rule=rule,
            version=version,
            errors=tuple(errors) or None,
        )

    def response(self) -> web.Response:
        """The problem as JSON."""
        return web.Response(
            text=self.body.model_dump_json(exclude_none=True),
            status=self.status,
            content_type=CONTENT_TYPE,
            headers=self.headers | {"Cache-Control": "no-store"},
        )


def invalid(field: str, message: str) -> Problem:
    """422 for one field."""
    return Problem(422, f"{field}: {message}", errors=[FieldError(field=field, message=message)])


def unprocessable(error: ValidationError) -> Problem:
    """422 with every field that pydantic found wrong."""
    errors = field_errors(error)
    return Problem(422, "; ".join(f"{e.field}: {e.message}" for e in errors[:5]), errors=errors)


def field_errors(error: ValidationError, say: Say | None = None) -> list[FieldError]:
    """Every wrong field by its dotted name; a rule over several fields names the one its message begins with.

    ``say`` puts it into other words than pydantic's.
    """
    return [_field_error(one, say) for one in error.errors(include_url=False, include_input=False)]


def _field_error(one: Mapping[str, Any], say: Say | None) -> FieldError:
    message = str(one["msg"]).removeprefix("Value error, ")
    where = [str(part) for part in one["loc"]]
    if one["type"] == "value_error":
        first, _, rest = message.partition(" ")
        name = first.removesuffix(":")
        if rest and name.islower() and (first.endswith(":") or "_" in name):
            where, message = [*where, name], rest
    if say is not None:
        message = say(one["type"], message, one.get("ctx", {}))
    return FieldError(field=".".join(where), message=message)


async def read_json(request: web.Request) -> Any:
    """The request's body. 415 if it is not JSON, 400 if it cannot be read, 422 for what is no text."""
    if request.content_type != "application/json":
        raise Problem(415, "send application/json", headers={"Accept-Post": "application/json"})
    try:
        data = json.loads(await request.read(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Problem(400, f"not JSON: {error}") from None
    if bad := unkeepable(data):
        raise invalid(bad, "holds a character that is not text")
    return data


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def unkeepable(data: Any, name: str = "") -> str | None:
    """The dotted name of the first text with NUL or half a character in it, which PostgreSQL cannot keep."""
    if isinstance(data, str):
        return (name or "body") if "\x00" in data or any("\ud800" <= c <= "\udfff" for c in data) else None
    pairs: Iterable[tuple[Any, Any]] = ()
    if isinstance(data, dict):
        pairs = data.items()
    elif isinstance(data, list):
        pairs = enumerate(data)
    for key, value in pairs:
        if isinstance(key, str) and unkeepable(key):
            return name or "body"
        if bad := unkeepable(value, f"{name}.{key}" if name else str(key)):
            return bad
    return None
