"""What was read of a folder's articles is kept for the next start, and never older than the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge import folder as reading
from bot.knowledge.folder import articles_of
from nlu.knowledge import ARTICLES, KnowledgeError
from tests.knowledge.conftest import write


@pytest.fixture
def read_anew(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders whose files were parsed."""
    seen: list[Path] = []
    read = reading.read_folder

    def noted(folder: Path, own: object) -> object:
        seen.append(folder)
        return read(folder, own)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "read_folder", noted)
    return seen


def test_the_second_start_gets_the_same_without_reading(tmp_path: Path, read_anew: list[Path]) -> None:
    """D1: every article that comes with the desk, trees, dates and pictures' names included."""
    first = articles_of(ARTICLES, tmp_path)
    assert articles_of(ARTICLES, tmp_path) == first
    assert len(first) > 300
    assert read_anew == [ARTICLES]


def test_a_changed_folder_is_read_again(tmp_path: Path, read_anew: list[Path]) -> None:
    """D1: an answer, another file, a file gone; only what was read last is kept."""
    own, cache = tmp_path / "own", tmp_path / "cache"
    write(own, "fridge", answer="旧。")
    assert [one.answer for one, *_ in articles_of(own, cache)] == ["旧。"]
    write(own, "fridge", answer="新。")
    assert [one.answer for one, *_ in articles_of(own, cache)] == ["新。"]
    added = write(own, "washer")
    assert len(articles_of(own, cache)) == 2
    added.unlink()
    assert len(articles_of(own, cache)) == 1
    assert len(read_anew) == 4
    assert len(list(cache.iterdir())) == 1


def test_what_is_kept_may_be_broken_or_impossible(tmp_path: Path, read_anew: list[Path]) -> None:
    """The articles are read all the same."""
    own, cache = tmp_path / "own", tmp_path / "cache"
    write(own, "fridge")
    first = articles_of(own, cache)
    (kept,) = cache.iterdir()
    kept.write_text('[[{"id": "fridge"')
    assert articles_of(own, cache) == first
    nowhere = tmp_path / "a-file"
    nowhere.write_text("not a folder")
    assert articles_of(own, nowhere) == first
    assert len(read_anew) == 3


def test_what_is_wrong_is_told_at_every_start(tmp_path: Path) -> None:
    own, cache = tmp_path / "own", tmp_path / "cache"
    (own / "bad.md").parent.mkdir()
    (own / "bad.md").write_text("no front matter")
    for _ in range(2):
        with pytest.raises(KnowledgeError, match=r"bad\.md"):
            articles_of(own, cache)
