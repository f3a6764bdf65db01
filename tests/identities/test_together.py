"""What follows the joined customer: notices, return visits, searches, exports, erasure (A3, E9, F5, F6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.identities import joining
from handlers.notices.sending import Wanted, send
from handlers.records import erasing
from handlers.records.settings import RetentionSettings
from scheduler.return_visits import REGULAR
from storage import Store, Tx
from storage.timers import Timer
from storage.windows import ReplyWindow
from tests.conftest import NOON
from tests.identities.people import chat, join, order, owner
from tests.scheduler.desk import Desktop

LATER = NOON + timedelta(days=1)


def test_what_one_chat_cannot_carry_goes_to_the_joined_one(store: Store) -> None:
    """A3, F6: the WeChat window is closed; before the join that was a task, after it Telegram carries it."""
    desk = Desktop(store)

    def tell(tx: Tx, key: str) -> str:
        room = tx.conversations.find("wechat", "wechat", "p1")
        assert room is not None
        theirs = tx.orders.of_customer(room.customer_id)[0]
        wanted = Wanted(key, "progress", "utter_progress", NOON, theirs)
        words = {"number": theirs.number, "kind": "-", "status": "-", "light": "-", "said": "-"}
        verdict = send(
            tx, desk.voice, room, wanted, desk.rules.notices, desk.rules.zone, NOON, lambda _: words
        )
        assert verdict is not None
        return verdict.decision

    rooms = store.run(lambda tx: [chat(tx, "telegram"), chat(tx, "wechat")])
    store.run(lambda tx: tx.windows.open(rooms[1].id, ReplyWindow(NOON, NOON, 5)))
    store.run(lambda tx: order(tx, rooms[1]))
    assert store.run(lambda tx: tell(tx, "alone")) == "task"
    store.run(lambda tx: join(tx, *rooms))
    assert store.run(lambda tx: tell(tx, "joined")) == "other_channel"


def test_one_regular_return_visit_for_the_one_customer(store: Store) -> None:
    """A3, F5: the visit planned for the joined customer becomes the other's, unless they have one."""
    desk = Desktop(store)

    def work(tx: Tx) -> int:
        rooms = [chat(tx, "telegram"), chat(tx, "wechat")]
        part = rooms[1].customer_id
        tx.timers.set(Timer(f"{REGULAR}:{part}", REGULAR, NOON, customer_id=part), NOON)
        join(tx, *rooms)
        return owner(tx, rooms[0])

    kept = store.run(work)
    desk.sweep(LATER)
    left = store.run(lambda tx: [timer.key for timer in tx.timers.due(NOON + timedelta(days=900), 50)])
    assert [key for key in left if key.startswith(f"{REGULAR}:")] in ([], [f"{REGULAR}:{kept}"])


@pytest.mark.parametrize("parted", [False, True])
def test_an_erasure_takes_every_identity_with_it_and_nobody_else(store: Store, parted: bool) -> None:
    """A3, E9: what is known in the joined chats is taken out and erased too; after parting only their own."""

    def work(tx: Tx) -> None:
        rooms = [chat(tx, "telegram", "tg-secret"), chat(tx, "wechat", "wx-secret")]
        tx.customers.remember(rooms[1].customer_id, NOON, name="王芳", phone="+8613900139000")
        tx.identities.vouch(rooms[1].customer_id, "+8613900139000", NOON)
        done = join(tx, *rooms)
        assert done is not None
        if parted:
            joining.undo(tx, done.join, "li", "by mistake", NOON)
        known = tx.records.of_customer(rooms[0].customer_id)
        assert len(known["conversations"]) == len(known["customers"]) == 1 + (not parted)
        with pytest.raises(erasing.Refused):
            erasing.erase(tx, rooms[1].customer_id, "li", "wx-secret wrote", NOON, RetentionSettings())
        erasing.erase(tx, tx.identities.root(rooms[0].customer_id), "li", "asked", NOON, RetentionSettings())
        left = tx.customers.get(rooms[1].customer_id)
        peers = {tx.conversations.get(room.id).peer for room in rooms}
        if parted:
            assert (left.name, left.verified_phone) == ("王芳", "+8613900139000")
            assert "wx-secret" in peers
        else:
            assert (left.name, left.phone, left.verified_phone) == (None, None, None)
            assert left.erased_at == NOON
            assert peers == {"erased-1", "erased-2"}
            assert "王芳" not in str(tx.records.of_customer(rooms[0].customer_id))

    store.run(work)


def test_a_phone_or_an_old_id_finds_the_one_customer(store: Store) -> None:
    """A3: whoever has a number in any identity is found once."""

    def work(tx: Tx) -> None:
        rooms = [chat(tx, "telegram"), chat(tx, "wechat")]
        for room in rooms:
            tx.customers.remember(room.customer_id, NOON, phone="+8613900139000")
        assert len(tx.records.customers_of_phone("+8613900139000", 9)) == 2
        join(tx, *rooms)
        assert tx.records.customers_of_phone("+8613900139000", 9) == [rooms[0].customer_id]

    store.run(work)
