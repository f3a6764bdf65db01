"""Advice: what a turn may have a model choose for it, and what was chosen; never words for the customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

INTENT, PRODUCT, SYMPTOM, ARTICLE = "intent", "product", "symptom", "article"
DETAILS = (PRODUCT, SYMPTOM)


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: `options` are ids with words that say what each is.

    A `quoted` choice is worth nothing without the customer's own words for it.
    """

    subject: str
    options: Mapping[str, str]
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """The option taken; characters [start, end) of the message are the words quoted for it, if any."""

    option: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Doubt:
    """When the desk's own result counts as unsure, and which subjects may be asked about."""

    subjects: frozenset[str] = frozenset()
    intent_below: float = 0.55
    scope_from: float = 0.1
    article_from: float = 0.25


class AdviceWanted(Exception):
    """The turn would go better with a choice made: have it made and take the turn again.

    `private` are words known to be the customer's own (name, address, numbers), to be masked.
    """

    def __init__(self, choices: tuple[Choice, ...], private: tuple[str, ...] = ()) -> None:
        super().__init__(", ".join(choice.subject for choice in choices))
        self.choices = choices
        self.private = private


@dataclass(frozen=True, slots=True)
class Advice:
    """What was chosen for one message so far, by subject; while it is `open` more may be asked."""

    doubt: Doubt = Doubt()
    open: bool = False
    chosen: Mapping[str, Chosen | None] = field(default_factory=dict)

    def wants(self, subject: str) -> bool:
        """Whether asking about that subject can lead anywhere."""
        return bool(self.chosen.get(subject)) or (self.open and subject in self.doubt.subjects)

    def take(self, choices: tuple[Choice, ...], private: tuple[str, ...] = ()) -> dict[str, Chosen]:
        """What was chosen of these options; raises AdviceWanted for what was not asked about yet."""
        open_ones = tuple(
            c for c in choices if c.options and c.subject not in self.chosen and self.wants(c.subject)
        )
        if open_ones:
            raise AdviceWanted(open_ones, private)
        found = ((c, self.chosen.get(c.subject)) for c in choices)
        return {c.subject: one for c, one in found if one is not None and one.option in c.options}


NO_ADVICE = Advice()
"""Nobody is asked; the desk's own result stands."""
