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

    `text` are the customer's words they are about. `private` are words known to be the customer's own (name,
    address, numbers), to be masked.
    """

    def __init__(self, text: str, choices: tuple[Choice, ...], private: tuple[str, ...] = ()) -> None:
        super().__init__(", ".join(choice.subject for choice in choices))
        self.text = text
        self.choices = choices
        self.private = private


@dataclass(frozen=True, slots=True)
class Advice:
    """What was chosen in one turn so far, by subject and text; while it is `open` more may be asked."""

    doubt: Doubt = Doubt()
    open: bool = False
    chosen: Mapping[tuple[str, str], Chosen | None] = field(default_factory=dict)

    def wants(self, subject: str, text: str) -> bool:
        """Whether asking about that subject can lead anywhere."""
        if (subject, text) in self.chosen:
            return self.chosen[subject, text] is not None
        return self.open and subject in self.doubt.subjects

    def take(
        self, text: str, choices: tuple[Choice, ...], private: tuple[str, ...] = ()
    ) -> dict[str, Chosen]:
        """What was chosen of these options for the text; raises AdviceWanted where nobody was asked yet."""
        new = (c for c in choices if c.options and (c.subject, text) not in self.chosen)
        if open_ones := tuple(c for c in new if self.wants(c.subject, text)):
            raise AdviceWanted(text, open_ones, private)
        found = ((c, self.chosen.get((c.subject, text))) for c in choices)
        return {c.subject: one for c, one in found if one is not None and one.option in c.options}


NO_ADVICE = Advice()
"""Nobody is asked; the desk's own result stands."""
