"""`python -m bot reports`: the figures of a week or a month (F7)."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import click

from bot import settings as configuration
from bot.commands.kb_desk import opened, utc_now

FORMATS = ("table", "json", "csv", "xlsx")


@click.group(name="reports")
def group() -> None:
    """Look at weekly and monthly reports; docs/reports.md defines every figure."""


def _report(kind: str) -> click.Command:
    @click.command(name=kind, help=f"The {kind} report, as it was written; of an open period as it is now.")
    @click.option("--period", help="2026-W47 or 2026-11; default: the last one that is closed.")
    @click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
    @click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file, for xlsx.")
    @click.option("--language", type=click.Choice(("zh", "en")), help="Default: the service's.")
    def show(period: str | None, form: str, out: Path | None, language: str | None) -> None:
        _show(kind, period, form, out, language)

    return show


def _show(kind: Any, words: str | None, form: str, out: Path | None, language: str | None) -> None:
    from bot.orders.exporting import quoted
    from bot.reports import showing
    from handlers.reports import PeriodProblem, compute, last_closed, parse

    settings = configuration.load()
    zone, tongue = settings.service.zone, language or settings.service.language
    if form == "xlsx" and out is None:
        raise click.UsageError("xlsx needs --out FILE")
    try:
        period = (
            parse(kind, words, zone)
            if words
            else last_closed(kind, utc_now(), zone, settings.reports.close_after_hours)
        )
    except PeriodProblem as problem:
        raise click.BadParameter(str(problem), param_hint="--period") from None
    with opened(settings) as store:
        kept = store.run(lambda tx: tx.reports.find(kind, period.key))
        figures = kept.figures if kept else store.run(lambda tx: compute(tx, period, settings.reports, zone))
    told: dict[str, Any] = {
        "kind": kind, "period": period.key, "since": period.since.isoformat(),
        "until": period.until.isoformat(), "revision": kept.revision if kept else 0, "figures": figures,
    }  # fmt: skip
    if form == "json":
        _write(json.dumps(told, ensure_ascii=False, indent=2) + "\n", out)
        return
    head = showing.headings(tongue)
    rows = [(quoted(name), value, change) for name, value, change in showing.rows(figures, tongue)]
    if form == "xlsx" and out is not None:
        _workbook(out, [head, *rows])
    elif form == "csv":
        _csv([head, *rows], out)
    else:
        note = "" if kept else " (not written yet)"
        lines = [showing.title(kind, period.key, tongue) + note, *("\t".join(row) for row in (head, *rows))]
        _write("\n".join(lines) + "\n", out)


@group.command()
@click.argument("kind", type=click.Choice(("weekly", "monthly")))
@click.option("--period", required=True, help="2026-W47 or 2026-11.")
@click.option("--write", "keep", is_flag=True, help="Keep what changed as the report's next revision.")
def recompute(kind: Any, period: str, keep: bool) -> None:
    """Compute a written report again, and say what changed, e.g. by events that came late."""
    from handlers.reports import PeriodProblem, parse
    from handlers.reports import recompute as again

    settings = configuration.load()
    zone = settings.service.zone
    try:
        meant = parse(kind, period, zone)
    except PeriodProblem as problem:
        raise click.BadParameter(str(problem), param_hint="--period") from None
    now = utc_now()
    if meant.since < settings.retention.orders_from(now):
        raise click.ClickException(f"{meant.key} is too old: orders of that time are kept no more")
    with opened(settings) as store:
        report = store.run(lambda tx: tx.reports.find(kind, meant.key))
        if report is None:
            raise click.ClickException(f"there is no {kind} report of {meant.key} yet")
        changed = store.run(lambda tx: again(tx, report, meant, settings.reports, zone, now, keep))
    for name, (was, now_is) in changed.items():
        click.echo(f"{name}: {was} → {now_is}")
    done = f"revision {report.revision + 1} is kept" if keep else "--write keeps it"
    click.echo(f"{len(changed)} figures differ; {done}" if changed else "nothing has changed")


for _kind in ("weekly", "monthly"):
    group.add_command(_report(_kind))


def _write(words: str, out: Path | None) -> None:
    if out is None:
        click.echo(words, nl=False)
        return
    try:
        out.write_text(words, encoding="utf-8")
    except OSError as problem:
        raise click.ClickException(f"{out}: cannot be written ({problem.strerror})") from None
    click.echo(str(out))


def _csv(rows: list[tuple[str, str, str]], out: Path | None) -> None:
    try:
        file = out.open("w", encoding="utf-8-sig", newline="") if out else sys.stdout
        csv.writer(file).writerows(rows)
        if out:
            file.close()
            click.echo(str(out))
    except OSError as problem:
        raise click.ClickException(f"{out}: cannot be written ({problem.strerror})") from None


def _workbook(out: Path, rows: list[tuple[str, str, str]]) -> None:
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import XlsxWriterException

    try:
        with Workbook(str(out), {"strings_to_formulas": False, "strings_to_numbers": True}) as book:
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, 0, 36)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    except (OSError, XlsxWriterException) as problem:
        raise click.ClickException(f"{out}: cannot be written ({problem})") from None
    click.echo(str(out))
