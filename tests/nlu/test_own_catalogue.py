"""A maker's own products, brands and symptoms, laid over those that come with the desk (B4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.settings import SettingsProblem, load
from nlu import catalogue
from nlu.catalogue import Catalogue, in_use
from nlu.context import Context
from nlu.entities import find_all
from nlu.interpreter import EXAMPLES, fingerprint
from nlu.own_catalogue import CatalogueError, laid_over
from nlu.text import fold

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
LOCKS = """products:
  door_lock:
    name: {zh: 智能门锁, en: door lock}
    words: [门锁, 智能鎖, Smart Lock]
    models: [DLX]
  tv: null
brands:
  anjia: {name: {zh: 安家, en: Anjia}, words: [安家, anjia]}
symptoms:
  finger_refused: {name: {zh: 指纹不识别, en: finger refused}, words: ["指纹.{0,4}(?:没反应|不识别)"]}
models: [DLX-20]
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "locks.yml"
    path.write_text(LOCKS, encoding="utf-8")
    yield path
    catalogue.use(None)


def found(text: str, things: Catalogue) -> dict[str, object]:
    return {e.name: e.value for e in find_all(text, Context(NOW, catalogue=things))}


def test_own_things_are_found_beside_the_shipped_ones(own: Path) -> None:
    """B4: added by code, in any script, with models; what was taken away is not known any more."""
    things = laid_over(own)
    told = found("安家智能锁DLX-20指纹没反应", things)
    assert told["product"] == "door_lock"
    assert told["brand"] == "anjia"
    assert told["model"] == "DLX-20"
    assert told["symptom"] == "finger_refused"
    assert found("my smart lock is dead", things)["product"] == "door_lock"
    assert found("冰箱不制冷", things)["product"] == "refrigerator"
    assert "product" not in found("电视黑屏", things)
    assert things.name("products", "door_lock", "zh") == "智能门锁"
    assert fold("智能鎖") == "智能锁"


def test_the_settings_choose_it(own: Path, tmp_path: Path) -> None:
    """B4: from the settings on, all speak of it, and the model is made anew."""
    before = fingerprint(EXAMPLES)
    config = tmp_path / "config.yaml"
    fees = "fees: {labour: [{product: door_lock, hour: 90}, {hour: 120}]}"
    config.write_text(f"understanding: {{catalogue: '{own}'}}\n{fees}")
    load(config, {})
    assert "door_lock" in in_use().names["products"]
    assert fingerprint(EXAMPLES) != before
    config.write_text("{}")
    load(config, {})
    assert "door_lock" not in in_use().names["products"]
    assert fingerprint(EXAMPLES) == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("products: [a]\n", "locks.yml:1: `products`: expected entries by their codes"),
        ("\nthings: {}\n", "locks.yml:2: there is no section `things`"),
        ("products:\n  Lock: {name: {zh: 锁, en: lock}, words: [锁]}\n", "locks.yml:2: `Lock`: expected a"),
        ("products:\n  lock:\n    words: [锁]\n", "locks.yml:2: `lock`: expected a name in zh and en"),
        ("products:\n  lock: {name: {zh: 锁, en: lock}}\n", "locks.yml:2: `lock`: expected a list"),
        ("brands:\n  a:\n    name: {zh: 甲, en: a}\n    wrds: [a]\n", "locks.yml:4: `wrds` is unknown"),
        ("products: {other: null}\n", "locks.yml:1: `other` is needed"),
        ("brands:\n  nobody: null\n", "locks.yml:2: `nobody` is not in the shipped catalogue"),
        ("symptoms:\n  a:\n    name: {zh: 甲, en: a}\n    words:\n    - '('\n", "locks.yml:5: `(` is no"),
        ("symptoms:\n  a: {name: {zh: 甲, en: a}, words: ['x*']}\n", "locks.yml:2: `x*` is found everywhere"),
        ("models: BCD\n", "locks.yml:1: `models`: expected a list"),
        ("a: [\n", "not YAML"),
        ("- a\n", "locks.yml:1: expected products"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(own: Path, text: str, told: str) -> None:
    """B4: nothing is used of a file with a mistake."""
    own.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        laid_over(own)
    assert told in str(caught.value)
    with pytest.raises(SettingsProblem, match="BOT__UNDERSTANDING__CATALOGUE"):
        load(own.with_name("none.yaml"), {"BOT__UNDERSTANDING__CATALOGUE": str(own)})


def test_an_empty_file_changes_nothing(own: Path) -> None:
    """B4: and one that is not there is told."""
    own.write_text("", encoding="utf-8")
    assert laid_over(own).names == catalogue.builtin().names
    with pytest.raises(CatalogueError, match="cannot be read"):
        laid_over(own.with_name("none.yml"))
