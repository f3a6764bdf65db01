"""Return 退货 and exchange 换货: what the policy says to a wish, with every reason (C6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from handlers.phrases import Phrase
from handlers.warranty.settings import ReturnPolicy, ReturnSettings, row_for
from handlers.warranty.spans import Span, told
from handlers.warranty.wording import WORDS, said

Wish = Literal["return", "exchange"]
Verdict = Literal["fits", "refused", "unclear"]
FAULTS = frozenset({"performance_fault", "transport_damage", "wrong_item"})
"""Reasons that are the seller's; `changed_mind` is the customer's."""


@dataclass(frozen=True, slots=True)
class ReturnWish:
    """What a customer wants to give back and why; None is what nobody asked yet."""

    wish: Wish
    reason: Literal["performance_fault", "transport_damage", "wrong_item", "changed_mind"]
    received: str | None
    """The day of receipt or purchase, as `spans.told` reads it."""
    product: str | None = None
    brand: str | None = None
    model: str | None = None
    condition: Literal["unopened", "unused", "used", "damaged"] | None = None
    online: bool | None = None
    complete: bool | None = None
    """Whether accessories and packing are there."""
    proof: bool | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the policy says: the verdict, the reasons, the last day, and what is possible instead."""

    verdict: Verdict
    reasons: tuple[Phrase, ...]
    policy: int
    until: date | None = None
    instead: tuple[Literal["exchange", "repair"], ...] = ()


def rule(wish: ReturnWish, today: date, settings: ReturnSettings) -> Ruling:
    """The policy's word on a wish; whatever it is, a person of the review desk has the last one."""
    place, policy = row_for(settings.policies, wish)
    if wish.condition == "damaged":
        return Ruling("refused", (Phrase("damaged"),), place, instead=("repair",))
    if wish.reason not in FAULTS and (bar := _without_reason(wish, settings)):
        return Ruling("refused", bar, place)
    days = _days(wish, policy)
    received = told(wish.received, today)
    if received is None:
        return Ruling("unclear", (Phrase("no_receipt_day"), *_doubts(wish, settings)), place)
    if today > received.last + timedelta(days=days):
        return _too_late(wish, policy, received, place, today)
    if today > received.first + timedelta(days=days):
        late = Phrase("window_unsure", {"wish": wish.wish, "days": days})
        return Ruling("unclear", (late, *_doubts(wish, settings)), place)
    until = received.first + timedelta(days=days)
    name = f"{wish.wish}_within" if wish.reason in FAULTS else "no_reason_within"
    fitting = Phrase(name, {"days": days, "day": until.isoformat()})
    doubts = _doubts(wish, settings)
    return Ruling("unclear" if doubts else "fits", (fitting, *doubts), place, until)


def _days(wish: ReturnWish, policy: ReturnPolicy) -> int:
    if wish.reason not in FAULTS:
        return policy.no_reason_days
    return policy.return_days if wish.wish == "return" else policy.exchange_days


def _without_reason(wish: ReturnWish, settings: ReturnSettings) -> tuple[Phrase, ...]:
    """What certainly bars a return without a fault."""
    bars = (
        (wish.wish == "exchange", "no_exchange_without_fault"),
        (wish.online is False, "not_online"),
        (wish.condition == "used", "already_used"),
        (settings.accessories_required and wish.complete is False, "incomplete"),
    )
    return tuple(Phrase(name) for holds, name in bars if holds)


def _doubts(wish: ReturnWish, settings: ReturnSettings) -> tuple[Phrase, ...]:
    """What somebody has to look at before it can be granted."""
    own_wish = wish.reason not in FAULTS
    doubts = (
        (settings.proof_required and wish.proof is False, "proof_missing"),
        (own_wish and wish.online is None, "online_unknown"),
        (own_wish and wish.condition is None, "condition_unknown"),
        (own_wish and settings.accessories_required and wish.complete is None, "complete_unknown"),
    )
    return tuple(Phrase(name) for holds, name in doubts if holds)


def _too_late(wish: ReturnWish, policy: ReturnPolicy, received: Span, place: int, today: date) -> Ruling:
    """The window is over: what else is possible for a fault."""
    days = _days(wish, policy)
    ended = received.last + timedelta(days=days)
    over = Phrase("window_over", {"wish": wish.wish, "days": days, "day": ended.isoformat()})
    if wish.reason not in FAULTS:
        return Ruling("refused", (over,), place, ended)
    exchange = wish.wish == "return" and today <= received.first + timedelta(days=policy.exchange_days)
    return Ruling("refused", (over,), place, ended, ("exchange", "repair") if exchange else ("repair",))


def explain(ruling: Ruling, language: str) -> str:
    """The ruling in words: the verdict, then each reason, then what is possible instead."""
    lines = [WORDS.name("verdict", ruling.verdict, language), *said(ruling.reasons, language)]
    if ruling.instead:
        lines.append(WORDS.say(Phrase("instead", {"wish": list(ruling.instead)}), language))
    return "\n".join(lines)
