"""`python -m bot orders archive`: orders that are no longer in the database (E9)."""

from __future__ import annotations

import json

import click

from bot import settings as configuration
from bot.commands.kb_desk import opened


@click.group(name="archive")
def archive() -> None:
    """Look into the archive of old orders."""


@archive.command(name="list")
@click.option("--check", is_flag=True, help="Read every file and compare its checksum.")
def list_(check: bool) -> None:
    """List the archive's files with their orders."""
    from handlers.records import archive as files

    settings = configuration.load()
    folder = settings.data_path / files.FOLDER
    with opened(settings) as store:
        found = store.run(lambda tx: tx.retention.archives())
    damaged = 0
    for one in found:
        told = ""
        if check:
            try:
                files.check(folder, one)
                told = "  ok"
            except files.Damaged as problem:
                damaged += 1
                told = f"  DAMAGED: {problem}"
        click.echo(f"{one.file}  {one.orders} orders  {one.first_number} – {one.last_number}{told}")
    click.echo(f"{sum(one.orders for one in found)} orders in {len(found)} files in {folder}")
    if damaged:
        raise click.ClickException(f"{damaged} files are damaged")


@archive.command()
@click.option("--number", help="The number, or how it begins.")
@click.option("--name", help="Part of the customer's name.")
@click.option("--phone", help="The customer's phone number, or its last four digits or more.")
@click.option("--json", "as_json", is_flag=True, help="Each order whole, one a line.")
def find(number: str | None, name: str | None, phone: str | None, as_json: bool) -> None:
    """Find archived orders; personal data is shown with --json only."""
    from bot.orders.masking import masked_name, masked_phone
    from bot.records import archives
    from handlers import checks
    from handlers.records.archive import Damaged

    if not (number or name or phone):
        raise click.UsageError("give --number, --name or --phone")
    settings = configuration.load()
    if phone is not None:
        digits = "".join(c for c in phone if c.isdigit())
        if len(digits) < 4:
            raise click.BadParameter("give four digits or more", param_hint="--phone")
        phone = checks.phone(phone, settings.service.countries) or digits
    count = 0
    with opened(settings) as store:
        try:
            for file, one in archives.find(store, settings.data_path, archives.like(number, name, phone)):
                count += 1
                if as_json:
                    click.echo(json.dumps(one, ensure_ascii=False))
                    continue
                order = one["order"]
                who = f"{masked_name(order['contact_name'])}  {masked_phone(order['contact_phone'])}"
                click.echo(
                    f"{order['number']}  {order['kind']}, {order['status']}  {order['closed_at'][:10]}"
                    f"  {who}  {file.file}"
                )
        except Damaged as problem:
            raise click.ClickException(str(problem)) from None
    if not as_json:
        click.echo(f"{count} orders" if count else "no such orders in the archive")
