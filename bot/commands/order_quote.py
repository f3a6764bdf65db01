"""`python -m bot orders quote`: price a plan of work and ask the customer to approve it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import click

from bot import settings as configuration
from bot.commands.kb_desk import actor_option, opened, utc_now
from handlers.fees.amounts import Currency
from handlers.fees.quoting import Part, Plan, Work


@click.command()
@click.argument("number")
@click.option("--cause", required=True, help="What is wrong, in words for the customer.")
@click.option("--measures", required=True, help="What will be done.")
@click.option("--part", "parts", multiple=True, metavar="NAME=COST[*QUANTITY]", help="E.g. 排水泵=98.00*1.")
@click.option("--work", "jobs", multiple=True, metavar="JOB[=MINUTES]", help="A job: repair=60.")
@click.option("--visit/--no-visit", default=True, show_default=True, help="Whether the visit is charged.")
@click.option("--dry-run", is_flag=True, help="Only show the quotation.")
@actor_option
def quote(
    number: str, cause: str, measures: str, parts: tuple[str, ...], jobs: tuple[str, ...], visit: bool,
    dry_run: bool, actor: str,
) -> None:  # fmt: skip
    """Price a plan for order NUMBER, warranty first; the customer approves or declines it in chat."""
    from bot.dialogue import Dialogue
    from bot.voice import DeskVoice
    from handlers.fees import quoting
    from handlers.fees.wording import WORDS, whole
    from handlers.life import Actor, Refused
    from handlers.quotations import ask, cover_of

    settings = configuration.load()
    zone, now = ZoneInfo(settings.service.zone), utc_now()
    local = now.astimezone(zone)
    number, currency = number.strip().upper(), settings.fees.currency
    fitted = tuple(_part(one, currency) for one in parts)
    with opened(settings) as store:
        order = store.run(lambda tx: tx.orders.find(number))
        if order is None:
            raise click.ClickException(f"there is no order {number}")
        plan = Plan(
            number, cause, measures, order.fields.get("product"), order.region or "elsewhere",  # type: ignore[arg-type]
            order.customer_level, fitted, tuple(map(_work, jobs)), visit,  # type: ignore[arg-type]
        )  # fmt: skip
        try:
            cover = cover_of(order, local.date(), settings.warranty, settings.serial_numbers)
            quotation = quoting.quote(plan, cover, settings.fees, now)
        except quoting.QuotationProblem as problem:
            raise click.ClickException(WORDS.say(problem.phrase, "en")) from None
        if dry_run:
            click.echo(whole(quotation, local, settings.service.language))
            return
        voice = DeskVoice(Dialogue.load(settings))
        speaker = Actor("engineer", actor)
        try:
            version = store.run(lambda tx: ask(tx, voice, order, quotation, speaker, local))
        except Refused as refused:
            raise click.ClickException(refused.words("en")) from None
    click.echo(f"{number}: the customer is asked about version {version}")
    click.echo(whole(quotation, local, settings.service.language))


def _part(text: str, currency: Currency) -> Part:
    from handlers.fees.amounts import AmountProblem, parse
    from handlers.fees.wording import reason

    name, _, rest = text.partition("=")
    cost, _, quantity = rest.partition("*")
    if not name.strip() or not cost.strip() or not (quantity or "1").isdecimal():
        raise click.BadParameter(f"'{text}': expected NAME=COST or NAME=COST*QUANTITY", param_hint="--part")
    try:
        return Part(name.strip(), parse(cost, currency), int(quantity or 1), name.strip())
    except AmountProblem as problem:
        told = f"'{text}': {reason(problem, currency, 'en')}"
        raise click.BadParameter(told, param_hint="--part") from None


def _work(text: str) -> Work:
    job, _, minutes = text.partition("=")
    if not job.strip() or not (minutes or "0").isdecimal():
        raise click.BadParameter(f"'{text}': expected JOB or JOB=MINUTES", param_hint="--work")
    return Work(job.strip(), int(minutes or 0))
