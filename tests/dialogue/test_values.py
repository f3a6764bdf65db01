"""Checks of single values (C8, B4): what is accepted, in which form, and what is not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from handlers import checks, telling

TODAY = date(2026, 3, 2)
COUNTRIES = ("CN", "HK", "TW")


def said(text: str, *entities: dict[str, Any]) -> dict[str, Any]:
    return {"text": text, "metadata": {"words": text}, "entities": list(entities)}


def part(name: str, text: str, whole: str, value: Any = None) -> dict[str, Any]:
    start = whole.index(text)
    return {"entity": name, "value": value or text, "start": start, "end": start + len(text)}


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800138000", "+8613800138000"),
        ("138 0013-8000", "+8613800138000"),
        ("021-62345678", "+862162345678"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+852 9123 4567", "+85291234567"),
        ("12345", None),
        ("138001380001", None),
        ("abc", None),
        ("", None),
        ("1" * 5000, None),
    ],
)
def test_phone(written: str, number: str | None) -> None:
    assert checks.phone(written, COUNTRIES) == number


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2023-05-01", "2023-05-01"),
        ("2023-5", "2023-05"),
        ("2023", "2023"),
        ("within_1y", "within_1y"),
        ("photo", "photo"),
        ("2027-01-01", None),
        ("1950-01-01", None),
        ("2023-02-31", None),
        ("2023-13", None),
        ("yesterday", None),
    ],
)
def test_purchase(written: str, kept: str | None) -> None:
    assert checks.purchase(written, TODAY) == kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("张三", "张三"),
        ("我叫张三", "张三"),
        ("王女士", "王女士"),
        ("Tom Lee", "Tom Lee"),
        ("小明", "小明"),
        ("12345", None),
        ("你们几点上班呀我想问问", None),
        ("what is this?", None),
        ("<b>x</b>", None),
    ],
)
def test_name(written: str, kept: str | None) -> None:
    assert checks.name(written, said(written)) == kept


@pytest.mark.parametrize(
    ("words", "symptom", "told"),
    [
        ("冰箱 bcd216不凉了 昨儿开始滴", "不凉", "不凉"),
        ("空调老是滴水咋办啊", "滴水", "老是滴水"),
        ("制冷时外机漏水", "漏水", "制冷时外机漏水"),
        ("然后里面的肉全都化了", "肉全都化了", "里面的肉全都化"),
    ],
)
def test_the_fault_in_the_customers_words(words: str, symptom: str, told: str) -> None:
    """C1: the clause with the fault, whole, without the words that say nothing around it."""
    things = [part("product", thing, words) for thing in ("冰箱", "空调", "外机") if thing in words]
    model = [part("model", "bcd216", words)] if "bcd" in words else []
    assert telling.fault_told(said(words, part("symptom", symptom, words), *things, *model)) == told


def test_a_name_beside_a_phone_number() -> None:
    words = "李雷 13800138000"
    assert checks.name(words, said(words, part("phone", "13800138000", words))) == "李雷"


def test_words_that_tell_something_else_are_no_name() -> None:
    words = "不对，电话是13800138000"
    assert checks.name(words, said(words, part("phone", "13800138000", words))) == ""


@pytest.mark.parametrize(
    ("written", "good"),
    [
        ("上海市浦东新区张杨路500号3楼", True),
        ("建国路88号院3号楼2单元501", True),
        ("221B Baker Street, London", True),
        ("上海", False),
        ("上海浦东", False),
        ("火星", False),
        ("12345", False),
    ],
)
def test_address(written: str, good: bool) -> None:
    assert bool(checks.address(written, said(written))) is good


def test_what_a_report_tells() -> None:
    """C1: the fault without the details that have their own places."""
    words = "我家海尔冰箱不制冷，电话13800138000"
    parts = (
        part("brand", "海尔", words),
        part("product", "冰箱", words),
        part("phone", "13800138000", words),
    )
    assert telling.fault_told(said(words, *parts)) == "不制冷"
    assert telling.fault_told(said("我要报修")) is None
    assert (
        telling.fault_told(said("my fridge is broken", part("product", "fridge", "my fridge is broken")))
        is None
    )


@pytest.mark.parametrize("words", ["我想咨询一下", "请问", "I have a question", "？"])
def test_a_question_about_nothing(words: str) -> None:
    assert not telling.asks_something(words)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("bcd-216", "BCD-216"), ("KFR-35GW/N8", "KFR-35GW/N8"), ("不知道", None), ("x", None), ("BCD", None)],
)
def test_model(written: str, kept: str | None) -> None:
    assert checks.model(written) == kept
