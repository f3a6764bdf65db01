"""Messages that wait together (B1): one batch, and each its own outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from bot.understanding import Understander
from nlu.context import Context
from nlu.understanding import Understanding


class Reader:
    """Understands everything but "broken"."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def parse_many(self, texts: Sequence[str], contexts: Sequence[Context]) -> list[Understanding]:
        self.batches.append(list(texts))
        if "broken" in texts:
            raise ArithmeticError("broken")
        return [Understanding(text, "greet", 1.0) for text in texts]


@pytest.fixture
def reader() -> Reader:
    return Reader()


async def together(reader: Any, context: Context, *texts: str) -> list[Understanding | BaseException]:
    """What comes of messages that arrive at once."""
    understander = Understander(reader)
    try:
        return await asyncio.gather(
            *(understander.parse(text, context) for text in texts), return_exceptions=True
        )
    finally:
        understander.close()


async def test_waiting_messages_go_through_together(reader: Reader, context: Context) -> None:
    """B1: one call for all of them, the answers in their order."""
    found = await together(reader, context, "one", "two", "three")
    assert [u.text for u in found if isinstance(u, Understanding)] == ["one", "two", "three"]
    assert reader.batches == [["one", "two", "three"]]


async def test_a_message_that_fails_takes_no_other_with_it(reader: Reader, context: Context) -> None:
    """B1: who waits beside a message that cannot be read is served all the same."""
    one, broken, two = await together(reader, context, "one", "broken", "two")
    assert isinstance(one, Understanding)
    assert isinstance(broken, ArithmeticError)
    assert isinstance(two, Understanding)


async def test_who_comes_after_the_end_hears_of_it(reader: Reader, context: Context) -> None:
    """B1: nobody waits for a thread that is gone."""
    understander: Any = Understander(reader)  # type: ignore[arg-type]
    understander.close()
    with pytest.raises(RuntimeError):
        await asyncio.wait_for(understander.parse("one", context), 5)
