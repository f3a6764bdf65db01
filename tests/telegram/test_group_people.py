"""Who may do what in the agents' group: linked accounts, one owner, the console's rules (G3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.telegram_desk.linking import code_in
from handlers import ownership
from tests.telegram.floor import Floor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def toasts(floor: Floor) -> list[str]:
    """What presses on buttons were answered with."""
    return [
        str(given.get("text")) for method, given in floor.platform.calls if method == "answerCallbackQuery"
    ]


def audited(floor: Floor) -> list[tuple[str, str | None]]:
    """What was done, and from where, oldest first."""
    return [(one.action, one.address) for one in floor.store.run(lambda tx: tx.audit.latest())][::-1]


async def test_an_account_is_linked_by_a_code_that_works_once(floor: Floor) -> None:
    """G3: only linked, active members write to customers; a code is used once, in time, by one."""
    talk, user = floor.customer(), floor.user("li.na", shown="李娜")
    floor.asks(talk)
    await floor.settle()
    li, other = floor.platform.member(floor.group, "娜"), floor.platform.member(floor.group, "别人")
    li.says("您好", floor.thread(talk))
    await floor.settle()
    assert floor.outgoing(talk) == []
    assert "/link" in floor.texts(talk)[-1]
    code = floor.code(user)
    assert code not in repr(floor.store.run(lambda tx: tx.audit.latest()))
    for member, words in (
        (other, "/link AAAA-AAAA-AAAA"),
        (li, f"/link {code.lower()}"),
        (other, f"/link {code}"),
    ):
        chat = floor.platform.find(member.id)
        assert chat is not None
        chat.says(words)
        await floor.settle()
    seen = [floor.platform.find(one.id).heard[-1]["text"] for one in (li, other)]  # type: ignore[union-attr]
    assert "李娜" in seen[0]
    assert "用过了或已过期" in seen[1]
    li.says("您好", floor.thread(talk))
    other.says("我也来", floor.thread(talk))
    await floor.settle()
    assert floor.outgoing(talk) == ["您好"]
    assert ("reply", f"telegram:{li.id}") in audited(floor)
    floor.store.run(lambda tx: tx.users.change(user.id, floor.clock(), active=False))
    li.says("还在", floor.thread(talk))
    await floor.settle()
    assert floor.outgoing(talk) == ["您好"]


async def test_a_code_expires(floor: Floor) -> None:
    """G3: after its minutes a code is none; other words are no code."""
    user = floor.user("li.na")
    code = floor.code(user)
    floor.clock.forward(minutes=15)
    chat = floor.platform.customer("娜")
    chat.says(f"/link {code}")
    await floor.settle()
    assert floor.store.run(lambda tx: tx.telegram_links.user(str(chat.id))) is None
    assert (code_in("/link"), code_in("/linkage x"), code_in("link x")) == ("", None, None)


async def test_console_and_group_at_once_give_one_winner(floor: Floor) -> None:
    """G2, G3: who comes second is told whose it is, nothing of theirs is sent; a supervisor may."""
    talk, zhao = floor.customer(), floor.user("zhao", shown="赵敏")
    li, boss = floor.agent("li.na"), floor.agent("boss", "supervisor", "王主管")
    floor.asks(talk)
    await floor.settle()
    floor.moves(talk, "take", ownership.Mover("agent", zhao.id))
    li.taps("接入", floor.thread(talk))
    li.says("您好", floor.thread(talk))
    boss.says("我来", floor.thread(talk))
    await floor.settle()
    assert "赵敏 已经接了" in toasts(floor)[0]
    assert floor.outgoing(talk) == []
    assert floor.owner(talk) == ("agent", zhao.id)
    refused = [
        one for one in floor.group.said_in(floor.thread(talk)) if "没有发给客户" in one.get("text", "")
    ]
    assert ["reply_markup" in one for one in refused] == [False, True]
    boss.taps("接管", floor.thread(talk))
    await floor.settle()
    boss.says("我来", floor.thread(talk))
    await floor.settle()
    assert floor.outgoing(talk) == ["我来"]
    assert floor.name(talk).startswith("🟢 王主管")


async def test_numbers_are_masked_but_for_who_has_the_conversation(floor: Floor) -> None:
    """G3: nobody in the group reads a telephone number by chance; who needs it sees it alone, on record."""
    talk = floor.customer()
    li, other = floor.agent("li.na"), floor.agent("zhao")
    boss = floor.agent("boss", "supervisor")
    floor.says(talk, "我电话 138 0013 8000，单号 SR-202611230002")
    floor.asks(talk)
    await floor.settle()
    li.taps("接入", floor.thread(talk))
    await floor.settle()
    floor.says(talk, "或者打 021-58880000", contact={"name": "王", "phone": "13900139000"})
    li.says("// 客户又说 13700137000", floor.thread(talk))
    await floor.settle(61)
    told = "\n".join([floor.card(talk), *floor.texts(talk)])
    for shown in ("138****8000", "SR-202611230002", "139****9000"):
        assert shown in told
    for hidden in ("138 0013 8000", "58880000", "13900139000"):
        assert hidden not in told
    li.taps("显示号码", floor.thread(talk))
    other.taps("显示号码", floor.thread(talk))
    boss.taps("显示号码", floor.thread(talk))
    await floor.settle()
    mine, theirs, supervisors = toasts(floor)[-3:]
    assert mine == supervisors == "021-58880000\n13900139000\n138 0013 8000"
    assert "只有接待" in theirs
    assert [address for one, address in audited(floor) if one == "personal_revealed"] == [
        f"telegram:{li.id}", f"telegram:{boss.id}",
    ]  # fmt: skip


async def test_buttons_are_the_consoles_moves(floor: Floor) -> None:
    """G2, G3: take, transfer to who is online, resolve, with the audit's rows; twice is once."""
    talk = floor.customer()
    li, zhao = floor.agent("li.na", shown="李娜"), floor.agent("zhao", shown="赵敏")
    floor.asks(talk)
    await floor.settle()
    li.taps("接入", floor.thread(talk))
    await floor.settle()
    li.taps("转接", floor.thread(talk))
    await floor.settle()
    assert toasts(floor)[-1] == "现在没有别的同事在线。"
    theirs = floor.store.run(lambda tx: tx.telegram_links.user(str(zhao.id)))
    assert theirs is not None
    floor.store.run(lambda tx: tx.presence.put(theirs.id, "online", floor.clock()))
    li.taps("转接", floor.thread(talk))
    await floor.settle()
    li.taps("赵敏", floor.thread(talk))
    await floor.settle()
    assert floor.owner(talk) == ("agent", theirs.id)
    zhao.taps("解决", floor.thread(talk))
    zhao.taps("解决", floor.thread(talk))
    await floor.settle(61)
    assert floor.owner(talk) == ("closed", None)
    assert [one for one, address in audited(floor) if address and one != "be_online"] == [
        "telegram_linked", "telegram_linked", "take", "assign", "resolve",
    ]  # fmt: skip
    assert floor.group.topics[floor.thread(talk)].closed


async def test_what_was_refused_is_not_sent_when_it_comes_again(floor: Floor) -> None:
    """G3: told that it was not sent, it is not, even where Telegram repeats it to the agent's taking it."""
    talk, zhao, li = floor.customer(), floor.user("zhao", "supervisor"), floor.agent("li.na")
    floor.asks(talk)
    await floor.settle()
    floor.moves(talk, "take", ownership.Mover("agent", zhao.id))
    li.says("您好", floor.thread(talk))
    await floor.settle()
    floor.moves(talk, "release", ownership.Mover("supervisor", zhao.id))
    floor.taken.clear()
    await floor.settle()
    assert floor.outgoing(talk) == []
    assert floor.owner(talk) == ("queue", None)


async def test_words_not_to_be_said_to_customers_stay_here(floor: Floor) -> None:
    """G3: the console's list of words counts in the group; who wrote them is told which."""
    talk, li = floor.customer(), floor.agent("li.na")
    floor.asks(talk)
    await floor.settle()
    li.says("您好，有本事去投诉", floor.thread(talk))
    await floor.settle()
    assert floor.outgoing(talk) == []
    told = [one for one in floor.texts(talk) if "没有发给客户" in one]
    assert len(told) == 1
    assert "有本事去投诉" in told[0]


async def test_forged_and_stale_buttons_do_nothing(floor: Floor) -> None:
    """G3: what a button carries is checked: another desk's, no move, no conversation, an unlinked member."""
    talk, li = floor.customer(), floor.agent("li.na")
    floor.asks(talk)
    await floor.settle()
    message = floor.group.said_in(floor.thread(talk))[0]
    for data in ("desk:1:ask", "desk:99:take", "desk::take", "desk:1:assign", "1:0", f"desk:{'9' * 40}:take"):
        li.presses(data, message)
    floor.platform.member(floor.group, "生人").presses(f"desk:{talk}:take", message)
    await floor.settle()
    assert floor.owner(talk) == ("queue", None)
    assert len(toasts(floor)) == 7


async def test_an_agent_in_the_group_is_online_for_a_while(floor: Floor) -> None:
    """G4: a reply in the group counts as being there, for its minutes; then the clock has them offline."""
    li, talk = floor.agent("li.na"), floor.customer()
    floor.asks(talk)
    await floor.settle()
    li.says("您好", floor.thread(talk))
    await floor.settle()
    user_id = floor.owner(talk)[1]
    gone = floor.means.settings.queue.vanished_seconds
    for minutes, expected in ((29, []), (33, [user_id])):
        before = floor.clock() + timedelta(minutes=minutes) - timedelta(seconds=gone)
        assert floor.store.run(lambda tx, b=before: tx.presence.vanished(b)) == expected
