import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.web.colour import contrast, text_on
from orchestrator.web.theme import dark_shades, light_shades, stylesheet

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_measured_as_the_guidelines_do() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#1e4b78", "#1e4b78") == 1


def test_a_pale_accent_gets_dark_text() -> None:
    assert text_on("#ffd400") == "#000000"
    assert text_on("#1e4b78") == "#ffffff"


@given(COLOURS)
def test_any_accent_gives_readable_text_and_visible_lines(accent: str) -> None:
    for shades in (light_shades(accent), dark_shades(accent)):
        surfaces = [shades[f"surface-{name}"] for name in ("default", "tinted", "hover", "active")]
        surfaces += [shades["background-default"], shades["background-tinted"]]
        for surface in surfaces:
            assert contrast(shades["text-subtle"], surface) >= 4.5
            assert contrast(shades["text-default"], surface) >= 7
        assert contrast(shades["border-default"], shades["surface-tinted"]) >= 3
        assert contrast(shades["base-contrast-default"], shades["base-default"]) >= 4.5


@given(COLOURS)
def test_a_button_stays_readable_when_pressed(accent: str) -> None:
    for shades in (light_shades(accent), dark_shades(accent)):
        for state in ("hover", "active"):
            assert contrast(shades["base-contrast-default"], shades[f"base-{state}"]) >= 4.5


def test_an_accent_that_is_readable_is_kept_as_it_is() -> None:
    assert light_shades("#1e4b78")["base-default"] == "#1e4b78"
    assert "--ds-color-accent-base-default:#1e4b78;" in stylesheet("#1e4b78")


@pytest.mark.parametrize("bad", ["blue", "#fff", "#12345g", "#1e4b78;}body{display:none"])
def test_what_is_no_colour_never_reaches_the_style_sheet(bad: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        stylesheet(bad)
