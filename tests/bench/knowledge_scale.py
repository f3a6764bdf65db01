"""A large base: how long building, loading, changing and asking take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import click
import numpy as np

from nlu.collection import read_folder
from nlu.encoder import SentenceEncoder
from nlu.indexing import Entry, build
from nlu.knowledge import ARTICLES
from nlu.model_file import read, save
from nlu.retrieval import Index
from nlu.text import prepare

ASKED = 500


def scale(
    number: int, encoder: SentenceEncoder, cache: Path, random: Random
) -> Iterator[tuple[str, str, str]]:
    """Name, measured and limit of each figure; asking is measured on one thread."""
    entries = _entries(number, random)
    path = cache / "large.npz"
    started = time.perf_counter()
    total = sum(len(e.questions) for e in entries)
    with click.progressbar(length=total, label="Building") as bar:
        built = build(entries, encoder.encode, told=bar.update)
    yield "build from nothing", f"{time.perf_counter() - started:.0f} s", ""
    save(path, built)
    started = time.perf_counter()
    index = Index(entries, read(path))
    yield "load from disk", f"{time.perf_counter() - started:.2f} s", "2 s"
    changed = [*entries]
    changed[number // 2] = replace(changed[number // 2], questions=["面板上的小锁怎么解开"])
    counted: list[int] = []
    started = time.perf_counter()
    build(changed, encoder.encode, built, counted.append)
    took = time.perf_counter() - started
    yield f"one entry changed ({sum(counted)} text encoded)", f"{took:.2f} s", ""
    asked = [_asked(entries, random) for _ in range(ASKED)]
    for text in asked[:50]:
        index.nearness(text, encoder.encode([text])[0], "zh")
    search, whole, same = [], [], 0
    for text in asked[50:]:
        started = time.perf_counter()
        vector = encoder.encode([text])[0]
        encoded = time.perf_counter()
        near = index.nearness(text, vector, "zh")
        search.append(time.perf_counter() - encoded)
        whole.append(time.perf_counter() - started)
        same += len(near.keys) > 0
    for name, times in (("a question", search), ("a question with its encoding", whole)):
        yield f"{name}, p50", f"{np.percentile(times, 50) * 1000:.1f} ms", "5 ms"
        yield f"{name}, p99", f"{np.percentile(times, 99) * 1000:.1f} ms", "8 ms"
    path.unlink()


def _entries(number: int, random: Random) -> list[Entry]:
    """Entries of one question each, spliced from two questions of the built-in articles."""
    found = read_folder(ARTICLES).articles
    questions = [prepare(q) for a in found if a.language == "zh" for q in (a.title, *a.questions)]
    questions = [text for text in questions if len(text) >= 6]
    made: dict[str, None] = {}
    while len(made) < number:
        one, two = random.choice(questions), random.choice(questions)
        made.setdefault(one[: random.randint(3, len(one))] + two[random.randint(0, len(two) - 3) :])
    return [Entry(i, "zh", [text], ()) for i, text in enumerate(made)]


def _asked(entries: list[Entry], random: Random) -> str:
    """A question like one of the entries', with a character left out and another twice."""
    text = random.choice(entries).questions[0]
    out, twice = random.randrange(len(text)), random.randrange(len(text))
    text = text[:out] + text[out + 1 :]
    return text[:twice] + text[max(twice - 1, 0) :]
