"""What customers come with: whole fault reports, questions, and asking how far an order is.

The words vary (brand, product, fault, name, number, street), so that no two customers say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.bench.load import Wrong

TURNS_AT_MOST = 16

BRANDS = {"zh": ("海尔", "美的", "格力", "小天鹅"), "en": ("Haier", "Midea", "Gree", "Bosch")}
FAULTS = {
    "zh": (
        ("冰箱", "不制冷"), ("冰箱", "噪音特别大"), ("空调", "不出冷风"), ("空调", "漏水"),
        ("洗衣机", "不脱水"), ("洗衣机", "排不了水"), ("热水器", "不出热水"), ("热水器", "打不着火"),
    ),
    "en": (
        ("fridge", "is not cooling"), ("fridge", "is very noisy"), ("air conditioner", "blows warm air"),
        ("washing machine", "does not spin"), ("washing machine", "does not drain"),
        ("water heater", "gives no hot water"),
    ),
}  # fmt: skip
SINCE = {"zh": ("昨天开始的", "三天前开始的", "上周开始的"), "en": ("since yesterday", "three days ago")}
NAMES = {"zh": ("王芳", "李伟", "张敏", "刘洋", "陈静"), "en": ("Mary Smith", "John Miller", "Anna Brown")}
STREETS = {
    "zh": ("北京市朝阳区建国路{}号3单元501", "上海市浦东新区张杨路{}号2室", "成都市武侯区人民南路{}号"),
    "en": ("{} Nanjing Road, Shanghai, Room 501", "{} Queen's Road Central, Hong Kong, Flat 3"),
}
QUESTIONS = {
    "zh": (
        "冰箱结霜怎么办",
        "空调滤网多久洗一次",
        "洗衣机怎么清洗内筒",
        "热水器水温忽冷忽热怎么回事",
        "保修期多久",
    ),
    "en": (
        "How do I defrost the fridge?",
        "How often should I clean the AC filter?",
        "How long is the warranty?",
    ),
}
PROGRESS = {"zh": ("我的单子到哪了", "查一下维修进度", "师傅什么时候来"), "en": ("Where is my order?",)}
THANKS = {"zh": "谢谢", "en": "thank you"}


@dataclass(frozen=True, slots=True)
class Step:
    """Words to write, or the button to tap whose title holds `tap` (its words where there are no buttons)."""

    text: str
    tap: str | None = None

    def button_in(self, buttons: tuple[dict[str, Any], ...]) -> dict[str, Any] | None:
        """The button meant, if it is there."""
        if self.tap is None:
            return None
        return next((button for button in buttons if self.tap in button["text"]), None)


@dataclass(frozen=True, slots=True)
class Script:
    """One conversation: first words, answers by what the bot's message holds, the end, what follows it."""

    begins: tuple[str, ...]
    answers: tuple[tuple[str, Step], ...] = ()
    until: str | None = None
    follows: tuple[str, ...] = ()

    def play(self, latest: Callable[[], str]) -> Iterator[Step]:
        """Each step in turn; `latest` gives the bot's last message. Raises Wrong where there is no answer."""
        yield from map(Step, self.begins)
        if self.until is not None:
            yield from self._answers(latest)
        yield from map(Step, self.follows)

    def _answers(self, latest: Callable[[], str]) -> Iterator[Step]:
        assert self.until is not None
        for _ in range(TURNS_AT_MOST):
            said = latest()
            if self.until in said:
                return
            answer = next((step for cue, step in self.answers if cue in said), None)
            if answer is None:
                raise Wrong(f"{self.begins} was answered with: {said}")
            yield answer
        raise Wrong(f"{TURNS_AT_MOST} turns and no {self.until}; the last message: {latest()}")


def scripts(rng: Random) -> Iterator[Script]:
    """Customers without end: of ten, four report in steps, two at once, three ask, one seeks an order."""
    while True:
        language = "zh" if rng.random() < 0.8 else "en"
        kind = rng.random()
        if kind < 0.4:
            yield _report(rng, language, whole=False)
        elif kind < 0.6:
            yield _report(rng, language, whole=True)
        elif kind < 0.9:
            yield Script((*rng.sample(QUESTIONS[language], 2), THANKS[language]))
        else:
            yield Script((rng.choice(PROGRESS[language]),))


def _report(rng: Random, language: str, whole: bool) -> Script:
    product, fault = rng.choice(FAULTS[language])
    brand, since = rng.choice(BRANDS[language]), rng.choice(SINCE[language])
    name, phone = rng.choice(NAMES[language]), f"13{rng.randrange(10**8, 10**9)}"
    street = rng.choice(STREETS[language]).format(rng.randrange(1, 400))
    if language == "zh":
        first = f"我家{brand}{product}{fault}"
        if whole:
            first += f"，{since}，我叫{name}，电话{phone}，地址{street}"
    else:
        first = f"My {brand} {product} {fault}"
        if whole:
            first += f", {since}. I'm {name}, my phone is +86 {phone}, address: {street}"
    answers = (*_chinese(since, name, phone, street), *_english(since, name, phone, street))
    return Script((first,), answers, "SR-", (rng.choice(PROGRESS[language]),))


def _chinese(since: str, name: str, phone: str, street: str) -> tuple[tuple[str, Step], ...]:
    return (
        ("请核对", Step("确认提交", tap="确认")),
        ("问题解决了吗", Step("不试了，直接报修", tap="不试了")),
        ("还是用上次的", Step("是的，没变", tap="是的")),
        ("同一个问题", Step("不是，另外报修", tap="不是")),
        ("什么时候开始", Step(since)),
        ("型号", Step("跳过", tap="跳过")),
        ("什么时候买", Step("去年买的")),
        ("怎么称呼", Step(f"我叫{name}")),
        ("手机号", Step(phone)),
        ("上门地址", Step(street)),
        ("牌子", Step("海尔")),
        ("您是想", Step("报修", tap="报修")),
    )


def _english(since: str, name: str, phone: str, street: str) -> tuple[tuple[str, Step], ...]:
    return (
        ("Please check:", Step("Submit", tap="Submit")),
        ("Did that help", Step("Skip, send someone", tap="Skip")),
        ("same contact details", Step("Yes, the same", tap="Yes")),
        ("same problem", Step("No, a new report", tap="No")),
        ("When did it start", Step(since)),
        ("What model", Step("Skip", tap="Skip")),
        ("when did you buy", Step("last year")),
        ("your name", Step(f"My name is {name}")),
        ("phone number", Step(f"+86 {phone}")),
        ("Where should the engineer come", Step(street)),
        ("Which brand", Step("Haier")),
        ("would you like to", Step("Report a fault", tap="eport")),
    )
