"""`python -m bot nlu test-details FILE`: how well details are found in annotated sentences."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="test-details")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--slips", is_flag=True, help="Print every sentence where something differs.")
def test_details(file: Path, slips: bool) -> None:
    """Measure the finding of details on FILE: precision, recall and F1 of each kind, by value and place."""
    from nlu import detail_scores

    try:
        annotated = detail_scores.load(file)
    except detail_scores.AnnotationError as problem:
        raise click.ClickException(str(problem)) from None
    scores, differing = detail_scores.evaluate(annotated)
    for slip in differing if slips else ():
        click.echo(slip.text)
        for sign, mentions in (("+", slip.wrong), ("-", slip.missed)):
            for m in mentions:
                click.echo(f"    {sign} {m.kind} {slip.text[m.start : m.end]} → {m.value}")
    click.echo(f"{'kind':16}{'precision':>10}{'recall':>8}{'F1':>8}{'n':>6}")
    for s in scores:
        click.echo(f"{s.kind:16}{s.precision:10.1%}{s.recall:8.1%}{s.f1:8.1%}{s.right + s.missed:6}")
    click.echo(f"{len(annotated.sentences)} sentences, {len(differing)} with a slip")
