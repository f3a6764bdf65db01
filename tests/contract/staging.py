"""One customer's part of a script with staff and clock, played through a channel and checked there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select

from storage import Tx
from storage.orders import Order
from storage.schema import messages
from tests.contract.drivers import Driver
from tests.contract.playing import conversation_of, plain, settled
from tests.contract.stage import Stage
from tests.dialogue.scripts import LATER, STAFF, Script, Turn

WINDOW_HOURS = 47
AT_ONCE = 5
"""What WeChat takes after a customer's message, and for how long."""
ANSWERS = 2
"""So many of them the answers to the message take, at most, where answers count."""
ENGLISH = ", in English"
EVERYWHERE = ("staff: open", "staff: move", "staff: quote", "an answer after")
"""What the customers of every channel live through."""
Rendered = Mapping[str, set[str]]
"""The texts that each response was rendered to."""


def needs(script: Script) -> frozenset[str]:
    """What a channel must be able to do to play it: send these kinds, be written to unasked, late, often."""
    kinds, hours, unasked = set(), 0.0, 0
    for turn in script.turns:
        if turn.kind == LATER:
            hours += turn.span.total_seconds() / 3600
        elif turn.kind != STAFF:
            kinds.add(turn.kind)
            hours, unasked = 0.0, 0
            continue
        unasked += len(turn.expected)
        if any(words for _, words in turn.expected):
            kinds.add("unasked")
            kinds |= {"late"} if hours > WINDOW_HOURS else set()
            kinds |= {"many unasked"} if unasked > AT_ONCE else set()
            kinds |= {"many in all"} if ANSWERS + unasked > AT_ONCE else set()
    return frozenset(kinds)


def forms(script: Script) -> frozenset[str]:
    """What passes through a channel in it that may differ there."""
    language = "en" if script.name.endswith(ENGLISH) else "zh"
    found = {
        f"{turn.kind}: {next(iter(turn.deed), '')}" for turn in script.turns if turn.kind in (STAFF, LATER)
    }
    for before, turn in zip(script.turns, script.turns[1:], strict=False):
        if before.kind in (STAFF, LATER) and turn.kind == "text":
            found.add("a number after" if turn.user.isdigit() else "an answer after")
    return frozenset(f"{language}: {form}" for form in found)


def representative(scripts: Iterable[Script]) -> list[Script]:
    """Few scripts in which every form occurs that occurs in any."""
    left = list(scripts)
    missing = {form for script in left for form in forms(script)}
    chosen = []
    while missing:
        best = max(left, key=lambda script: len(forms(script) & missing) / (len(script.turns) + 2))
        chosen.append(best)
        missing -= forms(best)
    return chosen


async def perform(customer: Driver, script: Script, stage: Stage, rendered: Rendered) -> str | None:
    """Play it; what is wrong with it on this channel, or None."""
    store, said, before, seen = stage.desk.app.store, 0, "", 0
    async with stage.part():
        await customer.enter()
        for turn in script.turns:
            refused = await _done(customer, turn, stage)
            speaks = turn.kind not in (STAFF, LATER)
            said += speaks
            # Where nobody can be written to unasked, what the staff caused waits for the next message.
            await settled(customer, said, speaks or "unasked" in customer.kinds)
            wrong = _unlike(turn.deed.get("refused"), refused, "refused")
            if turn.expected and not wrong:
                shown = await customer.shown()
                stored, last = await store.read(lambda tx, seen=seen: _stored(tx, customer, seen))  # type: ignore[misc]
                wrong = _differs(turn, shown.removeprefix(before), stored, rendered)
                before, seen = shown, last
            if turn.order and not wrong:
                wrong = await store.read(lambda tx, turn=turn: _order_differs(tx, customer, turn))  # type: ignore[misc]
            if wrong:
                return f"{script.name}, {turn.kind} {turn.user!r}: {wrong}"
        await stage.end(await store.read(lambda tx: _customer_id(tx, customer)))
    return None


async def _done(customer: Driver, turn: Turn, stage: Stage) -> str | None:
    """Do what the turn is; why the staff were refused, or None."""
    if turn.kind == LATER:
        await stage.later(turn.span)
        return None
    store = stage.desk.app.store
    if turn.kind == STAFF:
        customer_id, order = await store.read(lambda tx: _theirs(tx, customer))
        refused = await stage.deed(turn.deed, customer_id, order)
        await stage.work("timers")
        return refused
    titles = await store.read(lambda tx: _offered(tx, customer))
    if turn.kind == "text" and turn.user in titles:
        await customer.tap(turn.user, titles.index(turn.user))
    else:
        await customer.send(turn.user, turn.kind)
    return None


def _theirs(tx: Tx, customer: Driver) -> tuple[int, Order | None]:
    customer_id = _customer_id(tx, customer)
    return customer_id, next(iter(tx.orders.of_customer(customer_id, 1)), None)


def _customer_id(tx: Tx, customer: Driver) -> int:
    found = conversation_of(tx, customer)
    assert found is not None, "the customer says something first"
    return found.customer_id


def _offered(tx: Tx, customer: Driver) -> list[str]:
    """The titles of the buttons that the customer may choose among."""
    found = conversation_of(tx, customer)
    return [str(one["title"]) for one in (found.choices or {}).get("buttons", ())] if found else []


def _stored(tx: Tx, customer: Driver, after: int) -> tuple[list[str], int]:
    """What the desk said to the customer after that message, and the newest message's number."""
    found = conversation_of(tx, customer)
    assert found is not None
    statement = (
        select(messages.c.seq, messages.c.author, messages.c.body)
        .where(messages.c.conversation_id == found.id, messages.c.seq > after)
        .order_by(messages.c.seq)
    )
    rows = list(tx.execute(statement))
    return [row.body["text"] for row in rows if row.author != "customer"], max(
        (row.seq for row in rows), default=after
    )


def _differs(turn: Turn, shown: str, stored: Sequence[str], rendered: Rendered) -> str | None:
    """What is missing: of what the script expects in what was said, or of that in what was shown."""
    said, place = plain("\n".join(stored)), 0
    for text in stored:
        if plain(text) not in plain(shown):
            return f"{text!r} is not shown in {shown!r}"
    for kind, wanted in turn.expected:
        if kind == "bot":
            if wanted == "" and stored:
                return f"expected silence, got {stored}"
            if plain(wanted) not in said:
                return f"expected the words {wanted!r} in {stored}"
            continue
        places = [said.find(plain(text), place) for text in rendered.get(wanted, ())]
        if not any(at >= 0 for at in places):
            return f"expected {wanted} in {stored}"
        place = min(at for at in places if at >= 0)
    return None


def _order_differs(tx: Tx, customer: Driver, turn: Turn) -> str | None:
    """What is not as it must be in the customer's newest order."""
    order = _theirs(tx, customer)[1]
    return next(filter(None, (_unlike(v, getattr(order, n), n) for n, v in turn.order.items())), None)


def _unlike(wanted: object, got: object, what: str) -> str | None:
    return None if wanted == got else f"{what} is {got!r} instead of {wanted!r}"
