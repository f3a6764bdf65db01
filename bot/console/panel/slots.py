"""What the bot collected in the form under way: shown, and changed by who has the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.console import acting
from bot.console.acting import BadText
from bot.console.masking import Seen
from bot.console.means import Doer, Means
from bot.console.panel import fields
from bot.dialogue import Held
from handlers.report_slots import given
from handlers.vocabulary import word
from storage import Tx


@dataclass(frozen=True, slots=True)
class Slot:
    """One value of the form under way; `was` says which value it is, `asked` that the bot waits for it."""

    name: str
    label: str
    words: str
    edit: str
    was: str
    asked: bool


class NotTaken(Exception):
    """The value will not do; `words` is the form's own reason, or else `word` a key of `problems`."""

    def __init__(self, words: str = "", word: str = "value_wrong") -> None:
        super().__init__(word)
        self.words = words
        self.word = word


def collected(held: Held | None, seen: Seen, language: str, now: datetime) -> list[Slot]:
    """Every value of the form under way, `now` on the service's clock."""
    if held is None:
        return []
    return [_slot(held, name, seen, language, now) for name in held.values]


def _slot(held: Held, name: str, seen: Seen, language: str, now: datetime) -> Slot:
    value = held.values[name]
    words = fields.in_words(name, held.values, language, now)
    if not seen.full:
        words = str(seen.slot(name, words)) if given(value) else ""
    edit = fields.to_edit(name, held.values, language, now) if seen.full else ""
    return Slot(name, word("field", name, language), words, edit, fields.mark(value), held.asked == name)


async def change(
    means: Means, doer: Doer, conversation_id: int, name: str, told: str, was: str, language: str
) -> None:
    """Put a value into the form under way; raises NotMoved, NotTaken, BadText for what is no field of it."""
    now, told = means.clock(), told if name != "window" else fields.written(told, means.settings.service.zone)

    def work(tx: Tx) -> None:
        found = tx.conversations.get(conversation_id, lock=True)
        acting.theirs(found, doer)
        held = means.voice.held(found)
        if held is None or name not in held.values:
            raise BadText("not_found")
        if fields.mark(held.values[name]) != was:
            raise NotTaken(word="value_changed")
        desk = means.desk_for(tx, found, f"slot:{found.id}", now)
        done = means.voice.amend(found, desk, name, told, language)
        if not done.taken:
            raise NotTaken(done.problem)
        tx.conversations.save(found, now)
        acting.noted(tx, doer, "slot_changed", found, now, slot=name, form=held.form)

    await means.store.transact(work)
