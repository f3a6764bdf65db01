"""The index of the knowledge base: changed piece by piece, kept, restored, of any size (D2)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu import dense, indexing
from nlu.encoder import SentenceEncoder
from nlu.indexing import Entry, build, fresh
from nlu.retrieval import Index
from tests.nlu.bases import of_folder
from tests.nlu.test_knowledge import ARTICLE

WORDS = st.text("冰箱空调不冷漏水怎么办洗衣机门打开 ab", min_size=1, max_size=8).filter(str.strip)
ENTRY = st.tuples(
    st.sampled_from(["zh", "en"]), st.lists(WORDS, min_size=1, max_size=3), st.lists(WORDS, max_size=2)
)


def encode(texts: Sequence[str]) -> np.ndarray:
    """A vector a text, which depends on nothing but its characters."""
    rows = []
    for text in texts:
        vector = np.full(128, 0.01)
        for char in text:
            vector[hashlib.sha256(char.encode()).digest()[0] % 128] += 1
        rows.append(vector / np.linalg.norm(vector))
    return np.array(rows, dtype=np.float32)


def entries_of(told: Sequence[tuple[str, list[str], list[str]]]) -> list[Entry]:
    return [Entry(i, language, asked, said) for i, (language, asked, said) in enumerate(told)]


def asked_of(index: Index, text: str, language: str = "zh") -> dict[int, float]:
    near = index.nearness(text, encode([text])[0], language)
    return dict(zip(near.keys.tolist(), near.total.tolist(), strict=True))


@settings(max_examples=60, deadline=None)
@given(before=st.lists(ENTRY, max_size=8), after=st.lists(ENTRY, max_size=8), kept=st.data(), question=WORDS)
def test_what_changed_piece_by_piece_is_as_if_made_anew(
    before: list[tuple[str, list[str], list[str]]],
    after: list[tuple[str, list[str], list[str]]],
    kept: st.DataObject,
    question: str,
) -> None:
    """D1, D2: added, changed, moved and deleted articles: the same nearness as from nothing."""
    stayed = kept.draw(st.permutations([*before, *after]))[: len(after) + len(before) // 2]
    encoded: list[int] = []
    changed = build(entries_of(stayed), encode, build(entries_of(before), encode), encoded.append)
    anew = build(entries_of(stayed), encode)
    assert sum(encoded) <= sum(len(asked) + len(said) for _, asked, said in stayed)
    for language in ("zh", "en"):
        one = asked_of(Index(entries_of(stayed), changed), question, language)
        two = asked_of(Index(entries_of(stayed), anew), question, language)
        assert one.keys() == two.keys()
        assert list(one.values()) == pytest.approx(list(two.values()), abs=1e-4)


def test_only_changed_texts_are_encoded() -> None:
    """D1: one article changes: its texts are encoded, no others; a moved one costs nothing."""
    told = [("zh", [f"问题{i}怎么办", f"怎么办{i}"], []) for i in range(50)]
    built = build(entries_of(told), encode)
    told[7] = ("zh", ["换了一个问题"], [])
    encoded: list[int] = []
    changed = build(entries_of(told), encode, built, encoded.append)
    assert sum(encoded) == 1
    assert fresh(entries_of(told), changed)
    assert not fresh(entries_of(told), built)
    encoded.clear()
    build(entries_of(told[::-1]), encode, changed, encoded.append)
    assert sum(encoded) == 0


def test_many_entries_are_searched_by_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    """D2: by lists and candidates a question still finds its own entry, also a changed one."""
    monkeypatch.setattr(dense, "MANY", 500)
    told = [
        ("zh", [f"{'冰空洗热电'[i % 5]}机{chr(0x4E00 + i)}{chr(0x4E00 + i * 7)}怎么办"], [])
        for i in range(900)
    ]
    built = build(entries_of(told), encode)
    told[400] = ("zh", ["面板上的小锁怎么解开"], [])
    index = Index(entries_of(told), build(entries_of(told), encode, built))
    for at in (0, 333, 400, 899):
        near = asked_of(index, told[at][1][0])
        assert len(near) < 400
        assert max(near, key=lambda key: near[key]) == at


def test_wordings_are_learned_from_entries_that_have_several(monkeypatch: pytest.MonkeyPatch) -> None:
    """D2: entries show that 怎样 and 如何 mean the same, 打开 and 关闭 do not."""
    monkeypatch.setattr(indexing, "TAUGHT", 50)
    things = [chr(0x4E00 + 31 * i) + chr(0x5000 + 17 * i) for i in range(90)]
    told = [("zh", [f"怎样打开{t}", f"如何打开{t}"], []) for t in things[:80]]
    told += [("zh", [f"怎样关闭{t}", f"如何关闭{t}"], []) for t in things[:80]]
    told += [("zh", [f"如何打开{t}"], []) for t in things[80:]]
    told += [("zh", [f"怎样关闭{t}"], []) for t in things[80:]]
    built = build(entries_of(told), encode)
    assert any(name.startswith("ranker.zh.") for name in built)
    index = Index(entries_of(told), built)
    for place, thing in enumerate(things[80:]):
        near = asked_of(index, f"怎样打开{thing}")
        assert max(near, key=lambda key: near[key]) == 160 + place


@pytest.mark.parametrize("told", [[], [("zh", ["冰箱不冷"], [])], [("en", ["fridge warm"], ["wait"])]])
def test_small_bases(told: list[tuple[str, list[str], list[str]]]) -> None:
    """D2: none and one, and a language of which there is nothing."""
    index = Index(entries_of(told), build(entries_of(told), encode))
    for text in ("冰箱不冷", "fridge", "？！", "x"):
        assert len(asked_of(index, text)) == len(told)


def test_a_damaged_index_is_made_again(tmp_path: Path, encoder: SentenceEncoder) -> None:
    """D2: what lies in the cache is checked; damaged or cut short, it is made from the articles."""
    (tmp_path / "drip.md").write_text(ARTICLE, encoding="utf-8")
    cache = tmp_path / "cache"
    of_folder(tmp_path, encoder, cache)
    (kept,) = cache.glob("articles-*.npz")
    whole = kept.read_bytes()
    for damaged in (whole[:100], b"", whole[:400] + b"x" * 40 + whole[440:], b"PK\x03\x04"):
        kept.write_bytes(damaged)
        (hit,) = of_folder(tmp_path, encoder, cache).search("龙头滴水", "zh")
        assert hit.article.id == "drip"
        assert kept.stat().st_size == len(whole)
