import asyncio
import re
import socket
from pathlib import Path

import pytest

from orchestrator.app import CannotListenError, service
from orchestrator.cli import main
from orchestrator.domain.roles import Role
from orchestrator.settings import PREFIX, Settings
from orchestrator.store.access import Access
from orchestrator.store.migrate import migrations
from orchestrator.store.pool import open_pool
from orchestrator.store.secrets import new_key
from tests.postgres import Database

EXAMPLE = "config/demo/kommunestyret.toml"
CONFERENCE = Path("config/demo/dialogkonferanse.toml").read_text()
SLUG = "kommunestyret-5-mai-2026"


@pytest.fixture
def dsn(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv(f"{PREFIX}DSN", database.dsn)
    monkeypatch.setenv(f"{PREFIX}SECRET_KEY", new_key())
    monkeypatch.setenv(f"{PREFIX}DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv(f"{PREFIX}BASE_URL", "https://moter.example.no")
    return database.dsn


async def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command in a thread of its own, as a process would; its exit code and what it wrote."""
    code = await asyncio.to_thread(main, arguments)
    out, err = capsys.readouterr()
    return code, out.strip(), err.strip()


async def test_a_meeting_is_planned_and_its_chair_gets_a_link(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = await said(capsys, "plan", EXAMPLE)
    assert (code, out) == (0, f"https://moter.example.no/mote/{SLUG} (published, 8 items)")
    code, out, _ = await said(
        capsys, "login-link", "--role", "chair", "--meeting", SLUG, "--person", "Marit Solbakk"
    )
    assert code == 0
    address, _, secret = out.rpartition("/")
    assert address == "https://moter.example.no/inn"
    async with open_pool(dsn) as pool:
        access = Access(pool)
        organisation_id = await pool.fetchval("select id from organisation")
        (link,) = await access.links(organisation_id)
        assert link.roles == {Role.CHAIR}
        assert link.meeting_id is not None
        assert link.person_id is not None
        assert link.expires_at is not None
        assert await access.use_link(organisation_id, secret, link.created_at)


async def test_what_clashes_in_a_programme_is_warned_about_and_planned(
    dsn: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(
        CONFERENCE.replace('room = "teknisk"', 'room = "oppvekst"').replace(
            'presenters = ["jonas-rygg"]\ncontacts', 'presenters = ["liv-tangen"]\ncontacts'
        )
    )
    code, out, err = await said(capsys, "plan", str(file))
    address = "https://moter.example.no/program/dialogkonferanse-1-2026"
    assert (code, out) == (0, f"{address} (published, 13 sessions, 0 items)")
    assert err == (
        "warning: “Oppvekst: struktur, kompetanse og ressurser” (05.05. 10.15–11.30) and "
        "“Tekniske områder: vei, vann og bygg” (05.05. 10.15–11.30) overlap and share "
        "the room “Oppvekst”, the presenter Liv Tangen"
    )


async def test_a_room_in_teams_that_would_not_open_for_want_of_an_address_is_warned_about(
    dsn: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "plan.toml"
    in_teams = CONFERENCE.replace(
        'name = "Oppvekst"\nprovider = "embedded"', 'name = "Oppvekst"\nprovider = "teams"'
    )
    file.write_text(in_teams)
    code, _, err = await said(capsys, "plan", str(file))
    warning = (
        "warning: Liv Tangen leads or presents “Oppvekst: struktur, kompetanse og ressurser” and has no "
        "email: the room “Oppvekst” in Teams does not open without it"
    )
    assert code == 0
    assert warning in err.splitlines()
    key = 'key = "liv-tangen"'
    file.write_text(in_teams.replace(key, f'{key}\nemail = "liv.tangen@fjellvik.example"'))
    _, _, err = await said(capsys, "plan", str(file))
    assert "Liv Tangen" not in err


async def test_replay_makes_the_views_anew(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    await said(capsys, "plan", EXAMPLE)
    async with open_pool(dsn) as pool:
        await pool.execute("delete from meeting_view")
        code, out, _ = await said(capsys, "replay")
        assert code == 0
        assert "12 events" in out
        assert await pool.fetchval("select slug from meeting_view") == SLUG


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["login-link", "--role", "chair"], "there is no organisation yet"),
        (["plan", "finnes-ikke.toml"], "finnes-ikke.toml"),
    ],
)
async def test_what_cannot_be_done_is_said_in_words(
    dsn: str, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    code, _, err = await said(capsys, *arguments)
    assert code == 1
    assert complaint in err
    assert "Traceback" not in err


async def test_several_organisations_must_be_told_apart(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    for slug in ("fjellvik", "naboby"):
        names = ("--name", slug.title(), "--slug", slug, "--host", f"{slug}.example.no")
        code, _, _ = await said(capsys, "organisation", "create", *names)
        assert code == 0
    code, _, err = await said(capsys, "login-link", "--role", "it_support")
    assert (code, "--organisation" in err) == (1, True)
    code, out, _ = await said(capsys, "login-link", "--role", "it_support", "--organisation", "naboby")
    assert code == 0
    assert out.startswith("https://naboby.example.no/inn/")
    code, _, err = await said(capsys, "organisation", "create", "--name", "X", "--slug", "naboby")
    assert (code, err) == (1, "another organisation has this slug")


async def test_how_long_a_municipality_keeps_what_is_said_and_changed(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await said(capsys, "organisation", "create", "--name", "Fjellvik", "--slug", "fjellvik")
    for arguments, kept in (
        ((), "chats for 30 days, published recordings for good"),
        (("--recording-days", "365"), "chats for 30 days, published recordings for 365 days"),
        (("--chat-days", "14"), "chats for 14 days, published recordings for 365 days"),
        (("--recording-days", "never"), "chats for 14 days, published recordings for good"),
    ):
        assert await said(capsys, "retention", *arguments) == (0, f"Fjellvik keeps {kept}", "")
    code, _, err = await said(capsys, "retention", "--recording-days", "0")
    assert (code, "RECORDING_DAYS" in err) == (1, True)


async def test_a_machine_gets_a_token_with_what_it_may_do_until_that_is_revoked(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await said(capsys, "plan", EXAMPLE)
    code, secret, told = await said(
        capsys, "token", "--name", "arkivet", "--role", "secretary", "--right", "people"
    )
    assert code == 0
    async with open_pool(dsn) as pool:
        access = Access(pool)
        organisation_id = await pool.fetchval("select id from organisation")
        token = await access.token_by_secret(organisation_id, secret)
        assert token is not None
        assert token.roles == {Role.SECRETARY}
        assert token.rights == {"people"}
        assert (await said(capsys, *told.partition("orchestrator ")[2].split()))[0] == 0
        assert await access.token_by_secret(organisation_id, secret) is None
    code, _, err = await said(capsys, "revoke-token", str(token.id))
    assert (code, "no such token" in err) == (1, True)
    code, _, err = await said(capsys, "token", "--name", "ingenting")
    assert (code, err) == (1, "say what it may do with --role or --right")


async def test_a_setting_that_is_wrong_is_named(
    dsn: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}PORT", "nitti")
    code, _, err = await said(capsys, "check")
    assert code == 1
    assert err.startswith("ORCHESTRATOR_PORT: ")


async def test_a_database_that_is_away_is_said_in_words(
    dsn: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}DSN", "postgresql://u:hemmelig-ord@127.0.0.1:9/x")
    code, _, err = await said(capsys, "replay")
    assert code == 1
    assert err.startswith("the database is away")
    assert "hemmelig-ord" not in err


async def test_another_key_than_the_databases_is_said_in_words(
    dsn: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await said(capsys, "plan", EXAMPLE)
    monkeypatch.setenv(f"{PREFIX}SECRET_KEY", new_key())
    code, _, err = await said(capsys, "plan", EXAMPLE)
    assert code == 1
    assert "SECRET_KEY is not the key" in err


async def test_check_says_what_is_missing_and_what_to_do(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_pool(dsn) as pool:
        await pool.execute("delete from migration where name = $1", list(migrations())[-1])
    code, out, _ = await said(capsys, "check")
    assert code == 1
    assert "MISSING  database: run: orchestrator migrate (1 to apply)" in out
    assert "ok       ffmpeg" in out
    assert "ok       data directory" in out


async def test_check_goes_on_past_a_directory_that_cannot_be_written(
    dsn: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(f"{PREFIX}DATA_DIR", str(tmp_path / "file" / "data"))
    for name in ("DSN", "SECRET_KEY"):
        monkeypatch.delenv(PREFIX + name)
    code, out, _ = await said(capsys, "check")
    assert code == 1
    for about in ("data directory", "key", "database"):
        assert re.search(f"^MISSING  {about}: .*Not a directory", out, re.MULTILINE), out
    assert "ok       ffmpeg" in out
    code, _, err = await said(capsys, "replay")
    assert (code, err.startswith(str(tmp_path / "file"))) == (1, True), err


async def test_a_port_that_is_taken_is_said_in_words(
    dsn: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv(f"{PREFIX}PORT", str(port))
        code, out, _ = await said(capsys, "check")
        assert (code, f"MISSING  web port: 127.0.0.1:{port}: Address already in use" in out) == (1, True)
        settings = Settings(log_level="error")
        with pytest.raises(CannotListenError, match=f"cannot listen on 127.0.0.1:{port}: Address already"):
            async with service(settings, "web"):
                pass


async def test_nothing_works_on_a_schema_that_is_not_its_own(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_pool(dsn) as pool:
        await pool.execute("delete from migration where name = $1", list(migrations())[-1])
    code, _, err = await said(capsys, "replay")
    assert code == 1
    assert "orchestrator migrate" in err


async def test_migrate_brings_an_empty_database_up_to_date(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_pool(dsn) as pool:
        await pool.execute("drop schema public cascade; create schema public")
    code, out, _ = await said(capsys, "migrate")
    assert code == 0
    assert out.splitlines() == [f"applied {name}" for name in migrations()]
    assert (await said(capsys, "migrate"))[1] == "nothing to apply"


def test_a_command_that_does_not_exist_shows_those_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["hold-meeting"])
    assert left.value.code == 2
    assert "login-link" in capsys.readouterr().err


async def test_how_a_municipality_reaches_its_rooms_is_kept_encrypted_and_refused_if_it_leads_nowhere(
    dsn: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    await said(capsys, "organisation", "create", "--name", "Fjellvik", "--slug", "fjellvik")
    file = tmp_path / "livekit.toml"
    file.write_text('url = "wss://livekit.example"\nkey = "k"\nsecret = "fiktivt-hemmelig-0123456789"\n')
    code, out, _ = await said(capsys, "room-account", "livekit", str(file))
    assert (code, out) == (0, "Fjellvik reaches livekit; restart the service")
    async with open_pool(dsn) as pool:
        kept = await pool.fetchval("select settings from room_account")
    assert "fiktivt" not in kept
    (tmp_path / "teams.toml").write_text('tenant_id = "t"\nclient_id = "c"\nsecret = "fiktivt"\n')
    code, _, err = await said(capsys, "room-account", "teams", str(tmp_path / "teams.toml"))
    assert code == 1
    assert "organizer" in err
    file.write_text('url = "ws://livekit.example"\nkey = "k"\nsecret = "annen"\n')
    code, _, err = await said(capsys, "room-account", "livekit", str(file))
    assert code == 1
    assert "nothing was changed" in err
    async with open_pool(dsn) as pool:
        assert await pool.fetchval("select settings from room_account") == kept
