"""Articles go into the database whole or not at all, and come out as they went in (D1)."""

from __future__ import annotations

import string
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.knowledge.exporting import ExportProblem, collect
from bot.knowledge.exporting import write as write_export
from bot.knowledge.importing import Plan, carry_out, incoming, plan
from bot.knowledge.states import with_state, without_state
from bot.knowledge.versions import NoSuchArticle, publish, retire
from nlu.knowledge import ARTICLES, KnowledgeError
from storage import Store
from tests.conftest import NOON
from tests.knowledge.conftest import write


def take(store: Store, folder: Path) -> Plan:
    found, warnings = incoming(folder, "wang", NOON)
    return store.run(lambda tx: carry_out(tx, found, "wang", NOON, warnings))


def actions(made: Plan) -> list[str]:
    return [change.action for change in made.changes]


def versions(store: Store) -> list[tuple[str, str]]:
    return [(v.version, v.state) for v in store.run(lambda tx: tx.articles.all("drip"))]


def test_the_shipped_articles_come_out_as_they_went_in(store: Store, tmp_path: Path) -> None:
    """D1: import and export, byte for byte; importing again does nothing."""
    made = take(store, ARTICLES)
    assert set(actions(made)) == {"new"}
    write_export(store.run(collect), tmp_path / "out")
    files = {p.relative_to(ARTICLES): p.read_bytes() for p in ARTICLES.rglob("*.md")}
    out = tmp_path / "out"
    assert {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()} == files
    before = store.run(lambda tx: (tx.articles.all(), tx.articles.events("ac-noise")))
    again = take(store, out)
    assert (again.changes, again.unchanged) == ((), len(files))
    assert store.run(lambda tx: (tx.articles.all(), tx.articles.events("ac-noise"))) == before


WORDS = st.text(string.ascii_letters + "滤网水 -_。\r", max_size=30)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bodies=st.dictionaries(st.sampled_from(["a", "b/c", "ä"]), st.lists(WORDS, min_size=1), min_size=1),
    newline=st.sampled_from(["\n", "\r\n"]),
    state=st.sampled_from(["draft", "review", "published", "retired", '"published"', "draft # later"]),
    picture=st.none() | st.binary(max_size=20),
    bom=st.booleans(),
)  # fmt: skip
def test_any_folder_comes_out_as_it_went_in(
    tmp_path_factory: pytest.TempPathFactory, bodies, newline, state, picture, bom
) -> None:  # type: ignore[no-untyped-def]
    """D1: names, line ends, comments, byte order marks and pictures."""
    from storage import migrations, open_store
    from storage.database import open_engine

    root = tmp_path_factory.mktemp("round")
    engine = open_engine(f"sqlite:///{root}/kb.sqlite3")
    migrations.upgrade(engine)
    engine.dispose()
    for n, (name, body) in enumerate(bodies.items()):
        path = root / "in" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [
            "---",
            f"id: a{n}",
            "title: 标题",
            "language: zh",
            "questions: [q]",
            "version: 1",
            f"state: {state}",
        ]
        lines += ["---", *body, "x"]
        if picture is not None:
            (path.parent / "p.png").write_bytes(picture)
            lines.append("![p](p.png)")
        path.write_bytes(("\ufeff" if bom else "").encode() + newline.join(lines).encode())
    store = open_store(f"sqlite:///{root}/kb.sqlite3")
    try:
        take(store, root / "in")
        write_export(store.run(collect), root / "out")
        assert not take(store, root / "out").changes
    finally:
        store.close()
    went, came = ({p.relative_to(f): p.read_bytes() for p in f.rglob("*") if p.is_file()}
                  for f in (root / "in", root / "out"))  # fmt: skip
    assert came == went


def test_a_published_text_is_not_changed_under_its_number(store: Store, tmp_path: Path) -> None:
    """D1: every published version stays; the message names file, line and what to do."""
    write(tmp_path)
    take(store, tmp_path)
    write(tmp_path, answer="换垫片。")
    write(tmp_path, "other")
    with pytest.raises(KnowledgeError) as problem:
        take(store, tmp_path)
    (told,) = problem.value.problems
    assert (told.file, told.line) == ("zh/drip.md", 7)
    assert "write `version: 2` here" in told.message
    assert len(store.run(lambda tx: tx.articles.all())) == 1, "all or nothing"
    write(tmp_path, answer="换垫片。", version="2")
    assert actions(take(store, tmp_path)) == ["new", "new"]
    assert versions(store) == [("1", "published"), ("2", "published")]
    write(tmp_path, answer="第三版。", version="1.5")
    with pytest.raises(KnowledgeError, match="2 is in the database already; expected a higher number"):
        take(store, tmp_path)


def test_a_picture_belongs_to_the_text(store: Store, tmp_path: Path) -> None:
    """D1: another picture under the same name is another version."""
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "p.png").write_bytes(b"one")
    write(tmp_path, answer="看图\n![图](p.png)")
    take(store, tmp_path)
    (tmp_path / "zh" / "p.png").write_bytes(b"two")
    with pytest.raises(KnowledgeError, match="version: 2"):
        take(store, tmp_path)


def test_a_draft_may_change_under_its_number(store: Store, tmp_path: Path) -> None:
    """D1: draft, review, published: forward with the file; who and when is kept."""
    write(tmp_path, state="draft")
    take(store, tmp_path)
    write(tmp_path, state="review", answer="换垫片。")
    assert actions(take(store, tmp_path)) == ["replaced"]
    write(tmp_path, state="published", answer="换垫片。")
    assert actions(take(store, tmp_path)) == ["published"]
    assert versions(store) == [("1", "published")]
    events = store.run(lambda tx: tx.articles.events("drip"))
    assert [(e.action, e.actor, e.at) for e in events] == [
        ("imported", "wang", NOON), ("replaced", "wang", NOON), ("published", "wang", NOON)
    ]  # fmt: skip


def test_a_file_does_not_undo_what_was_decided_here(store: Store, tmp_path: Path) -> None:
    """D1: a retired article stays retired, with a warning."""
    write(tmp_path)
    take(store, tmp_path)
    store.run(lambda tx: retire(tx, "drip", "li", NOON))
    made = take(store, tmp_path)
    assert made.changes == ()
    assert any("is retired in the database and stays so" in warning for warning in made.warnings)
    assert versions(store) == [("1", "retired")]


def test_imports_at_the_same_time_wait_for_each_other(store: Store, tmp_path: Path) -> None:
    """D1: two trainers, one folder: one import brings it in, the others find it there."""
    for n in range(5):
        write(tmp_path, f"drip-{n}")
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: take(store, tmp_path), range(4)))
    assert sorted(len(one.changes) for one in made) == [0, 0, 0, 5]
    assert store.run(lambda tx: tx.articles.changes()) == 4


def test_a_dry_run_changes_nothing(store: Store, tmp_path: Path) -> None:
    """D1: the same plan, nothing kept."""
    write(tmp_path)
    found, _ = incoming(tmp_path, "wang", NOON)
    assert actions(store.run(lambda tx: plan(tx, found))) == ["new"]
    assert store.run(lambda tx: (tx.articles.all(), tx.articles.changes())) == ([], 0)


def test_publish_and_retire(store: Store, tmp_path: Path) -> None:
    """D1: by the newest version or a given one; the text tells the state too, its comments stay."""
    write(tmp_path, state="draft")
    take(store, tmp_path)
    before = store.run(lambda tx: tx.articles.changes())
    assert [v.version for v in store.run(lambda tx: publish(tx, "drip", "li", NOON))] == ["1"]
    assert store.run(lambda tx: publish(tx, "drip", "li", NOON)) == []
    (one,) = store.run(lambda tx: tx.articles.all("drip"))
    assert "state: published  # who: editors" in one.text
    assert store.run(lambda tx: tx.articles.changes()) > before
    store.run(lambda tx: retire(tx, "drip", "li", NOON, "zh", "1"))
    assert versions(store) == [("1", "retired")]
    for wrong in (("none", None, None), ("drip", "en", None), ("drip", None, "9")):
        with pytest.raises(NoSuchArticle):
            store.run(lambda tx, w=wrong: publish(tx, w[0], "li", NOON, w[1], w[2]))


def test_an_export_does_not_mix_with_what_is_there(store: Store, tmp_path: Path) -> None:
    """D1: the folder must be new or empty; two articles of one path get two."""
    for folder in ("a", "b"):
        write(tmp_path / folder, "same", id=f"from-{folder}")
        take(store, tmp_path / folder)
    files = store.run(collect)
    assert sorted(files.contents) == ["zh/from-b.md", "zh/same.md"]
    with pytest.raises(ExportProblem, match="is not empty"):
        write_export(files, tmp_path)


def test_pictures_of_one_name_stay_apart(store: Store, tmp_path: Path) -> None:
    """D1: two imports may have different pictures in one place; each article keeps its own."""
    for name in ("drip", "leak"):
        (tmp_path / name / "zh").mkdir(parents=True)
        (tmp_path / name / "zh" / "p.png").write_bytes(name.encode())
        write(tmp_path / name, name, answer="看图\n![图](p.png)")
        take(store, tmp_path / name)
    write_export(store.run(collect), tmp_path / "out")
    assert (tmp_path / "out" / "zh" / "p.png").read_bytes() == b"drip"
    assert (tmp_path / "out" / "zh" / "leak" / "leak.md").exists()
    assert (tmp_path / "out" / "zh" / "leak" / "p.png").read_bytes() == b"leak"
    assert take(store, tmp_path / "out").changes == ()


def test_the_state_is_written_where_it_stands() -> None:
    """D1: quotes and comments around it are no obstacle."""
    text = '---\r\ntitle: "state: x"\r\nstate: "draft" # now\r\n---\r\nstate: draft\r\n'
    assert with_state(text, "review") == text.replace('"draft"', "review")
    assert without_state(with_state(text, "review")) == without_state(text)
