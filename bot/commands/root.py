"""The root of the command line; each command is imported only when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from bot.packages import shadowed

COMMANDS = {
    "run": ("bot.commands.run", "run"),
    "chat": ("bot.commands.chat", "chat"),
    "db": ("bot.commands.db", "group"),
    "demo": ("bot.commands.demo", "demo"),
    "doctor": ("bot.commands.doctor", "doctor"),
    "orders": ("bot.commands.orders", "group"),
    "complaints": ("bot.commands.complaints", "group"),
    "customers": ("bot.commands.customers", "group"),
    "staff": ("bot.commands.staff", "group"),
    "users": ("bot.commands.users", "group"),
    "reports": ("bot.commands.reports", "group"),
    "samples": ("bot.commands.samples", "group"),
    "tasks": ("bot.commands.tasks", "group"),
    "tokens": ("bot.commands.tokens", "group"),
    "webhooks": ("bot.commands.webhooks", "group"),
    "outbox": ("bot.commands.outbox", "group"),
    "schedule": ("bot.commands.schedule", "group"),
    "nlu": ("bot.commands.nlu", "group"),
    "kb": ("bot.commands.kb", "group"),
    "action-server": ("bot.commands.action_server", "action_server"),
}


class Commands(click.Group):
    """Finds commands by name in `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Baoxiu 报修: the after-sales desk in customers' chats."""


def main() -> None:
    """Run the command line; problems an operator can mend are one line on standard error."""
    for found in shadowed():
        click.echo(f"baoxiu: {found}", err=True)
        sys.exit(2)
    from bot.settings import SettingsProblem
    from storage import StoreProblem

    try:
        cli(prog_name="python -m bot")
    except (SettingsProblem, StoreProblem) as problem:
        click.echo(f"baoxiu: {problem}", err=True)
        sys.exit(2)
