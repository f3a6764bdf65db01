"""Agents in a Telegram group: a topic for each conversation, the same one that the console shows (G3)."""

from __future__ import annotations

from datetime import timedelta

from bot.console import acting
from bot.console.replying import withdrawing
from bot.messages import Attachment
from bot.telegram_desk.receiving import Agent
from handlers import ownership
from tests.telegram.floor import Floor


async def test_a_conversation_becomes_a_topic_and_a_reply_reaches_the_customer(floor: Floor) -> None:
    """G3: history in the pinned summary, then every message; the first reply takes it, on any channel."""
    li, talk = floor.agent("li.na", shown="李娜"), floor.customer("王芳")
    floor.says(talk, "冰箱不制冷")
    await floor.settle()
    assert not floor.group.topics
    floor.asks(talk)
    floor.says(talk, "有人吗")
    floor.says(talk, "等很久了")
    await floor.settle()
    assert floor.name(talk).startswith("🟡 待接入 · 王芳")
    assert "冰箱不制冷" in floor.card(talk)
    assert "微信" in floor.card(talk)
    li.says("您好，我来处理", floor.thread(talk))
    await floor.settle()
    assert floor.outgoing(talk) == ["您好，我来处理"]
    assert floor.woken == ["wechat", "wechat"]
    assert floor.owner(talk)[0] == "agent"
    assert floor.name(talk).startswith("🟢 李娜")
    floor.says(talk, "好的")
    await floor.settle()
    assert floor.texts(talk)[-1] == "👤: 好的"
    assert [text for text in floor.texts(talk) if "您好" in text] == ["您好，我来处理"]  # no echo
    assert len(floor.group.topics) == 1


async def test_a_repeated_update_is_one_reply(floor: Floor) -> None:
    """G3: exactly once for each message of the group."""
    li, talk = floor.agent("li.na"), floor.customer()
    floor.asks(talk)
    await floor.settle()
    li.says("您好", floor.thread(talk))
    await floor.settle()
    floor.taken.clear()
    await floor.settle()
    assert floor.outgoing(talk) == ["您好"]


async def test_what_is_said_elsewhere_is_shown_and_the_end_closes_the_topic(floor: Floor) -> None:
    """G3: replies from the console stand in the topic; resolved, it is closed, and opened again."""
    talk, user = floor.customer(), floor.user("zhao", shown="赵敏")
    floor.asks(talk)
    await floor.settle()
    floor.moves(talk, "take", ownership.Mover("agent", user.id))
    floor.moves(talk, "resolve", ownership.Mover("agent", user.id))
    await floor.settle()
    topic = floor.group.topics[floor.thread(talk)]
    assert topic.closed
    assert topic.name.startswith("✅ 已解决")
    assert "赵敏 接入了会话" in "\n".join(floor.texts(talk))
    floor.says(talk, "又坏了")
    floor.asks(talk)
    await floor.settle()
    assert not topic.closed
    assert "又坏了" in floor.texts(talk)[-1]
    assert len(floor.group.topics) == 1


async def test_notes_stay_inside_and_several_lines_are_one_message(floor: Floor) -> None:
    """G3, T14: a note in the topic reaches no channel; the console's stand here; lines are batched."""
    li, talk = floor.agent("li.na", shown="李娜"), floor.customer()
    floor.asks(talk)
    await floor.settle()
    li.says("// 这位客户很着急", floor.thread(talk))
    await floor.settle()
    assert floor.outgoing(talk) == []
    assert floor.owner(talk) == ("queue", None)
    zhao = floor.user("zhao", shown="赵敏")
    for text in ("一", "二", "三"):
        floor.says(talk, text)
    floor.store.run(lambda tx: tx.notes.add(tx.conversations.get(talk), zhao.id, "电话里说过", floor.clock()))
    await floor.settle()
    assert floor.texts(talk)[1:] == ["👤: 一\n👤: 二\n👤: 三\n📝 赵敏 的备注: 电话里说过"]
    notes = floor.store.run(lambda tx: [one.text for one in tx.notes.of(talk)])
    assert notes == ["这位客户很着急", "电话里说过"]
    outbox = floor.store.run(lambda tx: tx.outbox.counts())
    assert not sum(outbox.values())


async def test_files_of_customers_stand_where_they_were_sent(floor: Floor) -> None:
    """G3: a photo is uploaded once it is here, not overtaken; one of the same bot goes by its id."""
    talk = floor.customer()
    floor.asks(talk)
    await floor.settle()
    floor.says(talk, "看", Attachment("photo", "media1", mime="image/jpeg"))
    floor.says(talk, "漏水")
    await floor.settle()
    assert floor.texts(talk) == ["👤: 看 [照片]"]
    path = floor.shelf.new()
    path.write_bytes(b"\xff\xd8\xff photo")
    floor.store.run(lambda tx: tx.attachments.change(1, state="stored", file=path.name))
    await floor.settle(3)
    said = floor.group.said_in(floor.thread(talk))[2:]
    assert ["photo" in one for one in said] == [True, False]
    stored = floor.platform.files.find(said[0]["photo"][0]["file_id"])
    assert stored is not None
    assert stored.content == b"\xff\xd8\xff photo"
    known = floor.platform.files.keep(b"OggS", "voice", "audio/ogg")
    other = floor.customer("小王", "77", "telegram", floor.channel.account)
    floor.asks(other)
    await floor.settle()
    floor.says(other, "", Attachment("voice", known.id, mime="audio/ogg"))
    await floor.settle()
    assert floor.group.said_in(floor.thread(other))[-1]["voice"]["file_id"] == known.id


async def test_long_words_come_whole_and_in_order(floor: Floor) -> None:
    """G3: what is longer than a message is several, with nothing between or lost."""
    talk = floor.customer()
    floor.asks(talk)
    await floor.settle()
    floor.says(talk, "".join(f"{number:05}x" for number in range(1900)))
    floor.says(talk, "完")
    await floor.settle()
    said = "".join(floor.texts(talk))
    assert said == "👤: " + "".join(f"{number:05}x" for number in range(1900)) + "👤: 完"


async def test_failed_replies_and_edits_are_told(floor: Floor) -> None:
    """G3: an edit changes nothing for the customer, a reply that does not arrive is told of, once."""
    li, talk = floor.agent("li.na"), floor.customer()
    floor.asks(talk)
    await floor.settle()
    written = li.says("您好", floor.thread(talk))
    await floor.settle()
    li.edits(written, "您好！")
    row = floor.store.run(lambda tx: tx.outbox.counts())
    assert row == {"pending": 1}
    floor.store.run(lambda tx: tx.outbox.stop(talk, "window closed", floor.clock()))
    await floor.settle(31)
    words = floor.texts(talk)
    assert [one for one in words if "原来的内容" in one]
    assert [one for one in words if "再次发言" in one]
    assert floor.outgoing(talk) == ["您好"]
    await floor.settle(31)
    assert floor.texts(talk) == words


async def test_a_reply_held_back_in_the_console_is_shown_when_it_may_leave(floor: Floor) -> None:
    """G3: what its agent can still take back does not stand in the topic; taken back, it never does."""
    talk, zhao = floor.customer(), floor.user("zhao", shown="赵敏")
    floor.asks(talk)
    await floor.settle()
    floor.moves(talk, "take", ownership.Mover("agent", zhao.id))
    here = Agent(zhao, "127.0.0.1")
    for key, text in (("a", "写错了"), ("b", "您好")):
        await acting.write(floor.means, here, talk, text, key, False, held=timedelta(seconds=10))
        await floor.settle(2)
        assert floor.texts(talk) == ["— 赵敏 接入了会话"]
        if key == "a":
            await withdrawing.take_back(floor.means, here, talk, 1)
    floor.says(talk, "喂")
    await floor.settle(12)
    assert floor.texts(talk)[1:] == ["💬 赵敏: 您好\n👤: 喂"]
