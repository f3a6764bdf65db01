"""The terminal channel, driven through a pipe (A1, A2, C10)."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.channels.protocol import MediaGone
from bot.channels.terminal import WORDS, TerminalChannel, typed_lines
from bot.channels.testing import RecordingDesk
from bot.messages import Address, Button, Delivery, Enclosed, Inbound, Reply
from storage import StoreUnavailable

NOW = datetime(2026, 3, 15, tzinfo=UTC)


def replies(inbound: Inbound) -> tuple[Reply, ...]:
    return (Reply("好的\n请选择：", (Button("是", "/affirm"), Button("否", "/deny"))),)


async def each(lines: Iterable[str]) -> AsyncIterator[str]:
    for line in lines:
        yield line


def terminal(shown: list[str], **options: Any) -> TerminalChannel:
    numbers = itertools.count()
    return TerminalChannel(
        shown.append,
        lambda: NOW,
        {"zh": "宝修", "en": "Baoxiu"},
        new_id=lambda: f"t{next(numbers)}",
        **options,
    )


async def chat(*lines: str, desk: RecordingDesk | None = None, **options: Any) -> tuple[str, RecordingDesk]:
    shown: list[str] = []
    desk = desk or RecordingDesk(replies)
    await terminal(shown, **options).run(desk, each(lines))
    return "".join(shown), desk


async def test_replies_have_numbered_buttons() -> None:
    shown, desk = await chat("我家冰箱坏了", "2")
    assert "宝修 ▸ 好的\n  请选择：\n  [1] 是\n  [2] 否\n" in shown
    assert [inbound.text for inbound in desk.received] == ["我家冰箱坏了", "2"]
    assert all(inbound.address == Address("terminal", "terminal", "local") for inbound in desk.received)
    assert len(desk.handed) == 2


async def test_english() -> None:
    shown, desk = await chat("/help", language="en")
    words = yaml.safe_load(WORDS.read_text(encoding="utf-8"))["en"]
    assert words["help"] in shown
    assert words["goodbye"] in shown
    assert desk.received[0].payload == "/help"
    assert desk.received[0].language == "en"


async def test_an_unknown_language_is_english() -> None:
    shown, _ = await chat(language="fr")
    assert "Baoxiu service" in shown


async def test_leaving_and_blank_lines() -> None:
    _, desk = await chat("", "   ", "/quit", "never read")
    assert desk.received == []


async def test_commands_and_language_are_payloads() -> None:
    _, desk = await chat("/report", "/language en", "/language fr")
    assert [inbound.payload for inbound in desk.received] == [
        "/report",
        '/change_language{"language": "en"}',
    ]


async def test_a_photo_and_a_place(tmp_path: Path) -> None:
    photo = tmp_path / "a b.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    (tmp_path / "not.txt").write_text("hello")
    shown, desk = await chat(
        f'/photo "{photo}"', f"/photo {tmp_path / 'not.txt'}", f"/photo {tmp_path}", "/photo",
        "/location 31.23，121.47", "/location here", "/location 99,0",
    )  # fmt: skip
    first, second = desk.received
    assert first.attachments[0].mime == "image/png"
    assert second.location is not None
    assert (second.location.latitude, second.location.longitude) == (31.23, 121.47)
    assert shown.count("找不到") == 3
    assert shown.count("请按") == 2
    channel = terminal([])
    assert b"".join([c async for c in channel.fetch(first.attachments[0])]) == photo.read_bytes()
    photo.unlink()
    with pytest.raises(MediaGone):
        async for _chunk in channel.fetch(first.attachments[0]):
            pass


async def test_a_database_that_is_away_is_said_so_and_the_chat_goes_on() -> None:
    desk = RecordingDesk(replies)
    desk.problems.append(StoreUnavailable("away"))
    shown, _ = await chat("one", "two", desk=desk)
    assert "暂时无法保存" in shown
    assert [inbound.text for inbound in desk.received] == ["two"]


async def test_a_turn_that_fails_is_rolled_back_and_the_chat_goes_on() -> None:
    desk = RecordingDesk(replies)
    desk.problems.append(KeyError("a bug"))
    shown, _ = await chat("one", "two", desk=desk)
    assert "Traceback" not in shown
    assert "暂时无法保存" in shown
    assert [inbound.text for inbound in desk.received] == ["two"]


async def test_what_comes_later_is_shown() -> None:
    shown: list[str] = []
    channel = terminal(shown, interactive=True)
    await channel.send(
        Delivery(1, "k", Address("terminal", "terminal", "local"), 5, Reply("提醒", image="/a.png"))
    )
    assert "宝修 ▸ 提醒\n  [图片] /a.png\n" in "".join(shown)
    paper = Reply("请看", file=Enclosed("/sent/a", "a.pdf"))
    await channel.send(Delivery(2, "k2", Address("terminal", "terminal", "local"), 6, paper))
    assert "宝修 ▸ 请看\n  [文件] a.pdf /sent/a\n" in "".join(shown)
    assert "".join(shown).endswith("您 ▸ ")


async def test_lines_of_a_pipe() -> None:
    """Characters cut in two by the pipe, no newline at the end, bytes that are no text."""
    reading, writing = os.pipe()
    lines = typed_lines(reading)
    raw = "冰箱\n".encode()
    os.write(writing, raw[:2])
    os.write(writing, raw[2:] + b"\xff two\nlast")
    os.close(writing)
    assert [line async for line in lines] == ["冰箱", "\ufffd two", "last"]
    os.close(reading)


def test_both_languages_say_the_same_things() -> None:
    words = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    assert words["zh"].keys() == words["en"].keys()
