"""The desk itself, `python -m bot run`, with Telegram's pacing lifted: the stub takes any number a second."""

from __future__ import annotations

from bot.channels.protocol import Pacing
from bot.channels.telegram import TelegramChannel
from bot.commands.run import run

if __name__ == "__main__":
    TelegramChannel.pacing = Pacing(per_second=1_000_000.0)
    run()
