from pathlib import Path

import pytest

from orchestrator.web import i18n


def test_every_string_is_translated_to_nynorsk_and_english() -> None:
    assert i18n.missing() == [], "run `python -m orchestrator.web.i18n update` and translate what it names"


def test_no_translation_is_guessed_or_loses_a_placeholder() -> None:
    for language in i18n.LANGUAGES[1:]:
        for message in i18n._catalogue(language):
            assert not message.fuzzy, message.id
            if message.id:
                assert [str(error) for error in message.check()] == []


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "chosen"),
    [
        ("en", "nn", "nb", "en"),
        ("xx", "nn", "en", "nn"),
        (None, None, "nn-NO,nb;q=0.8,en;q=0.5", "nn"),
        (None, None, "en-GB;q=0.9, nb;q=0.5", "nb"),
        (None, None, "se, nb-NO;q=0.9", "nb"),
        (None, None, "fr, en;q=0", "nn"),
        (None, None, "*;q=0.1", "nn"),
        (None, "<script>", None, "nn"),
        (None, None, "en-US", "nn"),
        (None, None, "nn;q=x,,;;", "nn"),
    ],
)
def test_the_readers_wish_comes_before_the_organisations(
    query: str | None, cookie: str | None, accepted: str | None, chosen: str
) -> None:
    assert i18n.choose_language(query, cookie, accepted, default="nn") == chosen


def test_a_role_is_called_what_the_organisation_calls_it() -> None:
    own = {"chair": "Tjïelten åejvie / ordfører"}
    assert i18n.role_label("chair", "en", own) == "Tjïelten åejvie / ordfører"
    assert i18n.role_label("chair", "nn") == "Møteleiar"
    assert i18n.role_label("secretary", "en", own) == "Secretary"


def test_updating_keeps_what_is_translated_and_adds_what_is_new(tmp_path: Path) -> None:
    nn = tmp_path / "nn" / "messages.po"
    nn.parent.mkdir()
    nn.write_text('msgid "Avbryt"\nmsgstr "Lat vere"\n\nmsgid "Borte"\nmsgstr "Vekk"\n', encoding="utf-8")
    i18n.update(tmp_path)
    text = nn.read_text(encoding="utf-8")
    assert 'msgid "Avbryt"\nmsgstr "Lat vere"' in text
    assert 'msgid "DIREKTE"\nmsgstr ""' in text
    assert '#~ msgid "Borte"\n#~ msgstr "Vekk"' in text
    i18n.update(tmp_path)
    assert nn.read_text(encoding="utf-8") == text
    assert "nn: DIREKTE" in i18n.missing(tmp_path)
    assert "nn: Avbryt" not in i18n.missing(tmp_path)
