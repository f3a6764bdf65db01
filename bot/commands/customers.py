"""`python -m bot customers`: one customer: what is known, taken out or erased (E9); their chats (A3)."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bot.commands import customer_links
from bot.commands.customer_meant import meant
from bot.commands.kb_desk import actor_option, utc_now
from bot.orders.masking import masked_name, masked_phone


@click.group(name="customers")
def group() -> None:
    """Show, take out or erase what is known of one customer, link their chats.

    WHO is the number of one of their orders, their phone number, the customer's id, or the address of one of
    their chats (channel:account:address).
    """


group.add_command(customer_links.link)
group.add_command(customer_links.unlink)


@group.command()
@click.argument("who")
@click.option("--full", is_flag=True, help="Show name, phone number and address in full.")
@click.option("--json", "as_json", is_flag=True, help="Everything, as the export has it, without files.")
def show(who: str, full: bool, as_json: bool) -> None:
    """Show what is known of WHO, personal data masked."""
    with meant(who) as (store, _settings, (customer_id,)):
        rows = store.run(lambda tx: tx.records.of_customer(customer_id))
        erasure = store.run(lambda tx: tx.records.erasure_of(customer_id))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1, default=str))
        return
    for row in (one for one in rows["customers"] if one["id"] == customer_id):
        name, phone = (
            (row["name"], row["phone"]) if full else (masked_name(row["name"]), masked_phone(row["phone"]))
        )
        verified = ", number verified" if row["verified_phone"] else ""
        click.echo(f"customer {customer_id}: {name or '-'}  {phone or '-'}  {row['level']}{verified}")
        if full and row["address"]:
            click.echo(row["address"])
    if erasure:
        click.echo(f"erased {erasure.at:%Y-%m-%d %H:%M} UTC by {erasure.actor}: {erasure.reason}")
    for one in rows["conversations"]:
        began = (
            f", began as customer {own}" if (own := one["own_customer_id"]) not in (None, customer_id) else ""
        )
        click.echo(f"conversation {one['id']}: {one['channel']}, {one['last_seq']} messages{began}")
    for one in rows["customer_joins"]:
        click.echo(customer_links.shown(one, full))
    for order in rows["orders"]:
        click.echo(f"{order['number']}  {order['kind']}, {order['status']}")
    held = ", ".join(f"{name} {len(found)}" for name, found in rows.items() if found)
    click.echo(f"rows: {held or 'none'}")


@group.command()
@click.argument("who")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The ZIP file.")
@click.option("--force", is_flag=True, help="Write over the file.")
def export(who: str, out: Path, force: bool) -> None:
    """Write everything known of WHO, with their files, into a ZIP file of JSON (docs/records.md)."""
    from bot.records.exporting import everything, write_export

    if out.exists() and not force:
        raise click.ClickException(f"{out} is there already; --force writes over it")
    with meant(who) as (store, settings, (customer_id,)):
        rows = everything(store, settings, customer_id)
        try:
            counts = write_export(out, customer_id, rows, settings.data_path / "media", utc_now())
        except OSError as problem:
            raise click.ClickException(f"{out}: cannot be written ({problem.strerror})") from None
    told = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    click.echo(f"{out}: customer {customer_id}: {told}")


@group.command()
@click.argument("who")
@click.option("--reason", required=True, help="Why, for the record; without personal data.")
@click.option("--force", is_flag=True, help="Although orders are open; the record says so.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@actor_option
def erase(who: str, reason: str, force: bool, yes: bool, actor: str) -> None:
    """Erase what is known of WHO; orders that must be kept stay without name, words and files."""
    from bot.records.erasing import erase as erase_everywhere
    from handlers.records.archive import Damaged
    from handlers.records.erasing import Refused

    if not 3 <= len(reason.strip()) <= 500:
        raise click.BadParameter("say why in 3 to 500 characters", param_hint="--reason")
    with meant(who) as (store, settings, (customer_id,)):
        before = store.run(lambda tx: tx.records.erasure_of(customer_id))
        if before is not None:
            click.echo(f"customer {customer_id} was erased {before.at:%Y-%m-%d %H:%M} UTC by {before.actor}")
        orders = store.run(lambda tx: len(tx.records.of_customer(customer_id)["orders"]))
        if not (yes or before):
            click.confirm(
                f"Erase customer {customer_id} with {orders} orders? This cannot be undone", abort=True
            )
        try:
            record = erase_everywhere(store, settings, customer_id, actor, reason, utc_now(), force)
        except (Refused, Damaged) as problem:
            raise click.ClickException(f"not erased: {problem}") from None
    if before is not None:
        return
    click.echo(
        f"customer {customer_id} is erased: {record.orders_kept} orders stay without personal data,"
        f" {record.orders_removed} were removed"
    )
