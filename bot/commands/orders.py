"""`python -m bot orders`: look at service orders, move them, take them out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from bot import settings as configuration
from bot.commands import order_archive, order_log, order_quote, order_sheet
from bot.commands import orders_shown as shown
from bot.commands.kb_desk import actor_option, opened, utc_now
from bot.commands.order_visit import arranging
from bot.settings import PROJECT, Settings
from storage import Store
from storage.order_search import Filters
from storage.orders import Order

PICTURE = PROJECT / "docs" / "order-life.md"
_ACTORS = ("agent", "engineer", "supervisor", "system")


@click.group(name="orders")
def group() -> None:
    """Look after service orders."""


group.add_command(order_archive.archive)
group.add_command(order_sheet.sheet)
group.add_command(order_quote.quote)
group.add_command(order_log.log)


def _filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that narrow a list."""
    options = (
        click.option("--kind", help="fault, consultation, complaint, installation or return."),
        click.option("--status", help="A state, e.g. accepted (see docs/order-life.md)."),
        click.option("--open/--ended", "is_open", default=None, help="Only open ones, or only ended ones."),
        click.option("--number", help="A number, or how it begins: SR-20260302."),
        click.option("--name", help="Part of the customer's name."),
        click.option("--phone", help="The customer's phone number, or its last four digits or more."),
        click.option("--assignee", help="The code of who has them."),
        click.option("--serial", help="The device's serial number."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _chosen(settings: Settings, phone: str | None, kind: str | None, status: str | None,
            is_open: bool | None, **rest: Any) -> Filters:  # fmt: skip
    from handlers import checks
    from handlers.life import life

    for what, value, known in (("--kind", kind, life().kinds), ("--status", status, life().states)):
        if value is not None and value not in known:
            raise click.BadParameter(f"'{value}' is none of: {', '.join(known)}", param_hint=what)
    if phone is not None:
        digits = "".join(c for c in phone if c.isdigit())
        if len(digits) < 4:
            raise click.BadParameter("give four digits or more", param_hint="--phone")
        phone = checks.phone(phone, settings.service.countries) or digits
    return Filters(kind=kind, status=status, open=is_open, phone=phone, **rest)


@group.command(name="list")
@_filters
@click.option("--page", default=1, show_default=True, type=click.IntRange(1))
@click.option("--size", default=20, show_default=True, type=click.IntRange(1, 500), help="Orders on a page.")
@click.option("--full", is_flag=True, help="Show names and phone numbers in full.")
@click.option("--json", "as_json", is_flag=True)
def listing(page: int, size: int, full: bool, as_json: bool, **chosen: Any) -> None:
    """List orders, newest first; personal data is masked."""
    settings = configuration.load()
    filters = _chosen(settings, **chosen)
    with opened(settings) as store:
        total, found = store.run(
            lambda tx: (
                tx.order_search.count(filters),
                tx.order_search.page(filters, size, (page - 1) * size),
            )
        )
    zone = settings.service.zone
    if as_json:
        click.echo(json.dumps([shown.as_json(one, full) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(shown.line(one, zone, full))
    pages = max(1, -(-total // size))
    click.echo(f"{total} orders, page {page} of {pages}" if total else "no such orders")


@group.command()
@click.argument("number")
@click.option("--json", "as_json", is_flag=True)
def show(number: str, as_json: bool) -> None:
    """Show an order in full: what it says, who did what when and why, and what may be done next."""
    settings = configuration.load()
    with opened(settings) as store:
        order = _find(store, number)
        events = store.run(lambda tx: tx.orders.events(order.id))
    if as_json:
        told = {**asdict(order), "history": [asdict(event) for event in events]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2, default=str))
        return
    for line in shown.whole(order, events, settings.service.zone):
        click.echo(line)


@group.command()
@click.argument("number")
@click.argument("move")
@click.option("--as", "role", type=click.Choice(_ACTORS), default="supervisor", show_default=True,
              help="In which capacity.")  # fmt: skip
@click.option("--reason", default="", help="Why; some moves need it, and some tell it to the customer.")
@click.option("--expect", type=int, help="Only if the order is still at this version (see show).")
@click.option("--to", help="The code of who gets it (dispatch, redispatch).")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day of the visit: 2026-03-05.")
@click.option("--slot", help="The slot of the visit, on the service's clock: 13:30-15:30.")
@click.option("--when", help="A time to tell the customer, in words.")
@click.option("--contact", help="Who to tell the customer of, e.g. the engineer's name and phone.")
@actor_option
def move(number: str, move: str, role: str, reason: str, expect: int | None, to: str | None,
         day: datetime | None, slot: str | None, when: str | None, contact: str | None,
         actor: str) -> None:  # fmt: skip
    """Move an order, e.g. `orders move SR-202603020001 take`; the customer is told what concerns them.

    A visit needs its day and slot, unless the customer has chosen a time: `… schedule_visit --day
    2026-03-05 --slot 13:30-15:30`.
    """
    from handlers.life import Actor, Refused, move_and_tell
    from handlers.visits_arranged import VISITS

    settings = configuration.load()
    visiting = move in VISITS or day is not None or slot is not None
    values = {name: value for name, value in (("when", when), ("contact", contact)) if value}
    mover, now = Actor(role, actor), utc_now()
    with opened(settings) as store:
        order = _find(store, number)
        try:
            if visiting:
                arranged = arranging(settings, move, day, slot, to, when)
                moved = store.run(
                    lambda tx: arranged(
                        tx, order=order, actor=mover, reason=reason, now=now, expected_version=expect,
                        contact=contact or "",
                    )
                )  # fmt: skip
            else:
                moved = store.run(
                    lambda tx: move_and_tell(
                        tx, order, move, mover, reason, now, expected_version=expect, to=to, values=values
                    )
                )
        except Refused as refused:
            possible = ", ".join(one.name for one in shown.possible(refused.order, role)) or "nothing"
            raise click.ClickException(f"{refused.words('en')} Possible as {role}: {possible}.") from None
    told = f"; the customer is told ({moved.move.tells})" if moved.move.tells else ""
    click.echo(
        f"{order.number}: {moved.before.status} → {moved.order.status} (version {moved.order.version}){told}"
    )


@group.command()
@click.argument("number")
@click.option("--language", type=click.Choice(("zh", "en")), help="Default: the service's.")
def explain(number: str, language: str | None) -> None:
    """Say who was given an order, and why it was them: every candidate with the reasons."""
    from handlers.dispatch.wording import history

    settings = configuration.load()
    with opened(settings) as store:
        order = _find(store, number)
        kept, staff = store.run(lambda tx: (tx.dispatches.of_order(order.id), tx.staff.all()))
    tongue, codes = language or settings.service.language, {one.id: one.code for one in staff}
    click.echo(history(kept, codes, order.number, tongue) or f"{order.number} was given to nobody yet")


@group.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_filters
@click.option("--format", "form", type=click.Choice(("csv", "xlsx")), help="Default: as FILE's name ends.")
@click.option(
    "--language", type=click.Choice(("zh", "en")), help="Of headings and words; default: the service's."
)
@click.option("--masked", is_flag=True, help="Without personal data.")
@click.option("--force", is_flag=True, help="Write over FILE.")
def export(
    file: Path, form: str | None, language: str | None, masked: bool, force: bool, **chosen: Any
) -> None:
    """Write orders into FILE, as CSV or XLSX."""
    from bot.commands import writing
    from bot.orders import exporting

    settings = configuration.load()
    form = form or file.suffix.lstrip(".").lower()
    if form not in exporting.WRITERS:
        raise click.UsageError(f"{file} ends neither in .csv nor in .xlsx; give --format")
    writing.wanted(file, force)
    filters, tongue, zone = (
        _chosen(settings, **chosen),
        language or settings.service.language,
        settings.service.zone,
    )
    with opened(settings) as store:
        found = exporting.all_orders(store, filters)
        rows = (exporting.row(one, tongue, zone, masked) for one in found)
        count = writing.table(file, form, exporting.headings(tongue), rows)
    click.echo(f"{file}: {count} orders")


@group.command()
@click.option("--check", is_flag=True, help="Only say whether the page is up to date.")
@click.option("--out", default=PICTURE, type=click.Path(dir_okay=False, path_type=Path), show_default=False)
def life(check: bool, out: Path) -> None:
    """Draw the life of an order from its table of moves into docs/order-life.md."""
    from handlers.life import LifeProblem
    from handlers.life import life as table
    from handlers.life.picture import page

    try:
        drawn = page(table())
    except LifeProblem as problem:
        raise click.ClickException(str(problem)) from None
    if check:
        if not out.exists() or out.read_text(encoding="utf-8") != drawn:
            raise click.ClickException(f"{out.name} is not up to date: python -m bot orders life")
        click.echo(f"{out.name} is up to date")
        return
    try:
        out.write_text(drawn, encoding="utf-8")
    except OSError as problem:
        raise click.ClickException(f"{out}: cannot be written ({problem.strerror})") from None
    click.echo(str(out))


def _find(store: Store, number: str) -> Order:
    order = store.run(lambda tx: tx.orders.find(number.strip().upper()))
    if order is None:
        raise click.ClickException(f"there is no order {number}")
    return order
