"""The API of a session's chat: its lines, one more, one less. Nothing of it is in the event stream."""

from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, Field

from orchestrator.chat import Writer
from orchestrator.domain.base import Model, Text
from orchestrator.domain.chat import reading
from orchestrator.domain.errors import Forbidden
from orchestrator.domain.items import ChatMode
from orchestrator.domain.roles import Role
from orchestrator.domain.speech import SpeechKind
from orchestrator.store.chat import SHOWN, Line
from orchestrator.web.api import number_in
from orchestrator.web.auth import require_login
from orchestrator.web.context import SERVICES, id_in, organisation_id
from orchestrator.web.limits import LIMITS
from orchestrator.web.openapi import Operation, Parameter, describe
from orchestrator.web.problems import invalid, read_json

_AFTER: Final = Parameter("after", "The first lines above this place; without it, the latest.", int)
_LIMIT: Final = Parameter("limit", f"At most so many lines: 1 to {SHOWN}.", int)
_PRIVATE: Final = {"Cache-Control": "no-store"}


class LineGiven(Model):
    """A line. The sender makes the ``line_id``: the same line sent again is one line and one request."""

    line_id: UUID
    text: Text


class ChatAnswer(BaseModel):
    """What came of a line that asked for the floor: a place, how much was taken back, or the rule why not."""

    kind: SpeechKind | None = None
    place: int | None = None
    withdrawn: int | None = None
    refused: str | None = None


class ChatLine(BaseModel):
    """A line; deleted, it has no text. ``place`` ascends. ``deleted_as``: the role, if others deleted it."""

    line_id: UUID
    place: int
    item_id: UUID | None
    person_id: UUID | None
    role: Role
    own: Annotated[bool, Field(description="Whether whoever asks has written it.")]
    text: str | None
    answer: ChatAnswer | None
    written_at: AwareDatetime
    deleted_at: AwareDatetime | None
    deleted_as: Role | None


class ChatShown(BaseModel):
    """What the chat is for now, and the lines that whoever asks may read."""

    mode: ChatMode
    lines: list[ChatLine]


def _shown(line: Line, writer: Writer) -> ChatLine:
    return ChatLine(
        line_id=line.line_id,
        place=line.place,
        item_id=line.item_id,
        person_id=line.person_id,
        role=line.role,
        own=line.author == writer.author,
        text=line.text,
        answer=ChatAnswer.model_validate(line.answer) if line.answer else None,
        written_at=line.written_at,
        deleted_at=line.deleted_at,
        deleted_as=line.deleted_as,
    )


async def _writer(request: web.Request) -> Writer:
    """Who asks, who must have a say in this session's chat: 401, 404 and 403 before anything else is said."""
    login = await require_login(request)
    session_id = id_in(request, "id")
    state = await request.app[SERVICES].commands.session(organisation_id(request), session_id)
    actor = login.actor(state.meeting_id)
    if reading(state, actor) is None:
        raise Forbidden("not_your_role")
    return Writer(actor, login.sender)


@describe(
    Operation("A session's chat", answers=ChatShown, parameters=(_AFTER, _LIMIT), problems=(422,)),
)
async def show_chat(request: web.Request) -> web.Response:
    """The lines that whoever asks may read, in order; deleted ones without their text."""
    writer = await _writer(request)
    after, limit = number_in(request, "after", 0), number_in(request, "limit", SHOWN)
    if not 1 <= limit <= SHOWN:
        raise invalid("limit", f"must be 1 to {SHOWN}")
    state, lines = await request.app[SERVICES].chat.read(
        organisation_id(request), id_in(request, "id"), writer.actor, after, limit
    )
    shown = ChatShown(mode=state.chat_mode, lines=[_shown(line, writer) for line in lines])
    return web.json_response(text=shown.model_dump_json(), headers=_PRIVATE)


@describe(
    Operation(
        "Write in a session's chat",
        asks=LineGiven,
        answers=ChatLine,
        problems=(400, 409, 413, 415, 422),
    )
)
async def write_line(request: web.Request) -> web.Response:
    """One line; if it asks for the floor, with what came of it."""
    writer = await _writer(request)
    given = LineGiven.model_validate(await read_json(request))
    request.app[LIMITS].chat.take(writer.sender)
    line = await request.app[SERVICES].chat.write(
        organisation_id(request), id_in(request, "id"), given.line_id, given.text, writer
    )
    return web.json_response(text=_shown(line, writer).model_dump_json(), headers=_PRIVATE)


@describe(Operation("Delete a line of a chat", status=204))
async def delete_line(request: web.Request) -> web.Response:
    """One's own, or as one who leads the meeting anybody's. Its place stays; its text is gone."""
    writer = await _writer(request)
    request.app[LIMITS].chat.take(writer.sender)
    await request.app[SERVICES].chat.delete(
        organisation_id(request), id_in(request, "id"), id_in(request, "line_id"), writer
    )
    return web.Response(status=204)
