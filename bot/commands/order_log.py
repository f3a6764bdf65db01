"""`python -m bot orders log`: write down what was done for an order."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from bot import settings as configuration
from bot.commands.kb_desk import actor_option, opened, utc_now


@click.command()
@click.argument("number")
@click.option("--done", required=True, help="What was done.")
@click.option("--at", help="When: 2026-03-04T10:30 on the service's clock. Default: now.")
@click.option("--place", default="", help="Where.")
@click.option("--person", help="The code of who did it. Default: who has the order.")
@click.option("--part", "parts", multiple=True, metavar="MODEL[*QUANTITY]", help="A part that was put in.")
@click.option("--old-parts", default="", help="What became of the parts taken out.")
@click.option("--solution", default="", help="What solved it.")
@click.option("--words", default="", help="What the customer said.")
@actor_option
def log(
    number: str, done: str, at: str | None, place: str, person: str | None, parts: tuple[str, ...],
    old_parts: str, solution: str, words: str, actor: str,
) -> None:  # fmt: skip
    """Add an entry to the service log of order NUMBER; it stands on the service sheet."""
    from handlers.life import Actor, Refused
    from handlers.service_log import LogProblem, Part, Work, file

    settings = configuration.load()
    now = utc_now()
    moment = _moment(at, ZoneInfo(settings.service.zone)) if at else now
    number = number.strip().upper()
    with opened(settings) as store:
        order = store.run(lambda tx: tx.orders.find(number))
        if order is None:
            raise click.ClickException(f"there is no order {number}")
        try:
            work = Work(done, moment, person, place, tuple(map(Part.read, parts)), old_parts, solution, words)
            store.run(lambda tx: file(tx, order, work, Actor("engineer", actor), now))
        except LogProblem as problem:
            raise click.ClickException(f"{problem.field}: {problem}") from None
        except Refused as refused:
            raise click.ClickException(refused.words("en")) from None
    click.echo(f"{number}: logged")


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"'{text}' is no moment; write 2026-03-04T10:30", param_hint="--at"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
