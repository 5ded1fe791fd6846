"""The demo: a fictional council meeting being held right now, and links for everyone in it."""

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from orchestrator.app import Service, service, until
from orchestrator.check import taken
from orchestrator.core import Core, core
from orchestrator.demo.client import Api, Council, Json, SteppedAside
from orchestrator.demo.script import Meeting
from orchestrator.demo.stage import Stage
from orchestrator.domain.codec import parse_command
from orchestrator.domain.errors import Refused
from orchestrator.domain.roles import Actor, Role
from orchestrator.plan_file import read_plan
from orchestrator.plan_tables import Plan
from orchestrator.planner import Planned, carry_out
from orchestrator.services import Services
from orchestrator.settings import Settings
from orchestrator.store.views import SessionView

log = logging.getLogger(__name__)

_PLANS = Path(__file__).parents[2] / "config/demo"
_OSLO = ZoneInfo("Europe/Oslo")
_A_YEAR = timedelta(days=365)
_LOOK_EVERY = 0.4
"""Seconds between the camera's looks at who has the floor."""


async def run(settings: Settings) -> int:
    """Hold the meeting until asked to stop; prints the links when all is ready."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    with _alone(settings.data_dir) as alone:
        if not alone:
            print(f"A demo is held in {settings.data_dir} already: stop it, or set DATA.", file=sys.stderr)
            return 1
        print("Starting a council meeting in Fjellvik …", flush=True)
        await _show(settings, asked)
    return 0


async def _show(settings: Settings, asked: asyncio.Event) -> None:
    file = settings.data_dir / "links.json"
    file.unlink(missing_ok=True)  # of a demo that was killed: they led to nothing any more
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(core(settings, migrating=True))
        await _end_former(base)
        planned, conference = await _plan(base)
        running = await stack.enter_async_context(service(settings, base=base))
        links = await _links(running, planned, conference)
        camera = await stack.enter_async_context(_camera(links["srt"]))
        api = await stack.enter_async_context(Api(running.address, links["token"]))
        council = Council(api, planned.session_id)
        await _picture_comes(running.services, asked)
        tasks = [
            asyncio.create_task(_film(council, api, camera), name="camera"),
            asyncio.create_task(_hold(council), name="script"),
        ]
        for task in tasks:
            task.add_done_callback(_say_what_went_wrong)
        try:
            if not await _is_shown(running.services, planned, asked):
                print("No picture is shown yet: IT support's page says why.", flush=True)
            _write(file, links)
            _tell(links, settings)
            await until(asked, running.side_tasks)
        finally:
            file.unlink(missing_ok=True)  # first of all: they end here
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def _alone(directory: Path) -> Iterator[bool]:
    """Whether no other demo has this directory; the system lets go of it for one that dies."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


async def _end_former(base: Core) -> None:
    """What an earlier run left open is adjourned, and nothing else of it opens: one day is live."""
    for row in await base.views.sessions_not_adjourned():
        state = await base.commands.session(row.organisation_id, row.session_id)
        if state.status == "planned" and state.by_itself:
            await _lead(base, row, {"type": "cancel_session"})
        if state.status != "open":
            continue
        steps: list[Json] = []
        if state.current_vote:
            steps.append({"type": "cancel_vote", "vote_id": state.current_vote.vote_id})
        if state.closing and state.closing.shut:
            open_item = next((item.item_id for item in state.agenda if not item.restricted), None)
            steps.append({"type": "open_item", "item_id": open_item})
            steps.append({"type": "open_doors", "closing_id": state.closing.closing_id})
        steps.append({"type": "adjourn_session"})
        for step in steps:
            await _lead(base, row, step)


async def _lead(base: Core, row: SessionView, step: Json) -> None:
    leader = Actor(frozenset({Role.CHAIR, Role.SECRETARY}))
    with contextlib.suppress(Refused):
        command = parse_command("session", step)
        await base.commands.handle(
            row.organisation_id, "session", row.session_id, command, leader, sender="demo"
        )


async def _plan(base: Core) -> tuple[Planned, Planned]:
    """Tonight's meeting and a conference that begins now, and a meeting to come."""
    now = base.clock.now().astimezone(_OSLO)
    ports = await _free_ports(base)
    council = read_plan(_PLANS / "kommunestyret.toml")
    tonight = _dated(council, now, "kommunestyret", f"-{now:%H%M%S}")
    planned = await carry_out(tonight, base.directory, base.commands, starts_at=now, srt_ports=ports)
    ahead = (now + timedelta(days=2)).replace(hour=9, minute=0, second=0, microsecond=0)
    coming = _dated(read_plan(_PLANS / "formannskapet.toml"), ahead, "formannskapet")
    with contextlib.suppress(Refused):  # an earlier run planned it in other words
        await carry_out(coming, base.directory, base.commands, starts_at=ahead, srt_ports=ports)
    begun = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    conference = _at(read_plan(_PLANS / "dialogkonferanse.toml"), f"dialogkonferanse-{now:%Y-%m-%d-%H%M%S}")
    return planned, await carry_out(conference, base.directory, base.commands, starts_at=begun)


async def _free_ports(base: Core) -> list[int]:
    """The SRT ports that nobody on this machine listens on; an earlier run's hall moves if its own is taken.

    Another demo, with data of its own, chooses among the same ports.
    """
    settings, halls = base.settings, await base.directory.all_sources()

    def is_free(port: int) -> bool:
        return not taken(socket.SOCK_DGRAM, settings.srt_host, port)

    free = [port for port in settings.srt_ports if is_free(port)]
    others = iter(sorted(set(free) - {hall.port for hall in halls}))
    for hall in halls:
        if hall.port is not None and not is_free(hall.port):
            await base.directory.put_source(hall.model_copy(update={"port": next(others, hall.port)}))
    return free


def _dated(plan: Plan, moment: datetime, slug: str, more: str = "") -> Plan:
    return _at(plan, f"{slug}-{moment:%Y-%m-%d}{more}", title=plan.meeting.title.split(" ", maxsplit=1)[0])


def _at(plan: Plan, slug: str, **words: str) -> Plan:
    meeting = plan.meeting.model_copy(update={"slug": slug, **words})
    return plan.model_copy(update={"meeting": meeting})


async def _links(running: Service, planned: Planned, conference: Planned) -> Json:
    """A link for each who takes part; they can be used again and again."""
    services, address = running.services, running.address
    now = services.clock.now()
    organisation_id, meeting_id = planned.organisation_id, planned.meeting_id
    meeting = await services.commands.meeting(organisation_id, meeting_id)
    session = await services.commands.session(organisation_id, planned.session_id)
    gathering = await services.commands.meeting(organisation_id, conference.meeting_id)

    async def link(role: Role, person_id: UUID | None = None, meeting_id: UUID | None = meeting_id) -> str:
        _, secret = await services.access.create_link(
            organisation_id,
            {role},
            now,
            meeting_id=meeting_id,
            person_id=person_id,
            label=f"demo: {role}",
            reusable=True,
            expires_at=now + _A_YEAR,
        )
        return f"{address}/inn/{secret}"

    _, token = await services.access.create_token(organisation_id, f"demo {uuid4()}", now, roles=list(Role))
    (source,) = [
        one for one in await services.directory.sources(organisation_id) if one.id == session.source_id
    ]
    assert source.passphrase is not None
    passphrase = source.passphrase.get_secret_value()
    return {
        "public": f"{address}/",
        "live": f"{address}/mote/{meeting.slug}",
        "chair": await link(Role.CHAIR, session.chair_id),
        "secretary": await link(Role.SECRETARY),
        "participant": await link(Role.PARTICIPANT, planned.people["kari-nordli"]),
        "programme": f"{address}/program/{gathering.slug}",
        "programme_meeting_id": str(gathering.meeting_id),
        "programme_chair": await link(Role.CHAIR, conference.people["marit-solbakk"], gathering.meeting_id),
        "programme_participant": await link(
            Role.PARTICIPANT, conference.people["kari-nordli"], gathering.meeting_id
        ),
        "it": await link(Role.IT_SUPPORT, meeting_id=None),
        "meeting_id": str(meeting_id),
        "session_id": str(planned.session_id),
        "broadcast_id": str(session.broadcast_id),
        "srt": f"srt://127.0.0.1:{source.port}?passphrase={passphrase}&pbkeylen=16",
        "token": token,
    }


@asynccontextmanager
async def _camera(url: str) -> AsyncIterator[asyncio.StreamWriter]:
    """The hall's encoder, a process of its own; what is on stage is written to it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "orchestrator.demo.camera", url, stdin=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    try:
        yield process.stdin
    finally:
        process.stdin.close()
        with contextlib.suppress(TimeoutError, ProcessLookupError):
            async with asyncio.timeout(5):
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _picture_comes(services: Services, asked: asyncio.Event) -> None:
    """Wait for the camera, at most twenty seconds, so that the opening is filmed."""
    await _until(lambda: services.sources.receiving > 0, asked)


async def _is_shown(services: Services, planned: Planned, asked: asyncio.Event) -> bool:
    """Wait until the public sees the meeting, at most twenty seconds."""
    session = await services.commands.session(planned.organisation_id, planned.session_id)
    playlist = services.settings.public_media / str(session.broadcast_id) / "live.m3u8"
    return await _until(playlist.exists, asked)


async def _until(there: Callable[[], bool], asked: asyncio.Event) -> bool:
    for _ in range(100):
        if there() or asked.is_set():
            break
        await asyncio.sleep(0.2)
    return there()


def _write(path: Path, links: Json) -> None:
    """Whole or not at all, and readable by the owner only."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(links, file, indent=2, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _tell(links: Json, settings: Settings) -> None:
    print(
        f"""
A council meeting is being held in Fjellvik. Open:

  as a citizen         {links["live"]}
  the municipality     {links["public"]}
  as the chair         {links["chair"]}
  as the secretary     {links["secretary"]}
  as a participant     {links["participant"]}
  as IT support        {links["it"]}

A conference has a programme of its own for today and tomorrow:

  as a citizen         {links["programme"]}
  as the chair         {links["programme_chair"]}
  as a participant     {links["programme_participant"]}

A script leads the council until somebody does so from one of these pages. The links also stand in
{settings.data_dir / "links.json"}. Stop with Ctrl-C.
""",
        flush=True,
    )


def _say_what_went_wrong(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("the demo's %s ended", task.get_name(), exc_info=error)


async def _hold(council: Council) -> None:
    try:
        await Meeting(council).hold()
        print("The meeting was adjourned: the same address is now the recording.", flush=True)
    except SteppedAside:
        print("Somebody leads the meeting by hand: the script has stepped aside.", flush=True)


async def _film(council: Council, api: Api, camera: asyncio.StreamWriter) -> None:
    """Keep the picture to what happens in the hall."""
    people = {one["id"]: one for one in await api.get("/people")}
    shown: Stage | None = None
    while True:
        with contextlib.suppress(OSError):
            stage = _stage(await council.state(), people)
            if stage != shown:
                shown = stage
                camera.write((json.dumps(vars(stage)) + "\n").encode())
                await camera.drain()
        await asyncio.sleep(_LOOK_EVERY)


def _stage(state: Json, people: dict[str, Json]) -> Stage:
    item = state["items"].get(state["current_item_id"]) or {}
    speech = state["requests"].get(state["current_speech_id"]) or {}
    speaker = people.get(speech.get("person_id", ""), {})
    voting = any(vote["result"] is None and not vote["cancelled"] for vote in state["votes"].values())
    doors = state["closings"][-1] if state["closings"] else {"periods": [], "debate": []}
    shut = any(period["stop"] is None for period in doors["periods"] + doors["debate"])
    number = f"Sak {item['case_number']} " if item.get("case_number") else ""
    note = "Votering" if voting else "Replikk" if speech.get("kind") == "reply" else ""
    return Stage(
        item=number + item.get("title", ""),
        speaker=speaker.get("name", ""),
        group=speaker.get("group_name", ""),
        note=note,
        behind_doors=shut,
    )
