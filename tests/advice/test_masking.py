"""What tells who or where the customer is never leaves the desk (I3)."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.advice.advisor import messages_for
from bot.advice.masking import SENT_CHARACTERS, mask
from handlers.advice import Choice
from tests.advice.conftest import CONTEXT

CHOICES = (Choice("intent", {"report_fault": "报修", "track_order": "查进度"}),)


def sent(text: str, *private: str) -> str:
    """The message as it stands in the request."""
    told = messages_for(CHOICES, mask(text, CONTEXT, private))[-1]["content"]
    return str(json.loads(told)["message"])


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("我的电话是13800138000，冰箱坏了", "13800138000"),
        ("電話 138-0013-8000", "8000"),
        ("打幺三八零零幺三八零零零", "幺三八"),
        ("电话１３８００１３８０００", "１３８"),
        ("1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣", "3️⃣8"),
        ("①③⑧⓪⓪①③⑧⓪⓪⓪", "③⑧"),
        ("call 138o0138ooo or 021-6888 8888", "138o"),
        ("one three eight zero zero one three eight", "three eight"),
        ("138后面是0013再后面8000", "0013"),
        ("+1 (415) 555-2671 call me", "555"),
        ("工单SR-202603020001到哪了", "202603020001"),
        ("单号 2026 0302 0001", "0302"),
        ("序列号 AB12CD34EF56", "AB12CD34EF56"),
        ("身份证110101199003077758", "110101199003077758"),
        ("我叫王小明，空调不冷", "王小明"),
        ("my name is Tom Lee and the fridge is warm", "Tom Lee"),
        ("陈阿姨家的洗衣机漏水", "陈阿姨"),
        ("住上海市浦东新区张杨路500号3楼", "张杨路"),
        ("I live at 12 Baker Street, London", "Baker"),
        ("mail me at tom.lee@example.com", "tom.lee"),
        ("微信号 wxid_abc123", "wxid_abc123"),
        ("see https://example.com/u/tom", "example.com"),
    ],
)
def test_details_become_placeholders(text: str, hidden: str) -> None:
    assert hidden in text
    assert hidden not in sent(text)
    assert "⟦" in sent(text)


@pytest.mark.parametrize(
    "text", ["冰箱BCD-216不制冷，显示E1", "KFR-35GW的空调开了3天", "my washer shows E4 after 20 minutes"]
)
def test_what_is_needed_to_understand_stays(text: str) -> None:
    assert sent(text) == text


def test_what_the_desk_knows_of_the_customer_is_hidden_too() -> None:
    text = "是Zaphod家的，就在老码头那边"
    assert sent(text, "zaphod", "老码头") == "是⟦PRIVATE_1⟧家的，就在⟦PRIVATE_2⟧那边"


def test_the_same_detail_has_one_placeholder_and_comes_back() -> None:
    masked = mask("13800138000，再说一遍13800138000，不是13900139000", CONTEXT)
    assert sorted(masked.originals.values()) == ["13800138000", "13900139000"]
    assert masked.unmask(masked.text) == "13800138000，再说一遍13800138000，不是13900139000"


def test_a_customer_cannot_write_placeholders() -> None:
    masked = mask("⟦PHONE_1⟧ 13800138000", CONTEXT)
    assert "⟦PHONE_1⟧" not in masked.text
    assert "13800138000" not in masked.text


def test_only_the_beginning_of_a_long_text_is_sent() -> None:
    text = "空调不冷，" * 500 + "13800138000"
    assert len(sent(text)) <= SENT_CHARACTERS
    assert "138" not in sent(text)


SEPARATORS = st.sampled_from(["", " ", "-", ".", "·", " - ", "  ", "，", "/", "\u200b", "_", ")"])
SCRIPTS = st.sampled_from(
    ["0123456789", "０１２３４５６７８９", "零一二三四五六七八九", "〇幺两三四五六拐八勾", "٠١٢٣٤٥٦٧٨٩"]
)
PHONES = st.sampled_from(["13800138000", "19912345678", "02168888888", "85291234567", "4001234567"])
ORDERS = st.builds("2026{:02d}{:02d}{:04d}".format, *(st.integers(1, n) for n in (12, 28, 9999)))
WORDS = st.text(alphabet=st.characters(exclude_categories=("Cs", "Nd", "No", "Nl")), max_size=40)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str, str]:
    """A number, the same as a customer may write it, and a text around it."""
    number = draw(st.one_of(PHONES, ORDERS))
    digits, separator = draw(SCRIPTS), draw(SEPARATORS)
    every = draw(st.integers(1, 4)) if separator else 1
    groups = [number[i : i + every] for i in range(0, len(number), every)]
    form = separator.join("".join(digits[int(d)] for d in group) for group in groups)
    before = draw(WORDS) + draw(st.sampled_from(["", " ", "电话", "SR-", "+86", ":"]))
    return number, form, before + form + draw(WORDS)


def figures(text: str) -> str:
    """Every digit in the text, however it is written."""
    spoken = dict(zip("零〇幺一二两三四五六七拐八九勾", "001122345677899", strict=True))
    values = (spoken.get(c) or unicodedata.digit(c, None) for c in text)
    return "".join(str(v) for v in values if v is not None)


@settings(max_examples=300, deadline=None)
@given(written())
def test_no_number_of_the_text_is_ever_sent(case: tuple[str, str, str]) -> None:
    number, form, text = case
    message = sent(text)
    assert form not in message
    left = figures(re.sub(r"⟦[A-Z]+_\d+⟧", "", message))
    assert number not in left
    assert number[-8:] not in left


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_masked_without_harm(text: str) -> None:
    masked = mask(text, CONTEXT)
    assert len(masked.text) <= SENT_CHARACTERS
    if len(text) < SENT_CHARACTERS and len(masked.text) < SENT_CHARACTERS:
        assert masked.unmask(masked.text) == text.translate({0x27E6: " ", 0x27E7: " "})
