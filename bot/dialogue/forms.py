"""The form loop: what Rasa's server does around a FormValidationAction, done here.

Values found for the form's slots become `SlotSet` candidates at the tail of the tracker's events;
`validate_<form>` accepts, changes or rejects (None) each; the next question is the `requested_slot`
it returns, or else the first slot still empty; with none left the form ends and is submitted.
"""

from __future__ import annotations

from typing import Any

from bot.dialogue.exchange import Exchange
from bot.dialogue.tracker import REQUESTED
from handlers.plans import INSTALLATION


def activate(exchange: Exchange, form: str) -> None:
    """Start the form, filled with what the message already says, and ask its first question."""
    exchange.switch(form)
    exchange.memory.note({"event": "active_loop", "name": form})
    begin(exchange)


def begin(exchange: Exchange) -> None:
    """Fill the form that just became active with what the message says, and ask its first open question."""
    proceed(exchange, candidates(exchange, activation=True))


def leave(exchange: Exchange) -> None:
    """Give up the active form, empty its slots, and go back to a form it had interrupted."""
    form = str(exchange.memory.loop)
    exchange.memory.clear(exchange.script.domain.form_slots(form), exchange.script.domain)
    exchange.switch(None)
    exchange.say("utter_stopped")
    resume(exchange)


def candidates(exchange: Exchange, activation: bool = False) -> dict[str, Any]:
    """Values the message has for slots of the active form, by the slots' mappings."""
    memory, domain = exchange.memory, exchange.script.domain
    assert memory.loop is not None
    found: dict[str, Any] = {}
    for slot in domain.form_slots(memory.loop):
        for mapping in domain.mappings(slot):
            value = _mapped(exchange, slot, mapping, activation)
            if value is not None:
                found[slot] = value
                break
    return found


def proceed(exchange: Exchange, found: dict[str, Any]) -> bool:
    """Validate what was found and go on; False when the open question is still open afterwards."""
    memory = exchange.memory
    form = memory.loop
    assert form is not None
    before = memory.requested
    known = {slot: memory.slots.get(slot) for slot in exchange.script.domain.form_slots(form)}
    validate = f"validate_{form}"
    if validate in exchange.script.actions:
        memory.slots.update({REQUESTED: before})
        events = exchange.run(validate, found)
        chosen = [e for e in events if e.get("event") == "slot" and e.get("name") == REQUESTED]
        ended = any(e.get("event") == "active_loop" and e.get("name") is None for e in events)
    else:
        memory.slots.update(found)
        chosen, ended = [], False
    if ended or memory.loop != form:
        resume(exchange)
        return True
    memory.requested = chosen[-1]["value"] if chosen else _first_empty(exchange)
    if memory.requested is None:
        submit(exchange, form)
        return True
    kept = any(memory.slots.get(slot) not in (None, value) for slot, value in known.items() if slot != before)
    if kept and memory.requested == before and not exchange.replies:
        exchange.say("utter_kept")
    ask(exchange)
    return memory.requested != before


def broken_meanwhile(exchange: Exchange) -> bool:
    """Whether a fault is told of the appliance that is to be installed: no answer there, but a report."""
    memory, told = exchange.memory, exchange.entities()
    if memory.loop != INSTALLATION or exchange.intent != "report_fault" or "symptom" not in told:
        return False
    return told.get("product") in (None, memory.slots.get("product"))


def overhear(exchange: Exchange) -> None:
    """Details told to a person fill the form that waits behind them, without a word.

    Only what is still empty is filled, as the form checks it; nothing else is settled by it, and nothing is
    submitted: a yes was not said to the bot.
    """
    memory = exchange.memory
    form = memory.loop
    if form is None or f"validate_{form}" not in exchange.script.actions:
        return
    told = candidates(exchange, activation=True)
    found = {slot: value for slot, value in told.items() if memory.slots.get(slot) is None}
    if not found:
        return
    slots, requested, suspended = dict(memory.slots), memory.requested, list(memory.suspended)
    replies, said = list(exchange.replies), list(exchange.said)
    events = exchange.run(f"validate_{form}", found)
    same = memory.loop == form  # else they spoke of another matter
    kept = {slot: memory.slots[slot] for slot in found if same and memory.slots.get(slot) is not None}
    chosen = [e["value"] for e in events if e.get("event") == "slot" and e.get("name") == REQUESTED]
    exchange.replies, exchange.said = replies, said
    memory.loop, memory.suspended, memory.slots = form, suspended, {**slots, **kept}
    memory.requested = chosen[-1] if chosen and requested in kept else requested


def submit(exchange: Exchange, form: str) -> None:
    """End the form, act on it, and go back to a form it had interrupted."""
    exchange.switch(None)
    exchange.memory.note({"event": "active_loop", "name": None})
    exchange.run(f"action_submit_{form}")
    if exchange.memory.loop is not None:
        begin(exchange)
    elif exchange.desk.owner == "bot":
        resume(exchange)


def resume(exchange: Exchange) -> None:
    """Ask the open question again, or that of the form that was interrupted."""
    memory = exchange.memory
    if memory.loop is None and memory.suspended:
        suspended = memory.suspended.pop()
        memory.slots.update(suspended.get("slots") or {})
        memory.loop, memory.requested = suspended["name"], suspended[REQUESTED]
    if memory.loop is not None and memory.requested is not None:
        ask(exchange)


def ask(exchange: Exchange) -> None:
    """Ask for the requested slot, by the first of the names Rasa would try; not while questions are held."""
    if exchange.holding:
        exchange.held = True
        return
    form, slot = exchange.memory.loop, exchange.memory.requested
    for name in (f"{form}_{slot}", str(slot)):
        if f"action_ask_{name}" in exchange.script.actions:
            exchange.run(f"action_ask_{name}")
            return
        if f"utter_ask_{name}" in exchange.script.wording:
            exchange.say(f"utter_ask_{name}")
            return


def takes(exchange: Exchange, intent: str) -> bool:
    """Whether the open question takes that intent as its answer."""
    memory, domain = exchange.memory, exchange.script.domain
    if memory.loop is None or memory.requested is None:
        return False
    return any(
        mapping.get("type") == "from_intent" and intent in _listed(mapping.get("intent"))
        for mapping in domain.mappings(memory.requested)
    )


def refuses(exchange: Exchange, intent: str) -> bool:
    """Whether the open question takes any words, but not those of that intent: they are of another matter."""
    memory, domain = exchange.memory, exchange.script.domain
    mappings = domain.mappings(memory.requested) if memory.requested else []
    return any(m.get("type") == "from_text" and intent in _listed(m.get("not_intent")) for m in mappings)


def looks_itself(exchange: Exchange) -> bool:
    """Whether the form's validation finds the answer to the open question in the words by itself."""
    mappings = exchange.script.domain.mappings(str(exchange.memory.requested))
    return any(mapping.get("type") == "custom" for mapping in mappings)


def _mapped(exchange: Exchange, slot: str, mapping: dict[str, Any], activation: bool) -> Any:
    kind = mapping.get("type")
    intent = exchange.message["intent"]["name"]
    if not _conditions_hold(exchange, mapping) or not _intent_fits(mapping, intent):
        return None
    if kind == "from_entity":
        return exchange.entities().get(mapping["entity"])
    asked = exchange.memory.requested == slot
    if kind == "from_intent" and asked and not activation:
        return mapping.get("value")
    if kind == "from_trigger_intent" and activation:
        return mapping.get("value")
    if kind == "from_text" and asked and not activation:
        return exchange.message["metadata"]["words"] or None
    return None


def _conditions_hold(exchange: Exchange, mapping: dict[str, Any]) -> bool:
    """Rasa's `conditions`: one of them must match the active loop and the requested slot."""
    conditions = mapping.get("conditions") or []
    memory = exchange.memory
    return not conditions or any(
        ("active_loop" not in c or c["active_loop"] == memory.loop)
        and ("requested_slot" not in c or c["requested_slot"] == memory.requested)
        for c in conditions
    )


def _intent_fits(mapping: dict[str, Any], intent: str | None) -> bool:
    wanted, unwanted = _listed(mapping.get("intent")), _listed(mapping.get("not_intent"))
    return (not wanted or intent in wanted) and str(intent) not in unwanted


def _listed(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _first_empty(exchange: Exchange) -> str | None:
    memory = exchange.memory
    assert memory.loop is not None
    return next(
        (s for s in exchange.script.domain.form_slots(memory.loop) if memory.slots.get(s) is None), None
    )
