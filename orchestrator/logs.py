"""Logs to stderr, one line each, without secrets, with the id of the request they belong to."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from aiohttp.http_exceptions import HttpProcessingError

from orchestrator.settings import Settings

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Set by the web server while it answers a request."""

_SECRETS = re.compile(
    r"(?P<before>/inn/"
    r"|\bBearer\s+"
    r"|://[^/\s:@]*:(?=[^/\s@]+@)"
    r"|\b(?:passphrase|password|secret|token|api[_-]?key)\b[\"']?\s*[=:]\s*[\"']?)"
    r"(?P<secret>[^\s\"'&,;@}]+)",
    re.IGNORECASE,
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_HEADERS = re.compile(r"\b((?:set-)?cookie|authorization)\b([\"']?\s*[=:]\s*).+", re.IGNORECASE)


def without_secrets(text: str) -> str:
    """The text with login links, tokens, passwords and passphrases blotted out."""
    return _SECRETS.sub(lambda found: f"{found['before']}***", _HEADERS.sub(r"\1\2***", text))


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if id_ := request_id.get():
            line["request_id"] = id_
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        clean = {
            key: without_secrets(value) if isinstance(value, str) else value for key, value in line.items()
        }
        return json.dumps(clean, ensure_ascii=False, default=lambda value: without_secrets(str(value)))


class _Readable(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


def _worth_a_line(record: logging.LogRecord) -> bool:
    """Not what aiohttp says of bytes that are no HTTP, with them in a traceback: anybody can send such."""
    error = record.exc_info[1] if record.exc_info else None
    return record.name != "aiohttp.server" or not isinstance(error, HttpProcessingError)


@contextmanager
def logging_to_stderr(settings: Settings) -> Iterator[None]:
    """Log as the settings say for as long as the block lasts."""
    handler = logging.StreamHandler(sys.stderr)
    if settings.log_format == "json":
        handler.setFormatter(_Json())
    else:
        handler.setFormatter(_Readable("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S"))
    handler.addFilter(_worth_a_line)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(settings.log_level.upper())
    # They say at every connection what only helps whoever works on them.
    quiet = [logging.getLogger(name) for name in ("asyncio", "apscheduler", "aiohttp.access")]
    for logger in quiet:
        logger.setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for logger in quiet:
            logger.setLevel(logging.NOTSET)
        root.setLevel(level)
        root.removeHandler(handler)
