"""Danger is recognised by its words, and only danger (A4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.context import Context
from nlu.hazards import hazard
from nlu.interpreter import Interpreter

DANGER = {
    "fire": [
        "空调着火了",
        "著火喇",
        "热水器爆炸了",
        "the dryer is on fire",
        "flames behind the machine",
        "插头烧黑了",
    ],
    "smoke": [
        "冰箱冒烟了",
        "冷氣機冒煙",
        "油烟机冒烟了",
        "there is smoke coming out",
        "it's not just noisy, there is smoke",
    ],
    "burning_smell": [
        "有股烧焦味",
        "机器里有糊味",
        "I notice a burning smell",
        "it smells like burning plastic",
    ],
    "gas": ["厨房有煤气味", "燃气泄漏了", "I smell gas", "there is a gas leak"],
    "electric_shock": [
        "洗衣机漏电麻手",
        "孩子触电了",
        "I got an electric shock",
        "外壳带电",
        "it shocked me",
    ],
    "sparks": ["插座冒火花", "一开机就有火星子", "sparks come out of the socket"],
    "water_on_electrics": ["水漏到插座上了", "water is dripping onto the power outlet"],
    "overheating": ["电池鼓包了", "the plug is very hot"],
}

HARMLESS = [
    "想吃火锅",
    "油烟机不吸烟",
    "抽油烟机坏了",
    "没有冒烟",
    "不冒烟",
    "没闻到煤气味",
    "no smoke",
    "there is no burning smell",
    "doesn't smell like gas",
    "热水器打不着火",
    "煤气灶点不着火",
    "老是熄火",
    "火力小",
    "火焰发黄",
    "很着急",
    "火车站",
    "空调没有电",
    "漏电保护开关在哪",
    "my Fire TV is broken",
    "gas stove won't light",
    "smoke detector",
    "the flame is yellow",
    "燃气热水器不出热水",
    "送到家了",
    "spark plug",
    "未见冒烟",
    "不是着火，是漏水",
]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in DANGER.items() for text in texts])
def test_danger_is_recognised(kind: str, text: str) -> None:
    """A4: each kind of danger, in the words of both languages."""
    assert hazard(text) == kind


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_words_are_no_danger(text: str) -> None:
    """A4: range hoods smoke nobody out, and what is denied did not happen."""
    assert hazard(text) is None


def test_danger_outweighs_everything(interpreter: Interpreter, context: Context) -> None:
    """A4: danger inside a long report is what the message is about."""
    found = interpreter.parse(
        "你好，我家海尔冰箱BCD-216昨天开始不制冷，今天还冒烟了，电话13800138000", context
    )
    assert found.intent == "report_hazard"
    assert found.entity("phone") is not None


@given(st.text(st.characters(), max_size=200))
def test_any_text_is_read(text: str) -> None:
    """Nothing is raised, whatever is written."""
    assert hazard(text) is None or isinstance(hazard(text), str)
