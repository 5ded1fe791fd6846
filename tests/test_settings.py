import stat
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import AnyHttpUrl, SecretStr, ValidationError

from orchestrator.settings import PREFIX, Settings, encryption_key, example_env


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)


def test_every_setting_says_what_it_means() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_the_example_lists_every_setting_as_it_is() -> None:
    assert Path("config/orchestrator.example.env").read_text() == example_env()


def test_the_example_uncommented_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for line in example_env().splitlines():
        if line.startswith(f"#{PREFIX}"):
            name, _, value = line[1:].partition("=")
            monkeypatch.setenv(name, value)
    assert Settings() == Settings.model_construct()


def test_networks_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}PULL_NETWORKS", "192.0.2.0/24, 2001:db8::/32")
    assert Settings().pull_networks == (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "nitti"),
        ("SECRET_KEY", "for-kort"),
        ("PULL_NETWORKS", "192.0.2.0/40"),
        ("BASE_URL", "ftp://moter.example.no"),
        ("SRT_LAST_PORT", "10"),
    ],
)
def test_a_wrong_setting_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(ValidationError):
        Settings()


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    settings = Settings(dsn=SecretStr("postgresql://u:hemmelig@db/x"), secret_key=SecretStr(_key()))
    assert "hemmelig" not in repr(settings)


def test_the_address_people_use(tmp_path: Path) -> None:
    assert Settings(port=8090).address() == "http://localhost:8090"
    assert (
        Settings.model_validate({"base_url": "https://moter.example.no/"}).address()
        == "https://moter.example.no"
    )


def test_the_key_of_our_own_database_is_made_once_and_ours_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    key = encryption_key(settings)
    assert encryption_key(settings) == key
    Fernet(key)
    file = tmp_path / "data" / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret.key"]


def test_another_database_needs_a_key_that_was_set(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, dsn=SecretStr("postgresql://db/x"))
    with pytest.raises(ValueError, match="SECRET_KEY"):
        encryption_key(settings)
    assert not list(tmp_path.iterdir())


def _key() -> str:
    return Fernet.generate_key().decode()


def test_alerts_need_a_key_and_a_mail_server() -> None:
    url = AnyHttpUrl("https://vakt.example/hook")
    with pytest.raises(ValidationError, match="alert_webhook_secret"):
        Settings(alert_webhook_url=url, alert_webhook_secret=SecretStr("kort"))
    with pytest.raises(ValidationError, match="smtp_host"):
        Settings(alert_email=("drift@fjellvik.example",))
    assert "vakt.example" not in repr(Settings(alert_webhook_url=url, alert_webhook_secret=SecretStr(_key())))
