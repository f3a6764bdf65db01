"""`python -m bot`: the desk's command line."""

from __future__ import annotations

from bot.commands.root import main

main()
