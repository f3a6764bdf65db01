"""The articles that are shipped: the same in both languages, of usable size, and safe to follow (D1)."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from handlers import walking
from nlu.article import Article
from nlu.catalogue import builtin
from nlu.collection import Collection, read_folder
from nlu.diagnosis import SERVICE, plain
from nlu.knowledge import ARTICLES

COLLECTION: Collection = read_folder(ARTICLES)
PAIRS: dict[str, dict[str, Article]] = defaultdict(dict)
for _one in COLLECTION.articles:
    PAIRS[_one.id][_one.language] = _one

TREES = sorted(i for i, pair in PAIRS.items() if any(s.answers for s in pair["zh"].diagnosis))
LONGEST = {"zh": 210, "en": 120}
"""An answer in characters (zh) or words (en): what a phone's screen shows at once."""
LONGEST_STEP = {"zh": 90, "en": 60}

_TOLD_TO = (
    r"(?:拆开|打开|卸下|拆下)(?:机壳|外壳|后盖|机身|电路板|主板|接线盖|背板)",
    r"(?:短接|跳过|屏蔽|拔掉)(?:门锁|保险|温控|漏电保护|安全阀|传感器)",
    r"(?:自己|自行)(?:加|充)(?:氟|制冷剂|雪种)",
    r"(?:拆|剪|接|碰)(?:电线|火线|零线|燃气管|煤气管|铜管)",
    r"用(?:明火|打火机)(?:检查|试|烤)",
    r"(?:堵住|封住)(?:安全阀|泄压阀)",
    r"(?:open|remove|unscrew|take off) the (?:(?:back|rear|wiring) cover|casing|housing|circuit board)",
    r"(?:bypass|bridge|short) the (?:\w+ )?(?:lock|fuse|thermostat|sensor|switch)",
    r"(?:refill|add|top up) (?:the )?(?:refrigerant|gas) yourself",
    r"(?:cut|connect|touch) the (?:live |neutral )?(?:wires?|wiring|gas pipe|copper pipes?)",
    r"(?:test|check|look) (?:for \w+ )?with a flame",
    r"block the safety valve",
    r"100 ?% (?:safe|sure)|绝对安全|保证修好",
)
FORBIDDEN = re.compile("|".join(_TOLD_TO), re.IGNORECASE)
DENIED = re.compile(
    r"(?:不要|不得|不能|请勿|勿|别|不会|不可|严禁|never|do not|don't|not|nobody)[^。！？.!?\n]*$",
    re.IGNORECASE,
)


def forbidden(text: str) -> list[str]:
    """What the text tells the customer to do that only an engineer may do, or nobody."""
    found = (m for m in FORBIDDEN.finditer(text))
    return [m.group() for m in found if not DENIED.search(text[: m.start()])]


def shape(article: Article) -> list[tuple[str, list[str], str]]:
    """What must be the same in every language: ids of steps and where each answer leads."""
    return [(s.id, [a.next for a in s.answers], s.otherwise) for s in article.diagnosis]


def told(article: Article) -> str:
    """Everything that is said to the customer."""
    return "\n".join((article.answer, *article.steps))


def test_the_collection_has_no_problem_and_no_warning() -> None:
    """D1: what a trainer would be told about is mended before it is shipped."""
    assert [str(p) for p in COLLECTION.problems] == []
    assert [str(w) for w in COLLECTION.warnings()] == []


def test_there_are_enough_articles_and_trees() -> None:
    """D1, C2: a base that is worth asking, for the products of the catalogue."""
    assert len(PAIRS) >= 120
    assert len(TREES) >= 30
    covered = {product for pair in PAIRS.values() for product in pair["zh"].products}
    assert len(covered & set(builtin().names["products"])) >= 10


@pytest.mark.parametrize("article_id", sorted(PAIRS))
def test_both_languages_are_about_the_same(article_id: str) -> None:
    """D1: an article is the same article in every language."""
    pair = PAIRS[article_id]
    assert sorted(pair) == ["en", "zh"]
    zh, en = pair["zh"], pair["en"]
    for field in ("version", "state", "products", "models", "error_codes", "symptoms"):
        assert getattr(zh, field) == getattr(en, field), field
    assert shape(zh) == shape(en)
    for code in zh.error_codes:
        assert code in zh.title + zh.answer, code
        assert code in en.title + en.answer, code


@pytest.mark.parametrize("article_id", TREES)
def test_trees_really_branch(article_id: str) -> None:
    """C2: a tree asks at least twice, and what the customer sees decides where it goes."""
    steps = PAIRS[article_id]["zh"].diagnosis
    asking = [s for s in steps if len({a.next for a in s.answers}) > 1]
    assert 4 <= len(steps) <= 10
    assert len(asking) >= 2
    assert any(SERVICE in s.targets for s in steps)


@pytest.mark.parametrize(("language", "frame"), [("zh", "嗯{}的"), ("en", "it is {} i think")])
def test_every_answer_is_understood_in_a_sentence(language: str, frame: str) -> None:
    """C2: a customer's own words lead where the button would, whichever language the button is in."""
    other = {"zh": "en", "en": "zh"}[language]
    for article_id in TREES:
        article, twin = PAIRS[article_id][language], PAIRS[article_id][other]
        for step in article.diagnosis:
            says = walking.place(article, twin, step)["says"]
            for place, answer in enumerate(step.answers):
                for words in (answer.say, *answer.also):
                    understood = walking.understood(frame.format(words), says)
                    assert understood == place, (article_id, step.id, words)


def test_no_question_belongs_to_two_articles() -> None:
    """D2: a question leads to one article."""
    owners: dict[str, set[str]] = defaultdict(set)
    for article in COLLECTION.articles:
        for question in article.questions:
            owners[plain(question)].add(article.id)
    assert {q: ids for q, ids in owners.items() if len(ids) > 1} == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_articles_are_asked_for_in_many_ways(language: str) -> None:
    """D2: ten wordings or more of what an article answers, none of them twice."""
    for pair in PAIRS.values():
        questions = [plain(q) for q in pair[language].questions]
        assert len(questions) >= 10, pair[language].id
        assert len(questions) == len(set(questions)), pair[language].id


@pytest.mark.parametrize("language", ["zh", "en"])
def test_answers_and_steps_are_short_enough_to_read(language: str) -> None:
    """D1: nobody reads a page in a chat."""
    for pair in PAIRS.values():
        article = pair[language]
        assert _size(article.answer, language) <= LONGEST[language], article.id
        for step in article.steps:
            assert _size(step, language) <= LONGEST_STEP[language], (article.id, step)


@pytest.mark.parametrize("article_id", sorted(PAIRS))
def test_nobody_is_told_to_do_an_engineers_work(article_id: str) -> None:
    """C2: customers open no housing, touch no wiring and defeat no protection."""
    for article in PAIRS[article_id].values():
        assert forbidden(told(article)) == [], article.language


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("请拆开后盖看看", ["拆开后盖"]),
        ("请不要拆开后盖", []),
        ("Then open the back cover.", ["open the back cover"]),
        ("Never open the back cover.", []),
        ("先断电。再拆电线。", ["拆电线"]),
    ],
)
def test_the_word_list_tells_orders_from_warnings(text: str, found: list[str]) -> None:
    """The check itself: a warning is no order."""
    assert forbidden(text) == found


@pytest.mark.parametrize("product", ["gas_stove", "water_heater"])
def test_gas_comes_before_lighting(product: str) -> None:
    """H: whoever cannot light a gas appliance is asked for the smell of gas before anything else."""
    for pair in PAIRS.values():
        zh, en = pair["zh"], pair["en"]
        if product in zh.products and "ignition" in zh.symptoms:
            assert "燃气味" in zh.diagnosis[0].instruction
            assert "smell gas" in en.diagnosis[0].instruction


def _size(text: str, language: str) -> int:
    return len(text) if language == "zh" else len(text.split())


def test_no_article_has_the_hotline_written_out() -> None:
    """D1: whoever changes `service.hotline` changes every article."""
    numbers = re.compile(r"\b[48]00[- ]?\d{3}[- ]?\d{4}\b")
    told = {one.id: (one.answer, *one.steps) for one in COLLECTION.articles}
    assert not [name for name, texts in told.items() if any(numbers.search(text) for text in texts)]
    assert sum("{hotline}" in text for texts in told.values() for text in texts) > 20
