"""What IT sees: every source with its signal and its warnings, today's sessions, and the disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.domain.state import SessionState
from orchestrator.sources import Reception
from orchestrator.store.records import Source
from orchestrator.store.views import Listed
from orchestrator.web.dates import clock
from orchestrator.web.i18n import N_, translations
from orchestrator.web.pages.source_words import MINUS, STATES, desk_words, reason_words, warning_words


@dataclass(frozen=True)
class Fact:
    """One measured thing of a source."""

    label: str
    value: str


@dataclass(frozen=True)
class SourceCard:
    """A source as the page shows it; ``problems`` say what is wrong and what to do."""

    id: str
    name: str
    state: str
    color: str
    receiving: bool
    since: datetime | None
    facts: tuple[Fact, ...]
    problems: tuple[str, ...]
    address: str
    by_srt: bool


def source_card(
    source: Source, reception: Reception | None, now: datetime, host: str, language: str
) -> SourceCard:
    """One source now; ``host`` is the name that encoders reach this machine by."""
    t = translations(language)
    status = reception.source if reception else None
    words, color = STATES[status.state if status else "unknown"]
    problems: list[str] = []
    if reception:
        if reason := reason_words(reception.source, language):
            problems.append(reason)
        problems += [warning_words(one, language) for one in reception.source.warnings]
        problems += [desk_words(code, language) for code in sorted(reception.desk.warnings)]
    return SourceCard(
        id=str(source.id),
        name=source.name,
        state=t.gettext(words),
        color=color,
        receiving=status is not None and status.state == "receiving",
        since=status.since if status else None,
        facts=tuple(Fact(t.gettext(label), value) for label, value in _facts(reception, now)),
        problems=tuple(problems),
        address=f"srt://{host}:{source.port}" if source.kind == "srt" else source.shown_url or "",
        by_srt=source.kind == "srt",
    )


def _facts(reception: Reception | None, now: datetime) -> list[tuple[str, str]]:
    if reception is None or reception.source.state != "receiving":
        return []
    status = reception.source
    size = f"{status.width}×{status.height}" if status.width and status.height else None
    age = (now - status.last_fragment_at).total_seconds() if status.last_fragment_at else None
    found = [
        (N_("Bitrate"), _decimal(status.bits_per_second, 1e6, 1, "Mbit/s")),
        (N_("Bilder"), _decimal(status.frames_per_second, 1, 0, "b/s")),
        (N_("Nøkkelbilder"), _decimal(status.keyframe_interval, 1, 1, "s")),
        (N_("Oppløsning"), size),
        (N_("Lyd"), _decimal(status.sound_dbfs, 1, 0, "dBFS")),
        (N_("Sist mottatt"), _decimal(age if age is None else max(0.0, age), 1, 1, "s")),
    ]
    return [(label, value if value is not None else "–") for label, value in found]


def _decimal(value: float | None, unit: float, places: int, suffix: str) -> str | None:
    if value is None:
        return None
    return f"{value / unit:.{places}f}\N{NO-BREAK SPACE}{suffix}".replace(".", ",").replace("-", MINUS)


_SESSIONS = {
    "planned": N_("Planlagt"),
    "open": N_("Pågår"),
    "break": N_("Pause"),
    "closed_doors": N_("Lukkede dører"),
    "adjourned": N_("Hevet"),
    "cancelled": N_("Avlyst"),
}


def session_state(status: str, language: str) -> str:
    """What a session has come to, in words."""
    return translations(language).gettext(_SESSIONS[status])


@dataclass(frozen=True)
class SessionLine:
    """A session in a list. ``slide_path``: where it is moved, unless it has ended.

    ``programme_path``: where a conference's sessions and rooms are planned.
    """

    title: str
    path: str
    command_path: str
    screens_path: str
    chat_path: str
    slide_path: str
    programme_path: str
    times: str
    state: str
    source: str
    going_on: bool
    stopped: bool
    stops: int


def session_line(
    listed: Listed, state: SessionState | None, sources: Sequence[Source], language: str
) -> SessionLine:
    """A session with where it gets its picture from; its ``state`` while it goes on."""
    session = listed.session
    source = next((one.name for one in sources if one.id == session.source_id), "")
    t = translations(language)
    words = session_state(session.status, language)
    return SessionLine(
        title=session.title,
        path=f"/mote/{listed.meeting.slug}",
        command_path=f"/mote/{listed.meeting.slug}/kommando?sesjon={session.session_id}",
        screens_path=f"/drift/skjermer/{listed.meeting.slug}",
        chat_path=f"/mote/{listed.meeting.slug}/chat?sesjon={session.session_id}",
        slide_path=""
        if session.status in ("adjourned", "cancelled")
        else f"/drift/sesjoner/{session.session_id}/forskyv",
        programme_path=f"/planlegg/{listed.meeting.slug}/program"
        if listed.meeting.kind == "conference"
        else "",
        times=f"{clock(session.starts_at)}–{clock(session.ends_at)}",
        state=f"{words}, {t.gettext('sending stoppet')}" if state and state.stopped else words,
        source=source,
        going_on=session.going_on,
        stopped=state is not None and state.stopped,
        stops=len(state.stops) if state else 0,
    )


@dataclass(frozen=True)
class Disk:
    """Room left for media, in words, and whether that is a problem."""

    free: str
    total: str
    problem: str


def disk(free: int, total: int, needed: int, language: str) -> Disk:
    """Bytes free of all there are; media stops at ``needed``, the rest is the database's."""
    t = translations(language)
    problem = ""
    if free < needed:
        problem = t.gettext(
            "Disken er full. Opptak stoppes for at databasen skal ha plass. Frigjør plass nå."
        )
    elif free < 3 * needed:
        problem = t.gettext("Disken er snart full. Frigjør plass før neste møte.")
    return Disk(_gigabytes(free), _gigabytes(total), problem)


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.0f}\N{NO-BREAK SPACE}GB"


def today(now: datetime) -> tuple[datetime, datetime]:
    """From midnight to midnight of the day that ``now`` is in (a moment in local time)."""
    first = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return first, first + timedelta(days=1)
