"""Every setting of the service, each with what it means; read from ORCHESTRATOR_… in the environment."""

import os
import secrets
from collections.abc import Collection, Iterable
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import AnyHttpUrl, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from yarl import URL

PREFIX = "ORCHESTRATOR_"
SHORTEST_SECRET = 16
"""Characters of a key that what we send is signed with."""
Port = Annotated[int, Field(ge=1, le=65535)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode]
Words = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """What can be set. Sizes are in bytes and durations in seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    dsn: SecretStr | None = Field(
        None, description="PostgreSQL's address. Empty: the service runs a PostgreSQL of its own in data_dir."
    )
    direct_dsn: SecretStr | None = Field(
        None,
        description="PostgreSQL's own address when dsn leads to a pooler like pgbouncer (LISTEN needs it).",
    )
    pool_size: Annotated[int, Field(ge=2, le=200)] = Field(10, description="Most connections to PostgreSQL.")
    data_dir: Path = Field(Path("data"), description="Where media and the service's own database lie.")

    host: str = Field(
        "127.0.0.1", description="Address the web server listens on; a proxy with TLS stands before it."
    )
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        8080, description="Port of the web server; 0 takes a free one."
    )
    base_url: AnyHttpUrl | None = Field(
        None,
        description="The address people use (https://moter.example.no), for links and secure cookies. "
        "Empty: http://localhost:port.",
    )
    proxies: Networks = Field(
        (),
        description="Networks of the proxies before us, comma separated; only their X-Forwarded-… counts.",
    )
    media_base_url: AnyHttpUrl | None = Field(
        None, description="Where the public fetches media if not from base_url: a CDN before /media/."
    )
    purge_url: AnyHttpUrl | None = Field(
        None,
        description="Called with POST {urls: […]} when published media is withdrawn: a CDN forgets it.",
    )

    secret_key: SecretStr | None = Field(
        None,
        description="Key that passphrases and credentials are encrypted with (44 characters; "
        "make one with: orchestrator secret-key). Empty with the service's own database: a file in data_dir.",
    )

    srt_host: str = Field("0.0.0.0", description="Address that encoders connect to over SRT.")  # noqa: S104
    srt_first_port: Port = Field(20000, description="First UDP port that SRT sources may be given.")
    srt_last_port: Port = Field(20099, description="Last UDP port that SRT sources may be given.")
    pull_networks: Networks = Field(
        (), description="Private networks that sources may be pulled from, comma separated (192.0.2.0/24)."
    )
    files_dir: Path | None = Field(None, description="The one directory that file sources may be read from.")
    room_addresses: Words = Field(
        (),
        description="Addresses of this machine that browsers send pictures and sound of embedded rooms to, "
        "comma separated; empty: all it has, or with no base_url its loopback alone.",
    )
    min_free_bytes: Annotated[int, Field(ge=0)] = Field(
        2 * 1024**3, description="Media stops while less than this is free, so that the database has room."
    )

    alert_webhook_url: AnyHttpUrl | None = Field(
        None,
        repr=False,
        description="Called with POST when something is urgent for IT; see docs/operations.md.",
    )
    alert_webhook_secret: SecretStr | None = Field(
        None, description="Key that those calls are signed with (HMAC-SHA256); at least 16 characters."
    )
    alert_email: Words = Field(
        (), description="Addresses that urgent problems are mailed to, comma separated; needs smtp_host."
    )
    smtp_host: str = Field("", description="Mail server for outgoing mail.")
    smtp_port: Port = Field(587, description="Its port.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How it is spoken to: starttls (587), tls (465), or none (this machine only)."
    )
    smtp_user: str = Field("", description="Who we are to it; empty: it asks for no password.")
    smtp_password: SecretStr | None = Field(None, description="Password for that.")
    smtp_from: str = Field("", description="Sender of our mail; empty: the first address of alert_email.")

    link_days: Annotated[int, Field(ge=1, le=400)] = Field(
        7, description="Days that a staff login link from the command line can be used."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    log_format: Literal["json", "text"] = Field("json", description="json for machines, text for people.")

    @field_validator("proxies", "pull_networks", "room_addresses", "alert_email", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: Any, info: Any) -> Any:
        field = cls.model_fields[info.field_name]
        return field.get_default() if value == "" else value

    @field_validator("secret_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                Fernet(value.get_secret_value())
            except ValueError:
                raise ValueError("must be 32 bytes in URL-safe base64 (44 characters)") from None
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> "Settings":
        if self.srt_last_port < self.srt_first_port:
            raise ValueError("srt_last_port must not be below srt_first_port")
        secret = self.alert_webhook_secret.get_secret_value() if self.alert_webhook_secret else ""
        if self.alert_webhook_url and len(secret) < SHORTEST_SECRET:
            raise ValueError("alert_webhook_secret must be set, of 16 characters or more")
        if self.alert_email and not self.smtp_host:
            raise ValueError("smtp_host must be set when alert_email is")
        return self

    @property
    def mail_from(self) -> str:
        """Who our mail is from; empty: none is sent."""
        return (self.smtp_from or next(iter(self.alert_email), "")) if self.smtp_host else ""

    @property
    def srt_ports(self) -> range:
        """The UDP ports that SRT sources may be given."""
        return range(self.srt_first_port, self.srt_last_port + 1)

    @property
    def public_media(self) -> Path:
        """Where what is served under /media/ lies."""
        return self.data_dir / "media" / "public"

    @property
    def private_media(self) -> Path:
        """Where no web server reads."""
        return self.data_dir / "media" / "private"

    @property
    def kept_media(self) -> Path:
        """Where refused media lies, encrypted, for municipalities that keep it."""
        return self.data_dir / "media" / "kept"

    @property
    def encoder_host(self) -> str:
        """The name that encoders reach this machine by."""
        return urlsplit(self.address()).hostname or "localhost"

    def address(self, port: int | None = None) -> str:
        """The address people use, without a slash at the end."""
        return str(self.base_url).rstrip("/") if self.base_url else f"http://localhost:{port or self.port}"

    def address_of(self, hosts: Collection[str]) -> str:
        """The address of whoever has these host names: the first of them, unless base_url has another."""
        base = URL(self.address())
        if hosts and base.host not in hosts:
            base = base.with_host(next(iter(hosts)))
        return str(base).rstrip("/")


def encryption_key(settings: Settings) -> bytes:
    """The key for encryption at rest: as set, else a file beside this machine's own database, made at need.

    Raises ValueError when neither may be used.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    if settings.dsn is not None:
        raise ValueError(f"{PREFIX}SECRET_KEY must be set when {PREFIX}DSN is")
    file = settings.data_dir / "secret.key"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    making = file.with_name(f".secret.key.{secrets.token_hex(4)}")
    making.touch(mode=0o600, exist_ok=False)
    making.write_bytes(Fernet.generate_key())
    try:
        os.link(making, file)  # whole or not at all, and never over one that is there
    except FileExistsError:
        pass
    finally:
        making.unlink()
    return file.read_bytes()


def example_env() -> str:
    """The text of config/orchestrator.example.env: every setting with its description and default."""
    lines = ["# Settings of the service. Uncomment what differs from the default.", ""]
    for name, field in Settings.model_fields.items():
        lines += [f"# {field.description}", f"#{PREFIX}{name.upper()}={_written(field.default)}", ""]
    return "\n".join(lines)


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(map(str, value))
    return str(value)
