"""The rules of procedure that are shipped can be used; what is wrong in such a file is said by its line."""

from pathlib import Path

import pytest

from orchestrator.plan_file import PlanError, read_rules

SHIPPED = sorted(Path("config/debate-rules").glob("*.toml"))


def test_at_least_four_variants_are_shipped_each_with_its_own_name_and_content() -> None:
    variants = [read_rules(path) for path in SHIPPED]
    assert len(variants) >= 4
    assert len({rules.name for rules in variants}) == len(variants)
    assert len(set(variants)) == len(variants)
    assert {rules.rejoinder for rules in variants} == {"none", "after_replies", "after_each"}
    assert any(rules.group_seconds for rules in variants)


def test_the_variants_say_what_real_rules_of_procedure_say() -> None:
    rules = {path.stem: read_rules(path) for path in SHIPPED}
    usual, big = rules["replikk-30"], rules["store-saker"]
    assert [(one.speech_seconds, one.reply_seconds) for one in (usual, big)] == [(180, 30), (300, 30)]
    last, each = rules["svarreplikk-til-slutt"], rules["svarreplikk-etter-hver"]
    assert (last.speech_seconds, last.later_speech_seconds, last.reply_seconds) == (180, 120, 60)
    assert (last.rejoinder, each.rejoinder) == ("after_replies", "after_each")
    assert rules["budsjettdebatt"].group_seconds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "A"\nspeech_seconds = 1', ":2: speech_seconds: Input should be greater"),
        ('\nrejoinder = "sometimes"', ":2: rejoinder: Input should be 'none'"),
        ("safe_places = 3", ":1: safe_places: Input should be less"),
        ("\n\nspeach_seconds = 180", ":3: speach_seconds: Extra inputs are not permitted"),
        ("category_required = true", "category_required: there are no point_of_order_categories"),
        ("speech_seconds = ", ":1: Invalid value"),
    ],
)
def test_an_error_in_a_file_of_rules_names_line_and_field(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "regler.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(PlanError) as wrong:
        read_rules(path)
    assert said in str(wrong.value)
