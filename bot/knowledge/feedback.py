"""What customers made of the knowledge base: questions without an answer, in groups, and answers' rates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from nlu.context import Context
from nlu.diagnosis import plain
from nlu.encoder import SentenceEncoder
from nlu.grouping import groups
from nlu.privacy import redact
from nlu.text import prepare
from storage.knowledge import Gap, Rating

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class GapGroup:
    """Questions that ask the same and had no answer; `question` is the one asked most."""

    question: str
    count: int
    languages: dict[str, int]
    products: dict[str, int]
    examples: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime

    def as_json(self) -> dict[str, Any]:
        """The group with its times as ISO text."""
        return {
            **asdict(self),
            "first_seen": self.first_seen.isoformat(),
            "last_seen": self.last_seen.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one version of an article did not help."""

    article: str
    version: str
    language: str | None
    helpful: int
    not_helpful: int
    last_seen: datetime

    @property
    def unhelpful(self) -> float:
        """The share of "no", 0..1."""
        return self.not_helpful / (self.helpful + self.not_helpful)

    def as_json(self) -> dict[str, Any]:
        """The rate with its time as ISO text."""
        return {
            **asdict(self),
            "unhelpful": round(self.unhelpful, 4),
            "last_seen": self.last_seen.isoformat(),
        }


def gap_groups(
    found: Sequence[Gap], encoder: SentenceEncoder, context_of: Callable[[datetime], Context]
) -> list[GapGroup]:
    """The questions in groups of the same meaning, the largest first; the same for the same questions."""
    asked: dict[str, list[Gap]] = {}
    for gap in found:
        kept = redact(gap.text, context_of(gap.at)).strip()  # what an older desk kept may name somebody
        if key := plain(kept):
            asked.setdefault(key, []).append(Gap(kept, gap.language, gap.product, gap.at))
    texts = sorted(asked, key=lambda text: (-len(asked[text]), text))
    if not texts:
        return []
    read = [prepare(asked[text][0].text) for text in texts]
    made = [_group([asked[texts[i]] for i in group]) for group in groups(read, encoder.encode(read))]
    return sorted(made, key=lambda group: (-group.count, -group.last_seen.timestamp(), group.question))


def rates(found: Sequence[Rating], at_least: int = 1) -> list[Rate]:
    """The rates of every version rated at least so often, the least helpful first."""
    told: dict[tuple[str, str, str | None], list[Rating]] = {}
    for one in found:
        told.setdefault((one.article, one.version, one.language), []).append(one)
    made = [
        Rate(
            *key,
            helpful=sum(r.helpful for r in rated),
            not_helpful=sum(not r.helpful for r in rated),
            last_seen=max(r.at for r in rated),
        )
        for key, rated in told.items()
        if len(rated) >= at_least
    ]
    return sorted(made, key=lambda r: (-r.unhelpful, -r.not_helpful, r.article, r.version, r.language or ""))


def _group(wordings: Sequence[Sequence[Gap]]) -> GapGroup:
    every = [gap for wording in wordings for gap in wording]
    examples = tuple(wording[0].text for wording in wordings[:EXAMPLES])
    return GapGroup(
        question=examples[0],
        count=len(every),
        languages=_counted(gap.language for gap in every),
        products=_counted(gap.product for gap in every if gap.product),
        examples=examples,
        first_seen=min(gap.at for gap in every),
        last_seen=max(gap.at for gap in every),
    )


def _counted(names: Any) -> dict[str, int]:
    counts = Counter(names)
    return {name: counts[name] for name in sorted(counts, key=lambda name: (-counts[name], name))}
