"""The simulated platform refuses what WeChat would refuse."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from random import Random
from typing import Any

import aiohttp
import pytest

from bot.simulators.wechat import UNAVAILABLE, Answer, NothingToTap, WeChatSimulator, routers
from bot.simulators.wechat.tokens import Tokens

Make = Callable[..., Any]

CREDENTIALS = {"grant_type": "client_credential", "appid": "wx0123456789abcdef", "secret": "simulated-secret"}


class Platform:
    """The API of a served simulator, called as a developer would."""

    def __init__(self, rig: Any, session: aiohttp.ClientSession) -> None:
        self.rig = rig
        self.session = session
        self.base = f"{rig.base}/simulators/wechat"
        self.token = ""

    async def call(self, path: str, body: Any, raw: bool = False) -> dict[str, Any]:
        data = body if raw else json.dumps(body, ensure_ascii=False).encode()
        url = f"{self.base}/cgi-bin/{path}"
        async with self.session.post(url, data=data, params={"access_token": self.token}) as answer:
            return await answer.json()

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        async with self.session.get(f"{self.base}/{path}", params=query) as answer:
            return await answer.json()

    async def authorise(self, force: bool = False) -> str:
        found = await self.call("stable_token", {**CREDENTIALS, "force_refresh": force})
        self.token = found["access_token"]
        return self.token

    async def send(self, openid: str, kind: str, content: Any) -> int:
        found = await self.call("message/custom/send", {"touser": openid, "msgtype": kind, kind: content})
        return int(found["errcode"])


@pytest.fixture
async def platform(make_rig: Make) -> Any:
    rig = await make_rig(served=True)
    async with aiohttp.ClientSession() as session:
        yield Platform(rig, session)


async def test_credentials_are_checked(platform: Platform) -> None:
    assert (await platform.call("stable_token", {**CREDENTIALS, "appid": "wx"}))["errcode"] == 40013
    assert (await platform.call("stable_token", {**CREDENTIALS, "secret": "x"}))["errcode"] == 40125


async def test_tokens_are_checked(platform: Platform) -> None:
    assert await platform.send("o", "text", {"content": "a"}) == 41001
    platform.token = "invented"
    assert await platform.send("o", "text", {"content": "a"}) == 40001
    await platform.authorise()
    platform.rig.simulator.tokens.expire()
    assert await platform.send("o", "text", {"content": "a"}) == 42001


async def test_a_stable_token_is_stable_and_legacy_tokens_kill_each_other(platform: Platform) -> None:
    stable = await platform.authorise()
    assert await platform.authorise() == stable
    legacy = await platform.get("cgi-bin/token", **CREDENTIALS)
    newer = await platform.get("cgi-bin/token", **CREDENTIALS)
    tokens = platform.rig.simulator.tokens
    codes = [tokens.check(token) for token in (stable, legacy["access_token"], newer["access_token"])]
    assert codes == [0, 40001, 0]


def test_forcing_too_soon_changes_nothing_and_20_a_day_is_all(clock: Any) -> None:
    tokens = Tokens(7200, clock, Random(1))
    first = tokens.stable(force=True)[1]
    assert tokens.stable(force=True)[1] == first
    clock.forward(seconds=31)
    assert tokens.stable(force=True)[1] != first
    assert tokens.check(first) == 40001
    for _ in range(18):
        clock.forward(seconds=31)
        assert tokens.stable(force=True)[0] == 0
    clock.forward(seconds=31)
    assert tokens.stable(force=True)[0] == 45009


def test_near_its_end_the_next_token_is_handed_out_and_both_work(clock: Any) -> None:
    tokens = Tokens(7200, clock, Random(1))
    first = tokens.stable(force=False)[1]
    clock.forward(seconds=7200 - 200)
    second = tokens.stable(force=False)[1]
    assert (second != first, tokens.check(first), tokens.check(second)) == (True, 0, 0)
    clock.forward(seconds=201)
    assert (tokens.check(first), tokens.check(second)) == (42001, 0)


async def test_messages_are_checked(platform: Platform) -> None:
    await platform.authorise()
    customer = platform.rig.customer()
    assert await platform.send("nobody", "text", {"content": "a"}) == 40003
    assert await platform.send(customer.openid, "text", {"content": "a"}) == 45015
    platform.rig.wrote(customer)
    assert await platform.send(customer.openid, "text", {"content": ""}) == 44004
    assert await platform.send(customer.openid, "text", {"content": "长" * 683}) == 45002
    assert await platform.send(customer.openid, "hologram", {}) == 40008
    menu = {"head_content": "选", "list": [{"id": str(n), "content": "x"} for n in range(11)]}
    assert await platform.send(customer.openid, "msgmenu", menu) == 45098
    customer.blocked = True
    assert await platform.send(customer.openid, "text", {"content": "a"}) == 43019
    customer.blocked, customer.refuses_messages = False, True
    assert await platform.send(customer.openid, "text", {"content": "a"}) == 48002
    customer.following = False
    assert await platform.send(customer.openid, "text", {"content": "a"}) == 43004
    assert customer.transcript == []


async def test_the_sixth_message_is_refused(platform: Platform) -> None:
    await platform.authorise()
    customer = platform.rig.customer()
    platform.rig.wrote(customer)
    codes = [await platform.send(customer.openid, "text", {"content": str(n)}) for n in range(6)]
    assert codes == [0, 0, 0, 0, 0, 45047]


async def test_escaped_text_is_shown_as_it_was_written(platform: Platform) -> None:
    """WeChat does not undo \\u escapes: a client that escapes shows its customers gibberish."""
    await platform.authorise()
    customer = platform.rig.customer()
    platform.rig.wrote(customer)
    body = json.dumps({"touser": customer.openid, "msgtype": "text", "text": {"content": "好"}}).encode()
    await platform.call("message/custom/send", body, raw=True)
    assert customer.transcript[-1].text == "\\u597d"


@pytest.mark.parametrize(
    ("menu", "code"),
    [
        ({"button": []}, 40016),
        ({"button": [{"type": "click", "name": "a", "key": "k"}] * 4}, 40016),
        ({"button": [{"type": "click", "name": "", "key": "k"}]}, 40018),
        ({"button": [{"type": "click", "name": "a", "key": ""}]}, 40019),
        ({"button": [{"type": "view", "name": "a", "url": "ftp://x"}]}, 40020),
        ({"button": [{"type": "dance", "name": "a"}]}, 40017),
        ({"button": [{"name": "a", "sub_button": [{"type": "click", "name": "a", "key": "k"}] * 6}]}, 40023),
        ({"button": [{"type": "click", "name": "a", "key": "k"}]}, 0),
    ],
)
async def test_menus_are_checked(platform: Platform, menu: Any, code: int) -> None:
    await platform.authorise()
    assert (await platform.call("menu/create", menu))["errcode"] == code


async def test_menus_are_kept_and_deleted(platform: Platform) -> None:
    token = await platform.authorise()
    menu = {"button": [{"type": "click", "name": "a", "key": "k"}]}
    await platform.call("menu/create", menu)
    assert await platform.get("cgi-bin/menu/get", access_token=token) == {"menu": menu}
    assert (await platform.get("cgi-bin/menu/delete", access_token=token))["errcode"] == 0
    assert (await platform.get("cgi-bin/menu/get", access_token=token))["errcode"] == 46003


async def test_media_can_be_uploaded_and_fetched(platform: Platform) -> None:
    token = await platform.authorise()
    form = aiohttp.FormData()
    form.add_field("media", b"png", filename="a.png", content_type="image/png")
    url = f"{platform.base}/cgi-bin/media/upload"
    async with platform.session.post(
        url, params={"access_token": token, "type": "image"}, data=form
    ) as answer:
        media_id = (await answer.json())["media_id"]
    url = f"{platform.base}/cgi-bin/media/get"
    query = {"access_token": token, "media_id": media_id}
    async with platform.session.get(url, params=query) as answer:
        assert (answer.content_type, await answer.read()) == ("image/png", b"png")


def answering(status: int, body: bytes) -> Callable[..., Any]:
    async def post(query: dict[str, str], sent: bytes) -> Answer:
        return Answer(status, body)

    return post


SOMEBODY_ELSE = (
    b"<xml><ToUserName>x</ToUserName><FromUserName>gh_0123456789ab</FromUserName><CreateTime>1</CreateTime>"
    b"<MsgType>text</MsgType><Content>a</Content></xml>"
)


@pytest.mark.parametrize(
    "body",
    [
        b"ok",
        b"Success!",
        b"{}",
        b"<xml/>",
        SOMEBODY_ELSE,
        b"<!DOCTYPE x><xml/>",
        b"<xml><Encrypt>eA==</Encrypt></xml>",
    ],
)
async def test_an_answer_wechat_cannot_show_is_a_failure(clock: Any, body: bytes) -> None:
    simulator = WeChatSimulator(answering(200, body), clock=clock, random=Random(1))
    (bubble,) = await simulator.customer("c").says("hi")
    assert bubble.text == UNAVAILABLE
    assert simulator.pusher.attempts == 1, "an answer, even a bad one, is not repeated"


@pytest.mark.parametrize("body", [b"", b"success", b" success\n"])
async def test_success_and_nothing_are_silence(clock: Any, body: bytes) -> None:
    simulator = WeChatSimulator(answering(200, body), clock=clock, random=Random(1))
    assert await simulator.customer("c").says("hi") == []


async def test_a_server_that_does_not_answer_is_tried_three_times_with_one_msgid(clock: Any) -> None:
    seen: list[bytes] = []

    async def post(query: dict[str, str], body: bytes) -> Answer:
        seen.append(body)
        await asyncio.sleep(10)
        return Answer(200, b"")

    simulator = WeChatSimulator(post, clock=clock, random=Random(1), patience=0.02)
    (bubble,) = await simulator.customer("c").says("hi")
    assert bubble.kind == "failure"
    assert len(seen) == 3
    assert len(set(seen)) == 1


async def test_one_can_only_tap_what_is_there(make_rig: Make) -> None:
    rig = await make_rig()
    with pytest.raises(NothingToTap):
        await rig.customer().taps(1)
    with pytest.raises(NothingToTap):
        await rig.customer().clicks_menu("报修")


async def test_a_view_button_opens_a_page_and_tells_the_account(make_rig: Make) -> None:
    rig = await make_rig()
    rig.simulator.menu = {"button": [{"type": "view", "name": "官网", "url": "https://example.com"}]}
    await rig.customer().clicks_menu("官网")
    assert rig.counted["wechat.ignored.view"] == 1
    assert rig.customer().quota.left(rig.clock()) == 0


async def test_the_page_talks_to_the_simulated_customers(platform: Platform) -> None:
    """The demo's routes: messages, photo, place, menu, taps, transcript."""
    rig, base = platform.rig, f"{platform.base}/customers/visitor"
    rig.simulator.menu = {"button": [{"type": "click", "name": "报修", "key": "/report_fault"}]}
    requests = [
        ("messages", {"text": "你好"}, "收到：你好"),
        ("voice", {"recognition": "坏了"}, "收到：坏了"),
        ("menu", {"key": "/report_fault"}, "收到：/report_fault"),
        ("location", {"latitude": 31.2, "longitude": 121.5, "label": "上海"}, "收到：None"),
        ("follow", {}, "收到：/greet"),
    ]
    for path, body, said in requests:
        async with platform.session.post(f"{base}/{path}", json=body) as answer:
            assert [b["text"] for b in (await answer.json())["bubbles"]] == [said]
    async with platform.session.post(f"{base}/photos", data=b"jpeg") as answer:
        assert answer.status == 200
    assert rig.desk.received[-1].attachments[0].kind == "photo"
    found = await platform.get("customers/visitor/transcript")
    assert [b["author"] for b in found["bubbles"]] == ["customer", "account"] * 6
    assert await platform.get("menu") == rig.simulator.menu


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("visitor/messages", b"{", 400),
        ("visitor/messages", b"[]", 400),
        ("visitor/messages", b'{"text": " "}', 400),
        ("visitor/messages", b'{"text": 1}', 400),
        ("visitor/taps", b'{"choice": 1}', 409),
        ("visitor/taps", b'{"choice": null}', 400),
        ("visitor/menu", b'{"key": "nope"}', 409),
        ("visitor/location", b'{"latitude": 99, "longitude": 0}', 400),
        ("visitor/location", b'{"latitude": true, "longitude": 0}', 400),
        ("visitor/photos", b"", 400),
        ("no%20name/messages", b'{"text": "a"}', 404),
    ],
)
async def test_the_page_is_told_what_was_wrong(
    platform: Platform, path: str, body: bytes, status: int
) -> None:
    async with platform.session.post(f"{platform.base}/customers/{path}", data=body) as answer:
        assert answer.status == status
        assert (await answer.json())["detail"]


async def test_the_page_hears_bubbles_live_and_resumes(platform: Platform) -> None:
    """Server-Sent Events with Last-Event-ID."""
    customer = platform.rig.simulator.customer("visitor")
    url = f"{platform.base}/customers/visitor/events"
    async with platform.session.get(url) as stream:
        assert await stream.content.readline() == b": open\n"
        await customer.says("一")
        found = [await event(stream) for _ in range(2)]
        assert [b["text"] for b in found] == ["一", "收到：一"]
    await customer.says("二")
    async with platform.session.get(url, headers={"Last-Event-ID": "2"}) as stream:
        assert [(await event(stream))["text"] for _ in range(2)] == ["二", "收到：二"]
        platform.rig.simulator.close()
        assert await stream.content.read() == b""


async def event(stream: aiohttp.ClientResponse) -> dict[str, Any]:
    while True:
        line = await asyncio.wait_for(stream.content.readline(), 5)
        if line.startswith(b"data: "):
            await stream.content.readline()
            return json.loads(line[6:])


async def test_memory_is_bounded(clock: Any) -> None:
    simulator = WeChatSimulator(answering(200, b"success"), clock=clock, random=Random(1))
    for n in range(1100):
        await simulator.customer(f"c{n}").says("hi")
    talker = simulator.customer("c1099")
    for n in range(600):
        await talker.says(str(n))
    assert len(simulator._customers) == 1000
    assert len(talker.transcript) == 500


def test_the_routes_stay_under_their_prefix(clock: Any) -> None:
    mounted = routers(WeChatSimulator(answering(200, b""), clock=clock))
    paths = [route.path for router in mounted for route in router.routes]  # type: ignore[attr-defined]
    assert len(paths) > 15
    assert all(path.startswith("/simulators/wechat/") for path in paths)
