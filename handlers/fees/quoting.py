"""The arithmetic of a quotation: parts at cost, labour by rate, the visit by region; warranty first (E6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from handlers.fees.amounts import LARGEST, rounded
from handlers.fees.quotation import Line, Quotation
from handlers.fees.settings import FeeSettings, Kind, LabourRate
from handlers.phrases import Phrase
from handlers.promises.policy import Level, Region
from handlers.warranty.cover import Cover

MOST = 999
"""Pieces of one part on an order."""


class QuotationProblem(ValueError):
    """A plan cannot be priced; `phrase` says why."""

    def __init__(self, phrase: Phrase) -> None:
        super().__init__(phrase.name)
        self.phrase = phrase


@dataclass(frozen=True, slots=True)
class Part:
    """A part to be fitted, at cost (hundredths a piece)."""

    code: str
    cost: int
    quantity: int = 1
    name: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """A job to be done; `minutes` where it is paid by the hour, `part` where it is done for one."""

    job: str
    minutes: int = 0
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for an order, and for whom."""

    order: str
    cause: str
    measures: str
    product: str | None = None
    region: Region = "elsewhere"
    level: Level = "normal"
    parts: tuple[Part, ...] = ()
    work: tuple[Work, ...] = ()
    visit: bool = True


def quote(plan: Plan, cover: Cover, settings: FeeSettings, now: datetime) -> Quotation:
    """The plan priced; raises QuotationProblem for quantities and costs that cannot be."""
    lines = [*_parts(plan, cover, settings), *_labour(plan, cover, settings), *_visit(plan, cover, settings)]
    if discount := _discount(lines, plan.level, settings):
        lines.append(discount)
    net = Fraction(sum(line.amount for line in lines))
    percent = Fraction(str(settings.tax.percent)) / 100
    if not settings.tax.included and (tax := rounded(net * percent)):
        lines.append(Line("tax", "tax", 1, tax, tax))
    total = sum(line.amount for line in lines)
    final = rounded(Fraction(total), settings.rounding.to, settings.rounding.way)
    if final != total:
        lines.append(Line("rounding", "rounding", 1, final - total, final - total))
    return Quotation(
        order=plan.order,
        cause=plan.cause,
        measures=plan.measures,
        lines=tuple(lines),
        currency=settings.currency,
        tax=rounded(final * percent / (1 + percent)),
        valid_until=now + timedelta(days=settings.valid_days),
        minutes=sum(work.minutes for work in plan.work),
        provisional=cover.state == "unknown" and any(line.amount for line in lines),
    )


def _parts(plan: Plan, cover: Cover, settings: FeeSettings) -> Iterator[Line]:
    for part in plan.parts:
        if not 1 <= part.quantity <= MOST:
            raise QuotationProblem(Phrase("bad_quantity", {"part": part.code, "most": MOST}))
        if not 0 <= part.cost <= LARGEST:
            raise QuotationProblem(Phrase("bad_cost", {"part": part.code}))
        free, why = _borne("part", part.code, cover, settings)
        amount = 0 if free else part.cost * part.quantity
        yield Line("part", part.code, part.quantity, part.cost, amount, why, part.name)


def _labour(plan: Plan, cover: Cover, settings: FeeSettings) -> Iterator[Line]:
    for work in plan.work:
        rate = next(row for row in settings.labour if row.fits(work.job, plan.product))
        price = _price(work, rate, settings.hour_step_minutes)
        free, why = _borne("labour", work.part, cover, settings)
        yield Line("labour", work.job, 1, price, 0 if free else price, why)


def _price(work: Work, rate: LabourRate, step: int) -> int:
    if rate.price is not None:
        return rate.price
    if work.minutes < 1:
        raise QuotationProblem(Phrase("no_minutes", {"job": work.job}))
    begun = -(-work.minutes // step) * step
    return rounded(Fraction((rate.hour or 0) * begun, 60))


def _visit(plan: Plan, cover: Cover, settings: FeeSettings) -> Iterator[Line]:
    fee: int = getattr(settings.visit, plan.region)
    if plan.visit and fee:
        main = next((part.code for part in plan.parts if cover.covers(part.code) == "in_warranty"), None)
        free, why = _borne("visit", main, cover, settings)
        yield Line("visit", plan.region, 1, fee, 0 if free else fee, why)


def _borne(kind: Kind, part: str | None, cover: Cover, settings: FeeSettings) -> tuple[bool, Phrase]:
    """Whether warranty bears a line, and why or why not."""
    if cover.state == "in_warranty" and kind in settings.free.whole:
        return True, Phrase("free_in_warranty")
    covered = part is not None and cover.covers(part) == "in_warranty"
    if covered and cover.state != "in_warranty" and kind in settings.free.main:
        return True, Phrase("free_fitted" if part in cover.fitted else "free_main_part", {"part": part})
    if cover.state == "in_warranty":
        return False, Phrase("charged_always")
    if cover.state == "unknown":
        return False, Phrase("charged_unknown")
    excluded = next((reason for reason in cover.reasons if reason.name == "excluded"), None)
    return False, Phrase("charged_excluded", excluded.values) if excluded else Phrase("charged_out")


def _discount(lines: list[Line], level: Level, settings: FeeSettings) -> Line | None:
    percent = getattr(settings.discounts, level)
    base = sum(line.amount for line in lines if line.kind in settings.discounts.applies_to)
    off = rounded(Fraction(base) * Fraction(str(percent)) / 100)
    return Line("discount", level, 1, -off, -off) if off else None
