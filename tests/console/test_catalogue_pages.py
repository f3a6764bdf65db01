"""The catalogue in the console (G2, B4): added to, reworded, retired, and understood from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.api.catalogue import whole
from bot.knowledge.shelf import Shelf
from bot.knowledge.things import take_over
from bot.settings import Settings
from nlu import catalogue
from nlu.catalogue import in_use
from nlu.context import Context
from nlu.encoder import SentenceEncoder
from nlu.entities import find_all
from nlu.interpreter import Interpreter
from nlu.knowledge import KnowledgeBase
from storage import Store
from tests.api.conftest import open_order
from tests.conftest import NOON, Clock
from tests.console.conftest import Add, Browser
from tests.dialogue.players import Mind, Player
from tests.spoken import dialogue

AT = "/catalogue/entry"
STEAMER = {
    "deed": "add", "sort": "products", "code": "garment_steamer", "version": "0", "zh": "挂烫机",
    "en": "Garment steamer", "words": "掛燙機\n蒸汽挂烫机\nsteam iron", "models": "gtj",
}  # fmt: skip
MODEL = {"deed": "add", "sort": "models", "code": "gtj-220w", "version": "0"}


@pytest.fixture(autouse=True)
def as_shipped() -> Iterator[None]:
    """Every test begins and ends with the shipped catalogue."""
    catalogue.use(None)
    yield
    catalogue.use(None)


@pytest.fixture
async def boss(browsers: Callable[[], Browser], add: Add) -> Browser:
    add("boss", "supervisor")
    found = browsers()
    await found.sign_in("boss")
    return found


def heard(text: str) -> dict[str, Any]:
    return {e.name: e.value for e in find_all(text, Context(NOON))}


async def test_what_is_added_is_understood_at_once(
    store: Store, boss: Browser, interpreter: Interpreter, knowledge: KnowledgeBase
) -> None:
    """B4: an appliance with its words and models, a slip in the model; the retired one is not offered."""
    assert heard("我家蒸汽挂烫机GTI220W漏水").keys() == {"symptom"}
    assert (await boss.post(AT, **STEAMER)).status_code == 303
    made = await boss.post(AT, **MODEL)
    assert made.headers["location"] == "/console/catalogue/entry?sort=models&code=GTJ-220W"
    page = (await boss.get(made.headers["location"].removeprefix("/console"))).text
    assert "挂烫机" in page
    for words in ("我家蒸汽挂烫机GTJ220W漏水", "掛燙機gti 220w漏水", "my Steam Iron GTJ－220W leaks water"):
        told = heard(words)
        assert (told["product"], told["model"]) == ("garment_steamer", "GTJ-220W"), words
    customer = Player(Mind(dialogue(), interpreter, knowledge), NOON)
    customer.say("我家挂烫机GTJ220W漏水")
    assert (customer.slots["product"], customer.slots["model"]) == ("garment_steamer", "GTJ-220W")
    assert "GTJ-220W" in whole().models
    assert (
        await boss.post(AT, sort="models", code="GTJ-220W", version="1", deed="retire")
    ).status_code == 303
    assert "GTJ-220W" not in whole().models
    assert heard("挂烫机gti220w漏水").get("model") != "GTJ-220W"
    found = (await boss.get("/catalogue?q=gtj&state=retired")).text
    assert "已停用" in found
    assert (
        await boss.post(AT, sort="models", code="GTJ-220W", version="2", deed="restore")
    ).status_code == 303
    assert heard("挂烫机gti220w漏水")["model"] == "GTJ-220W"
    deeds = store.run(lambda tx: tx.audit.latest(about="catalogue:models:GTJ-220W"))
    assert [one.action for one in deeds] == ["catalogue_restored", "catalogue_retired", "catalogue_added"]


async def test_a_retired_appliance_is_named_but_not_offered(
    store: Store, boss: Browser, interpreter: Interpreter, knowledge: KnowledgeBase
) -> None:
    """B4: no button and no understanding; earlier orders keep its name, its articles stay readable."""
    order = open_order(store, product="refrigerator")
    gone = {"sort": "products", "code": "refrigerator", "version": "0", "deed": "retire"}
    assert (await boss.post(AT, **gone)).status_code == 303
    assert "product" not in heard("冰箱不制冷")
    customer = Player(Mind(dialogue(), interpreter, knowledge), NOON)
    customer.say("我要报修")
    titles = [button.title for reply in customer.replies for button in reply.buttons]
    assert "空调" in titles
    assert "冰箱" not in titles
    assert "冰箱" in (await boss.get(f"/orders/{order.number}")).text
    assert "refrigerator" in in_use().known("products")
    needed = await boss.post(AT, sort="products", code="other", version="0", deed="retire")
    assert (needed.status_code, "不能停用" in needed.text) == (422, True)
    assert (await boss.post(AT, **{**gone, "version": "1", "deed": "restore"})).status_code == 303
    assert heard("冰箱不制冷")["product"] == "refrigerator"


async def test_the_slower_of_two_editors_is_told(store: Store, boss: Browser) -> None:
    """G2: nothing is overwritten; what was typed is still there; what the form does not show stays."""
    seen = (await boss.get(f"{AT}?sort=brands&code=haier")).text
    assert 'name="version" value="0"' in seen
    wish = {"deed": "save", "sort": "brands", "code": "haier", "version": "0", "zh": "海尔", "en": "Haier"}
    assert (await boss.post(AT, **wish, words="海尔\nhaier\n海尔智家")).status_code == 303
    late = await boss.post(AT, **wish, words="海尔\n我的叫法")
    assert (late.status_code, "别人刚刚改过" in late.text, "我的叫法" in late.text) == (409, True, True)
    (kept,) = store.run(lambda tx: tx.catalogue.all())
    assert (kept.version, kept.entry["words"]) == (1, ["海尔", "haier", "海尔智家"])
    assert "海儿" in kept.entry["beside"]
    (deed,) = store.run(lambda tx: tx.audit.latest(about="catalogue:brands:haier"))
    assert deed.detail is not None
    assert deed.detail["words_added"] == ["海尔智家"]
    assert "海二" in deed.detail["words_removed"]
    assert heard("海尔智家的冰箱")["brand"] == "haier"
    assert heard("海儿冰箱不制冷")["brand"] == "haier"
    assert (await boss.post(AT, **{**wish, "version": "1"}, words="海尔\n海尔集团")).status_code == 303


WRONG: tuple[tuple[dict[str, str], str], ...] = (
    ({"code": "Steamer"}, "小写字母开头"),
    ({"code": "tv"}, "已经有 tv"),
    ({"zh": ""}, "请填写名称"),
    ({"en": "x" * 61}, "请填写名称"),
    ({"words": "烫"}, "“烫”不行"),
    ({"words": "12345"}, "“12345”不行"),
    ({"words": "烫" * 41}, "不行"),
    ({"words": "電冰箱"}, "“电冰箱”已经属于 refrigerator"),
    ({"words": "海爾"}, "“海尔”已经属于 haier"),
    ({"models": "KFR"}, "“KFR”已经属于 air_conditioner"),
    ({"models": "挂烫"}, "“挂烫”不行"),
    ({"sort": "models", "code": "ABC"}, "型号要有字母和数字"),
    ({"sort": "models", "code": "BCD 216"}, "已经有 BCD-216"),
    ({"sort": "models", "code": "KFR-35GW"}, "已经有 KFR-35GW"),
    ({"sort": "symptoms", "code": "no_power"}, "格式"),
    ({"deed": "erase"}, "格式"),
    ({"retired": "1"}, "不认识"),
)


async def test_what_will_not_do_is_told_by_its_field(store: Store, boss: Browser) -> None:
    """B4: each mistake in words, beside its field; nothing is kept."""
    for change, words in WRONG:
        answer = await boss.post(AT, **{**STEAMER, **change})
        assert (answer.status_code, words in answer.text) == (422, True), (change, answer.text)
    both = (await boss.post(AT, **{**STEAMER, "zh": "", "words": "烫"})).text
    assert both.count('aria-invalid="true"') == 2
    assert store.run(lambda tx: (tx.catalogue.all(), tx.catalogue.changes())) == ([], 0)


async def test_who_may_change_it(store: Store, browser: Browser, add: Add) -> None:
    """G2: agents look, supervisors change; what is not there answers 404."""
    add()
    await browser.sign_in()
    page = (await browser.get(f"{AT}?sort=products&code=tv")).text
    assert "液晶电视" in page
    assert "<textarea" not in page
    assert '/catalogue/entry?sort=products"' not in (await browser.get("/catalogue")).text
    assert (await browser.post(AT, **STEAMER)).status_code == 403
    for where in (f"{AT}?sort=products", f"{AT}?sort=products&code=none", f"{AT}?sort=symptoms&code=noise"):
        assert (await browser.get(where)).status_code == 404


async def test_every_process_and_the_next_start_know_it(
    store: Store, boss: Browser, encoder: SentenceEncoder, clock: Clock, tmp_path: Path
) -> None:
    """F8: another process hears of it within `refresh_seconds`, a new one at its start."""
    settings = Settings.model_validate({"data_dir": tmp_path, "understanding": {"articles_from": "database"}})
    other = Shelf(settings, store, encoder, clock)
    assert not other.refresh()
    await boss.post(AT, **STEAMER)
    catalogue.change(None)  # as in a process that has not heard of it
    assert "product" not in heard("挂烫机漏水")
    assert other.refresh()
    assert heard("挂烫机漏水")["product"] == "garment_steamer"
    catalogue.use(None)
    assert take_over(store) == 1
    assert in_use().name("products", "garment_steamer", "en") == "Garment steamer"
    assert not other.refresh()
