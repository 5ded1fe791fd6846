"""The command line: one function for each command, all at the bottom of one table."""

import argparse
import asyncio
import os
import sys
import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, get_args
from uuid import UUID, uuid4

from pydantic import ValidationError

from orchestrator import app
from orchestrator.check import check
from orchestrator.core import Core, core, database
from orchestrator.domain.clashes import Clash
from orchestrator.domain.roles import Role
from orchestrator.domain.rooms import Room
from orchestrator.plan_file import PlanError
from orchestrator.plan_tables import OSLO
from orchestrator.planner import plan_from_file
from orchestrator.roomkeeping.providers import RoomProviders, makers
from orchestrator.rooms.provider import RoomTrouble
from orchestrator.rooms.uninvited import Uninvited
from orchestrator.settings import PREFIX, Settings
from orchestrator.side_tasks import SideTaskEnded
from orchestrator.store.access import Right
from orchestrator.store.directory import Taken
from orchestrator.store.embedded import EmbeddedError
from orchestrator.store.migrate import MigrationError, migrate
from orchestrator.store.pool import UNAVAILABLE
from orchestrator.store.records import Organisation
from orchestrator.store.room_accounts import RoomAccounts
from orchestrator.store.secrets import Vault, WrongKey, new_key

Arguments = argparse.Namespace


class Failed(Exception):
    """What was asked for cannot be done; says why in words."""


DAYS: Final = "N|never"
KEPT: Final = "days after which a published recording is deleted for good (default: never)"
IN_WORDS: Final = (Failed, PlanError, MigrationError, EmbeddedError, SideTaskEnded, app.CannotListenError)
"""Raised with words for whoever runs the program."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that ``arguments`` (default: the process's) name; its exit code."""
    given = parser().parse_args(arguments)
    try:
        return asyncio.run(given.run(given)) or 0
    except KeyboardInterrupt:
        return 130
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            name = ".".join(str(part) for part in one["loc"])
            _say(f"{PREFIX if error.title == 'Settings' else ''}{name.upper()}: {one['msg']}")
    except (*IN_WORDS, ValueError) as error:
        _say(str(error))
    except WrongKey:
        _say(f"{PREFIX}SECRET_KEY is not the key that this database was encrypted with")
    except UNAVAILABLE as error:
        file = isinstance(error, OSError) and error.filename
        _say(f"{file}: {error}" if file else f"the database is away: {type(error).__name__} {error}")
    return 1


def parser() -> argparse.ArgumentParser:
    """What can be written on the command line."""
    whole = argparse.ArgumentParser(
        prog="orchestrator", description="Open meetings for municipalities. Settings: see config/."
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, run: Callable[[Arguments], Awaitable[int | None]], about: str
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=about, description=about)
        command.set_defaults(run=run)
        return command

    serve = add("serve", _serve, "run the service")
    serve.add_argument("--role", choices=get_args(app.Role), default="all", help="part of it (default: all)")
    add("demo", _demo, "hold a fictional council meeting on this machine (environment: PORT, DATA)")
    add("migrate", _migrate, "bring the database's tables up to date")
    add("check", _check, "say what is missing on this machine")
    add("replay", _replay, "make what pages read anew from the log; nothing outside is touched")
    add("secret-key", _secret_key, "make a key for encryption at rest")

    link = add("login-link", _login_link, "make a personal link that logs staff in")
    link.add_argument("--organisation", metavar="SLUG", help="needed if there are several")
    link.add_argument("--role", action="append", required=True, choices=[*Role], help="may be given again")
    link.add_argument("--meeting", metavar="SLUG", help="in this meeting only")
    link.add_argument("--person", metavar="NAME", help="who it is, for a participant or a chair who speaks")
    link.add_argument("--label", default="", help="what lists of links call it")
    link.add_argument("--days", type=int, help="how long it holds (default: as set)")
    link.add_argument("--once", action="store_true", help="it works a single time")

    token = add("token", _token, "make a token by which a machine uses the API")
    token.add_argument("--organisation", metavar="SLUG", help="needed if there are several")
    token.add_argument("--name", required=True, help="which machine it is for")
    token.add_argument("--role", action="append", default=[], choices=[*Role], help="in every meeting")
    token.add_argument("--right", action="append", default=[], choices=get_args(Right), help="apart from any")
    revoking = add("revoke-token", _revoke_token, "end a token, and the streams it has open")
    revoking.add_argument("--organisation", metavar="SLUG", help="needed if there are several")
    revoking.add_argument("id", type=UUID)

    account = add("room-account", _room_account, "say how a municipality reaches Teams or LiveKit")
    account.add_argument("--organisation", metavar="SLUG", help="needed if there are several")
    account.add_argument("provider", choices=["teams", "livekit"])
    account.add_argument("file", type=Path, help="TOML with its settings (docs/operations.md); -: stdin")

    plan = add("plan", _plan, "plan a meeting from a TOML file (see config/demo/)")
    plan.add_argument("file", type=Path)

    organisation = add("organisation", _organisation, "add a municipality")
    organisation.add_argument("what", choices=["create"])
    organisation.add_argument("--name", required=True)
    organisation.add_argument("--slug", required=True)
    organisation.add_argument("--host", action="append", default=[], help="a host name of its own")
    organisation.add_argument("--language", choices=["nb", "nn"], default="nb")
    organisation.add_argument("--colour", default="#0051be", help="#rrggbb")
    organisation.add_argument("--chat-days", type=int, default=30, help="days after which a chat is deleted")
    organisation.add_argument("--recording-days", type=_days, metavar=DAYS, help=KEPT)

    retention = add("retention", _retention, "say how long a municipality keeps chats and recordings")
    retention.add_argument("--organisation", metavar="SLUG", help="needed if there are several")
    retention.add_argument("--chat-days", type=int, help="days after which a chat is deleted")
    retention.add_argument("--recording-days", type=_days, default=..., metavar=DAYS, help=KEPT)
    return whole


async def _serve(given: Arguments) -> None:
    await app.run(Settings(), given.role)


async def _demo(_: Arguments) -> int | None:
    from orchestrator.demo.show import run  # noqa: PLC0415  (an extra)

    chosen: dict[str, Any] = {"data_dir": os.environ.get("DATA"), "port": os.environ.get("PORT")}
    given = {name: value or Settings.model_fields[name].default for name, value in chosen.items()}
    return await run(Settings(srt_host="127.0.0.1", log_format="text", **given))


async def _migrate(_: Arguments) -> None:
    async with database(Settings()) as where:
        done = await migrate(where.direct)
    print("\n".join(f"applied {name}" for name in done) or "nothing to apply")


async def _check(_: Arguments) -> int:
    findings = await check(Settings())
    for finding in findings:
        print(f"{'ok     ' if finding.good else 'MISSING'}  {finding.about}: {finding.said}")
    return 0 if all(finding.good for finding in findings) else 1


async def _replay(_: Arguments) -> None:
    async with core(Settings()) as base:
        position = await base.projector.rebuild()
    print(f"what pages read is made anew from {position} events")


async def _secret_key(_: Arguments) -> None:
    print(new_key())


async def _login_link(given: Arguments) -> None:
    settings = Settings()
    async with core(settings) as base:
        organisation = await _which(base, given.organisation)
        meeting_id = await _meeting(base, organisation, given.meeting) if given.meeting else None
        person_id = await _person(base, organisation, given.person) if given.person else None
        now = base.clock.now()
        _, secret = await base.access.create_link(
            organisation.id,
            {Role(role) for role in given.role},
            now,
            meeting_id=meeting_id,
            person_id=person_id,
            label=given.label,
            reusable=not given.once,
            expires_at=now + timedelta(days=given.days or settings.link_days),
        )
    print(f"{settings.address_of(organisation.hosts)}/inn/{secret}")


async def _token(given: Arguments) -> None:
    if not given.role and not given.right:
        raise Failed("say what it may do with --role or --right")
    async with core(Settings()) as base:
        organisation = await _which(base, given.organisation)
        token_id, secret = await base.access.create_token(
            organisation.id, given.name, base.clock.now(), roles=set(given.role), rights=set(given.right)
        )
    _say(f"it is shown this once; end it with: orchestrator revoke-token {token_id}")
    print(secret)


async def _revoke_token(given: Arguments) -> None:
    async with core(Settings()) as base:
        organisation = await _which(base, given.organisation)
        if not await base.access.revoke_token(organisation.id, given.id, base.clock.now()):
            raise Failed(f"{organisation.name} has no such token, or it was revoked before")


async def _room_account(given: Arguments) -> None:
    text = sys.stdin.read() if str(given.file) == "-" else given.file.read_text("utf-8")
    try:
        settings = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Failed(f"{given.file}: {error}") from None

    async def account(_: UUID, __: str) -> dict[str, Any]:
        return settings

    async with core(Settings()) as base:
        organisation = await _which(base, given.organisation)
        async with aclosing(RoomProviders(makers(account, base.clock))) as providers:
            try:
                await providers.of(organisation.id, given.provider)
            except RoomTrouble as trouble:
                raise Failed(f"{trouble}; nothing was changed") from None
        vault = Vault(base.key.decode())
        await RoomAccounts(base.pool, vault).put(organisation.id, given.provider, settings)
    print(f"{organisation.name} reaches {given.provider}; restart the service")


async def _plan(given: Arguments) -> None:
    settings = Settings()
    async with core(settings) as base:
        planned = await plan_from_file(given.file, base.directory, base.commands, settings.srt_ports)
        meeting = await base.commands.meeting(planned.organisation_id, planned.meeting_id)
        organisation = await base.directory.organisation(planned.organisation_id)
        people = await base.directory.people(planned.organisation_id)
    if organisation is None:
        raise Failed("the organisation was removed meanwhile")
    names = {id_: person.name for id_, person in people.items()}
    for clash in planned.clashes:
        _say(f"warning: {_clashing(clash, meeting.rooms, names)}")
    for one in planned.uninvited:
        _say(f"warning: {_keeping_shut(one, names)}")
    state = "published" if meeting.status == "published" else "a draft"
    many = f"{len(planned.sessions)} sessions, " if len(planned.sessions) > 1 else ""
    page = "program" if meeting.kind == "conference" else "mote"
    address = settings.address_of(organisation.hosts)
    print(f"{address}/{page}/{meeting.slug} ({state}, {many}{len(planned.items)} items)")


def _clashing(clash: Clash, rooms: Mapping[UUID, Room], people: Mapping[UUID, str]) -> str:
    sessions = " and ".join(
        f"“{one.title}” ({one.starts_at.astimezone(OSLO):%d.%m. %H.%M}–{one.ends_at.astimezone(OSLO):%H.%M})"
        for one in (clash.first, clash.second)
    )
    shared = [f"the room “{rooms[clash.room_id].name}”"] if clash.room_id else []
    for what, ids in (("presenter", clash.presenter_ids), ("help contact", clash.contact_ids)):
        shared += [f"the {what} {name}" for name in sorted(people[id_] for id_ in ids)]
    return f"{sessions} overlap and share {', '.join(shared)}"


def _keeping_shut(one: Uninvited, people: Mapping[UUID, str]) -> str:
    sessions = " and ".join(f"“{title}”" for title in one.titles)
    return (
        f"{people[one.person_id]} leads or presents {sessions} and has no email: "
        f"the room “{one.room.name}” in Teams does not open without it"
    )


async def _organisation(given: Arguments) -> None:
    async with core(Settings()) as base:
        one = Organisation(
            id=uuid4(),
            name=given.name,
            slug=given.slug,
            hosts=tuple(given.host),
            language=given.language,
            colour=given.colour,
            chat_days=given.chat_days,
            recording_days=given.recording_days,
        )
        try:
            await base.directory.put_organisation(one)
        except Taken as error:
            raise Failed(f"another organisation has this {error.field}") from None
    print(one.id)


async def _retention(given: Arguments) -> None:
    said = {"chat_days": given.chat_days or ..., "recording_days": given.recording_days}
    async with core(Settings()) as base:
        known = (await _which(base, given.organisation)).model_dump()
        one = Organisation.model_validate(known | {name: days for name, days in said.items() if days != ...})
        await base.directory.put_organisation(one)
    recordings = f"for {one.recording_days} days" if one.recording_days else "for good"
    print(f"{one.name} keeps chats for {one.chat_days} days, published recordings {recordings}")


def _days(written: str) -> int | None:
    return None if written == "never" else int(written)


async def _which(base: Core, slug: str | None) -> Organisation:
    organisations = await base.directory.organisations()
    found = [one for one in organisations if slug in (None, one.slug)]
    if len(found) == 1:
        return found[0]
    slugs = ", ".join(one.slug for one in organisations)
    raise Failed(f"name one with --organisation: {slugs}" if slugs else "there is no organisation yet")


async def _meeting(base: Core, organisation: Organisation, slug: str) -> UUID:
    meeting = await base.views.meeting_by_slug(organisation.id, slug)
    if meeting is None:
        raise Failed(f"{organisation.name} has no meeting {slug}")
    return meeting.meeting_id


async def _person(base: Core, organisation: Organisation, name: str) -> UUID:
    people = await base.directory.people(organisation.id)
    found = [id for id, person in people.items() if name in {person.name, str(id)}]
    if len(found) != 1:
        raise Failed(f"{organisation.name} has {len(found) or 'nobody'} called {name}")
    return found[0]


def _say(said: str) -> None:
    print(said, file=sys.stderr)
