"""How long customers wait for people (H1): the bot's answers do not count, nights do where one wishes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx

from bot.messages import Address, Inbound
from bot.turns import Turns
from storage import Store
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work
from tests.desks import desk_for
from tests.spoken import dialogue

AFTERNOON = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)  # a Monday, 14:00 in Shanghai
EVENING = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # 20:00, half an hour before people go home
TURNS = Turns(dialogue(), desk_for)
ALL, CHANNEL, AGENT = "全部", "渠道", "坐席"
FEW = "数据不足"


def asks(store: Store, clock: Clock, peer: str, channel: str = "web", account: str = "") -> int:
    """A customer asks the bot for a person, in a turn as it is taken; the conversation's id."""
    place = Address(channel, account or channel, peer)
    inbound = Inbound(place, f"{peer}:{clock()}", clock(), payload="/ask_human")
    taken = store.run(lambda tx: TURNS.take(tx, inbound, None, clock()))
    assert taken.deliveries, "the bot answers at once"
    return taken.conversation_id


def written_last(store: Store, talk: int) -> int:
    """The number of the newest message."""
    return store.run(lambda tx: tx.conversations.get(talk)).last_seq


async def answer(agent: Browser, talk: int, key: str = "a") -> httpx.Response:
    """The agent takes it, where they have it not, and writes."""
    await agent.post(f"/talks/{talk}/move/take")
    return await agent.post(f"/talks/{talk}/say", kind="reply", text="在的", key=f"{talk}{key}")


def rows(page: str) -> list[list[str]]:
    """The cells of each row of the table of answers, as they are read."""
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    found = []
    for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL):
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)
        found.append([re.sub(r"<[^>]+>", "", text) for text in cells])
    return found


def sheet(answer: httpx.Response) -> list[list[str]]:
    """The rows of the exported file, its heading first."""
    assert "attachment" in answer.headers["content-disposition"], answer.text
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_the_bots_answers_do_not_count(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """H1: from asking for a person to a person's words; what was taken back answered nobody."""
    clock.now = AFTERNOON
    ann = await at_work(browsers(), store, clock, add("ann", shown="安"))
    boss = await at_work(browsers(), store, clock, add("boss", "supervisor", "主管"))
    assert (await ann.get("/response-times")).status_code == 403
    for number, channel in enumerate(("web", "web", "web", "web", "web", "rest")):
        talk = asks(store, clock, f"p{number}", channel)
        clock.forward(minutes=number)
        await answer(ann, talk)
        if not number:  # the first is taken back: the customer waits until the other one
            clock.forward(seconds=5)
            await answer(ann, talk, "better")
            back = f"/talks/{talk}/messages/{written_last(store, talk) - 1}/take-back"
            assert (await ann.post(back, headers={"HX-Request": "true"})).status_code == 200
        clock.forward(minutes=1)
        asks(store, clock, f"p{number}", channel)
        clock.forward(seconds=20)
        await answer(ann, talk, "again")
        await ann.post(f"/talks/{talk}/move/hand_back")
        clock.forward(minutes=1)
    gone = asks(store, clock, "gone")
    await boss.post(f"/talks/{gone}/move/resolve")  # nobody said a word
    page = (await boss.get("/response-times?time=clock")).text
    short = ["6", "0:00:20", "0:00:20"]
    assert rows(page) == [
        [ALL, "6", "0:02:30", "0:05:00", *short],
        [f"{CHANNEL} · 接口", "1", FEW, FEW, "1", FEW, FEW],
        [f"{CHANNEL} · 网页", "5", "0:02:00", "0:04:00", "5", *short[1:]],
        [f"{AGENT} · 安", "6", "0:02:30", "0:05:00", *short],
    ]
    assert "另有 1 次转人工" in page
    assert rows((await boss.get("/response-times?period=2026-W09")).text) == [
        [ALL, "0", "–", "–", "0", "–", "–"]
    ]


async def test_a_night_between_is_no_working_time(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """H1: the file says what the page says, on the clock that was chosen, and names it."""
    clock.now = EVENING
    talks = [asks(store, clock, f"p{number}") for number in range(5)]
    clock.now = EVENING + timedelta(hours=13)
    ann = await at_work(browsers(), store, clock, add("ann", shown="=安"))
    boss = await at_work(browsers(), store, clock, add("boss", "supervisor", "主管"))
    for talk in talks:
        await answer(ann, talk)
    for time, said, night in (("working", "工作时间", "1:00:00"), ("clock", "自然时间", "13:00:00")):
        asked = {"period": "2026-03", "time": time}
        page = (await boss.get(f"/response-times?period=2026-03&time={time}")).text
        assert f"以下时长按{said}计算" in page
        assert rows(page)[0] == [ALL, "5", night, night, "0", "–", "–"]
        head, *told = sheet(await boss.post("/response-times/export", form="csv", **asked))
        assert [said in cell for cell in head[3:]] == [False, True, True] * 2
        assert [row[3:] for row in told] == [row[1:] for row in rows(page)]
        assert [row[:3] for row in told] == [
            ["2026-03", ALL, ""], ["2026-03", CHANNEL, "网页"], ["2026-03", AGENT, "'=安"],
        ]  # fmt: skip
    assert page.count('<td class="heat-5">5</td>') == 1  # they asked within one hour of one weekday
    assert page.count('<td class="heat-0">0</td>') == 2 * 7 * 24 - 1
    assert (await boss.post("/response-times/export", form="xlsx", period="2026-W10")).content[:2] == b"PK"
    deeds = store.run(lambda tx: [one.action for one in tx.audit.latest(limit=3)])
    assert deeds == ["response_times_exported"] * 3


async def test_of_too_few_nothing_is_worked_out(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """H1: four waits have no median, one that the platform's own desk answered is among them.

    They count in the days they were answered in, and in no others.
    """
    clock.now = AFTERNOON
    ann = await at_work(browsers(), store, clock, add("ann", shown="安"))
    boss = await at_work(browsers(), store, clock, add("boss", "supervisor", "主管"))
    for number in range(3):
        await answer(ann, arrives(store, clock, peer=f"p{number}"))
    outside = Address("wecom", "kf", "wang")
    store.run(lambda tx: TURNS.attended(tx, outside, True, clock()))
    asks(store, clock, "wang", "wecom", "kf")
    theirs = Inbound(outside, "theirs", clock.forward(minutes=3), "在的")
    store.run(lambda tx: TURNS.noted(tx, theirs, clock.forward(minutes=3)))
    days = {"period": "days", "from": "2026-03-02", "to": "2026-03-02"}
    address = "/response-times?period=days&from=2026-03-{}&to=2026-03-{}"
    page = rows((await boss.get(address.format("02", "02"))).text)
    assert [row[:2] for row in page if row[0].startswith((ALL, AGENT))] == [
        [ALL, "4"], [f"{AGENT} · 安", "3"], [f"{AGENT} · 平台的客服", "1"],
    ]  # fmt: skip
    assert {tuple(row[2:]) for row in page} == {(FEW, FEW, "0", "–", "–")}
    assert sheet(await boss.post("/response-times/export", form="csv", **days))[1][3:] == page[0][1:]
    for first, last in (("01", "01"), ("03", "09")):
        assert rows((await boss.get(address.format(first, last))).text)[0][1] == "0"
    for wrong in ("period=2026-W99", "period=x", "period=days", "period=days&from=2026-03-09&to=2026-03-02"):
        refused = await boss.get(f"/response-times?{wrong}")
        assert (refused.status_code, 'role="alert"' in refused.text) == (422, True), wrong
    assert (await boss.post("/response-times/export", form="csv", period="days")).status_code == 422
