"""What a form step can settle alone, and the language of a message (B1, C8, C9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.context import Context
from nlu.language import detect
from nlu.settling import settle
from tests.nlu.conftest import MONDAY

SETTLED = [
    ("好的", "affirm"),
    ("嗯嗯", "affirm"),
    ("是的。", "affirm"),
    ("OK!", "affirm"),
    ("Yes please", "affirm"),
    ("係呀", "affirm"),
    ("好的谢谢", "thank"),
    ("不是", "deny"),
    ("no thanks", "deny"),
    ("還是不行", "deny"),
    ("搞不定", "deny"),
    ("修不好", "deny"),
    ("还是弄不好啊", "deny"),
    ("我又来了", "greet"),
    ("气死我了！！", "complain"),
    ("WTF", "complain"),
    ("ni hao", "greet"),
    ("跳过吧", "skip"),
    ("不知道", "skip"),
    ("skip", "skip"),
    ("上一步", "go_back"),
    ("Go back", "go_back"),
    ("算了", "stop"),
    ("never mind", "stop"),
    ("重新开始", "restart"),
    ("转人工", "ask_human"),
    ("你好", "greet"),
    ("谢谢！", "thank"),
    ("再见", "goodbye"),
    ("把服务单发给我", "send_sheet"),
    ("請把服務單傳給我", "send_sheet"),
    ("SR-202403150001的服务单发我", "send_sheet"),
    ("服务单 SR-202403150001", "send_sheet"),
    ("上次修冰箱的服务单还能发吗？", "send_sheet"),
    ("send me the service sheet", "send_sheet"),
    ("I need the job sheet for my records, please", "send_sheet"),
    ("13800138000", "inform"),
    ("+86 138 0013 8000", "inform"),
    ("SR-202403150001", "track_order"),
    ("英文", "change_language"),
    ("👌", "affirm"),
    ("怎么报修啊", "report_fault"),
    ("How do I report a fault?", "report_fault"),
]


@pytest.mark.parametrize(("text", "intent"), SETTLED)
def test_settled_without_the_classifier(context: Context, text: str, intent: str) -> None:
    """C8, C9: short answers and bare numbers need no model."""
    found = settle(text, context)
    assert found is not None
    assert (found.intent, found.confidence) == (intent, 1.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "好的冰箱不冷",
        "我不知道为什么坏了",
        "电话13800138000，冰箱坏了",
        "2",
        "yes but it leaks",
        "取消我的订单",
        "服务单写错了",
        "我不要服务单",
        "没有服务单",
        "服务单号是多少",
        "the service sheet is wrong",
        "需要一份服务单和发票",
        "a" * 500,
    ],
)
def test_more_than_a_short_answer_is_left_to_the_classifier(context: Context, text: str) -> None:
    """B3: a short answer with something behind it says more than the short answer."""
    assert settle(text, context) is None


@pytest.mark.parametrize(
    ("text", "previous", "language"),
    [
        ("冰箱不冷", "en", "zh"),
        ("BCD-216坏了", "en", "zh"),
        ("my fridge is broken", "zh", "en"),
        ("E1", "en", "en"),
        ("E1", "zh", "zh"),
        ("BCD-216", "en", "en"),
        ("13800138000", "en", "en"),
        ("😀", "en", "en"),
        ("ok", "zh", "zh"),
        ("我的Haier fridge不cool了", "en", "zh"),
        ("please send someone to 上海", "zh", "en"),
        ("hi my 洗衣机 is leaking 水 everywhere, model XQG100 maybe", "zh", "en"),
        ("bing xiang bu zhi leng", "en", "zh"),
        ("kongtiao huai le", "en", "zh"),
        ("Zhang San", "en", "en"),
        ("12 Nanjing Lu, Shanghai", "en", "en"),
        ("a human please", "zh", "en"),
        ("", "en", "en"),
    ],
)
def test_language_is_told_by_words_not_by_codes(text: str, previous: str, language: str) -> None:
    """B1: codes, numbers and emoji say nothing of the language; the conversation's stays."""
    assert detect(text, previous) == language


@given(st.text(st.characters(), max_size=60))
def test_any_text_is_settled_or_left(text: str) -> None:
    """Nothing is raised, whatever is written."""
    found = settle(text, Context(now=MONDAY))
    assert found is None or found.text == text
