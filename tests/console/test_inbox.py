"""The list of conversations (G2): views, order, filters, search, what was read, promises."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from bot.console.looking import look
from bot.settings import Settings
from handlers import ownership
from storage import Store, Tx
from storage.inbox import FIELDS, SORTS, VIEWS, Rule, Wanted
from storage.inbox_search import Found, Sought, search
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work

INJECTED = (
    "' OR 1=1 --",
    "x'); DROP TABLE users; --",
    "1 UNION SELECT password FROM users",
    "\x00",
    "%_\\",
    "9" * 30,
)
QUEUE = ownership.QueueSettings()


def chosen(store: Store, clock: Clock, sort: str = "waiting", *rules: Rule, view: str = "all") -> list[int]:
    return store.run(lambda tx: tx.inbox.ids(Wanted(view, 1, sort, rules), 50, clock()))


def test_orders_filters_and_counts(store: Store, clock: Clock, add: Add) -> None:
    """G2: each order and filter chooses what it says, a view counts what it shows."""
    ann = add("ann")
    first = arrives(store, clock, peer="a")
    clock.forward(minutes=20)
    second = arrives(store, clock, peer="b")

    def work(tx: Tx) -> None:
        room = tx.conversations.get(second, lock=True)
        tx.customers.change(tx.customers.get(room.customer_id), clock(), level="key")
        room.language = "en"
        ownership.move(tx, room, "take", ownership.mover(ann), clock(), QUEUE)
        tx.conversations.save(room, clock())
        waits = tx.conversations.get(first, lock=True)
        ownership.move(
            tx, waits, "refer", ownership.Mover("supervisor", ann.id), clock(), QUEUE, skill="expert"
        )
        tx.conversations.save(waits, clock())

    store.run(work)
    assert chosen(store, clock, "waiting") == [first, second]
    assert chosen(store, clock, "priority") == [second, first]
    assert chosen(store, clock, "promise") == [second, first]  # five minutes to answer, ten in the queue
    rules = {
        ("channel", "is", "web"): [first, second], ("channel", "not", "web"): [],
        ("skill", "is", "expert"): [first], ("skill", "not", "expert"): [second],
        ("level", "is", "key"): [second], ("language", "not", "en"): [first],
        ("owner", "is", str(ann.id)): [second], ("owner", "not", str(ann.id)): [first],
        ("priority", "is", "urgent"): [], ("priority", "not", "urgent"): [first, second],
        ("age", "over", "15"): [first], ("age", "under", "15"): [second],
    }  # fmt: skip
    assert {name for name, _, _ in rules} == set(FIELDS)
    for rule, expected in rules.items():
        assert chosen(store, clock, "waiting", Rule(*rule)) == expected, rule
    counts = store.run(lambda tx: tx.inbox.counts(ann.id))
    assert counts == {
        "mine": 1,
        "mentions": 0,
        "unassigned": 1,
        "waiting": 2,
        "all": 2,
        "expert": 1,
        "snoozed": 0,
        "resolved": 0,
    }
    for view in VIEWS:
        wanted = Wanted(view, ann.id, "waiting")
        assert store.run(lambda tx, w=wanted: tx.inbox.count(w, clock())) == counts[view]  # type: ignore[misc]
    with pytest.raises(ValueError, match="cannot be"):
        chosen(store, clock, "waiting", Rule("channel", "over", "web"))


def test_unread_is_each_agents_own(store: Store, clock: Clock, add: Add) -> None:
    """G2: what one has seen is unread for others; marks only go forward."""
    ann, bob = add("ann"), add("bob")
    talk = arrives(store, clock)
    arrives(store, clock, "还在吗")
    unread = lambda user: store.run(lambda tx: tx.inbox.rows([talk], user.id))[0].unread  # noqa: E731
    assert (unread(ann), unread(bob)) == (2, 2)
    assert store.run(lambda tx: tx.inbox.mark(ann.id, talk, 2, clock()))
    assert not store.run(lambda tx: tx.inbox.mark(ann.id, talk, 1, clock()))
    assert (unread(ann), unread(bob)) == (0, 2)
    arrives(store, clock, "喂")
    assert (unread(ann), unread(bob)) == (1, 3)


def test_a_promise_turns_amber_then_red(store: Store, clock: Clock, add: Add) -> None:
    """G2: the answer's promise is green at first, amber from half of its time on, red once broken."""
    ann, talk = add("ann"), arrives(store, clock)

    def take(tx: Tx) -> None:
        room = tx.conversations.get(talk, lock=True)
        ownership.move(tx, room, "take", ownership.mover(ann), clock(), QUEUE)
        tx.conversations.save(room, clock())

    store.run(take)
    (row,) = store.run(lambda tx: tx.inbox.rows([talk], ann.id))
    assert row.due_at == clock() + timedelta(minutes=QUEUE.unanswered_minutes)
    shades = [
        row.shade(clock() + timedelta(minutes=QUEUE.unanswered_minutes * part)) for part in (0.1, 0.6, 1)
    ]
    assert shades == ["green", "amber", "red"]


def test_search_finds_names_numbers_and_words(store: Store, clock: Clock) -> None:
    """G2: by each thing people know; wildcards are plain signs; a look is bounded, and says so."""
    one = arrives(store, clock, "冰箱100%不制冷了", peer="a", name="王芳")
    two = arrives(store, clock, "The fridge LEAKS", peer="b", name="Ann")
    room = store.run(lambda tx: tx.conversations.get(two))
    store.run(lambda tx: tx.customers.remember(room.customer_id, clock(), phone="+8613900002222"))
    for sought, expected in (
        (Sought("王芳", name="王芳"), {one}), (Sought("100%不"), {one}), (Sought("leaks"), {two}),
        (Sought("-", phone="2222"), {two}), (Sought("-", phone="+8613900002222"), {two}),
        (Sought("-", number="SR-2026"), set()), (Sought("-", serial="AB12"), set()), (Sought("%"), {one}),
    ):  # fmt: skip
        assert store.run(lambda tx, s=sought: search(tx, s, 1000)) == Found(frozenset(expected), False)  # type: ignore[misc]
    assert store.run(lambda tx: search(tx, Sought("冰箱"), 1)) == Found(frozenset(), True)


def test_an_address_is_kept_as_it_was_asked() -> None:
    """G2: a list's address leads to the same list again."""
    given = {
        "view": "all",
        "channel": "web",
        "channel-how": "not",
        "sort": "promise",
        "q": "王 芳",
        "more": "2",
    }
    asked = look(given, Settings())
    from urllib.parse import parse_qsl

    assert look(dict(parse_qsl(asked.query())), Settings()) == asked
    assert asked.rows == 100


async def test_no_word_of_an_address_reaches_a_statement(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """I3, G2: every filter, operator, order and search is fuzzed; each is taken as a word or refused."""
    ann = await at_work(browser, store, clock, add())
    arrives(store, clock, name="王芳")
    names = [*FIELDS, *(f"{name}-how" for name in FIELDS), "sort", "q", "more", "back", "view", "open"]
    for name in names:
        for value in INJECTED:
            answer = await ann.http.get("/console/list", params={"view": "all", name: value})
            assert answer.status_code in (200, 422), (name, value)
            if value == "\x00":
                continue  # taken out before anything is asked: nothing is left to refuse
            if name.endswith("-how") or name in ("sort", "owner", "age", "priority", "level"):
                assert answer.status_code == 422, (name, value)
            elif answer.status_code == 200 and name in FIELDS:
                assert "王芳" not in answer.text, (name, value)
    assert store.run(lambda tx: len(tx.users.all())) == 1
    for sort in SORTS:
        assert "王芳" in (await ann.get(f"/list?view=all&sort={sort}")).text


async def test_a_list_goes_on_without_end(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: more rows are shown on request; opening a conversation makes it read for oneself alone."""
    ann = await at_work(browsers(), store, clock, add("ann"))
    talks = [arrives(store, clock, peer=f"p{n}") for n in range(52)]
    page = (await ann.get("/?view=all")).text
    assert page.count('class="row-box"') == 50
    assert 'href="/console/?view=all&amp;more=2"' in page
    assert (await ann.get("/?view=all&more=2")).text.count('class="row-box"') == 52
    assert (await ann.get("/list?view=all&more=2")).text.count("row-link unread") == 52
    await ann.get(f"/talks/{talks[0]}/live", **{"x-visible": "no"})
    assert (await ann.get("/list?view=all&more=2")).text.count("row-link unread") == 52
    await ann.get(f"/talks/{talks[0]}")
    assert (await ann.get("/list?view=all&more=2")).text.count("row-link unread") == 51


PAST = ("conversations", "messages", "handovers", "customers", "orders", "owner_events", "outbox", "notes")
PAGES = (
    "/list?view=unassigned", "/list?view=mine", "/list?view=waiting&channel=web&age=5", "/list?view=snoozed",
    "/list?view=all&sort=promise", "/list?view=resolved", "/list?view=mentions", "/list?view=expert",
    "/alerts",
)  # fmt: skip


async def test_a_long_past_is_not_read(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """G2: of tables that grow for ever, lists, alerts and a conversation read what an index leads to."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    plans: list[str] = []
    server = store.engine.dialect.name == "postgresql"
    whole = re.compile(rf"(?:Seq Scan on|SCAN) (?:{'|'.join(PAST)})(?! USING INDEX)")

    def explain(connection: Any, cursor: Any, sql: str, values: Any, *_: Any) -> None:
        if sql.startswith("SELECT"):
            other = connection.connection.cursor()
            if server:
                other.execute("SET LOCAL enable_seqscan = off")  # so few rows are quicker read whole
            other.execute(f"{'EXPLAIN' if server else 'EXPLAIN QUERY PLAN'} {sql}", values)
            plans.extend(f"{row[-1]} of {sql}" for row in other.fetchall())

    event.listen(store.engine, "before_cursor_execute", explain)
    for page in (*PAGES, f"/talks/{talk}/live", f"/talks/{talk}/signs", f"/talks/{talk}/side"):
        assert (await ann.get(page)).status_code == 200
    event.remove(store.engine, "before_cursor_execute", explain)
    assert len(plans) > 100
    assert [line for line in plans if whole.match(line.strip(" ->"))] == []
