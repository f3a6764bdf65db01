"""Conversations with a form's question open: the answer is tried without the classifier first."""

from __future__ import annotations

from collections import OrderedDict

from bot.messages import Address

REMEMBERED = 10_000


class OpenQuestions:
    """A guess that saves work and decides nothing: a forgotten question costs one classifier call."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._open: OrderedDict[Address, None] = OrderedDict()

    def note(self, address: Address, is_open: bool) -> None:
        """What the last turn with this customer left behind."""
        self._open.pop(address, None)
        if is_open:
            self._open[address] = None
            if len(self._open) > self._limit:
                self._open.popitem(last=False)

    def __contains__(self, address: object) -> bool:
        return address in self._open
