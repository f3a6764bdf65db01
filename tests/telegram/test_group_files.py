"""Photos, documents and voice messages that agents put in a topic (G3): to the customer, once, in order."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.console import acting
from bot.simulators.telegram import Member
from bot.simulators.telegram.files import as_json
from bot.telegram_desk.receiving import Agent
from handlers import ownership
from tests.telegram.floor import Floor

JPG = b"\xff\xd8\xff a photo"
PDF = b"%PDF-1.7 a paper"
OGG = b"OggS a voice"
LARGE = 21 * 1024 * 1024


def puts(
    floor: Floor, who: Member, talk: int, kind: str, content: bytes, claimed: int | None = None, **more: Any
) -> dict[str, Any]:
    """A member sends a file in the topic."""
    file = floor.platform.files.keep(content, f"{kind}s", "application/octet-stream", claimed)
    name = {"file_name": more.pop("name")} if "name" in more else {}
    return who.sends(floor.thread(talk), **{kind: {**as_json(file), **name}, **more})


def bodies(floor: Floor, talk: int) -> list[dict[str, Any]]:
    """What agents said to the customer."""
    said = floor.store.run(lambda tx: tx.messages.of_conversation(talk, limit=500))
    return [one.body for one in said if one.author == "agent"]


def kept(floor: Floor) -> list[Path]:
    """Every file on disk."""
    return [one for one in floor.shelf.folder.glob("*/*") if one.is_file()]


async def opened(floor: Floor, **place: str) -> tuple[Member, int]:
    """An agent and a conversation that waits."""
    li, talk = floor.agent("li.na", shown="李娜"), floor.customer(**place)
    floor.asks(talk)
    await floor.settle()
    return li, talk


async def test_what_an_agent_sends_reaches_the_customer_once(floor: Floor) -> None:
    """G3, T12: photo, document, voice; the caption is the words; an update that comes again adds nothing."""
    li, talk = await opened(floor)
    li.sends_photo(floor.thread(talk), JPG, "请看")
    puts(floor, li, talk, "document", PDF, name="../报价 单.exe", caption="报价")
    voice = puts(floor, li, talk, "voice", OGG)
    await floor.settle()
    photo, paper, spoken = bodies(floor, talk)
    assert (photo["text"], photo["image"][:6]) == ("请看", "/sent/")
    assert (paper["text"], paper["file"]["name"], paper["file"]["kind"]) == (
        "报价",
        "报价 单.pdf",
        "document",
    )
    assert (spoken["file"]["name"], spoken["file"]["kind"]) == ("voice.ogg", "voice")
    assert floor.owner(talk)[0] == "agent"
    assert sorted(one.read_bytes() for one in kept(floor)) == sorted((JPG, PDF, OGG))
    files = floor.store.run(lambda tx: tx.attachments.of_conversation(talk))
    assert [(one.kind, one.state) for one in files] == [
        ("photo", "stored"), ("document", "stored"), ("voice", "stored"),
    ]  # fmt: skip
    audit = floor.store.run(lambda tx: [one.action for one in tx.audit.latest(20)])
    assert audit.count("reply") == 3
    floor.taken.clear()
    await floor.settle(31)
    assert len(bodies(floor, talk)) == len(kept(floor)) == 3
    assert floor.texts(talk) == ["请看", "报价", "", "— 李娜 接入了会话"]  # no echo
    changed = floor.group.change(voice["message_id"], caption="改了", edit_date=floor.platform.now)
    floor.platform.inbox.put("edited_message", changed)
    await floor.settle()
    assert "原来的内容" in floor.texts(talk)[-1]
    assert len(bodies(floor, talk)) == 3


async def test_an_album_stays_in_order(floor: Floor) -> None:
    """G3: its pictures are several messages, words with the first, and what is written next comes behind."""
    li, talk = await opened(floor)
    contents = [JPG + bytes([number]) for number in range(4)]
    for number, content in enumerate(contents):
        words = {"caption": "四张"} if not number else {}
        file = floor.platform.files.keep(content, "photos", "image/jpeg")
        sizes = [{**as_json(file), "width": 9, "height": 9}]
        li.sends(floor.thread(talk), photo=sizes, media_group_id="a1", **words)
    li.says("就这些", floor.thread(talk))
    await floor.settle()
    *pictures, words_after = bodies(floor, talk)
    assert [one.get("text") for one in (*pictures, words_after)] == ["四张", None, None, None, "就这些"]
    paths = [floor.shelf.path(one["image"].removeprefix("/sent/")) for one in pictures]
    assert [path.read_bytes() for path in paths] == contents


async def test_what_is_not_sent_is_told(floor: Floor) -> None:
    """G3, G6: each refusal has its word in the topic; nothing goes out and no file stays."""
    li, talk = await opened(floor)
    cases: list[tuple[str, bytes, dict[str, Any], str]] = [
        ("document", PDF, {"claimed": LARGE}, "20 MB"),
        ("document", b"<svg onload='alert(1)'/>", {"name": "a.pdf"}, "只能发 JPG/PNG/PDF/DOCX/XLSX"),
        ("document", OGG, {}, "只能发"),
        ("voice", b"ID3 music", {}, "只能发"),
        ("video", b"\0\0\0\x18ftypisom", {}, "不能转给客户"),
        ("document", PDF, {"caption": "// 备注"}, "备注只能写文字"),
        ("document", PDF, {"caption": "随便你投诉"}, "服务禁语"),
        ("document", JPG + bytes(10_000_000), {}, "太大"),
    ]
    for kind, content, more, told in cases:
        before = len(floor.texts(talk))
        puts(floor, li, talk, kind, content, **more)
        await floor.settle()
        assert told in "\n".join(floor.texts(talk)[before:]), told
    assert bodies(floor, talk) == kept(floor) == []


async def test_where_it_cannot_go_it_is_told_too(floor: Floor) -> None:
    """G3: a channel without files, a file that Telegram lost, a colleague's conversation, a stranger."""
    li, talk = await opened(floor)
    floor.elsewhere.way = None
    puts(floor, li, talk, "voice", OGG)
    await floor.settle()
    assert "收不了这种文件" in "\n".join(floor.texts(talk))
    li.sends_photo(floor.thread(talk), JPG)
    await floor.settle()
    assert len(bodies(floor, talk)) == len(kept(floor)) == 1
    gone = puts(floor, li, talk, "document", PDF)
    floor.platform.files.lose(gone["document"]["file_id"])
    await floor.settle()
    assert "再发一次" in floor.texts(talk)[-1]
    puts(floor, floor.agent("zhao", shown="赵敏"), talk, "document", PDF)
    await floor.settle()
    assert "李娜 已经接了" in floor.texts(talk)[-1]
    puts(floor, floor.platform.member(floor.group, "路人"), talk, "document", PDF)
    await floor.settle()
    assert "没有关联账号" in floor.texts(talk)[-1]
    assert len(bodies(floor, talk)) == len(kept(floor)) == 1


async def test_a_file_from_the_console_stands_in_the_topic(floor: Floor) -> None:
    """G3: also where the customer is on Telegram, which knows no number of it; its failure names it."""
    talk = floor.customer("小王", "77", "telegram", floor.channel.account)
    floor.asks(talk)
    await floor.settle()
    zhao = floor.user("zhao", shown="赵敏")
    floor.moves(talk, "take", ownership.Mover("agent", zhao.id))
    path = floor.shelf.new()
    path.write_bytes(PDF)
    sending = acting.Sending(path.name, "/sent/x", "document", "报价.pdf", "application/pdf", len(PDF))
    here = Agent(zhao, "127.0.0.1")
    held = timedelta(seconds=2)
    await acting.write(floor.means, here, talk, "", "k", False, held=held, file=sending)
    await floor.settle(4)
    assert floor.texts(talk)[1:2] == ["💬 赵敏: [文件 报价.pdf]"]
    stored = floor.platform.files.find(floor.group.said_in(floor.thread(talk))[-1]["document"]["file_id"])
    assert stored is not None
    assert stored.content == PDF
    floor.store.run(lambda tx: tx.outbox.stop(talk, "window closed", floor.clock()))
    await floor.settle(31)
    assert "“[文件 报价.pdf]”" in floor.texts(talk)[-1]
