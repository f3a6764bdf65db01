"""A whole form filled in by an agent: each value checked as the customer's answers are, then submitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.dialogue.amending import amend, no_time
from bot.dialogue.exchange import Exchange, Script
from bot.dialogue.heard import Heard
from bot.dialogue.tracker import Memory
from bot.messages import Reply
from handlers.desk import Desk
from handlers.plans import PLANS
from handlers.report_slots import CONTACT, DEVICE, SKIPPED, given, same_order
from handlers.returns import ruling
from handlers.warranty.returns import explain

FORMS = {plan.kind: form for form, plan in PLANS.items()}
"""By kind of order the form that leads to one."""
ASKED: Mapping[str, tuple[str, ...]] = {
    "fault": ("product", *DEVICE, "description", "since", "urgency", *CONTACT),
    "installation": ("product", "brand", "model", *CONTACT, "window", "site_ready"),
    "return": (
        "product", "brand", "model", "purchase_date", "return_wish", "return_reason", "bought_online",
        "condition", "reference", "name", "phone",
    ),
    "complaint": (
        "complaint_words", "complaint_category", "complaint_about", "complaint_demand", "complaint_phone",
    ),
    "consultation": ("consultation_words", "product", "brand", "model", "phone"),
}  # fmt: skip
"""By kind of order what is filled in."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    "fault": ("product", "description", *CONTACT),
    "installation": ("product", *CONTACT),
    "return": ("product", "return_reason", "name", "phone"),
    "complaint": ("complaint_words",),
    "consultation": ("consultation_words",),
}
"""By kind of order what nobody can do without."""
SAME, ANYWAY = "duplicate", "anyway"
"""What is asked besides where an order for the same is open, and where the policy says no."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The form with its values; `problems` says by field why one will not do, `missing` what is needed."""

    kind: str
    state: dict[str, Any]
    problems: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it can be submitted."""
        return not self.problems and not self.missing


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the customer is told of it; or, where it could not be done just now, why by field."""

    replies: tuple[Reply, ...] = ()
    problems: dict[str, str] = field(default_factory=dict)


def fill(
    script: Script, desk: Desk, kind: str, told: Mapping[str, str], photos: list[int], language: str
) -> Filled:
    """The form of that kind with what was told; refusals in the agent's language.

    An order for the same that is open, or a policy that says no, is a problem until `told` answers it.
    """
    slots = {"language": desk.conversation.language, "photos": photos, "self_service": SKIPPED}
    known = {name: value for name, value in slots.items() if value}
    state: dict[str, Any] = {"slots": known, "loop": FORMS[kind]}
    problems, missing = {}, []
    for name in ASKED[kind]:
        if not told.get(name):
            missing += [name] if name in NEEDED[kind] else []
            continue
        done = amend(script, state, desk, name, told[name], language)
        state = done.state
        if not done.taken:
            problems[name] = done.problem
    after = dict(state["slots"])
    after |= {name: None for name in ASKED[kind] if not told.get(name)}  # nothing that was not looked at
    if told.get(SAME) in ("same", "other"):
        after[SAME] = told[SAME]
    problems |= _in_the_way(desk, kind, after, told, language)
    return Filled(kind, {**state, "slots": after}, problems, tuple(missing))


def submit(script: Script, desk: Desk, filled: Filled, language: str) -> Submitted:
    """Do what the form is for, as at its end in the chat."""
    memory = Memory.recall(filled.state, str(desk.conversation_id), script.domain)
    form, memory.loop = FORMS[filled.kind], None
    exchange = Exchange(Heard(), memory, desk, script)
    exchange.run(f"action_submit_{form}")
    if memory.loop == form:  # others were quicker
        memory.slots["language"] = language
        return Submitted(problems={"window": no_time(exchange)})
    return Submitted(tuple(replace(reply, buttons=()) for reply in exchange.replies))


def finish(script: Script, state: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The conversation's state without the form under way of that kind: what it was for is done."""
    memory = Memory.recall(state, "", script.domain)
    if memory.loop != FORMS[kind]:
        return dict(state)
    memory.clear(PLANS[FORMS[kind]].forgotten, script.domain)
    memory.loop, memory.requested = None, None
    return {**state, **memory.as_state(script.domain)}


def _in_the_way(
    desk: Desk, kind: str, slots: dict[str, Any], told: Mapping[str, str], language: str
) -> dict[str, str]:
    if kind == "fault" and SAME not in slots:
        order = same_order(desk, slots.get("product"))
        return {SAME: order.number} if order is not None else {}
    if kind == "return" and told.get(ANYWAY) != "yes" and given(slots.get("product")):
        found = ruling(desk, slots)
        return {ANYWAY: explain(found, language)} if found.verdict == "refused" else {}
    return {}
