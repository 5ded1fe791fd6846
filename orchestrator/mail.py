"""Outgoing mail, by the mail server that is set up. Blocking: call it in a thread."""

import smtplib
import ssl
from email.message import EmailMessage
from typing import Final

from orchestrator.settings import Settings

WITHIN: Final = 10.0
"""Seconds that the mail server may take."""


def deliver(message: EmailMessage, settings: Settings) -> None:
    """Raises OSError and smtplib.SMTPException."""
    context = ssl.create_default_context()
    where = (settings.smtp_host, settings.smtp_port)
    with (
        smtplib.SMTP_SSL(*where, timeout=WITHIN, context=context)
        if settings.smtp_tls == "tls"
        else smtplib.SMTP(*where, timeout=WITHIN)
    ) as server:
        if settings.smtp_tls == "starttls":
            server.starttls(context=context)
        if settings.smtp_user and settings.smtp_password:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        server.send_message(message)
