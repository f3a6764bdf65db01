"""Replies through the API: forms, ids, quota, sessions, and every refusal acted upon (A1, C10, F6)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.protocol import MediaGone, OutcomeUnknown, Picture, Refused, TryLater, WindowClosed
from bot.channels.wecom.outgoing import message_id
from bot.messages import Attachment, Button, Enclosed, Reply
from storage import StoreUnavailable

BUTTONS = (Button("我要报修", "/report_fault"), Button("查进度", "/track_order"))
SEND = "kf/send_msg"


async def open_chat(make_rig: Any, **more: Any) -> tuple[Any, Any]:
    rig = await make_rig(**more)
    customer = rig.customer()
    rig.wrote(customer)
    return rig, customer


def seen(customer: Any) -> list[tuple[str, str]]:
    return [(b.kind, b.text) for b in customer.transcript if b.author == "account"]


async def test_text_and_menu(make_rig: Any) -> None:
    """C10: buttons are a menu whose items name message and button; a tap comes back as that choice."""
    rig, customer = await open_chat(make_rig)
    named = await rig.channel.send(rig.delivery(customer, Reply("您好")))
    await rig.channel.send(rig.delivery(customer, Reply("需要什么？", BUTTONS), seq=7))
    assert seen(customer) == [("text", "您好"), ("menu", "需要什么？")]
    assert customer.transcript[-1].items == (("7:0", "我要报修"), ("7:1", "查进度"))
    assert named == message_id(rig.delivery(customer, Reply("您好")))
    await rig.start()
    await customer.taps("查进度")
    (inbound,) = await rig.received(1)
    assert (inbound.text, inbound.choice) == ("查进度", "7:1")


async def test_long_texts_are_split_between_characters(make_rig: Any) -> None:
    """A1: 2048 bytes a text and 1024 over a menu; the simulated platform refuses more."""
    rig, customer = await open_chat(make_rig)
    await rig.channel.send(rig.delivery(customer, Reply("长" * 1100 + "🙂", BUTTONS)))
    assert [kind for kind, _ in seen(customer)] == ["text", "text", "menu"]
    assert "".join(text for _, text in seen(customer)) == "长" * 1100 + "🙂"
    assert rig.ledger.windows[rig.address(customer)].left == 2


async def test_the_same_try_has_the_same_id(make_rig: Any) -> None:
    """I2: ids are of WeCom's form, stable over tries, and differ by part; a repeated one is shown once."""
    rig, customer = await open_chat(make_rig, api_seconds=0.2)
    delivery = rig.delivery(customer, Reply("一次"))
    assert re.fullmatch(r"[0-9a-zA-Z_-]{1,29}", message_id(delivery))
    assert message_id(delivery) != message_id(rig.delivery(customer, Reply("一次"), seq=3))
    rig.simulator.faults.lose_answer(SEND)
    with pytest.raises(OutcomeUnknown):
        await rig.channel.send(delivery)
    await rig.channel.send(delivery)
    assert seen(customer) == [("text", "一次")]


async def test_five_a_message_then_parked(make_rig: Any) -> None:
    """F6: the ledger knows before WeCom would refuse; the customer's next message opens it again."""
    rig, customer = await open_chat(make_rig)
    for seq in range(5):
        await rig.channel.send(rig.delivery(customer, Reply(f"{seq}"), seq))
    calls = rig.simulator.calls[SEND]
    with pytest.raises(WindowClosed):
        await rig.channel.send(rig.delivery(customer, Reply("5"), 5))
    assert rig.simulator.calls[SEND] == calls
    rig.wrote(customer)
    await rig.channel.send(rig.delivery(customer, Reply("5"), 5))
    rig.clock.forward(hours=49)
    with pytest.raises(WindowClosed):
        await rig.channel.send(rig.delivery(customer, Reply("6"), 6))


@pytest.mark.parametrize(
    ("code", "outcome", "words"),
    [
        (95001, WindowClosed, "used up"),
        (95002, WindowClosed, "48 hours"),
        (95013, WindowClosed, "ended"),
        (-1, TryLater, "busy"),
        (45009, TryLater, "too many calls"),
        (45033, TryLater, "at once"),
        (60020, TryLater, "trusted"),
        (95000, TryLater, "no such account"),
        (48002, TryLater, "may not use"),
        (40096, Refused, "not a customer"),
        (40058, Refused, "40058"),
    ],
)
async def test_what_becomes_of_refusals(make_rig: Any, code: int, outcome: type, words: str) -> None:
    """A1: each code has its consequence; only what may pass is tried again."""
    rig, customer = await open_chat(make_rig)
    rig.simulator.faults.answer_code(code, SEND)
    with pytest.raises(outcome, match=words) as problem:
        await rig.channel.send(rig.delivery(customer, Reply("您好")))
    left = rig.ledger.windows[rig.address(customer)].left
    assert left == (0 if code in (95001, 95002) else 5)
    if isinstance(problem.value, TryLater) and code != -1:
        assert problem.value.account_wide
        assert problem.value.after


async def test_an_expired_token_is_renewed_once(make_rig: Any) -> None:
    """A1: renewed and tried again; refused twice it waits, without another try."""
    rig, customer = await open_chat(make_rig)
    await rig.channel.send(rig.delivery(customer, Reply("一")))
    rig.simulator.tokens.expire()
    await rig.channel.send(rig.delivery(customer, Reply("二"), 3))
    assert seen(customer) == [("text", "一"), ("text", "二")]
    assert rig.simulator.calls["gettoken"] == 2
    rig.clock.forward(minutes=2)
    rig.simulator.tokens.expire()
    rig.simulator.faults.answer_code(42001, SEND, times=2)
    calls = rig.simulator.calls[SEND]
    with pytest.raises(TryLater):
        await rig.channel.send(rig.delivery(customer, Reply("三"), 4))
    assert rig.simulator.calls[SEND] - calls == 2


async def test_a_wrong_secret_names_the_setting(make_rig: Any) -> None:
    """A1: the whole account waits and says what to check."""
    rig, customer = await open_chat(make_rig)
    rig.api._secret = "another"
    with pytest.raises(TryLater, match=r"channels\.wecom\.secret"):
        await rig.channel.send(rig.delivery(customer, Reply("您好")))


async def test_pictures_are_uploaded_first(make_rig: Any) -> None:
    """E9: a sheet's picture, then its words: two of the five."""

    async def drawn(address: str) -> Picture:
        return Picture("sheet.png", "image/png", b"\x89PNG sheet")

    rig, customer = await open_chat(make_rig, pictures=drawn)
    await rig.channel.send(rig.delivery(customer, Reply("服务单", image="/sheets/a.png")))
    assert [kind for kind, _ in seen(customer)] == ["image", "text"]
    assert rig.simulator.media.get(customer.transcript[0].media).content == b"\x89PNG sheet"
    assert rig.ledger.windows[rig.address(customer)].left == 3


async def test_files_are_fetched_while_wecom_keeps_them(make_rig: Any) -> None:
    """A2: three days, within the limit."""
    rig = await make_rig(max_media_bytes=1000)
    media_id = await rig.customer().sends_file("voice", b"#!AMR", "audio/amr")
    large = await rig.customer().sends_file("file", b"x" * 1001, "application/pdf")
    assert b"".join([c async for c in rig.channel.fetch(Attachment("voice", media_id))]) == b"#!AMR"
    rig.simulator.faults.answer_code(-1, "media/get")
    with pytest.raises(TryLater):
        _ = [c async for c in rig.channel.fetch(Attachment("voice", media_id))]
    with pytest.raises(MediaGone, match="larger"):
        _ = [c async for c in rig.channel.fetch(Attachment("document", large))]
    rig.clock.forward(days=3, seconds=1)
    with pytest.raises(MediaGone):
        _ = [c async for c in rig.channel.fetch(Attachment("voice", media_id))]


@pytest.mark.parametrize(("state", "outcome"), [(1, TryLater), (2, WindowClosed), (3, WindowClosed)])
async def test_a_session_that_is_not_the_apis(
    make_rig: Any, logs: list[Any], state: int, outcome: type
) -> None:
    """A1: 95018 is looked into: a person's session waits for its end, and the operator is told why."""
    rig, customer = await open_chat(make_rig)
    customer.state = state
    rig.simulator.faults.answer_code(95018, SEND)
    with pytest.raises(outcome):
        await rig.channel.send(rig.delivery(customer, Reply("您好")))
    assert (95018 in [entry.get("code") for entry in logs]) == (state > 1)
    assert rig.ledger.windows[rig.address(customer)].left == 5


async def test_an_ended_session_closes_the_window(make_rig: Any) -> None:
    """F6: nothing is tried again before the customer writes."""
    rig, customer = await open_chat(make_rig)
    customer.state = 4
    with pytest.raises(WindowClosed, match="ended"):
        await rig.channel.send(rig.delivery(customer, Reply("您好")))
    assert rig.ledger.windows[rig.address(customer)].left == 0


async def test_without_the_ledger_nothing_is_sent_but_words_past_the_outbox(
    make_rig: Any, monkeypatch: Any
) -> None:
    """I1: the store away, a message of the outbox waits; the word of the delay goes out."""
    rig, customer = await open_chat(make_rig)

    async def away(*given: Any) -> bool:
        raise StoreUnavailable("away")

    monkeypatch.setattr(rig.ledger, "take", away)
    with pytest.raises(TryLater):
        await rig.channel.send(rig.delivery(customer, Reply("一")))
    assert seen(customer) == []
    await rig.channel.send(rig.delivery(customer, Reply("稍后"), seq=0))
    assert seen(customer) == [("text", "稍后")]


async def test_who_opens_the_chat_is_welcomed_once(make_rig: Any) -> None:
    """A1: the greeting travels with the event's code, outside the window; the second visit has none."""
    rig = await make_rig(answer=lambda inbound: [Reply("欢迎！", BUTTONS)])
    customer = rig.customer()
    await rig.start()
    await customer.enters()
    await customer.heard(1)
    assert seen(customer) == [("menu", "欢迎！")]
    await customer.enters()
    await customer.says("您好")
    await rig.received(2)
    assert [inbound.payload for inbound in rig.desk.received] == ["/greet", None]
    assert rig.simulator.calls["kf/send_msg_on_event"] == 1
    assert [one.reply.text for one in rig.desk.handed] == ["欢迎！"]


async def test_a_welcome_that_is_refused_waits(make_rig: Any) -> None:
    """A1: a greeting that its code cannot carry goes back to the postman."""
    rig = await make_rig(answer=lambda inbound: [Reply("欢迎！")])
    rig.simulator.faults.answer_code(40096, "kf/send_msg_on_event")
    await rig.start()
    await rig.customer().enters()
    await rig.received(1)
    await rig.read_to("wkSIMULATED0001/1")
    assert [one.reply.text for one in rig.desk.released] == ["欢迎！"]
    assert rig.desk.handed == []


async def test_a_failure_told_later_is_the_deliverys(make_rig: Any) -> None:
    """F6: WeCom took the message and tells in the log that it did not arrive."""
    rig, customer = await open_chat(make_rig)
    customer.refuses = True
    await rig.start()
    named = await rig.channel.send(rig.delivery(customer, Reply("您好")))
    await rig.read_to("wkSIMULATED0001/1")
    ((address, external_id, reason),) = rig.desk.losses
    assert (address, external_id) == (rig.address(customer), named)
    assert "refused" in reason
    await customer.failed(f"{named}_0", 6)
    await rig.read_to("wkSIMULATED0001/2")
    assert rig.ledger.windows[rig.address(customer)].left == 0


@pytest.mark.parametrize("transfers", [True, False])
async def test_sessions_of_people_are_told_to_the_desk(make_rig: Any, transfers: bool) -> None:
    """G2: while a person in WeCom has the customer the bot is silent; with agents there it speaks again."""
    rig = await make_rig(transfers=transfers)
    customer = rig.customer()
    await rig.start()
    await customer.picked_up()
    await customer.told_by_servicer("我来帮您")
    await rig.read_to("wkSIMULATED0001/2")
    assert rig.desk.persons == {rig.address(customer): True}
    assert [said.text for said in rig.desk.overheard] == ["我来帮您"]
    await customer.ended()
    await rig.read_to("wkSIMULATED0001/3")
    assert rig.desk.persons == {rig.address(customer): not transfers}


async def test_a_person_who_is_wanted_gets_the_session(make_rig: Any) -> None:
    """G1: with agents in WeCom the session goes to its queue, after what is still to be said."""
    rig, customer = await open_chat(make_rig, transfers=True)

    def asked_for_person(tx: Any) -> int:
        place = rig.address(customer)
        conversation = tx.conversations.enter(place.channel, place.account, place.peer, rig.clock())
        conversation.owner = "queue"
        message_id, seq = tx.messages.say_all([(conversation, {"text": "再见"})], rig.clock(), None, "bot")[0]
        tx.conversations.save(conversation, rig.clock())
        return tx.outbox.put([(conversation, message_id, seq)], rig.clock(), rig.clock())[0][0]

    waiting = await rig.store.transact(asked_for_person)
    await rig.channel.send(rig.delivery(customer, Reply("正在转接"), seq=waiting + 1))
    assert customer.state == 0
    rig.simulator.faults.answer_code(-1, "kf/service_state/trans")
    last = rig.delivery(customer, Reply("再见"), seq=waiting)
    with pytest.raises(TryLater):
        await rig.channel.send(last)
    await rig.channel.send(last)
    assert customer.state == 2
    assert seen(customer) == [("text", "正在转接"), ("text", "再见")]


async def test_a_lost_hand_over_is_made_up_for(make_rig: Any) -> None:
    """G1: killed between the words and the hand-over, the customer's next message hands over."""
    rig = await make_rig(transfers=True, answer=lambda inbound: ())
    customer = rig.customer()
    await rig.store.transact(lambda tx: _give_to_person(tx, rig.address(customer), rig.clock()))
    await rig.start()
    await customer.says("有人吗")
    await rig.read_to("wkSIMULATED0001/1")
    assert customer.state == 2


def _give_to_person(tx: Any, place: Any, now: Any) -> None:
    conversation = tx.conversations.enter(place.channel, place.account, place.peer, now)
    conversation.owner = "queue"
    tx.conversations.save(conversation, now + timedelta())


async def test_files_are_uploaded_under_their_names(make_rig: Any) -> None:
    """G2: a document, or a voice message WeCom's format is not, goes as a file; refused, as its address."""

    async def found(address: str) -> Picture | None:
        return Picture("报价 单.pdf", "application/pdf", b"%PDF-1.7") if address == "/sent/a" else None

    rig, customer = await open_chat(make_rig, pictures=found)
    await rig.channel.send(rig.delivery(customer, Reply("请看", file=Enclosed("/sent/a", "报价 单.pdf"))))
    assert seen(customer) == [("file", ""), ("text", "请看")]
    media = rig.simulator.media.get(customer.transcript[-2].media)
    assert (media.name, media.mime, media.content) == ("报价 单.pdf", "application/pdf", b"%PDF-1.7")
    with pytest.raises(Refused, match="no longer"):
        await rig.channel.send(rig.delivery(customer, Reply(file=Enclosed("/sent/b", "b.pdf")), 3))
    alone = rig.delivery(customer, Reply(file=Enclosed("/sent/a", "a.pdf")), 4)
    for public_url in (None, "https://desk.example.com"):
        rig.simulator.faults.answer_code(45001, "media/upload")
        rig.channel._public_url = public_url
        if public_url is None:
            with pytest.raises(Refused, match="nothing is left"):
                await rig.channel.send(alone)
            rig.channel._uploads.forget(alone)
        else:
            await rig.channel.send(alone)
    assert seen(customer)[2:] == [("text", "文件：a.pdf\nhttps://desk.example.com/sent/a")]
    assert [rig.channel.takes(kind) for kind in ("photo", "document", "voice")] == ["file"] * 3
