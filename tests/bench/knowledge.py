"""`make bench-kb`: how well and how quickly articles are found, beside the limits."""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from pathlib import Path
from random import Random

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from nlu.encoder import SentenceEncoder
from nlu.knowledge import ARTICLES, KnowledgeBase
from tests.bench.knowledge_own import figures, questions
from tests.bench.knowledge_public import Question, contenders
from tests.bench.knowledge_scale import scale
from tests.nlu.bases import of_folder


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.knowledge", description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder with entries.jsonl and queries.jsonl")
    parser.add_argument("--entries", type=int, default=100_000, help="0: leave the large base out")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "baoxiu-bench")
    given = parser.parse_args()
    encoder = SentenceEncoder.load(given.cache)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, one thread used\n")
    if given.data and (given.data / "entries.jsonl").exists():
        _print_public(given.data, encoder)
    else:
        print("Public questions: left out (DATA=folder with entries.jsonl and queries.jsonl).\n")
    _print_own(of_folder(ARTICLES, encoder, given.cache))
    if given.entries:
        print(f"{given.entries} entries made of the built-in articles' questions")
        print(f"{'':34}{'measured':>12}{'limit':>10}")
        for name, measured, limit in scale(given.entries, encoder, given.cache, Random(7)):
            print(f"{name:34}{measured:>12}{limit:>10}")


def _print_own(base: KnowledgeBase) -> None:
    print(f"{len(base.articles)} built-in articles, questions worded apart from them")
    print(f"{'':24}{'asked':>12}{'hit@1':>8}{'hit@3':>8}{'answered':>10}{'right':>8}{'bold':>6}{'of all':>8}")
    for name, file in (("measured", "questions.yml"), ("chose the threshold", "threshold_questions.yml")):
        told = figures(base, questions(file))
        asked = f"{told.answerable}+{told.unanswerable}"
        print(
            f"{name:24}{asked:>12}{told.first:8.3f}{told.third:8.3f}{told.coverage:10.3f}{told.precision:8.3f}"
            f"{told.bold:6}{told.all_right:8.3f}"
        )
    print(f"{'limits':36}{0.95:8.3f}{'':8}{0.85:10.3f}{0.97:8.3f}")
    print("answered, right: of the answerable; bold: unanswerable ones answered; of all: of every answer\n")


def _print_public(folder: Path, encoder: SentenceEncoder) -> None:
    entries = [json.loads(line) for line in (folder / "entries.jsonl").read_text("utf-8").splitlines()]
    rows = [json.loads(line) for line in (folder / "queries.jsonl").read_text("utf-8").splitlines()]
    places = {entry["id"]: i for i, entry in enumerate(entries)}
    questions = [Question(row["text"], places.get(row["id"], -1)) for row in rows]
    print(f"{folder.name}: {len(entries)} entries, {len(questions)} questions")
    print(f"{'':34}{'hit@1':>8}{'hit@3':>8}{'AUROC':>8}")
    for name, first, third, area in contenders([e["questions"] for e in entries], questions, encoder):
        print(f"{name:34}{first:8.3f}{third:8.3f}{area:8.3f}")
    print(f"{'limits':34}{0.89:8.3f}{0.975:8.3f}\n")


if __name__ == "__main__":
    main()
