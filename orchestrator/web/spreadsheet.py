"""Tables as files that spreadsheets open: CSV as RFC 4180 has it, but for what Norwegian Excel needs."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from aiohttp import web

# Where the decimal sign is a comma, as in Norway, Excel takes a semicolon to part the fields, and it takes
# the file for UTF-8 only when it begins with a byte order mark. LibreOffice, pandas and R read both.
# Numbers are whole, so that no decimal sign is needed and every language reads them alike.
_DELIMITER: Final = ";"
_BYTE_ORDER_MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  (Excel reads these so)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """The table as CSV. Text that a spreadsheet would run as a formula is made text by an apostrophe."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=_DELIMITER, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return _BYTE_ORDER_MARK + written.getvalue()


def _cell(value: str | int) -> str | int:
    if isinstance(value, str) and value.lstrip(" \N{NO-BREAK SPACE}").startswith(_FORMULA):
        return f"'{value}"
    return value


def download(text: str, name: str, cache_control: str) -> web.Response:
    """The answer that saves it as a file; ``name`` of plain letters, digits and hyphens."""
    return web.Response(
        body=text.encode(),
        headers={
            "Content-Type": "text/csv; charset=utf-8; header=present",
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": cache_control,
            "Vary": "Accept-Language, Cookie",
        },
    )
