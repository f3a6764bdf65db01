"""A dispatch decision in words: "why was this mine?", and "why not?"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from handlers.dispatch.decision import Considered, Decision
from handlers.phrases import Phrase, Phrases
from storage.dispatches import Dispatch

WORDS = Phrases(Path(__file__).with_name("words.yml"))
_BETWEEN = {"zh": "；", "en": "; "}


def explain(decision: Decision, number: str, language: str) -> str:
    """The whole decision: who and by which rule, then every candidate with reasons, one a line."""
    chosen = decision.candidates[0] if decision.assignee else None
    head = _said("given", language, number=number, who=_called(chosen)) if chosen else None
    lines = [
        head or _said("queued", language, number=number),
        _said(
            f"step_{decision.step}", language, row=decision.rule, reason=WORDS.say(decision.reason, language)
        ),
        *(_candidate(one, language) for one in decision.candidates),
    ]
    if decision.others:
        lines.append(_said("other_roles", language, codes=list(decision.others)))
    return "\n".join(lines)


def history(dispatches: Sequence[Dispatch], codes: Mapping[int, str], number: str, language: str) -> str:
    """Every decision of an order, oldest first, and why whoever had it has it no more."""
    parts = []
    for one in dispatches:
        if one.decision is not None:
            parts.append(explain(Decision.of(one.decision), number, language))
        else:
            who = codes.get(one.staff_id or 0, "?")
            parts.append(_said("named_by", language, number=number, who=who, by=one.decided_by))
        if one.outcome:
            ended = _said(f"ended_{one.outcome}", language)
            parts[-1] += f"\n→ {ended}" + (f" ({one.reason})" if one.reason else "")
    return "\n\n".join(parts)


def _candidate(one: Considered, language: str) -> str:
    reasons = _BETWEEN[language].join(WORDS.say(reason, language) for reason in one.reasons)
    values = {"place": one.place, "who": _called(one), "role": one.role, "reasons": reasons}
    return _said("candidate" if one.place else "left_out", language, **values)


def _called(one: Considered) -> str:
    return f"{one.name} ({one.code})" if one.name else one.code


def _said(name: str, language: str, /, **values: object) -> str:
    return WORDS.say(Phrase(name, values), language)
