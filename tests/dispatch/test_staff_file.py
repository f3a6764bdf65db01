"""The operator's file of the staff: read whole, every mistake with its line (G4)."""

from __future__ import annotations

from bot.demo import STAFF
from handlers.dispatch import staff_file
from handlers.dispatch.settings import DispatchSettings
from handlers.dispatch.staff_file import Found

CHINA = ("CN",)


def read(text: str, **settings: object) -> Found:
    return staff_file.read(text, DispatchSettings.model_validate(settings), CHINA)


def test_the_shipped_staff_serves_every_rule() -> None:
    """G4, E3: the demo's people can be given every kind of order in every region."""
    found = read(STAFF.read_text(encoding="utf-8"))
    assert (found.mistakes, found.warnings) == ((), ())
    wang = found.people[0]
    assert (wang.code, wang.phone, wang.deputy, wang.load_limit) == ("E01", "+8613910010001", "E02", 10)


def test_every_mistake_is_told_with_its_line() -> None:
    """G4: values, names, phones, deputies and shifts; all of them at once, and nobody is taken."""
    found = read(
        """staff:
  - {code: E01, name: 王工, role: engineer, deputy: E01}
  - {code: E01, name: 李工, role: engineer}
  - code: E03
    name: ''
    role: wizard
    phone: 123
    colour: blue
  - {code: E04, name: 赵工, role: engineer, phone: "123", shift: noon, deputy: E99}
"""
    )
    assert found.people == ()
    told = "\n".join(found.mistakes)
    for line, words in (
        (3, "E01 stands in line 2 already"), (5, "name: String should have at least 1 character"),
        (6, "role: Input should be 'engineer'"), (7, "phone: Input should be a valid string"),
        (8, "there is no such key"), (9, "'123' is no phone number"),
    ):  # fmt: skip
        assert any(one.startswith(f"{line}: ") and words in one for one in found.mistakes), (line, told)


def test_mistakes_between_people() -> None:
    """G4: a deputy who is not there, one's own deputy, a shift that the settings do not have."""
    found = read(
        """staff:
  - {code: E01, name: 王工, role: engineer, deputy: E01}
  - {code: E04, name: 赵工, role: engineer, shift: noon, deputy: E99}
"""
    )
    assert found.mistakes == (
        "2: E01: cannot be their own deputy",
        "3: E04: the deputy E99 is not there or not active",
        "3: E04: there is no shift 'noon' in dispatch.shifts",
    )


def test_what_is_no_staff_at_all() -> None:
    assert read("- a\n- b").mistakes == ("1: expected `staff:` with a list of people",)
    assert read("staff: [").mistakes[0].endswith("not valid YAML")
    assert read("staff:\n  - nobody").mistakes[0].startswith("2: Input should be")


def test_warnings_stand_in_nobodys_way() -> None:
    """E3: kinds that nobody takes, people without a deputy, no supervisor."""
    found = read("staff:\n  - {code: E01, name: 王工, role: engineer}\n")
    assert [one.code for one in found.people] == ["E01"]
    assert "2: E01: has no deputy" in found.warnings
    assert "there is no active supervisor" in found.warnings
    assert len(found.warnings) > 4
