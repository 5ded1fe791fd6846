import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.slugs import slugify


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Møte i Kommunestyret 14.04.2021", "mote-i-kommunestyret-14-04-2021"),
        ("Hovedutvalg for miljø og samfunn", "hovedutvalg-for-miljo-og-samfunn"),
        ("Tjïelten åejvie / ordfører", "tjielten-aejvie-ordforer"),
        ("Tjïeltedirektööre", "tjieltedirektoore"),
        ("Čoahkkin Ŋuorttas, đ ŧ ž", "coahkkin-nuorttas-d-t-z"),
        ("ÆØÅ", "aeoa"),
        ("!!!", "uten-navn"),
    ],
)
def test_words_become_plain_letters(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_a_long_title_is_cut_between_words() -> None:
    assert slugify("oppheving av detalreguleringsplan", max_length=15) == "oppheving-av"
    assert slugify("detalreguleringsplanen", max_length=6) == "detalr"


@given(st.text())
def test_any_text_becomes_a_slug_that_survives_mail_and_is_its_own_slug(text: str) -> None:
    slug = slugify(text)
    assert 0 < len(slug) <= 80
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slugify(slug) == slug
