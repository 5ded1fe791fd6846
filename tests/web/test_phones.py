import pytest

from orchestrator.web.phones import phones


@pytest.mark.parametrize(
    ("text", "shown", "numbers"),
    [
        ("900 00 001", ["900 00 001"], ["+4790000001"]),
        ("90 00 00 01 / 22 00 00 02", ["90 00 00 01", "22 00 00 02"], ["+4790000001", "+4722000002"]),
        ("90000001", ["90000001"], ["+4790000001"]),
        ("+47 900 00 001", ["+47 900 00 001"], ["+4790000001"]),
        ("0047 90000001", ["0047 90000001"], ["+4790000001"]),
        ("02800", ["02800"], ["02800"]),
        ("+46 8 123 456", ["+46 8 123 456"], ["+468123456"]),
        ("", [], []),
    ],
)
def test_a_number_keeps_its_look_and_gets_one_way_to_be_dialled(
    text: str, shown: list[str], numbers: list[str]
) -> None:
    found = phones(text)
    assert [phone.shown for phone in found] == shown
    assert [phone.number for phone in found] == numbers
    assert all(phone.href == f"tel:{phone.number}" for phone in found)


def test_what_is_no_number_is_named() -> None:
    with pytest.raises(ValueError, match="«123 45»"):
        phones("90000001 / 123 45")
