"""Canned replies in storage (G2): names taken once, removed ones stay away, found by shortcut and words."""

from __future__ import annotations

from bot.console.replying import canned
from storage import Store, Tx
from tests.conftest import Clock


def test_kept_found_changed_and_removed(store: Store, clock: Clock) -> None:
    """G2: by language and skill; the shortcut's beginning goes before words within; % is only a sign."""
    now = clock()
    store.run(lambda tx: canned.ship(tx, now))
    shipped = store.run(lambda tx: tx.canned.all())
    assert {one.language for one in shipped} == {"zh", "en"}
    assert not any(canned.unknown(one.text) for one in shipped)
    store.run(lambda tx: canned.ship(tx, now))
    assert len(store.run(lambda tx: tx.canned.all())) == len(shipped)
    gas = store.run(lambda tx: tx.canned.add("safe", "zh", "燃气", "请关闭燃气阀，100% 安全后再说", now))
    assert gas is not None
    assert store.run(lambda tx: tx.canned.add("safe", "zh", "燃气", "又一个", now)) is None

    def texts(typed: str, *skills: str) -> list[str]:
        return [one.text for one in store.run(lambda tx: tx.canned.offered(typed, "zh", skills))]

    assert len(texts("sa")) == 1
    assert texts("SA", "燃气")[0].startswith("请关闭燃气阀")
    assert [one[:6] for one in texts("100%", "燃气")] == ["请关闭燃气阀"]
    assert texts("%") == []
    assert any("铭牌" in one for one in texts("铭牌"))
    assert store.run(lambda tx: tx.canned.change(gas, "请开窗", now))
    assert store.run(lambda tx: tx.canned.remove(gas, now))
    assert not store.run(lambda tx: tx.canned.change(gas, "x", now))
    assert store.run(lambda tx: tx.canned.get(gas)) is None
    assert store.run(lambda tx: tx.canned.add("safe", "zh", "燃气", "请开窗通风", now)) == gas


def test_a_desk_that_removed_all_is_not_given_them_again(store: Store, clock: Clock) -> None:
    """G2: what an administrator removed stays away."""
    now = clock()

    def empty() -> int:
        def work(tx: Tx) -> int:
            canned.ship(tx, now)
            for one in tx.canned.all():
                tx.canned.remove(one.id, now)
            canned.ship(tx, now)
            return len(tx.canned.all())

        return store.run(work)

    assert empty() == 0


def test_names_are_filled_where_they_are_known() -> None:
    """G2: what is not known stays in its braces and is told."""
    said = canned.filled(
        "{customer}您好，单号 {order}，{agent}", {"agent": "李娜", "customer": "王芳", "order": ""}
    )
    assert said == "王芳您好，单号 {order}，李娜"
    assert canned.unfilled(said) == ["order"]
    assert canned.unknown("{custmer} {order}") == ["custmer"]
