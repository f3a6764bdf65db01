"""A decision of dispatch with everything that led to it, kept with the order: "why was this mine?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from handlers.phrases import Phrase

Step = Literal["rule", "deputy", "supervisor", "queue"]
"""By the rules; to the deputy of who had it; to a supervisor; nobody: the supervisors' queue."""


@dataclass(frozen=True, slots=True)
class Considered:
    """A candidate: place from 1 among those who fit, 0 for those who do not, and the reasons."""

    code: str
    name: str
    role: str
    place: int
    reasons: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Who gets the order (None: the supervisors' queue), by which step and row of the rules, and why."""

    assignee: str | None
    step: Step
    rule: int
    reason: Phrase
    candidates: tuple[Considered, ...]
    others: tuple[str, ...] = ()
    """Codes of the people whose role was not asked for."""

    @property
    def queue(self) -> str | None:
        """The queue it waits in, where nobody got it."""
        return "supervisor" if self.assignee is None else None

    def as_json(self) -> dict[str, Any]:
        """The decision as JSON can keep it."""
        return {
            "assignee": self.assignee,
            "step": self.step,
            "rule": self.rule,
            "reason": self.reason.as_json(),
            "candidates": [
                {
                    "code": one.code,
                    "name": one.name,
                    "role": one.role,
                    "place": one.place,
                    "reasons": [reason.as_json() for reason in one.reasons],
                }
                for one in self.candidates
            ],
            "others": list(self.others),
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Decision:
        """A decision that was kept as JSON."""
        candidates = tuple(
            Considered(**{**one, "reasons": tuple(Phrase.of(reason) for reason in one["reasons"])})
            for one in kept["candidates"]
        )
        return cls(
            kept["assignee"], kept["step"], kept["rule"], Phrase.of(kept["reason"]), candidates,
            tuple(kept["others"]),
        )  # fmt: skip
