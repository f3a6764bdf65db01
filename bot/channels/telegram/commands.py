"""The bot's commands: what they mean and how the menu describes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from telegram import BotCommand

from bot.channels.telegram.wording import WORDS

COMMANDS: dict[str, dict[str, Any]] = WORDS["commands"]
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@[A-Za-z0-9_]{1,64})?(?:\s+(.*))?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """What a command means: a payload, or words to be understood like any others."""

    payload: str | None
    words: str = ""


def command_in(text: str, language: str | None) -> Command | None:
    """The known command a message begins with, addressed to `@bot` or not; None for everything else.

    `/start <name>` is what a deep link (`https://t.me/bot?start=report`) sends: when it names another
    command it means that one; any other word is the link's own mark and no words of the customer.
    `/report` followed by words is those words, said as a report.
    """
    found = _COMMAND.match(text)
    if found is None or found[1].lower() not in COMMANDS:
        return None
    name, argument = found[1].lower(), (found[2] or "").strip()
    if name == "start":
        linked = COMMANDS.get(argument.lower(), COMMANDS[name])
        return Command(linked["payload"])
    said = COMMANDS[name].get("said")
    if argument and said:
        return Command(None, said[language or "zh"].format(words=argument))
    return Command(COMMANDS[name]["payload"], argument)


def menu(language: str) -> list[BotCommand]:
    """The commands as `setMyCommands` wants them."""
    return [BotCommand(name, command[language]) for name, command in COMMANDS.items()]
