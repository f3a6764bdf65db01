"""`python -m bot orders sheet`: the service sheet 服务单 of an order as a file."""

from __future__ import annotations

from pathlib import Path

import click

from bot import settings as configuration
from bot.commands.kb_desk import opened, utc_now

FORMS = (".pdf", ".png")


@click.command()
@click.argument("number")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Default: the customer's.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="A .pdf or .png file. Default: NUMBER.pdf"
)
def sheet(number: str, language: str | None, out: Path | None) -> None:
    """Write the service sheet of order NUMBER as PDF, or as a picture for a chat."""
    from bot.sheet.drawing import image, pdf
    from bot.sheet.gathering import sheet_of
    from bot.sheet.sheet import SheetProblem

    settings = configuration.load()
    number = number.strip().upper()
    with opened(settings) as store:
        order = store.run(lambda tx: tx.orders.find(number))
        if order is None:
            raise click.ClickException(f"there is no order {number}")
        gathered, customer = store.run(
            lambda tx: (sheet_of(tx, order, settings.service), tx.customers.get(order.customer_id))
        )
    out = out or Path(f"{number}.pdf")
    if out.suffix.lower() not in FORMS:
        raise click.BadParameter(f"{out.name} must end in .pdf or .png", param_hint="--out")
    draw = pdf if out.suffix.lower() == ".pdf" else image
    spoken = language or customer.language or settings.service.language
    try:
        drawn = draw(gathered, spoken, utc_now())
        out.write_bytes(drawn)
    except SheetProblem as problem:
        raise click.ClickException(str(problem)) from None
    except OSError as problem:
        raise click.ClickException(f"cannot write {out}: {problem.strerror}") from None
    click.echo(f"{out}: {len(drawn):,} bytes")
