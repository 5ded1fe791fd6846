import csv

import pytest

from orchestrator.web.spreadsheet import csv_text


def read(text: str) -> list[list[str]]:
    """As a spreadsheet reads it that has been told of the semicolon."""
    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}")
    return list(csv.reader(text[1:].splitlines(keepends=True), delimiter=";"))


def test_fields_are_parted_by_semicolons_and_lines_end_as_rfc_4180_says() -> None:
    text = csv_text(("Navn", "Sekunder"), [("Kari Nordli", 90)])
    assert text == "\N{ZERO WIDTH NO-BREAK SPACE}Navn;Sekunder\r\nKari Nordli;90\r\n"
    assert text.encode().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("title", ["Sak A; B", 'Planen "Elvebakken"', "To\nlinjer", "Ås, øvre del"])
def test_what_parts_or_quotes_is_read_back_as_it_was(title: str) -> None:
    assert read(csv_text(("Sak",), [(title,)])) == [["Sak"], [title]]


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+47", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"],
)
def test_text_that_would_be_run_as_a_formula_is_text(name: str) -> None:
    (_, (found,)) = read(csv_text(("Navn",), [(name,)]))
    assert found == f"'{name}"


@pytest.mark.parametrize("name", ["Kari Nordli", "–", "Nils-Per", "o=o"])
def test_other_text_stays_as_it_is(name: str) -> None:
    assert read(csv_text(("Navn",), [(name,)]))[1] == [name]
