"""Choosing: the rule of the order, those who fit it, their order; then deputy, supervisor, queue (E3, E4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from handlers.dispatch.decision import Considered, Decision, Step
from handlers.dispatch.moment import Moment
from handlers.dispatch.people import OrderFacts, Person, Tried
from handlers.dispatch.ranking import Fit, called, ranked
from handlers.dispatch.settings import DispatchSettings
from handlers.phrases import Phrase


def choose(
    order: OrderFacts,
    people: Iterable[Person],
    now: Moment,
    settings: DispatchSettings,
    tried: Sequence[Tried] = (),
) -> Decision:
    """Whom to give the order to; after the first of `tried` comes the deputy, then a supervisor."""
    choice = _Choice(order, people, now, settings, tried)
    return choice.again() if tried else choice.by_rules()


class _Choice:
    """One decision under way."""

    def __init__(
        self,
        order: OrderFacts,
        people: Iterable[Person],
        now: Moment,
        settings: DispatchSettings,
        tried: Sequence[Tried],
    ) -> None:
        self.order, self.now, self.settings = order, now, settings
        self.staff: Mapping[str, Person] = {
            person.code: person for person in sorted(people, key=lambda one: one.code)
        }
        self.tried = {one.code: one for one in tried}
        self.row, self.rule = settings.rule_for(order)
        self.named = self._present(order.named)

    def by_rules(self) -> Decision:
        """The best of those who fit the order's rule, or a supervisor."""
        meant = [person for person in self.staff.values() if person.role in self.rule.roles]
        left = {person.code: why for person in meant if (why := self._unfit(person) + self._busy(person))}
        fits = [self._fit(one, self._place(one)) for one in meant if one.code not in left]
        fits += self._stand_ins({fit.person.code for fit in fits})
        if not fits:
            return self._to_supervisor(Phrase("nobody_fits"), left)
        name = "only_one" if len(fits) == 1 else "first_of"
        return self._decided(fits, left, "rule", Phrase(name, {"count": len(fits)}))

    def again(self) -> Decision:
        """The named deputy of whoever had it, if they can take it; else, and after them, a supervisor."""
        last = list(self.tried.values())[-1]
        reason = Phrase(f"after_{last.why}", {"who": self._called(last.code)})
        had = {code: [Phrase(f"had_{one.why}")] for code, one in self.tried.items() if code in self.staff}
        before = self.staff.get(last.code)
        deputy = self.staff.get(before.deputy or "") if before else None
        if deputy is None or len(self.tried) > 1:
            return self._to_supervisor(reason, had)
        if why := self._busy(deputy) + self._lacking(deputy):
            return self._to_supervisor(reason, {**had, deputy.code: why})
        is_deputy = Phrase("is_deputy", {"who": self._called(last.code)})
        return self._decided([self._fit(deputy, 0, is_deputy)], had, "deputy", reason)

    def _to_supervisor(self, reason: Phrase, left: Mapping[str, list[Phrase]]) -> Decision:
        """A supervisor who is there, however busy; else their queue."""
        roles = self.settings.supervisors
        fits = [
            self._fit(person, roles.index(person.role))
            for person in self.staff.values()
            if person.role in roles and not self._absent(person)
        ]
        return self._decided(fits, left, "supervisor" if fits else "queue", reason)

    def _decided(
        self, fits: Sequence[Fit], left: Mapping[str, list[Phrase]], step: Step, reason: Phrase
    ) -> Decision:
        kept = ranked(fits, self.settings.order)
        placed = {one.code for one in kept}
        dropped = [
            Considered(code, self.staff[code].name, self.staff[code].role, 0, tuple(why))
            for code, why in left.items()
            if code not in placed
        ]
        others = tuple(code for code in self.staff if code not in placed and code not in left)
        return Decision(kept[0].code if kept else None, step, self.row, reason, (*kept, *dropped), others)

    def _stand_ins(self, fitting: set[str]) -> list[Fit]:
        """The deputies of those whom the rule means but who are not there."""
        found: dict[str, Fit] = {}
        for person in self.staff.values():
            deputy = self.staff.get(person.deputy or "")
            if deputy is None or deputy.code in fitting or deputy.code in found:
                continue
            if person.role not in self.rule.roles or not self._absent(person) or self._unfit(person):
                continue
            if not (self._busy(deputy) or self._lacking(deputy)):
                stands_in = Phrase("stands_in", {"who": self._called(person.code)})
                found[deputy.code] = self._fit(deputy, self._place(person), stands_in)
        return list(found.values())

    def _unfit(self, person: Person) -> list[Phrase]:
        """Why the rule does not mean this person of its roles."""
        order, why = self.order, []
        if person.kinds and order.kind not in person.kinds:
            why.append(Phrase("other_kind", {"kind": order.kind}))
        if self.rule.own_region and person.regions and order.region not in person.regions:
            why.append(Phrase("other_region", {"region": order.region}))
        return why + self._lacking(person)

    def _lacking(self, person: Person) -> list[Phrase]:
        missing = sorted(self.order.skills - person.skills) if self.rule.skill == "required" else []
        return [Phrase("lacks_skill", {"skill": missing})] if missing else []

    def _busy(self, person: Person) -> list[Phrase]:
        """Why somebody cannot take it now."""
        why = self._absent(person)
        if person.load >= person.load_limit:
            why.append(Phrase("full", {"load": person.load, "limit": person.load_limit}))
        if getattr(self.settings.off_shift, self.order.priority) == "drop" and not self._on_duty(person):
            why.append(Phrase("off_shift"))
        return why

    def _absent(self, person: Person) -> list[Phrase]:
        why = [] if person.active else [Phrase("inactive")]
        if person.away:
            why.append(Phrase("away"))
        if person.code in self.tried:
            why.append(Phrase(f"had_{self.tried[person.code].why}"))
        return why

    def _on_duty(self, person: Person) -> bool:
        return self.settings.on_duty(person.shift, self.now)

    def _present(self, code: str | None) -> str | None:
        """The customer's own engineer, or the deputy of one who is not there."""
        own = self.staff.get(code or "")
        return own.deputy if own is not None and self._absent(own) else code

    def _place(self, person: Person) -> int:
        """The place of the person's role in the rule."""
        return self.rule.roles.index(person.role)

    def _fit(self, person: Person, role: int, *told: Phrase) -> Fit:
        favours = getattr(self.settings.levels, self.order.level)
        held = {"named": person.code == self.named, "senior": person.senior}
        favour = next((at for at, name in enumerate(favours) if held[name]), len(favours))
        counts = bool(self.order.skills) and self.rule.skill != "ignored"
        matched = len(self.order.skills & person.skills) if counts else 0
        on_duty = self._on_duty(person)
        reasons = [*told]
        if favour < len(favours):
            reasons.append(Phrase(favours[favour], {"level": self.order.level}))
        if counts:
            reasons.append(Phrase("skills", {"matched": matched, "needed": len(self.order.skills)}))
        reasons.append(Phrase("on_duty" if on_duty else "off_duty"))
        reasons.append(Phrase("load", {"load": person.load, "limit": person.load_limit}))
        return Fit(person, role, on_duty, matched, favour, tuple(reasons))

    def _called(self, code: str) -> str:
        return called(self.staff.get(code), code)
