"""Whether a device is in warranty 在保/过保, by the policy that fits it, with the reasons (E6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from handlers import serial_numbers
from handlers.phrases import Phrase
from handlers.serial_numbers import SerialSettings
from handlers.warranty.settings import WarrantyPolicy, WarrantySettings, row_for
from handlers.warranty.spans import Span, State, judge, plus_months, told


@dataclass(frozen=True, slots=True)
class Device:
    """What is known of a device; days as customers tell them (see `spans.told`)."""

    product: str | None = None
    brand: str | None = None
    model: str | None = None
    serial: str | None = None
    bought: str | None = None
    installed: str | None = None
    proof: bool | None = None
    """Whether there is a proof of purchase; None while nobody asked."""
    plan: str | None = None
    """The extended warranty that was bought with it, by its name in the settings."""
    repair_days: int = 0
    """Days it spent in repair, which warranty does not count."""
    fitted: Mapping[str, date] = field(default_factory=dict)
    """Parts fitted in earlier repairs, and when."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What warranty covers of a device on a day: the whole unit, its main parts, parts fitted lately."""

    state: State
    main_state: State
    reasons: tuple[Phrase, ...]
    policy: int = 0
    """The row of the policies that decided, from 1; 0 where none was asked."""
    until: date | None = None
    main_until: date | None = None
    main_parts: tuple[str, ...] = ()
    fitted: tuple[str, ...] = ()

    def covers(self, part: str) -> State:
        """The state for one part."""
        if part in self.fitted:
            return "in_warranty"
        return self.main_state if part in self.main_parts else self.state


def cover(
    device: Device,
    today: date,
    settings: WarrantySettings,
    serials: SerialSettings,
    cause: str | None = None,
) -> Cover:
    """The state of a device's warranty; a `cause` that warranty leaves out ends it for this fault."""
    if cause is not None and cause in settings.excluded_causes:
        return Cover("out_of_warranty", "out_of_warranty", (Phrase("excluded", {"cause": cause}),))
    place, policy = row_for(settings.policies, device)
    fitted = tuple(
        part for part, day in device.fitted.items() if today <= plus_months(day, settings.fitted_months)
    )
    start, basis = _start(device, today, policy, settings, serials)
    if start is None:
        return Cover("unknown", "unknown", (basis,), place, main_parts=policy.main_parts, fitted=fitted)
    months = policy.whole_months + settings.months_of(device.plan)
    main_months = max(policy.main_months, months)
    state = judge(start, months, device.repair_days, today)
    main_state = judge(start, main_months, device.repair_days, today)
    extra = timedelta(days=device.repair_days)
    until = plus_months(start.first, months) + extra if start.exact else None
    main_until = plus_months(start.first, main_months) + extra if start.exact else None
    reasons = _conclusion(state, main_state, until, main_until, policy)
    if state != "unknown":
        reasons = (*reasons, basis)
    return Cover(state, main_state, reasons, place, until, main_until, policy.main_parts, fitted)


def _start(
    device: Device, today: date, policy: WarrantyPolicy, settings: WarrantySettings, serials: SerialSettings
) -> tuple[Span | None, Phrase]:
    """From when warranty counts, and why from then; no proof or no date: from the day of making."""
    made = None
    if device.serial:
        made = serial_numbers.made(device.serial, device.brand, device.product, serials, today)
    days = (("installation", device.installed), ("purchase", device.bought))
    known = {name: span for name, day in days if (span := told(day, today))}
    event = policy.start if policy.start in known else next(iter(reversed(known)), None)
    if event is not None and device.proof is not False:
        if made is not None and known[event].last < made[0]:
            return None, Phrase("before_making", {"made": made[0].isoformat()[:7]})
        if known[event].exact:
            return known[event], Phrase(f"from_{event}", {"day": known[event].first.isoformat()})
        return known[event], Phrase(f"from_{event}_about")
    if made is not None:
        span = Span(*(plus_months(day, settings.made_plus_months) for day in made))
        return span, Phrase(
            "from_making", {"made": made[0].isoformat()[:7], "months": settings.made_plus_months}
        )
    if device.proof is False:
        return None, Phrase("no_proof")
    return None, Phrase("photo" if device.bought == "photo" else "no_date")


def _conclusion(
    state: State, main_state: State, until: date | None, main_until: date | None, policy: WarrantyPolicy
) -> tuple[Phrase, ...]:
    if state == "unknown":
        return (Phrase("too_rough"),)
    if until is None or main_until is None:
        longer = state == "out_of_warranty" and main_state == "in_warranty" and policy.main_parts
        return (Phrase("main_in", {"part": list(policy.main_parts)}),) if longer else ()
    found = [Phrase("until" if state == "in_warranty" else "was_until", {"day": until.isoformat()})]
    if main_until > until and main_state == "in_warranty" and policy.main_parts:
        values = {"part": list(policy.main_parts), "day": main_until.isoformat()}
        found.append(Phrase("main_until", values))
    return tuple(found)
