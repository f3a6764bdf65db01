"""Bad input at every door of the whole desk: a clear word, no traceback, nothing stored (I3)."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from storage.schema import messages, orders
from tests.contract.running import REST_TOKEN, Running, running

BEARER = {"Authorization": f"Bearer {REST_TOKEN}"}
BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><xml><ToUserName>&c;</ToUserName></xml>"""
JUNK = [
    b"",
    b"\x00",
    b"null",
    b"[]",
    b"42",
    b'"x"',
    b"{",
    b"\xff\xfe\xfa",
    b'{"a":' * 1000,
    b"<xml>",
    b"a" * 5000,
]


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, model_dir: Path):
    async with running(database_url, tmp_path / "data", model_dir) as opened:
        yield opened


def stored(desk: Running) -> int:
    count = select(func.count()).select_from(messages)
    return desk.app.store.run(lambda tx: tx.execute(count).scalar_one())


def decent(answer: httpx.Response) -> None:
    """Short, and without a word of our insides."""
    assert answer.status_code in (400, 401, 403, 404, 405, 413, 415, 422), answer.status_code
    assert len(answer.content) < 500
    for inside in ("Traceback", 'File "', "sqlalchemy", "/bot/"):
        assert inside not in answer.text


async def test_junk_at_every_webhook_is_refused_and_nothing_is_stored(desk: Running) -> None:
    for body in JUNK:
        decent(await desk.http.post("/webhooks/rest/webhook", content=body, headers=BEARER))
        decent(await desk.http.post("/webhooks/wechat", content=body))
        decent(await desk.http.post("/webhooks/telegram", content=body))
        decent(await desk.http.post("/chat/messages", content=body))
        decent(await desk.http.post("/model/parse", content=body))
    assert stored(desk) == 0


async def test_a_wrong_signature_is_refused_even_for_a_bomb(desk: Running) -> None:
    query = {
        "signature": "0" * 40,
        "timestamp": "1",
        "nonce": "2",
        "encrypt_type": "aes",
        "msg_signature": "3",
    }
    answer = await desk.http.post("/webhooks/wechat", params=query, content=BOMB)
    assert answer.status_code in (400, 403)
    assert stored(desk) == 0


async def test_an_entity_bomb_with_a_good_signature_is_refused(desk: Running) -> None:
    stamp, nonce = str(int(time.time())), "n"
    token = desk.app.settings.channels.wechat.token
    assert token is not None
    parts = sorted([token.get_secret_value(), stamp, nonce])
    signature = hashlib.sha1("".join(parts).encode()).hexdigest()
    query = {"signature": signature, "timestamp": stamp, "nonce": nonce}
    began = time.perf_counter()
    decent(await desk.http.post("/webhooks/wechat", params=query, content=BOMB))
    assert time.perf_counter() - began < 2
    assert stored(desk) == 0


async def test_too_much_is_413_at_every_door(desk: Running) -> None:
    huge = b"x" * (desk.app.settings.http.max_body_bytes + 1)
    for path in ("/webhooks/rest/webhook", "/webhooks/wechat", "/chat/messages", "/model/parse"):
        assert (await desk.http.post(path, content=huge, headers=BEARER)).status_code == 413


WRONG_FIELDS = [
    {}, {"sender": ""}, {"sender": 1, "message": "x"}, {"sender": "a", "message": 5},
    {"sender": "a", "message": ["x"]}, {"sender": "x" * 1000, "message": "hi"},
    {"sender": "a", "message": "x", "metadata": "y"},
    {"sender": "a", "message": "x", "metadata": {"message_id": {}}},
]  # fmt: skip


async def test_rest_says_which_field_is_wrong(desk: Running) -> None:
    for body in WRONG_FIELDS:
        answer = await desk.http.post("/webhooks/rest/webhook", json=body, headers=BEARER)
        assert answer.status_code == 400, body
        assert any(name in answer.text for name in ("sender", "message", "metadata"))


HOSTILE = {
    "a hundred thousand characters": "冰箱不制冷" * 20_000,
    "nul": "冰箱\x00不制冷",
    "right to left": "\u202e冰箱不制冷\u202c",
    "emoji": "😡🧊❌😡",
    "only marks": "？？？！！！",
    "script": "<script>alert(1)</script> 冰箱不制冷",
    "sql": "'; DROP TABLE orders; --",
    "template": "{name} {0} {{x}} %s ${y} {phone.__class__}",
    "zalgo": "冰̸̢͎箱̷̛" * 200,
    "nothing": "   ",
    "payload": '/no_such_intent{"x": [1,2',
    "deep payload": "/inform" + '{"a":' * 500,
    "slot payload": '/inform{"requested_slot": "phone", "language": "xx", "handover": 1}',
    "number": "9" * 3000,
    "lookalike": "SR-" + "1" * 400,
    "backtracking": "a" * 5000 + "!" + " " * 5000 + "省市区" * 500,
}


async def test_strange_words_are_answered_sensibly(desk: Running) -> None:
    """B1, A2: never silence, never a traceback, and the conversation still works afterwards."""
    for name, words in HOSTILE.items():
        for said in (words, words, "重新开始"):
            body = {"sender": name, "message": said}
            answer = await desk.http.post("/webhooks/rest/webhook", json=body, headers=BEARER)
            assert answer.status_code == 200, name
            assert answer.json(), f"silence after {name}"


async def test_lone_surrogates_are_taken_out(desk: Running) -> None:
    body = b'{"sender": "strange", "message": "\\ud83d\\u51b0\\u7bb1\\u4e0d\\u5236\\u51b7 \\udc00"}'
    headers = {**BEARER, "content-type": "application/json"}
    answer = await desk.http.post("/webhooks/rest/webhook", content=body, headers=headers)
    assert answer.status_code == 200
    assert answer.json()


async def test_a_repeated_message_id_opens_no_second_order(desk: Running) -> None:
    """I2: through the whole desk."""
    body = {"sender": "twice", "message": "热水器漏电电到我了", "metadata": {"message_id": "same"}}
    first = await desk.http.post("/webhooks/rest/webhook", json=body, headers=BEARER)
    again = await desk.http.post("/webhooks/rest/webhook", json=body, headers=BEARER)
    assert again.json() == first.json()
    count = select(func.count()).select_from(orders)
    assert desk.app.store.run(lambda tx: tx.execute(count).scalar_one()) == 1
