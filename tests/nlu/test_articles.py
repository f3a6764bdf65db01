"""The format of articles and diagnosis trees: every mistake is told with its line (D1)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.article import Article, parse, version_key
from nlu.collection import read_folder
from nlu.diagnosis import SERVICE, SOLVED
from nlu.placeholders import filled

HEAD = """---
id: drip
title: 水龙头滴水
language: zh
questions:
  - 水龙头一直滴水怎么办
version: 1
state: published
"""
TREE = """diagnosis:
  - id: power
    instruction: 看看显示屏亮不亮。
    answers:
      - {say: 亮, next: filter}
      - {say: 不亮, next: socket, also: [黑的]}
  - id: filter
    instruction: 清洗滤网。
    otherwise: coil
  - id: socket
    instruction: 换一个插座。
    otherwise: service
  - id: coil
    instruction: 断电五分钟。
"""
BODY = "---\n\n拧紧。\n"


def told(text: str, folder: Path | None = None) -> list[tuple[int, str]]:
    return [(p.line, p.message) for p in parse(text, "drip.md", folder).problems]


def article(text: str) -> Article:
    found = parse(text, "drip.md")
    assert found.article is not None, [str(p) for p in found.problems]
    return found.article


def test_a_tree_is_read_with_where_each_answer_leads() -> None:
    """D1: diagnosis steps with branches."""
    one = article(HEAD + TREE + BODY)
    assert [(s.id, s.targets) for s in one.diagnosis] == [
        ("power", ("filter", "socket", SERVICE)),
        ("filter", ("coil",)),
        ("socket", (SERVICE,)),
        ("coil", (SERVICE,)),
    ]
    assert one.diagnosis[0].answers[1].also == ("黑的",)
    assert one.steps[0] == "看看显示屏亮不亮。"
    assert one.step("coil") is one.diagnosis[3]


def test_a_plain_list_of_steps_stays_valid() -> None:
    """D1: each step leads to the next, the last to service."""
    one = article(HEAD + "diagnosis:\n  - instruction: 一\n  - instruction: 二\n" + BODY)
    assert [(s.id, s.otherwise) for s in one.diagnosis] == [("#1", "#2"), ("#2", SERVICE)]


def test_words_stay_as_they_were_written() -> None:
    """D1: an answer "no" is no boolean, version 1.10 no fraction."""
    answers = "[{say: no, next: service}, {say: yes, next: solved}]"
    tree = f"diagnosis:\n  - instruction: ok?\n    answers: {answers}\n"
    one = article(HEAD.replace("version: 1\n", "version: 1.10\n") + tree + BODY)
    assert [a.say for a in one.diagnosis[0].answers] == ["no", "yes"]
    assert one.diagnosis[0].targets == (SERVICE, SOLVED, SERVICE)
    assert one.version == "1.10"
    assert version_key("1.10") > version_key("1.9") > version_key("1")


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("next: socket", "next: sokket", 14, "no step `sokket` (steps: coil, filter, power, socket)"),
        ("otherwise: coil", "otherwise: cole", 17, "`otherwise`: there is no step `cole`"),
        ("- id: socket", "- id: filter", 18, "the step `filter` stands already in line 15"),
        ("otherwise: coil", "otherwise: service", 21, "step `coil` is never reached"),
        ("instruction: 断电五分钟。", "instruction: 断电五分钟。\n    otherwise: filter",
         15, "step `filter` goes round in circles"),
        ("      - {say: 不亮, next: socket, also: [黑的]}\n", "", 12, "expected two or more"),
        ("say: 不亮", "say: 亮。", 14, "“亮。” is an answer of this step already"),
        ("also: [黑的]", "also: [亮]", 14, "is an answer of this step already"),
        ("instruction: 清洗滤网。", "instruction: ''", 16, "`instruction`: expected what the customer"),
        ("    instruction: 清洗滤网。\n", "", 15, "`instruction`: expected what"),
        ("say: 不亮, next: socket", "say: 不亮", 14, "`next`: expected a step's id"),
        ("say: 不亮, ", "", 14, "`say`: expected the words"),
        ("- id: coil", "- id: solved", 21, "`id`: expected letters"),
        ("otherwise: coil", "otherwize: coil", 17, "unknown key `otherwize` (did you mean `otherwise`?)"),
        ("instruction: 清洗滤网。", "instruction: 清洗滤网。\n    instruction: 二", 17, "stands here twice"),
    ],
)  # fmt: skip
def test_mistakes_in_trees(old: str, new: str, line: int, expected: str) -> None:
    """D1: unknown, double and unreachable steps, circles, answers of one, `say` twice, empty instructions."""
    assert old in TREE
    problems = told(HEAD + TREE.replace(old, new) + BODY)
    assert any(at == line and expected in message for at, message in problems), problems


def test_a_circle_with_a_way_out_is_allowed() -> None:
    """D1: "try again" is fine where another answer leads on."""
    tree = (
        "diagnosis:\n  - id: a\n    instruction: 一\n"
        "    answers: [{say: 还没试, next: a}, {say: 试了没用, next: service}]\n"
    )
    assert article(HEAD + tree + BODY).diagnosis[0].targets == ("a", SERVICE, SERVICE)


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("state: published", "products: [fridge]\nstate: published", 8, "has no product `fridge`"),
        ("state: published", "symptoms:\n  - no_coolin\nstate: published", 9, "did you mean `no_cooling`?"),
        ("state: published", "valid_from: 2026-02-30\nstate: published", 8, "expected a day, e.g."),
        ("state: published", "valid_from: 2026-03-02\nvalid_until: 2026-03-01\nstate: published", 9, "on"),
        ("version: 1", "version: one", 7, "`version`: expected a number"),
        ("version: 1", "version:", 7, "`version` is missing"),
        ("version: 1\n", "", 2, "`version` is missing"),
        ("id: drip", "id: Drip it", 2, "`id`: expected small letters"),
        ("version: 1", "version: 1\nversion: 2", 8, "`version` stands here twice"),
        ("title: 水龙头滴水", "title: [a]", 3, "`title`: expected words"),
        ("  - 水龙头一直滴水怎么办", "  - 滴水\n  - 滴水", 7, "`滴水` stands here twice"),
        ("version: 1", "version: 1\nauthr: me", 8, "unknown key `authr` (did you mean `author`?)"),
    ],
)  # fmt: skip
def test_mistakes_in_the_head(old: str, new: str, line: int, expected: str) -> None:
    """D1: codes of the catalogue, days, versions, ids."""
    assert old in HEAD
    problems = told(HEAD.replace(old, new) + BODY)
    assert any(at == line and expected in message for at, message in problems), problems


def test_pictures_links_and_videos(tmp_path: Path) -> None:
    """D1: files must be there, addresses must be https; a bubble shows words."""
    (tmp_path / "filter.png").write_bytes(b"x")
    body = (
        "---\n# 滤网\n\n**拧紧**：\n- 看[视频](https://example.com/v.mp4)\n![滤网](filter.png)\n"
        "[400-800-1234](tel:400-800-1234)\n"
    )
    found = parse(HEAD + body, "drip.md", tmp_path).article
    assert found is not None
    assert found.answer == "滤网\n\n拧紧：\n• 看视频 https://example.com/v.mp4\n\n400-800-1234"
    assert found.pictures == ("filter.png",)
    for target, expected in (
        ("http://example.com/x.png", "expected https://"),
        ("../x.png", "expected a file beside"),
        ("/etc/x.png", "expected a file beside"),
        ("gone.png", "there is no file gone.png"),
        ("filter.exe", "expected a picture"),
        ("https://", "expected https://"),
        ("javascript:alert", "expected https://"),
        ("", "expected an address"),
    ):
        ((line, message),) = told(HEAD + f"---\n拧紧\n![滤网]({target})\n", tmp_path)
        assert (line, expected in message) == (11, True), (target, message)


def test_validity_is_by_day() -> None:
    """D1: both days are included."""
    one = article(HEAD + "valid_from: 2026-03-01\nvalid_until: 2026-03-31\n" + BODY)
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]
    assert [one.valid_on(day) for day in days] == [False, True, True, False]


def test_warnings_of_a_folder(tmp_path: Path) -> None:
    """D1: repeated questions, a missing language, languages that walk different trees."""
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "a.md").write_text(HEAD + TREE + BODY, encoding="utf-8")
    other = HEAD.replace("id: drip", "id: drop").replace("怎么办", "怎么办？") + BODY
    (tmp_path / "zh" / "b.md").write_text(other, encoding="utf-8")
    english = HEAD.replace("zh", "en").replace("水龙头一直滴水怎么办", "drips") + BODY
    (tmp_path / "a.md").write_text(english, encoding="utf-8")
    found = read_folder(tmp_path)
    assert found.problems == ()
    assert [str(warning) for warning in found.warnings()] == [
        "zh/a.md:9: `diagnosis` has other steps than in a.md",
        "zh/b.md:4: article `drop` is missing in `en`",
        "zh/b.md:6: the question “水龙头一直滴水怎么办？” stands in zh/a.md too",
    ]


def test_a_folder_in_one_language_gets_one_warning(tmp_path: Path) -> None:
    """D1: what lacks everywhere is told once."""
    for number in range(7):
        head = HEAD.replace("id: drip", f"id: drip{number}").replace("怎么办", f"怎么办{number}")
        (tmp_path / f"{number}.md").write_text(head + BODY, encoding="utf-8")
    assert [str(warning) for warning in read_folder(tmp_path).warnings()] == [
        "0.md:4: article `drip0` and 6 more are missing in `en`"
    ]


def test_nesting_without_end_is_told() -> None:
    """D1: the YAML reader would take the whole process with it."""
    assert told("---\nid: drip\nquestions: " + "[" * 90_000 + "\n" + BODY) == [
        (3, "not YAML: nested more than 100 deep")
    ]


def test_a_nul_is_told() -> None:
    """D1: PostgreSQL could not keep it."""
    assert told(HEAD + "---\nx\0\n") == [(10, "expected text, found a NUL character")]


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    """D1: the line of the first byte that is no UTF-8."""
    (tmp_path / "a.md").write_bytes(b"---\nid: a\n\xff\n")
    (problem,) = read_folder(tmp_path).problems
    assert str(problem).startswith("a.md:3: expected UTF-8 text")


@given(st.text(max_size=300))
def test_any_text_is_an_article_or_told_why_not(text: str) -> None:
    """Nothing is raised, whatever a file holds."""
    for words in (text, f"---\n{text}\n---\nx", f"---\nid: a\ndiagnosis:\n  - {text}\n---\nx"):
        found = parse(words, "a.md")
        assert (found.article is None) == bool(found.problems)


@given(st.recursive(st.text(max_size=8) | st.integers() | st.none(),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
                        st.sampled_from(["id", "instruction", "answers", "say", "next", "otherwise"]), inner),
                    max_leaves=20))  # fmt: skip
def test_any_diagnosis_is_read_or_told_why_not(value: object) -> None:
    """Any YAML under `diagnosis:` gives steps or problems, never an exception."""
    import yaml

    text = HEAD + yaml.safe_dump({"diagnosis": value}, allow_unicode=True) + BODY
    found = parse(text, "a.md")
    assert (found.article is None) == bool(found.problems)


def test_the_example_of_the_handbook_is_an_article() -> None:
    """D1: what trainers copy from the documentation is read without a complaint."""
    handbook = (Path(__file__).parents[2] / "docs" / "knowledge-base.md").read_text(encoding="utf-8")
    text = handbook.split("```markdown\n")[1].split("```")[0]
    one = article(text)
    assert (one.id, one.version, one.source) == ("hood-dark", "3", "宝修技术支持部")
    assert [step.id for step in one.diagnosis] == ["display", "socket", "buttons"]
    assert one.diagnosis[0].answers[1].also == ("黑的", "没显示")
    assert one.pictures == ("https://example.com/hood/power.png",)


def test_what_the_settings_say_is_filled_in_and_other_names_are_told() -> None:
    """D1: the hotline stands in one place, answer and steps alike."""
    text = HEAD + "---\n拨打 {hotline}（{hours}）\n"
    said = filled(article(text), {"hotline": "400-111-2222", "hours": "全天"})
    assert said.answer == "拨打 400-111-2222（全天）"
    ((line, message),) = told(text.replace("{hotline}", "{hotlin}"))
    assert (line, message) == (text.count("\n"), "nothing fills {hotlin}; there are {hours}, {hotline}")
