"""Questions without an answer, answers that did not help, and drafts from solved orders (D3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.knowledge.drafting import NotSolved, draft
from bot.knowledge.feedback import gap_groups, rates
from handlers.desk import Desk, Terms
from nlu.article import parse
from nlu.catalogue import builtin
from nlu.context import Context
from nlu.encoder import SentenceEncoder
from nlu.privacy import redact
from storage import Store, Tx
from storage.knowledge import Gap
from storage.orders import Order, OrderEvent
from tests.conftest import NOON

ASKED = """空调可以租吗
你们出租空调吗
空调能不能租一台
do you rent out air conditioners
空调可以租吗？
你们公司的股票代码
股票代码是多少
冰箱能放阳台吗
冰箱可以放在阳台上吗
蓝牙耳机怎么连电视
电视能连蓝牙耳机吗""".splitlines()


def context_of(_: object) -> Context:
    return Context(NOON)


def gaps_of(texts: list[str]) -> list[Gap]:
    found = []
    for hours, text in enumerate(texts):
        product = "air_conditioner" if "空调" in text else None
        found.append(Gap(text, "en" if text.isascii() else "zh", product, NOON + timedelta(hours=hours)))
    return found


def test_questions_that_ask_the_same_stand_together(encoder: SentenceEncoder) -> None:
    """D3: counts, languages, product, examples, last seen; the largest group first."""
    found = gap_groups(gaps_of(ASKED), encoder, context_of)
    assert [g.count for g in found] == [5, 2, 2, 2]
    rent = found[0]
    assert rent.question.startswith("空调可以租吗")
    assert (rent.languages, rent.products) == ({"zh": 4, "en": 1}, {"air_conditioner": 4})
    assert (rent.first_seen, rent.last_seen) == (NOON, NOON + timedelta(hours=4))
    assert len(rent.examples) == 4, "the same words once"
    assert gap_groups(gaps_of(ASKED), encoder, context_of) == found, "the same for the same questions"
    assert gap_groups([], encoder, context_of) == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("我叫张三，电话13800138000，冰箱能静音吗", "我叫[name]，电话[phone]，冰箱能静音吗"),
        ("住上海市浦东新区张杨路500号3楼，送货吗", "住[address]，送货吗"),
        ("my name is John Smith, can I mute it", "my name is [name], can I mute it"),
        ("发到 a.b@example.com 好吗", "发到 [mail] 好吗"),
        ("微信号 zhangsan88 能加吗", "微信号 [account] 能加吗"),
        ("身份证110101199003078515要吗", "身份证[number]要吗"),
        ("SR-202403150001 能开票吗", "[order] 能开票吗"),
        ("王女士家的空调能移机吗", "[name]女士家的空调能移机吗"),
        ("洗衣机能洗10公斤吗", "洗衣机能洗10公斤吗"),
        ("2025-03-01买的能换吗", "2025-03-01买的能换吗"),
    ],
)
def test_personal_data_is_not_kept(text: str, kept: str) -> None:
    """D3, E9: what a gap keeps is the question."""
    assert redact(text, Context(NOON)) == kept


def test_a_gap_is_cleaned_before_it_is_stored(store: Store) -> None:
    """D3: with the product the talk was about, on both databases; `since` leaves older ones out."""

    def ask(tx: Tx) -> None:
        conversation = tx.conversations.enter("rest", "rest", "ann", NOON)
        desk = Desk(tx, conversation, None, Terms(), NOON, "m1")  # type: ignore[arg-type]
        desk.gap("我叫张三，冰箱能静音吗", "zh", "refrigerator")
        desk.gap("  ", "zh")
        desk.rate("drip", "2", "zh", False)
        desk.rate("drip", "2", "zh", True)
        desk.rate("drip", "1", "zh", True)

    store.run(ask)
    gap = Gap("我叫[name]，冰箱能静音吗", "zh", "refrigerator", NOON)
    assert store.run(lambda tx: tx.knowledge.gaps()) == [gap]
    assert store.run(lambda tx: tx.knowledge.gaps(NOON + timedelta(seconds=1))) == []
    told = rates(store.run(lambda tx: tx.knowledge.ratings()))
    assert [(r.article, r.version, r.language, r.unhelpful) for r in told] == [
        ("drip", "2", "zh", 0.5), ("drip", "1", "zh", 0.0),
    ]  # fmt: skip
    assert len(rates(store.run(lambda tx: tx.knowledge.ratings()), at_least=2)) == 1


ORDER = Order(
    id=1, number="SR-202603020001", request_key="k", kind="fault", status="closed", priority="normal",
    customer_id=1, conversation_id=1, promised_at=None, created_at=NOON, updated_at=NOON,
    fields={
        "product": "refrigerator", "brand": "haier", "description": "不制冷，我是张三", "error_code": "E1",
        "name": "张三", "phone": "+8613800138000", "address": "上海市浦东新区张杨路500号3楼",
        "tried": ["restarted"],
        "self_service": {"article": "x", "tried": ["看看灯亮不亮。 → 亮", "清洗滤网。 → 解决了"]},
    },
)  # fmt: skip


def test_a_solved_order_becomes_a_draft() -> None:
    """D3: symptoms, product, error code, steps and solution; nothing of the customer; a valid article."""
    events = [
        OrderEvent(NOON, "bot", "created", ""),
        OrderEvent(NOON, "li", "resolved", "换了温控器，张三家，电话13800138000"),
    ]
    name, text = draft(ORDER, events, Context(NOON), builtin(), "wang")
    found = parse(text, "x.md")
    assert found.article is not None, found.problems
    one = found.article
    assert (one.id, one.state, one.version, one.language, one.author) == (name, "draft", "1", "zh", "wang")
    assert (one.products, one.symptoms, one.error_codes) == (("refrigerator",), ("no_cooling",), ("E1",))
    assert "看看灯亮不亮。 → 亮" in one.answer
    assert "换了温控器" in one.answer
    for private in ("张三", "138", "张杨路"):
        assert private not in text


def test_a_step_that_helped_becomes_the_diagnosis() -> None:
    """D3: what the customer mended alone."""
    events = [OrderEvent(NOON, "bot", "closed", "solved by self-service")]
    _, text = draft(ORDER, events, Context(NOON), builtin(), "wang")
    one = parse(text, "x.md").article
    assert one is not None
    assert one.steps == ("清洗滤网。",)
    assert "- 清洗滤网。 → 解决了" in text


@pytest.mark.parametrize("status", ["created", "in_progress", "cancelled"])
def test_an_open_order_has_no_solution(status: str) -> None:
    """D3: told why."""
    with pytest.raises(NotSolved, match=f"fault, {status}"):
        draft(replace(ORDER, status=status), [], Context(NOON), builtin(), "wang")


def test_an_order_that_says_little_still_gives_a_valid_draft() -> None:
    """D3: an English customer, an unknown appliance."""
    little = replace(
        ORDER, fields={"product": "a toaster: 'odd' #1", "description": 'it won\'t heat: "cold"'}
    )
    _, text = draft(little, [], Context(NOON), builtin(), "wang")
    one = parse(text, "x.md").article
    assert one is not None
    assert (one.language, one.products) == ("en", ())
    assert "please fill it in" in one.answer
