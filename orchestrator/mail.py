"""Outgoing mail, by the mail server that is set up. Blocking: call it in a thread."""

import smtplib
import ssl
from email.message import EmailMessage
from typing import Final

from orchestrator.settings import Settings

WITHIN: Final = 10.0
"""Seconds that the mail server may take."""
LASTING: Final = 500
"""Answers from here on are for good (RFC 5321 section 4.2.1)."""


class UndeliverableError(smtplib.SMTPException):
    """This message, or its address, is refused for good: trying again leads to nothing."""


def deliver(message: EmailMessage, settings: Settings) -> None:
    """Send it. Raises OSError and smtplib.SMTPException; UndeliverableError where nobody takes it."""
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
        try:
            server.send_message(message)
        except smtplib.SMTPNotSupportedError:  # an address beyond ASCII, and a server without SMTPUTF8
            raise UndeliverableError from None
        except smtplib.SMTPDataError as error:
            if error.smtp_code >= LASTING:
                raise UndeliverableError from None
            raise
        except smtplib.SMTPRecipientsRefused as error:
            if all(code >= LASTING for code, _ in error.recipients.values()):
                raise UndeliverableError from None
            raise
