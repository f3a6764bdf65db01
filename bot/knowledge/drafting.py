"""A solved order becomes the draft of an article 典型案例: what was wrong, what was tried, what helped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nlu import yml
from nlu.catalogue import Catalogue
from nlu.context import Context
from nlu.entities.wording import mentions
from nlu.language import detect
from nlu.privacy import redact
from storage.orders import Order, OrderEvent

Clean = Callable[[str], str]
SOLVED = ("resolved", "confirmed", "closed")
_WORDS = Path(__file__).with_name("drafting.yml")
_SELF_SERVICE = "solved by self-service"


class NotSolved(ValueError):
    """The order has no solution to write down; the message says why."""


def draft(
    order: Order, events: Sequence[OrderEvent], context: Context, catalogue: Catalogue, author: str
) -> tuple[str, str]:
    """The draft's id and its Markdown, without personal data; raises NotSolved."""
    if order.kind != "fault" or order.status not in SOLVED:
        what = f"{order.kind}, {order.status}"
        raise NotSolved(
            f"order {order.number} is no solved fault ({what}): there is nothing to learn from it yet"
        )
    told = str(order.fields.get("description") or "")
    language = detect(told, context.language)
    said = _words()[language]
    clean = _cleaner(order, context)
    product = str(order.fields.get("product") or "")
    symptoms = _symptoms(told, catalogue)
    thing = catalogue.name("products", product, language) if product in catalogue.names["products"] else ""
    question = clean(told)[:200] or thing or order.number
    title = " ".join(filter(None, (thing, question)))[:120] if thing not in question else question[:120]
    walked = [clean(str(step)) for step in (order.fields.get("self_service") or {}).get("tried") or []]
    alone = walked[-1:] if any(_SELF_SERVICE in event.note for event in events) else []
    tried = [
        *walked,
        *(clean(catalogue.name("tried", str(t), language)) for t in order.fields.get("tried") or []),
    ]
    head: dict[str, Any] = {
        "id": f"case-{order.number.removeprefix('SR-').lower()}",
        "title": title,
        "language": language,
        "state": "draft",
        "version": 1,
        "author": author,
        "products": [product] if thing else [],
        "symptoms": symptoms,
        "error_codes": [code] if (code := clean(str(order.fields.get("error_code") or ""))) else [],
        "questions": [question],
    }
    if alone:
        head["diagnosis"] = [{"instruction": (step.rpartition(" → ")[0] or step)[:500]} for step in alone]
    solution = _solution(events, clean) or alone or [said["unknown"]]
    front = yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=1000)
    return str(head["id"]), f"---\n{front}---\n{_answer(said, question, tried, solution)}\n"


def _answer(said: Mapping[str, str], question: str, tried: Sequence[str], solution: Sequence[str]) -> str:
    """The article below its head: what was wrong, what was tried, what helped."""
    parts = [said["fault"].format(fault=question)]
    parts += [said["tried"], "\n".join(f"- {step}" for step in tried)] if tried else []
    parts += [said["solution"], "\n".join(f"- {line}" for line in solution)]
    return "\n\n".join(parts)


def _solution(events: Sequence[OrderEvent], clean: Clean) -> list[str]:
    """What the people who worked on the order wrote."""
    people = (e for e in events if e.actor not in ("customer", "bot", "system") and e.status != "cancelled")
    notes = (e.note for e in people if e.move in (None, "resolve"))
    return list(dict.fromkeys(clean(note)[:500] for note in notes if note.strip()))


def _symptoms(told: str, catalogue: Catalogue) -> list[str]:
    found = [str(e.value) for e in mentions("symptom", catalogue.symptoms, told, 1.0)]
    return list(dict.fromkeys(found))


def _cleaner(order: Order, context: Context) -> Clean:
    """Takes out of a text what belongs to the customer: what can be recognised, and what the order knows."""
    keys = ("name", "phone", "address", "serial_number", "place")
    known = [str(order.fields[key]) for key in keys if order.fields.get(key) and order.fields[key] != "-"]
    known += [number.removeprefix("+86") for number in known if number.startswith("+86")]

    def clean(text: str) -> str:
        for word in sorted(known, key=len, reverse=True):
            if len(word) > 1:
                text = text.replace(word, "[…]")
        return " ".join(redact(text, context).replace("](", "] (").split())

    return clean


@cache
def _words() -> dict[str, dict[str, str]]:
    return dict(yml.read(_WORDS))
