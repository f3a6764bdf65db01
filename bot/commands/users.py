"""`python -m bot users`: who may sign in to the console."""

from __future__ import annotations

import os
import sys

import click

from bot import settings as configuration
from bot.commands.kb_desk import opened, utc_now
from bot.console import accounts
from bot.settings import Settings
from storage import Store, Tx
from storage.users import ROLES, User

PASSWORD = "BAOXIU_PASSWORD"  # noqa: S105 - the variable's name
_WHY = {
    "bad_user_name": "a name has small letters, digits, . _ and -, e.g. li.na",
    "user_name_taken": "there is a user {name} already",
    "no_such_staff": "nobody of the staff has the code {staff}",
    "staff_taken": "{staff} is another user already",
    "last_administrator": "{name} is the only administrator",
}


@click.group(name="users")
def group() -> None:
    """Look after who may sign in to the console."""


@group.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="agent", show_default=True)
@click.option("--shown", help="The name colleagues see; default: NAME.")
@click.option("--staff", metavar="CODE", help="The same person among those who get orders.")
def add(name: str, role: str, shown: str | None, staff: str | None) -> None:
    """Let somebody in. The password comes from BAOXIU_PASSWORD, is asked for, or made and printed once."""
    settings, now = configuration.load(), utc_now()
    name = name.strip().casefold()
    kept, told = _password(settings, name)
    with opened(settings) as store:
        try:
            store.run(
                lambda tx: accounts.add(
                    tx, name, shown or "", role, kept, accounts.By(), now, staff=staff or ""
                )
            )
        except accounts.NotDone as problem:
            raise click.ClickException(_WHY[problem.word].format(name=name, staff=staff)) from None
    click.echo(f"{name} may sign in as {role}")
    if told:
        click.echo(f"the password, shown this once: {told}")


@group.command(name="list")
def list_() -> None:
    """List the users."""
    with opened(configuration.load()) as store:
        users, codes = store.run(lambda tx: (tx.users.all(), {one.id: one.code for one in tx.staff.all()}))
    for one in users:
        state = "" if one.active else "  may not sign in"
        staff = f"  staff {codes[one.staff_id]}" if one.staff_id else ""
        click.echo(f"{one.name:<20}  {one.role:<10}  {one.shown}{staff}{state}")
    if not users:
        click.echo("there are no users: python -m bot users add NAME --role admin")


@group.command()
@click.argument("name")
def disable(name: str) -> None:
    """Somebody may not sign in any more, and is signed out at once."""
    _change(name, "user_disabled", active=False)
    click.echo(f"{name} may not sign in any more")


@group.command()
@click.argument("name")
def enable(name: str) -> None:
    """Somebody may sign in again."""
    _change(name, "user_enabled", active=True)
    click.echo(f"{name} may sign in again")


@group.command()
@click.argument("name")
def password(name: str) -> None:
    """Give somebody a new password; they are signed out everywhere."""
    settings = configuration.load()
    kept, told = _password(settings, name)
    _change(name, "password_changed", password=kept)
    click.echo(f"{name} has a new password")
    if told:
        click.echo(f"the password, shown this once: {told}")


@group.command()
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
def role(name: str, role: str) -> None:
    """Give somebody another role; they are signed out everywhere."""
    _change(name, "role_changed", role=role)
    click.echo(f"{name} is {role} from now on")


@group.command(name="totp-reset")
@click.argument("name")
def totp_reset(name: str) -> None:
    """Take somebody's second factor away, e.g. for a lost phone; they are signed out everywhere."""
    _change(name, "second_factor_reset", **accounts.NO_SECOND_FACTOR)
    click.echo(f"{name} signs in with the password alone, until they set up another phone")


@group.command(name="oidc-reset")
@click.argument("name")
def oidc_reset(name: str) -> None:
    """Forget who somebody is at the single sign-on, e.g. once their name is another person's there."""
    _change(name, "oidc_parted", subject=None)
    click.echo(f"{name} is whoever comes next from the single sign-on by that name")


@group.command()
@click.argument("name")
@click.option("--end", is_flag=True, help="The account linked so far is theirs no more.")
def telegram(name: str, end: bool) -> None:
    """Make a one-time code by which somebody links their Telegram account for the agents' group."""
    from random import SystemRandom

    from bot.telegram_desk import linking

    settings, now = configuration.load(), utc_now()
    minutes = settings.channels.telegram.desk.code_minutes

    def work(tx: Tx) -> str | None:
        user = tx.users.named(name.strip().casefold())
        if user is None or not (user.active or end):
            raise click.ClickException(f"there is no user {name} who may sign in")
        if not end:
            return linking.offer(tx, user.id, SystemRandom(), now, minutes)
        if not linking.end(tx, user.id, now):
            raise click.ClickException(f"{name} has no linked account")
        return None

    with opened(settings) as store:
        code = store.run(work)
    if code is None:
        click.echo(f"{name} has no linked Telegram account any more")
        return
    click.echo(f"{name} sends the bot, in a private chat within {minutes:g} minutes: /link {code}")


def first_administrator(store: Store) -> tuple[str, str] | None:
    """Where there are no users: makes `admin` and returns name and password, else None."""
    from bot.console.passwords import hashed, invented

    if store.run(lambda tx: tx.users.count()):
        return None
    made, now = invented(), utc_now()
    kept = hashed(made)
    added = store.run(lambda tx: tx.users.add("admin", "admin", "admin", kept, now))
    return (added.name, made) if added else None


def _password(settings: Settings, name: str) -> tuple[str, str | None]:
    """The hash of the password given, and the password itself where it was made up here."""
    from bot.console.passwords import PasswordProblem, checked, hashed, invented

    given = os.environ.get(PASSWORD)
    if given is None and sys.stdin.isatty():
        given = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if given is None:
        made = invented()
        return hashed(made), made
    try:
        return hashed(checked(given, settings.console.password_characters, name)), None
    except PasswordProblem as problem:
        raise click.ClickException(str(problem)) from None


def _change(name: str, action: str, **values: object) -> None:
    now = utc_now()

    def work(tx: Tx) -> User | None:
        user = tx.users.named(name.strip().casefold())
        if user is not None:
            accounts.change(tx, user, action, accounts.By(), now, **values)
        return user

    with opened(configuration.load()) as store:
        try:
            found = store.run(work)
        except accounts.NotDone as problem:
            raise click.ClickException(_WHY[problem.word].format(name=name)) from None
        if found is None:
            raise click.ClickException(f"there is no user {name}")
