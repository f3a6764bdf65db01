"""`make bench-nlu DATA=folder`: intents and rejection beside TF-IDF with a linear SVM, and NLP.js.

The folder holds a folder a data set with `train.jsonl`, `test.jsonl` (`{"text": …, "label": …}` a line) and,
where there are any, sentences out of scope in `oos_test.jsonl`. Without it only the desk's sentences count.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import mean

import numpy as np

from bot.settings import PROJECT
from nlu import accurate, labelled
from nlu.accurate import AccurateEncoder
from nlu.encoder import SentenceEncoder
from nlu.example import Example
from nlu.trial import Plan, Trial, few, trials

HERE = Path(__file__).parent
MODEL = PROJECT / "data" / "model"
NODE_MODULES = PROJECT / "build" / "nlpjs" / "node_modules"
NODE_SECONDS = 900


@dataclass(frozen=True)
class Row:
    """One contender on one split; times in milliseconds a sentence."""

    split: str
    contender: str
    accuracy: float
    seconds: float
    median: float
    slowest: float
    refused: float | None = None
    recall: float | None = None
    auroc: float | None = None
    gap: float | None = None


def main() -> None:
    """Print the table, a line as soon as it is known."""
    options = _options()
    encoder = SentenceEncoder.load(MODEL)
    second = AccurateEncoder() if accurate.installed() and not options.quick else None
    head = f"{'data':22}{'contender':22}{'accuracy':>9}{'refused':>9}{'oos':>7}{'AUROC':>7}{'ECE':>6}"
    print(head + f"{'train s':>9}{'p50 ms':>8}{'p99 ms':>8}")
    for folder in _folders(options.data, options.only):
        for shots in (10, None):
            if options.shots and (shots or 0) not in options.shots:
                continue
            for row in _rows(folder, shots, options, encoder, second):
                print(_line(row), flush=True)
    _own()
    print(f"memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, help="folder with data sets")
    parser.add_argument("--only", nargs="*", help="names of data sets")
    parser.add_argument("--shots", nargs="*", type=int, help="10 and 0 (all examples); default both")
    parser.add_argument("--seeds", type=int, default=3, help="random choices of the 10 examples an intent")
    parser.add_argument("--quick", action="store_true", help="without the second encoder")
    parser.add_argument("--alone", action="store_true", help="without the other contenders")
    return parser.parse_args()


def _folders(data: Path | None, only: Sequence[str] | None) -> Iterator[Path]:
    if data is None:
        print("no folder with data sets given (make bench-nlu DATA=folder)")
        return
    for train in sorted(data.glob("*/train.jsonl")):
        if not only or train.parent.name in only:
            yield train.parent


def _rows(
    folder: Path,
    shots: int | None,
    options: argparse.Namespace,
    encoder: SentenceEncoder,
    second: AccurateEncoder | None,
) -> Iterator[Row]:
    train, test = labelled.read(folder / "train.jsonl"), labelled.read(folder / "test.jsonl")
    strange = folder / "oos_test.jsonl"
    split = f"{folder.name} {f'{shots}-shot' if shots else 'full'}"
    if not options.alone:
        yield _linear(split, train, test, shots, options.seeds)
        if shutil.which("node") and NODE_MODULES.exists():
            yield from _node(split, train, test, shots)
    plan = Plan(train, test, labelled.read(strange) if strange.exists() else (), shots)
    for name, slow in (("quick", None), ("accurate", second)):
        if name == "quick" or second is not None:
            found = list(trials(plan, options.seeds, encoder, slow))
            yield _mean_row(split, f"this desk, {name}", found)


def _mean_row(split: str, contender: str, found: Sequence[Trial]) -> Row:
    told = [t.evaluation for t in found]
    outside = told[0].auroc is not None
    return Row(
        split,
        contender,
        mean(e.accuracy for e in told),
        mean(t.training_seconds for t in found),
        mean(e.median_ms for e in told),
        mean(e.slowest_ms for e in told),
        mean(e.falsely_refused for e in told),
        mean(e.out_of_scope_recall or 0 for e in told) if outside else None,
        mean(e.auroc or 0 for e in told) if outside else None,
        mean(e.calibration_error for e in told),
    )


def _linear(
    split: str, train: Sequence[Example], test: Sequence[Example], shots: int | None, seeds: int
) -> Row:
    """TF-IDF over words and characters with scikit-learn's LinearSVC: what most would try first."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    right, seconds, times = [], [], []
    for seed in range(seeds if shots else 1):
        chosen = few(train, shots, Random(seed))
        model = make_pipeline(
            make_union(
                TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
                TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True),
            ),
            LinearSVC(),
        )
        began = time.perf_counter()
        model.fit([e.text for e in chosen], [e.intent for e in chosen])
        seconds.append(time.perf_counter() - began)
        found = model.predict([e.text for e in test])
        right.append(mean(a == e.intent for a, e in zip(found, test, strict=True)))
        for example in test[:200]:
            began = time.perf_counter()
            model.predict([example.text])
            times.append((time.perf_counter() - began) * 1000)
    slowest = float(np.percentile(times, 99))
    return Row(split, "TF-IDF + LinearSVC", mean(right), mean(seconds), float(np.median(times)), slowest)


def _node(split: str, train: Sequence[Example], test: Sequence[Example], shots: int | None) -> Iterator[Row]:
    chosen = few(train, shots, Random(0))
    language = "en" if test[0].text.isascii() else "zh"
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        pairs = {"train": [(e.text, e.intent) for e in chosen], "test": [(e.text, e.intent) for e in test]}
        json.dump({"language": language, **pairs}, file)
        file.flush()
        try:
            done = subprocess.run(
                ["node", str(HERE / "understanding.js"), file.name],
                capture_output=True,
                text=True,
                timeout=NODE_SECONDS,
                env={**os.environ, "NODE_PATH": str(NODE_MODULES)},
                check=True,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as problem:
            print(f"{split:22}NLP.js: {type(problem).__name__}", file=sys.stderr)
            return
    told = json.loads(done.stdout.split("RESULT", 1)[1])
    times = told["times"]
    slowest = float(np.percentile(times, 99))
    name = "NLP.js" if not shots else "NLP.js (one seed)"
    yield Row(split, name, told["accuracy"], told["seconds"], float(np.median(times)), slowest)


def _own() -> None:
    """The desk's own sentences, as customers meet them: rules, catalogue and classifier together."""
    command = [sys.executable, "-m", "bot", "nlu", "test", "--json", "tests/nlu/sentences.yml"]
    for wanted in ("false", "true") if accurate.installed() else ("false",):
        env = {**os.environ, "BOT__UNDERSTANDING__ACCURATE": wanted}
        done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=PROJECT, check=True)
        told = json.loads(done.stdout)["trials"][0]
        print(
            _line(
                Row(
                    "this desk's sentences",
                    "accurate" if wanted == "true" else "quick",
                    told["accuracy"],
                    0.0,
                    told["median_ms"],
                    told["slowest_ms"],
                    told["falsely_refused"],
                    told["out_of_scope_recall"],
                    told["auroc"],
                    told["calibration_error"],
                )
            )
        )


def _line(row: Row) -> str:
    def share(value: float | None, digits: int = 1, width: int = 7) -> str:
        return f"{value * 100:{width}.{digits}f}" if value is not None else f"{'–':>{width}}"

    auroc = f"{row.auroc:7.3f}" if row.auroc is not None else f"{'–':>7}"
    scope = f"{share(row.refused, 1, 9)}{share(row.recall)}{auroc}"
    return (
        f"{row.split:22}{row.contender:22}{share(row.accuracy, 2, 9)}{scope}"
        f"{share(row.gap, 1, 6)}{row.seconds:9.1f}{row.median:8.2f}{row.slowest:8.2f}"
    )


if __name__ == "__main__":
    main()
