"""What the words of a complaint tell (C4): signs, severity, category, what is asked for."""

from __future__ import annotations

import time

import pytest
from pydantic import ValidationError

from handlers.complaints.assessing import assess, merged, opens, severity
from handlers.complaints.settings import ComplaintSettings
from handlers.complaints.wording import demand_words

USUAL = ComplaintSettings()


@pytest.mark.parametrize(
    ("words", "signs", "level"),
    [
        ("我要投诉", (), "normal"),
        ("師傅上門遲到三個小時", ("broken_promise",), "serious"),
        ("再不处理我就打12315", ("regulator",), "severe"),
        ("信不信我去消协告你们", ("regulator", "lawyer"), "severe"),
        ("我去市场监管局和黑猫投诉", ("regulator",), "severe"),
        ("我要找律师", ("lawyer",), "severe"),
        ("发抖音曝光你们", ("media",), "severe"),
        ("热水器漏电，把我妈电到了", ("injury", "danger"), "severe"),
        ("投诉过两次都没人理", ("repeated",), "severe"),
        ("乱收费，什么垃圾公司", ("money", "anger"), "serious"),
        ("I will report you to the consumer association", ("regulator",), "severe"),
        ("My LAWYER will sue you", ("lawyer",), "severe"),
        ("I'm calling a journalist", ("media",), "severe"),
        ("the heater exploded and I was injured", ("injury", "danger"), "severe"),
        ("the technician never came, this is the third time", ("repeated", "broken_promise"), "severe"),
        ("this is fucking shit", ("anger",), "normal"),
        ("there is an issue with the courtesy lamp, it was pressed", (), "normal"),
    ],
)
def test_signs_and_severity(words: str, signs: tuple[str, ...], level: str) -> None:
    """C4: in both languages and scripts; English words only as whole words."""
    found = assess(words)
    assert found.signs == signs
    assert severity(found.signs, USUAL) == level


@pytest.mark.parametrize(
    ("words", "category", "demands"),
    [
        ("师傅态度恶劣，必须道歉", "people", ("apology",)),
        ("你们的app老闪退，给我个解释", "software", ("explanation",)),
        ("用三天就坏了，质量太差，退款", "quality", ("refund",)),
        ("发票一直不开", "other", ()),
        ("就是不满意", None, ()),
        ("the installer was rude, fire him and pay compensation", "people", ("compensation", "discipline")),
        ("the app keeps crashing after the update", "software", ()),
        ("it broke after a week, I want a new one or my money back", "quality", ("refund", "replacement")),
        ("the delivery was late", "people", ()),
    ],
)
def test_category_and_demands(words: str, category: str | None, demands: tuple[str, ...]) -> None:
    """C4: what it is about and what the customer asks for."""
    found = assess(words)
    assert (found.category, found.demands) == (category, demands)


def test_the_weights_are_the_services_own() -> None:
    """C4: every figure is a setting."""
    strict = ComplaintSettings(weights={"anger": 3}, serious_from=1, severe_from=3)
    assert severity(("anger",), strict) == "severe"
    assert severity(("regulator",), strict) == "normal"
    with pytest.raises(ValidationError, match="severe_from must not be less"):
        ComplaintSettings(serious_from=3, severe_from=2)
    with pytest.raises(ValidationError):
        ComplaintSettings(questions=4)
    with pytest.raises(ValidationError):
        ComplaintSettings.model_validate({"weights": {"rudeness": 3}})


def test_demands_are_named_or_quoted() -> None:
    assert demand_words("refund,apology", "zh") == "退款、道歉"
    assert demand_words("refund,apology", "en") == "a refund, an apology"
    assert demand_words("一个公道, please", "en") == "一个公道, please"
    assert demand_words(None, "zh") == ""


def test_signs_are_added_up_once() -> None:
    assert merged(("anger", "money"), ("regulator", "anger")) == ["regulator", "money", "anger"]


@pytest.mark.parametrize("text", ["投诉" * 50_000, "complain " * 11_000, "a" * 100_000, "*+(" * 30_000])
def test_long_text_is_read_quickly(text: str) -> None:
    """I3: 100 KB of anything takes no time worth naming."""
    began = time.process_time()
    assess(text)
    assert time.process_time() - began < 0.05


@pytest.mark.parametrize(
    ("words", "opening"),
    [
        ("我要投诉，洗衣机坏了，要换一台", True),
        ("我要投訴你哋", True),
        ("I'd like to make a complaint: the app crashes", True),
        ("我要投诉，给我转人工", False),
        ("投诉电话是多少", False),
        ("洗衣机坏了，我要投诉", False),
    ],
)
def test_a_message_may_open_with_its_purpose(words: str, opening: bool) -> None:
    """C4, B1: then all of it is the complaint."""
    assert opens(words) is opening
