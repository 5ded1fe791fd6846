"""Ways to tell IT of what is urgent: a call to a web address, signed, and e-mail. No way in is in either."""

import asyncio
import hashlib
import hmac
import json
import smtplib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

import aiohttp

from orchestrator.alerts import AGAIN, Channel, NotTold
from orchestrator.clock import Clock
from orchestrator.mail import deliver
from orchestrator.settings import Settings
from orchestrator.store.alerts import Alert

WITHIN: Final = 10.0
"""Seconds that the other end may take."""


@dataclass(frozen=True)
class Told:
    """An alert in words: what is wrong, what to do, and whose it is."""

    what: str
    todo: str
    organisation: str


Words = Callable[[Alert], Awaitable[Told]]


@dataclass(frozen=True)
class Webhook:
    """POST with JSON. Alert-Signature is sha256=HMAC(secret, Alert-Timestamp + "." + body) in hex."""

    url: str = field(repr=False)
    secret: bytes = field(repr=False)
    words: Words
    console: str
    client: aiohttp.ClientSession
    clock: Clock
    name: str = "webhook"

    async def send(self, alert: Alert) -> None:
        """Raises NotTold for any answer but 2xx."""
        told = await self.words(alert)
        body = json.dumps(
            {
                "id": str(alert.id),
                "kind": alert.kind,
                "organisation": told.organisation,
                "what": told.what,
                "todo": told.todo,
                "opened_at": alert.opened_at.isoformat(),
                "console": self.console,
            },
            ensure_ascii=False,
        ).encode()
        headers = signed(self.secret, body, self.clock.now()) | {"Content-Type": "application/json"}
        try:
            async with self.client.post(
                self.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotTold(type(error).__name__) from None
        if not 200 <= status < 300:  # noqa: PLR2004
            raise NotTold(f"it answered {status}")


def signed(secret: bytes, body: bytes, now: datetime) -> dict[str, str]:
    """The headers by which the receiver knows that it was we, and when."""
    at = str(int(now.timestamp()))
    digest = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Alert-Timestamp": at, "Alert-Signature": f"sha256={digest}"}


@dataclass(frozen=True)
class Mail:
    """One message to everybody on the list."""

    settings: Settings
    words: Words
    console: str
    clock: Clock
    name: str = "email"

    async def send(self, alert: Alert) -> None:
        """Raises NotTold."""
        told = await self.words(alert)
        message = _message(alert, told, self.settings, self.console, self.clock.now())
        try:
            await asyncio.to_thread(deliver, message, self.settings)
        except (OSError, smtplib.SMTPException) as error:
            raise NotTold(type(error).__name__) from None


def _message(alert: Alert, told: Told, settings: Settings, console: str, now: datetime) -> EmailMessage:
    sender = settings.mail_from
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(settings.alert_email)
    message["Subject"] = " ".join(f"{told.organisation}: {told.what}".split())
    message["Date"] = format_datetime(now)
    time = (now - alert.opened_at) // AGAIN  # the same letter if it is sent twice, another if it reminds
    message["Message-ID"] = f"<alert-{alert.id}-{time}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{told.what}\n{told.todo}\n\n{console}\n")
    return message


@asynccontextmanager
async def channels(settings: Settings, words: Words, clock: Clock) -> AsyncIterator[list[Channel]]:
    """The channels that are set up, for as long as the block lasts."""
    console = f"{settings.address()}/drift"
    found: list[Channel] = [Mail(settings, words, console, clock)] if settings.alert_email else []
    if settings.alert_webhook_url is None or settings.alert_webhook_secret is None:
        yield found
        return
    url, secret = str(settings.alert_webhook_url), settings.alert_webhook_secret.get_secret_value().encode()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=WITHIN)) as client:
        yield [*found, Webhook(url, secret, words, console, client, clock)]
