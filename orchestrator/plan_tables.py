"""The tables of a plan's file, as values: what stands in [meeting], [[room]], [[session]] and the others."""

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    field_validator,
    model_validator,
)

from orchestrator.domain.base import LongText, Model, Text
from orchestrator.domain.items import ItemKind, Paper
from orchestrator.domain.meeting import Slug
from orchestrator.domain.planning import Number
from orchestrator.domain.rooms import Product
from orchestrator.domain.rules import DebateRules
from orchestrator.domain.state import Rights, SessionKind
from orchestrator.store.records import EmailAddress, Gender, HelpPhone, Language
from orchestrator.streaming.source import SourceRefusedError, check_passphrase, check_url

OSLO = ZoneInfo("Europe/Oslo")
Where: TypeAlias = tuple[str | int, ...]
"""A place in a plan's file."""
SEVERAL = "[[session]]"
"""What several sessions are called in Plan: TOML has [session] and [[session]] by one name."""


def _norwegian(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=OSLO)


Moment = Annotated[datetime, AfterValidator(_norwegian)]
"""A time of day without a zone is Norwegian."""


def _time(value: object) -> datetime | time:
    if isinstance(value, str) and (clock := re.fullmatch(r"(\d{1,2})[.:](\d{2})", value.strip())):
        value = f"{clock[1]:0>2}:{clock[2]}"
    for kind in (time, datetime):
        if isinstance(value, str):
            try:
                value = kind.fromisoformat(value)
            except ValueError:
                continue
    if isinstance(value, datetime):
        return _norwegian(value)
    if isinstance(value, time) and value.tzinfo is None:
        return value
    raise ValueError('must be a time of day, such as "09.00", or a whole moment')


Time = Annotated[datetime | time, PlainValidator(_time)]
"""A moment, or a time of day, as the clock on the wall shows it in Norway."""
Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


class _Table(Model):
    model_config = ConfigDict(hide_input_in_errors=True)


class OrganisationTable(_Table):
    """[organisation]: made if there is none with this slug; one that is there stays as it is."""

    slug: Slug
    name: Text | None = None
    hosts: tuple[str, ...] = ()
    language: Language = "nb"
    colour: str = "#0051be"
    logo_url: str = ""
    welcome: str = ""
    keep_unpublished: bool = False
    statistics_public: bool = False
    chat_days: int = 30
    recording_days: int | None = None


class BodyTable(_Table):
    """[[body]]: made if the organisation has none with this slug. ``rules`` as in [session]."""

    slug: Slug
    name: Text
    recording_public: Literal["at_once", "on_word"] = "at_once"
    language: Language = "nb"
    rules: str | DebateRules | None = None


class PersonTable(_Table):
    """[[person]]: a member of the session; ``key`` is what this file calls them.

    A substitute is named for one member (``substitutes_for``) or has a place on the list of the group
    (``list_order``: 1 is called first).
    """

    key: Key
    name: Text
    group_name: str = ""
    group_short: str = ""
    title: str = ""
    gender: Gender | None = None
    help_phone: HelpPhone = ""
    email: Annotated[EmailAddress | None, Field(repr=False)] = None
    seat: Annotated[int, Field(ge=1, le=999)] | None = None
    rights: Rights = Rights()
    substitutes_for: Key | None = None
    list_order: Annotated[int, Field(ge=1, le=999)] | None = None
    member: bool = True


class SourceTable(_Table):
    """[[source]]: made if there is none with this slug; SRT needs no port or passphrase: they are chosen."""

    slug: Slug
    name: Text
    kind: Literal["srt", "pull"] = "srt"
    port: int | None = None
    passphrase: SecretStr | None = None
    url: Annotated[str | None, Field(repr=False)] = None
    delay_ms: int = 0
    spread_ms: int = 5000

    @field_validator("passphrase", "url")
    @classmethod
    def _usable(cls, value: SecretStr | str | None) -> SecretStr | str | None:
        try:
            if isinstance(value, SecretStr):
                check_passphrase(value.get_secret_value())
            elif value is not None:
                check_url(value)
        except SourceRefusedError as error:
            raise ValueError(error.message) from None
        return value


class RoomTable(_Table):
    """[[room]]: a digital room, which sessions call by its ``key``; see domain/rooms.py.

    ``url``: of a room in any other product. ``source``: what its picture and sound are sent into.
    """

    key: Key
    name: Text
    provider: Product
    url: Annotated[str | None, Field(repr=False)] = None
    source: Slug | None = None
    social: bool = False
    lobby: bool = True
    open_microphones: bool = False
    observers: bool = True
    recorded: bool = False


class MeetingTable(_Table):
    """[meeting]. ``contacts``: whom to call for help in sessions that name nobody else."""

    slug: Slug
    title: Text
    body: Slug | None = None
    kind: Literal["council", "conference"] = "council"
    description: LongText | None = None
    place: str = ""
    starts_at: Moment
    ends_at: Moment
    internal: bool = False
    publish: bool = False
    contacts: tuple[Key, ...] = ()


class TopicTable(_Table):
    """One part of a session, in its ``topics``; a time of day is on the session's day."""

    title: Text
    starts_at: Time | None = None
    presenters: tuple[Key, ...] = ()


class SessionTable(_Table):
    """[session]: what it does not say is the meeting's, or its body's.

    ``rules``: a file beside this one, or a table. ``members``: all that are members, unless some are named.
    ``by_itself``: the service opens and adjourns it at its times; so it is in a conference.
    """

    kind: SessionKind = "plenary"
    title: Text | None = None
    starts_at: Time | None = None
    ends_at: Time | None = None
    description: str = ""
    topics: tuple[TopicTable, ...] = ()
    presenters: tuple[Key, ...] = ()
    contacts: tuple[Key, ...] | None = None
    room: Key | None = None
    source: Slug | None = None
    chair: Key | None = None
    members: tuple[Key, ...] | None = None
    by_itself: bool | None = None
    rules: str | DebateRules | None = None


class OneOfSeveral(SessionTable):
    """[[session]]: one of the programme. ``key``: lasts, so that its title may change; else its number.

    ``day``: of the meeting, where the times are times of day (1, unless it says).
    """

    key: Key | None = None
    day: Annotated[int, Field(ge=1, le=366)] | None = None
    title: Text
    starts_at: Time
    ends_at: Time


class ItemTable(_Table):
    """[[item]] in the order of the list.

    ``archive_number``: the same in every meeting that treats the matter. ``unlisted``: not in the notice;
    ``late_papers``: its papers were sent late; such an item may be objected to. ``session``: the key of the
    one that it belongs to, where there are several.
    """

    title: Text
    case_number: Number | None = None
    archive_number: Number | None = None
    kind: ItemKind = "decision"
    public_title: Text | None = None
    summary: LongText | None = None
    restricted: bool = False
    papers: tuple[Paper, ...] = ()
    unlisted: bool = False
    late_papers: bool = False
    session: Key | None = None

    @model_validator(mode="after")
    def _restricted_has_public_title(self) -> "ItemTable":
        if self.restricted and not self.public_title:
            raise ValueError("public_title is required when the item is restricted")
        return self


class PlannedSession(NamedTuple):
    """A session as the file has it, at its own moments."""

    key: str
    where: Where
    table: SessionTable
    title: str
    starts_at: datetime
    ends_at: datetime
    topics_at: tuple[datetime | None, ...]


class Plan(_Table):
    """All that the file says. It has one session, or ``several``."""

    organisation: OrganisationTable
    body: tuple[BodyTable, ...] = ()
    person: tuple[PersonTable, ...] = ()
    source: tuple[SourceTable, ...] = ()
    room: tuple[RoomTable, ...] = ()
    meeting: MeetingTable
    session: SessionTable = SessionTable()
    several: Annotated[tuple[OneOfSeveral, ...], Field(alias=SEVERAL)] = ()
    item: tuple[ItemTable, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_or_several(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("session"), list):
            data = {**data, SEVERAL: data["session"]}
            del data["session"]
        return data

    @property
    def sessions(self) -> tuple[PlannedSession, ...]:
        """Every session, in the order of the file."""
        if not self.several:
            return (self._planned("session", ("session",), self.session, 1),)
        return tuple(
            self._planned(one.key or str(number + 1), ("session", number), one, one.day or 1)
            for number, one in enumerate(self.several)
        )

    def _planned(self, key: str, where: Where, table: SessionTable, day: int) -> PlannedSession:
        first = self.meeting.starts_at.astimezone(OSLO).date()

        def moment(at: datetime | time, day: int) -> datetime:
            if isinstance(at, datetime):
                return at
            return datetime.combine(first + timedelta(days=day - 1), at, OSLO)

        starts_at = moment(table.starts_at or self.meeting.starts_at, day)
        same_day = (starts_at.astimezone(OSLO).date() - first).days + 1
        ends_at = moment(table.ends_at or self.meeting.ends_at, same_day)
        topics = tuple(moment(at, same_day) if (at := one.starts_at) else None for one in table.topics)
        return PlannedSession(
            key, where, table, table.title or self.meeting.title, starts_at, ends_at, topics
        )
